package message

// OpenApproval is a new state of an approval by an app's own engine (审批流程引擎, doc 90269).
type OpenApproval struct {
	ThirdNo        string               `wire:"ApprovalInfo>ThirdNo"` // the app's own number
	Name           string               `wire:"ApprovalInfo>OpenSpName"`
	TemplateID     string               `wire:"ApprovalInfo>OpenTemplateId"`
	Status         ApprovalStatus       `wire:"ApprovalInfo>OpenSpStatus"`
	ApplyTime      Unix                 `wire:"ApprovalInfo>ApplyTime"`
	ApplyUserName  string               `wire:"ApprovalInfo>ApplyUserName"`
	ApplyUserID    string               `wire:"ApprovalInfo>ApplyUserId"`
	ApplyUserParty string               `wire:"ApprovalInfo>ApplyUserParty"` // department names
	ApplyUserImage string               `wire:"ApprovalInfo>ApplyUserImage"` // URL
	Nodes          []OpenApprovalNode   `wire:"ApprovalInfo>ApprovalNodes>ApprovalNode"`
	Notified       []OpenApprovalMember `wire:"ApprovalInfo>NotifyNodes>NotifyNode"`
	Step           int                  `wire:"ApprovalInfo>ApproverStep"` // index of the current node
}

// OpenApprovalNode is one step of it.
type OpenApprovalNode struct {
	Status  ApprovalStatus       `wire:"NodeStatus"`
	Attr    int                  `wire:"NodeAttr"` // 1 any one signs, 2 all sign
	Type    int                  `wire:"NodeType"` // 1 fixed member, 2 tag, 3 superior
	Members []OpenApprovalMember `wire:"Items>Item"`
}

// OpenApprovalMember is a member who decides on it or is told of it; the latter has no Status, Speech and Time.
type OpenApprovalMember struct {
	Name   string         `wire:"ItemName"`
	UserID string         `wire:"ItemUserid"`
	Party  string         `wire:"ItemParty"`
	Image  string         `wire:"ItemImage"` // URL
	Status ApprovalStatus `wire:"ItemStatus"`
	Speech string         `wire:"ItemSpeech"`
	Time   Unix           `wire:"ItemOpTime"`
}

// ApprovalStatus is the state of an approval or of a step of it.
type ApprovalStatus int

// States of an approval. Of a step, 2 reads agreed and 4 handed on to somebody else.
const (
	ApprovalPending        ApprovalStatus = 1
	ApprovalPassed         ApprovalStatus = 2
	ApprovalRejected       ApprovalStatus = 3
	ApprovalWithdrawn      ApprovalStatus = 4
	ApprovalRevoked        ApprovalStatus = 6 // withdrawn after it passed
	ApprovalDeleted        ApprovalStatus = 7
	ApprovalPaid           ApprovalStatus = 10
	ApprovalStepHandedOn                  = ApprovalWithdrawn
	ApprovalStepSentBack   ApprovalStatus = 11
	ApprovalStepAdded      ApprovalStatus = 12
	ApprovalStepAgreedMore ApprovalStatus = 13 // agreed, and another signer was added
)

// ApprovalChange is what happened to an approval.
type ApprovalChange int

// What happened to an approval.
const (
	ApprovalSubmitted       ApprovalChange = 1
	ApprovalAgreed          ApprovalChange = 2
	ApprovalRefused         ApprovalChange = 3
	ApprovalTransferred     ApprovalChange = 4
	ApprovalReminded        ApprovalChange = 5
	ApprovalTakenBack       ApprovalChange = 6
	ApprovalTakenBackPassed ApprovalChange = 8
	ApprovalCommented       ApprovalChange = 10
	ApprovalReturned        ApprovalChange = 11 // to an earlier approver
	ApprovalApproverAdded   ApprovalChange = 12
	ApprovalSignerAdded     ApprovalChange = 13 // agreed, and another signer was added
	ApprovalHandled         ApprovalChange = 14
	ApprovalHandedOver      ApprovalChange = 15
)

// Approval is a new state of an approval in the approval app (审批, doc 91815). Names such as Applyer and
// StatuChangeEvent are the platform's.
type Approval struct {
	SpNo       string            `wire:"ApprovalInfo>SpNo"`    // missing for some school approvals
	SpNoStr    string            `wire:"ApprovalInfo>SpNoStr"` // beyond 64 bits too
	Name       string            `wire:"ApprovalInfo>SpName"`
	Status     ApprovalStatus    `wire:"ApprovalInfo>SpStatus"`
	TemplateID string            `wire:"ApprovalInfo>TemplateId"`
	ApplyTime  Unix              `wire:"ApprovalInfo>ApplyTime"`
	Applicant  string            `wire:"ApprovalInfo>Applyer>UserId"`
	Party      string            `wire:"ApprovalInfo>Applyer>Party"` // department id
	Records    []ApprovalRecord  `wire:"ApprovalInfo>SpRecord"`
	Notified   []string          `wire:"ApprovalInfo>Notifyer>UserId"`
	Comments   []ApprovalComment `wire:"ApprovalInfo>Comments"`
	Process    []ApprovalNode    `wire:"ApprovalInfo>ProcessList>NodeList"`
	Change     ApprovalChange    `wire:"ApprovalInfo>StatuChangeEvent"`
}

// ApprovalRecord is one step of an approval.
type ApprovalRecord struct {
	Status  ApprovalStatus   `wire:"SpStatus"`
	Attr    int              `wire:"ApproverAttr"` // 1 any one signs, 2 all sign
	Details []ApprovalDetail `wire:"Details"`
}

// ApprovalDetail is one approver's decision.
type ApprovalDetail struct {
	Approver string         `wire:"Approver>UserId"`
	Speech   string         // what the approver said
	Status   ApprovalStatus `wire:"SpStatus"`
	Time     Unix           `wire:"SpTime"`
	Attached []string       `wire:"Attach"` // media ids
}

// ApprovalComment is a remark on an approval.
type ApprovalComment struct {
	ID       string   `wire:"CommentId"`
	UserID   string   `wire:"CommentUserInfo>UserId"`
	Time     Unix     `wire:"CommentTime"`
	Content  string   `wire:"CommentContent"`
	Attached []string `wire:"Attach"` // media ids
}

// ApprovalNode is one step in the newer description of the same approval.
type ApprovalNode struct {
	Type   int               `wire:"NodeType"` // 1 approver, 2 copy, 3 handler
	Status ApprovalStatus    `wire:"SpStatus"`
	Rel    int               `wire:"ApvRel"` // 1 any one signs, 2 all sign
	Sub    []ApprovalSubNode `wire:"SubNodeList"`
}

// ApprovalSubNode is one member in a step.
type ApprovalSubNode struct {
	UserID   string         `wire:"UserInfo>UserId"`
	Speech   string         // what the member said
	Status   ApprovalStatus `wire:"SpYj"`
	Time     Unix           `wire:"Sptime"`
	MediaIDs []string
}
