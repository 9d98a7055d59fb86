package simulator

// Codes of the calls beside messages (doc 90313).
const (
	codeUserID           = 40003
	codeOAuth            = 40029
	codeParameter        = 40035
	codeTagName          = 40069
	codeTagAllInvalid    = 40070
	codeTagExists        = 40071
	codePreAuthCode      = 40077
	codeAuthCode         = 40078
	codeSuiteSecret      = 40080
	codeSuiteToken       = 40082
	codeSuiteID          = 40083
	codePermanentCode    = 40084
	codeSuiteTicket      = 40085
	codeProviderSecret   = 40091
	codeCustomer         = 40096
	codeNoSuiteToken     = 41022
	codeWelcome          = 41050
	codeOAuthExpired     = 42003
	codePreAuthExpired   = 42007
	codeSuiteExpired     = 42009
	codeNotAuthorised    = 48004
	codeRedirect         = 50001
	codeDepartment       = 60003
	codeDepartmentName   = 60001
	codeDepartmentDeep   = 60002
	codeDepartmentParent = 60004
	codeDepartmentUsers  = 60005
	codeDepartmentBelow  = 60006
	codeDepartmentRoot   = 60007
	codeDepartmentExists = 60008
	codeDepartmentChars  = 60009
	codeDepartmentLoop   = 60010
	codeUserExists       = 60102
	codeMobile           = 60103
	codeMobileExists     = 60104
	codeEmail            = 60105
	codeEmailExists      = 60106
	codeUserDepartments  = 60110
	codeUserName         = 60112
	codeNoAddress        = 60129
	codeUserTicket       = 84014
	codeNoCustomer       = 84061
	codeApproval         = 301025
)
