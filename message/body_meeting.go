package message

// Meeting is what happened to or in a meeting (会议, docs 98333 to 99082). Which fields are set depends on ChangeType.
type Meeting struct {
	ChangeType      string
	MeetingID       string
	TmpOpenID       string          `wire:"FromUserTmpOpenId"` // of who acted
	Operated        MeetingUser     `wire:"OperatedUser"`      // whom it concerns
	WarmUp          MeetingWarmUp   `wire:"WarmUpInfo"`        // of webinar_warm_up_upload
	PSTNStatus      string          // of pstn_status_update; one value is spelled CANCLE_INVITE
	AllUploadStatus int             // of medium_upload
	Uploads         []MeetingUpload `wire:"UploadInfo"` // of medium_upload
	EnrollID        string          // of enroll, cancel_enroll
	MeetingRoomID   string          // of meeting_room_response
	MRAProtocol     int             `wire:"MraAddress>Protocol"`
	MRADialString   string          `wire:"MraAddress>DialString"`
	RoomResponse    int             `wire:"RoomResponseStatus"`
}

// MeetingUser is whom an event in a meeting concerns.
type MeetingUser struct {
	UserID    string
	TmpOpenID string // of somebody without a user id
	UserRole  int
}

// MeetingWarmUp is the result of an upload of what a webinar shows before it begins.
type MeetingWarmUp struct {
	Picture      string `wire:"WarmUpPicture"` // URL
	Video        string `wire:"WarmUpVideo"`   // URL
	UploadStatus int
	ErrorMsg     string
}

// MeetingUpload is the result of an upload of one medium.
type MeetingUpload struct {
	MediumType   int
	MediumURL    string
	UploadStatus int
	ErrorMsg     string
}

// MeetingStatistics is the result of a start of statistics (doc 99648).
type MeetingStatistics struct {
	ChangeType string // start_meeting
	Status     int    // 1 ok, 2 failed
}
