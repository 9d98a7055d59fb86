package simulator

// Codes of the calls beside messages (doc 90313).
const (
	codeOAuth        = 40029
	codeOAuthExpired = 42003
	codeRedirect     = 50001
	codeUserTicket   = 84014
)
