package message

// SchoolContact is a student, parent or department of a school (家校沟通, docs 92032, 92052) that changed.
//
// QUIRK: the pages spell create_deparmtment, update_deparmtment, delete_deparmtment; both spellings are known here.
type SchoolContact struct {
	Origin
	ChangeType string
	ID         string // of the student, parent or department
	NewID      string // if the id itself changed
}

// SchoolContacts are up to 1,000 changes that came together (doc 97281).
type SchoolContacts struct {
	Origin
	Changes []SchoolChange `wire:"ChangeList"`
}

// SchoolChange is one of them.
type SchoolChange struct {
	ChangeType string
	ID         string
	NewID      string
	Time       Unix `wire:"TimeStamp"`
}
