package message

// Origin is the header of suite events: who sent them and for whom. The fields that a kind does not use are empty,
// and so are all of them in the edition of a corp's own app.
type Origin struct {
	SuiteID       string
	ServiceCorpID string // the provider's corp id
	AuthCorpID    string // the customer's corp id, encrypted
}

// MemberStatus is the state of a member's account.
type MemberStatus int

// States of a member's account.
const (
	MemberActive   MemberStatus = 1
	MemberDisabled MemberStatus = 2
	MemberInactive MemberStatus = 4 // has not activated the account yet
	MemberLeft     MemberStatus = 5
)

// ContactUser is a member (成员) that was created, updated or deleted (doc 90970). Most fields need a permission. In
// an update, what did not change is missing; Message.Has tells a deleted value from an unchanged one.
type ContactUser struct {
	Origin
	ChangeType     string // create_user, update_user, delete_user
	UserID         string // before the change
	NewUserID      string // if the id itself changed
	OpenUserID     string // suite edition
	Name           string
	Departments    []int64  `wire:"Department,list"`
	LeaderIn       []bool   `wire:"IsLeaderInDept,list"` // in the order of Departments
	MainDepartment int64    // id
	DirectLeaders  []string `wire:"DirectLeader,list"`
	Position       string
	Mobile         string
	Gender         int // 1 male, 2 female
	Email          string
	BizMail        string
	Status         MemberStatus
	Avatar         string // URL
	Alias          string
	EnglishName    string // old editions
	IsLeader       bool   // old editions
	Telephone      string
	Address        string
	Attributes     []Attribute `wire:"ExtAttr>Item"`
}

// Attribute is a field that the corp defined for its members.
type Attribute struct {
	Name  string
	Type  int    // 0 text, 1 web
	Value string `wire:"Text>Value"`
	Title string `wire:"Web>Title"`
	URL   string `wire:"Web>Url"`
}

// ContactParty is a department (部门) that was created, updated or deleted (doc 90971). An update comes only when the
// parent changes.
type ContactParty struct {
	Origin
	ChangeType string // create_party, update_party, delete_party
	ID         int64
	Name       string
	ParentID   int64
	Order      int64
}

// ContactTag is a tag (标签) whose members changed (doc 90972).
type ContactTag struct {
	Origin
	ChangeType     string // update_tag
	TagID          int64
	AddedUsers     []string `wire:"AddUserItems,list"`
	RemovedUsers   []string `wire:"DelUserItems,list"`
	AddedParties   []int64  `wire:"AddPartyItems,list"`
	RemovedParties []int64  `wire:"DelPartyItems,list"`
}

// BatchJob is the end of an asynchronous job (doc 90973). Its details are fetched with batch/getresult.
//
// QUIRK: one page shows the fields without the BatchJob around them; testdata/90973/event.batch_job_result.flat.xml.
type BatchJob struct {
	Origin
	JobID   string `wire:"BatchJob>JobId|JobId"`
	JobType string `wire:"BatchJob>JobType|JobType"` // sync_user, replace_user, invite_user, replace_party, export_user, …
	ErrCode int    `wire:"BatchJob>ErrCode|ErrCode"`
	ErrMsg  string `wire:"BatchJob>ErrMsg|ErrMsg"`
}
