package message

// Subscribe is a member who entered the app's visible scope (doc 90240).
type Subscribe struct{}

// Unsubscribe is a member who left the scope or the corp.
type Unsubscribe struct{}

// EnterAgent is a member who opened the app.
type EnterAgent struct{}

// LocationReport is where a member is, if the app has asked for it.
type LocationReport struct {
	Latitude  float64 // degrees
	Longitude float64 // degrees
	Precision float64 // metres
	AppType   string  // "wxwork" from the WeCom client, empty from WeChat
}

// MenuClick is a click on a menu item of type click.
type MenuClick struct {
	Key string `wire:"EventKey,raw"`
}

// MenuView is a click on a menu item that opens a page.
type MenuView struct {
	URL string `wire:"EventKey"`
}

// MenuMiniProgram is a click on a menu item that opens a mini-program.
type MenuMiniProgram struct {
	Path string `wire:"EventKey"`
}

// ScanCode is what a member scanned from a menu item. After the event scancode_waitmsg the member's client waits
// for an answer.
type ScanCode struct {
	Key      string `wire:"EventKey,raw"`
	ScanType string `wire:"ScanCodeInfo>ScanType"` // "qrcode", or the kind of bar code
	Result   string `wire:"ScanCodeInfo>ScanResult"`
}

// Pictures announces the pictures that a member chose from a menu item. They follow as image messages.
type Pictures struct {
	Key   string   `wire:"EventKey,raw"`
	Count int      `wire:"SendPicsInfo>Count"`
	MD5   []string `wire:"SendPicsInfo>PicList>item>PicMd5Sum"`
}

// PickedLocation is a place that a member picked from a menu item.
type PickedLocation struct {
	Key       string  `wire:"EventKey,raw"`
	Latitude  float64 `wire:"SendLocationInfo>Location_X"` // degrees
	Longitude float64 `wire:"SendLocationInfo>Location_Y"` // degrees
	Scale     int     `wire:"SendLocationInfo>Scale"`
	Label     string  `wire:"SendLocationInfo>Label"` // the address in words
	POI       string  `wire:"SendLocationInfo>Poiname"`
	AppType   string  // "wxwork" from the WeCom client, empty from WeChat
}

// SharedApp says that the sharing of an app with linked corps (企业互联, 上下游) changed. The fields are those of the
// suite edition; the app's own event has none.
type SharedApp struct {
	SuiteID string
	AppID   int64
	CorpID  string
	AgentID int64
}

// InactiveAlert warns that the app will be disabled because nobody uses it.
type InactiveAlert struct {
	EffectTime Unix
}

// LowActiveAlert warns that the app will be restricted because few use it.
type LowActiveAlert struct {
	EffectTime Unix
}

// LowActive says that the app is restricted because few use it.
type LowActive struct{}

// ActiveRestored says that the restriction is over.
type ActiveRestored struct{}

// CloseInactiveAgent says that the app was disabled because nobody used it.
type CloseInactiveAgent struct{}

// ReopenInactiveAgent says that the app is enabled again.
type ReopenInactiveAgent struct{}

// WorkbenchMode is a switch of the workbench's display by an administrator (doc 92535).
type WorkbenchMode struct {
	Mode int // 1 custom mode on, 0 off
}

// AppAdmins says that the administrators of the app changed (doc 95038).
type AppAdmins struct{}

// Unlicensed says that a member without an interface licence used the app (doc 97195).
type Unlicensed struct{}

// UploadJob is the end of an asynchronous upload (doc 96219).
type UploadJob struct {
	JobID string
}

// VIPRequest is a member's request for a paid account (doc 99876).
type VIPRequest struct {
	ApplyID      string
	ApplyReason  string
	BusinessType int
}

// VIPDecision says that such a request was decided (doc 99877).
type VIPDecision struct {
	ApplyID    string
	FinishType int
}
