package message

// KfMessages says that customers wrote to a customer service account (微信客服, doc 94670). The messages are pulled with
// kf/sync_msg.
type KfMessages struct {
	Token    Secret // for kf/sync_msg within 10 minutes
	OpenKfID string
}

// KfAccounts says which customer service accounts the app may use now or no longer (doc 97712).
type KfAccounts struct {
	Added   []string `wire:"AuthAddOpenKfId"`
	Removed []string `wire:"AuthDelOpenKfId"`
}

// ArchiveNews says that the chat archive (会话内容存档) has new data (doc 95039).
type ArchiveNews struct{}

// Living is a live broadcast (直播) that changed its state (doc 94145).
type Living struct {
	LivingID string
	Status   int // 0 booked, 1 live, 2 ended, 4 cancelled
}

// ProgramNotice comes from a program in the special area (数据与智能专区, doc 100048).
type ProgramNotice struct {
	NotifyID    string
	NotifyScene int
}

// ArchiveConsent is a customer who agreed to the archive of a chat with one member (doc 99532).
type ArchiveConsent struct {
	Origin
	OpenUserID     string
	ExternalUserID string
	ChatID         string
}

// ArchiveExport is the end of an export from the archive (doc 97244).
type ArchiveExport struct {
	Origin
	JobID string
}

// ArchiveMessages says that a conversation in the special area has new messages (doc 97085).
type ArchiveMessages struct {
	Origin
	Token Secret
}

// ArchiveKeyword says that a message hit a keyword rule (doc 97244).
type ArchiveKeyword struct {
	Origin
	Token Secret
}
