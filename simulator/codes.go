package simulator

// The errcodes that the simulator answers by itself (doc 90313). They are written down a second time, like the
// envelope: an error in package wecom's table must not be agreed with.
const (
	codeSecret         = 40001
	codeMediaKind      = 40004
	codeMediaType      = 40005
	codeMediaSize      = 40006
	codeMediaID        = 40007
	codeMsgType        = 40008
	codeCorpID         = 40013
	codeBadToken       = 40014
	codeUserListTooBig = 40032
	codeEscapes        = 40033
	codeURLTooLong     = 40039
	codeBadAgentID     = 40056
	codeArgument       = 40058
	codeEmpty          = 40063
	codeTagID          = 40068
	codeNewsSafe       = 40074
	codeURLScheme      = 40094
	codeNoToken        = 41001
	codeNoCorpID       = 41002
	codeNoSecret       = 41004
	codeNoMediaID      = 41006
	codeNoUserID       = 41009
	codeNoURL          = 41010
	codeNoAgentID      = 41011
	codeNoTitle        = 41016
	codeNoTagID        = 41017
	codeNoDescription  = 41033
	codeTokenExpired   = 42001
	codeTooOld         = 42052
	codeNeedsCallback  = 43012
	codeMediaEmpty     = 44001
	codeTextEmpty      = 44004
	codeContentTooLong = 45002
	codeArticles       = 45008
	codeFrequency      = 45009
	codeAuthorTooLong  = 45032
	codeMenuMissing    = 46003
	codeForbidden      = 48002
	codeNoPermission   = 60011
	codeUntrustedIP    = 60020
	codeNoUser         = 60111
	codeNoDepartment   = 60123
	codeResponseCode   = 60140
	codeAllInvalid     = 81013
	codeNoReceiver     = 82001
	codeParties        = 82002
	codeTags           = 82003
	codeNoTarget       = 82101
	codeNotReceiver    = 82102
	codeRangeOnly      = 830002
	codeForeignAgent   = 301002
)
