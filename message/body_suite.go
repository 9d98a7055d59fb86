package message

// SuiteTicket comes every 10 minutes and is good for 30; keep the newest (doc 90628).
type SuiteTicket struct {
	Origin
	Ticket Secret `wire:"SuiteTicket"`
}

// CreateAuth is a customer who installs the app: exchange the code for the permanent one at once, but not before
// the answer to this event (doc 90642).
type CreateAuth struct {
	Origin
	AuthCode Secret // 10 minutes, once
	State    string
}

// ChangeAuth is a customer who changed what the app may do: read the authorisation anew.
type ChangeAuth struct {
	Origin
	State     string
	OpenKfIDs []string `wire:"ExtraInfo>AuthOpenKfIdList>OpenKfId"`
}

// CancelAuth is a customer who removed the app: forget the permanent code.
type CancelAuth struct {
	Origin
}

// ResetPermanentCode voids the app's secret: exchange the code again (代开发, doc 94758).
type ResetPermanentCode struct {
	Origin
	AuthCode Secret // 10 minutes, once
}

// CorpArchAuth is a customer who let the app see the organisation (doc 97378).
type CorpArchAuth struct {
	Origin
}

// SpecialAuth is a customer who granted or withdrew a special permission; Message.InfoType says which (doc 98959).
type SpecialAuth struct {
	Origin
	AuthType string // such as customer_acquisition
}

// RegisterCorp is a corp that registered through the provider (doc 90585).
type RegisterCorp struct {
	Origin
	RegisterCode Secret
	AccessToken  Secret `wire:"ContactSync>AccessToken"` // for the import of members
	ExpiresIn    int    `wire:"ContactSync>ExpiresIn"`   // seconds
	UserID       string `wire:"AuthUserInfo>UserId"`
	State        string
	TemplateID   string
}

// RegisterPackage is an existing corp that scanned the provider's promotion code (doc 98071).
type RegisterPackage struct {
	Origin
	RegisterCode Secret
	UserID       string `wire:"AuthUserInfo>UserId"`
	State        string
	TemplateID   string
}

// ExternalUserIDMigration is a customer who agreed to new ids of external contacts (doc 95327).
type ExternalUserIDMigration struct {
	Origin
}

// DeviceDataAuth is a customer who changed what the app may read of devices (doc 96103).
type DeviceDataAuth struct {
	Origin
	AgentID int64
}

// LicensePaid is a paid order of interface licences (doc 97196).
type LicensePaid struct {
	Origin
	OrderID     string
	BuyerUserID string
}

// LicenseRefund is a refund of such an order (doc 97197).
type LicenseRefund struct {
	Origin
	OrderID     string
	OrderStatus int
}

// LicenseActivated are licences that were activated by themselves (doc 97198).
type LicenseActivated struct {
	Origin
	Scene    int
	Accounts []LicenseAccount `wire:"AccountList"`
}

// LicenseAccount is one of them.
type LicenseAccount struct {
	ActiveCode         string
	Type               int
	ExpireTime         Unix
	UserID             string
	PreviousStatus     int
	PreviousActiveCode string
}

// AppOrder is an order of a paid edition of the app, or its payment, refund or cancellation; Message.InfoType says
// which (docs 91929, 91931, 91932, 99353).
type AppOrder struct {
	Origin
	PaidCorpID string
	OrderID    string
	OperatorID string // of open_order
}

// AppOrderChange is an order that replaced another (doc 91930).
type AppOrderChange struct {
	Origin
	PaidCorpID string
	OldOrderID string
	NewOrderID string
}

// AppEdition is a customer whose edition of the app changed (doc 91933).
//
// QUIRK: the InfoType is spelled change_editon.
type AppEdition struct {
	Origin
	PaidCorpID string
}

// AdvancedAPIExpired is a customer whose paid interface, or trial of it, ended; Message.InfoType says which (docs
// 100269, 100270).
type AdvancedAPIExpired struct {
	Origin
	APIType        int `wire:"AdvanceApiType"`
	ArchiveEdition int `wire:"ChatArchiveApi>Edition"`
}
