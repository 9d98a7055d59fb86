package message

// ExternalContact is a customer (外部联系人) whose relation to a member changed (doc 92130).
type ExternalContact struct {
	Origin
	ChangeType     string // add_external_contact, edit_external_contact, del_external_contact, del_follow_user, …
	UserID         string // the member
	ExternalUserID string // the customer
	State          string // of the "contact me" code or link
	WelcomeCode    Secret // for one welcome message within 20 seconds; absent if one is configured already
	LinkID         string // acquisition link
	Source         string // DELETE_BY_TRANSFER for del_external_contact
	FailReason     string // of transfer_fail: customer_refused, customer_limit_exceed
}

// ExternalChat is a customer group (客户群) that was created, updated or dismissed (doc 92130).
type ExternalChat struct {
	Origin
	ChangeType   string // create, update, dismiss
	ChatID       string
	UpdateDetail string   // of update: add_member, del_member, change_owner, change_name, change_notice
	JoinScene    int      // of add_member: 0 invited, 3 QR code
	QuitScene    int      // of del_member: 0 left, 1 removed
	MemberCount  int      `wire:"MemChangeCnt"` // who joined or left
	Members      []string `wire:"MemChangeList>Item"`
	LastVersion  string   `wire:"LastMemVer"`
	Version      string   `wire:"CurMemVer"`
}

// ExternalTag is a customer tag, or a group of them, that changed (doc 92130).
type ExternalTag struct {
	Origin
	ChangeType string // create, update, delete, shuffle (sorted anew)
	ID         string // empty in a shuffle of all groups
	TagType    string // tag, tag_group
	StrategyID int64  // of a tag that belongs to a rule group
}

// Acquisition is an event of the acquisition assistant (获客助手, doc 97299). Which fields are set depends on
// ChangeType; rely on none. The platform has left out UserID, ExternalUserID and ChatSeq of message_from_customer
// since 2024-12-19.
type Acquisition struct {
	Origin
	ChangeType     string
	LinkID         string
	State          string
	UserID         string
	ExternalUserID string
	ChatSeq        int64
	ChatKey        Secret // 30 minutes
	ExpireTime     Unix   // of quota_expire_soon
	ExpireQuota    int64  `wire:"ExpireQuotaNum"`
	OnceKey        Secret
	Price          int64 // cents
	EffectiveTime  Unix
}

// AcquisitionPermit says that a customer changed a provider's permission for the acquisition assistant.
type AcquisitionPermit struct {
	Origin
}
