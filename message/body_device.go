package message

// Device is a device (智能硬件) that was bound, renamed, unbound or changed its features; Message.InfoType says which
// (doc 90751).
type Device struct {
	Origin
	DeviceSN   string
	ModelID    string // of add_device
	RemarkName string // of add_device, remark_device_name
}

// DeviceConnection is a device that connected or disconnected.
type DeviceConnection struct {
	Origin
	DeviceSN       string
	ConnectTime    Unix
	DisconnectTime Unix
	Reason         int // of the disconnection
}

// DeviceError is an error that a device reported.
type DeviceError struct {
	Origin
	DeviceSN string
	ErrCode  int
	ErrMsg   string
}

// DeviceLog is a device's log that was fetched.
type DeviceLog struct {
	Origin
	DeviceSN string
	MediaID  string
}
