package message

// Calendar is a calendar (日历) that was modified or deleted (docs 97728, 97730).
type Calendar struct {
	CalID string
}

// Schedule is a schedule (日程) that changed, or that a member answered (docs 97731, 97732, 98111).
type Schedule struct {
	CalID      string
	ScheduleID string
}

// MeetingRoom is a meeting room that was booked or given back (doc 95333).
//
// QUIRK: the page's sample of cancel_meeting_room has book_meeting_room as its Event.
type MeetingRoom struct {
	MeetingRoomID int64
	MeetingID     string
	BookingID     string
}

// DriveCapacity says that the drive (微盘) runs out of space (doc 97972).
type DriveCapacity struct{}

// DriveSpaces are spaces of the drive that were dismissed, or whose members or security settings changed (doc 97976).
type DriveSpaces struct {
	ChangeType string   // dismiss_space, space_member_change, space_security_settings_change
	SpaceIDs   []string `wire:"SpaceId"`
}

// DriveFiles are files of the drive that changed (doc 97975).
type DriveFiles struct {
	ChangeType string   // create_file, rename_file, update_file, delete_file, move_file
	FileIDs    []string `wire:"FileId"`
}

// Docs are documents (文档) whose members changed or that were deleted (docs 97833, 97834).
type Docs struct {
	ChangeType string   // doc_member_change, delete_doc
	DocIDs     []string `wire:"DocId"`
}

// Forms are forms (收集表) that were filled in, changed or deleted (docs 97835, 98095, 98096).
type Forms struct {
	ChangeType string   // form_complete, delete_form, form_settings_change
	FormIDs    []string `wire:"FormId"`
}

// SheetFields are fields of a smart sheet (智能表格) that changed (doc 100987). One callback has up to 1,000.
//
// QUIRK: the ChangeTypes are spelled add_filed, update_filed, delete_filed.
type SheetFields struct {
	ChangeType string // add_filed, update_filed, delete_filed
	DocID      string
	SheetID    string
	FieldIDs   []string `wire:"FieldId"`
}

// SheetRecords are records of a smart sheet that changed (doc 100986). One callback has up to 1,000.
type SheetRecords struct {
	ChangeType string // add_record, update_record, delete_record
	DocID      string
	SheetID    string
	RecordIDs  []string `wire:"RecordId"`
}

// AppMail says that the app's mailbox has new mail (doc 97506).
type AppMail struct {
	ChangeType string // receive_email
	Amount     int
}

// PublicMail says that a shared mailbox has new mail (doc 100180).
type PublicMail struct {
	ChangeType string // receive_email
	ID         string // of the mailbox
	Amount     int
}

// DomainIPs says that the platform's addresses changed: read getcallbackip and get_api_domain_ip anew (doc 100080).
type DomainIPs struct {
	ChangeType string // change_domain_ip
}

// Chain is an up- and downstream network (上下游) that changed (doc 95796).
type Chain struct {
	ChangeType string
	ChainID    string
	GroupIDs   []int64  `wire:"GroupIds>GroupId"`
	CorpIDs    []string `wire:"CorpIds>CorpId"`
}
