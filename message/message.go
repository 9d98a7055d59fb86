package message

import "time"

// Envelope is the outer, unauthenticated document of a callback. Only Encrypt may be trusted, and only after
// its signature was checked. The slices alias the input.
type Envelope struct {
	ToUserName []byte
	AgentID    []byte
	Encrypt    []byte
	JSON       bool // the JSON edition: the reply envelope is JSON too
}

// ParseEnvelope finds the fields of the outer XML (or JSON) document.
func ParseEnvelope(body []byte) (Envelope, error) { panic("not yet") }

// Type is a MsgType.
type Type string

// The message types of doc 90239.
const (
	TypeText     Type = "text"
	TypeImage    Type = "image"
	TypeVoice    Type = "voice"
	TypeVideo    Type = "video"
	TypeLocation Type = "location"
	TypeLink     Type = "link"
	TypeEvent    Type = "event"
)

// Message is a decrypted message or event: the header that all share, and the rest by Field or As.
// The value is comparable; two parses of the same document are equal.
type Message struct {
	To         string // ToUserName: the corp id
	From       string // FromUserName: the member's user id, or "sys"
	CreateTime int64  // unix seconds
	Type       Type   // MsgType; empty for suite events
	ID         uint64 // MsgId; 0 for events
	AgentID    int64  // 0 where absent
	Event      string // for TypeEvent: lower-cased "click", "enter_agent", … ; "LOCATION" reads "location"
	Key        string // EventKey
	ChangeType string
	TaskID     string
	InfoType   string // suite events
	Text       string // Content of a text message

	raw string // the document, sanitised
}

// Parse reads a decrypted callback. Characters that XML forbids are cleaned, never fatal.
func Parse(doc []byte) (*Message, error) { panic("not yet") }

// Time is CreateTime as a time.
func (m *Message) Time() time.Time { return time.Unix(m.CreateTime, 0) }

// XML is the (sanitised) document that Parse read.
func (m *Message) XML() []byte { return []byte(m.raw) }

// Field returns the text of the element at a path below the root, as "ScanCodeInfo/ScanResult". Names are
// compared without case; an index picks among repeated siblings: "SelectedItems/SelectedItem[1]/QuestionKey".
// A missing element is "".
func (m *Message) Field(path string) string { panic("not yet") }
