package message

import (
	"log/slog"
	"strconv"
	"strings"
	"time"
)

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
	CreateTime int64  // unix seconds; the TimeStamp of suite events
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

// Parse reads a decrypted callback. Characters that XML forbids are cleaned, never fatal. A document that is neither
// XML nor JSON is an ErrMalformed.
func Parse(doc []byte) (*Message, error) {
	raw, err := sanitise(doc)
	if err != nil {
		return nil, err
	}
	m := &Message{raw: raw}
	h := header{m: m}
	z := scanner{s: raw}
	for z.next() {
		if z.kind != startTag || z.depth != 2 {
			continue
		}
		if f := fieldOf(z.name); f != none && h.seen&f == 0 {
			h.seen |= f
			h.set(f, z.value())
		} else {
			z.skip()
		}
	}
	if z.err != nil {
		return nil, z.err
	}
	h.finish()
	return m, nil
}

// LogValue shows in a log who sent what kind of message, and nothing of its content.
func (m *Message) LogValue() slog.Value {
	return slog.GroupValue(slog.String("corp", m.To), slog.Int64("agent", m.AgentID), slog.String("user", m.From),
		slog.Uint64("msg_id", m.ID), slog.String("msg_type", m.Kind()))
}

// Time is CreateTime as a time.
func (m *Message) Time() time.Time { return time.Unix(m.CreateTime, 0) }

// XML is the (sanitised) document that Parse read.
func (m *Message) XML() []byte { return []byte(m.raw) }

// header fills a Message. The first element of a name counts: the platform writes the sender before the text, so
// nothing in a text that broke out of its CDATA could pass for a sender.
type header struct {
	m         *Message
	seen      field
	content   string
	timestamp int64
}

type field uint16

const (
	none       field = 0
	toUserName field = 1 << iota
	fromUserName
	createTime
	msgType
	msgID
	agentID
	event
	eventKey
	changeType
	taskID
	infoType
	content
	timeStamp
)

// fieldOf finds the header field of an element. Case varies between editions: MsgId and MsgID, AgentID and AgentId.
func fieldOf(name string) field {
	switch name { // the usual spelling, without a loop
	case "ToUserName":
		return toUserName
	case "FromUserName":
		return fromUserName
	case "CreateTime":
		return createTime
	case "MsgType":
		return msgType
	case "MsgId":
		return msgID
	case "AgentID":
		return agentID
	case "Event":
		return event
	case "EventKey":
		return eventKey
	case "ChangeType":
		return changeType
	case "TaskId":
		return taskID
	case "InfoType":
		return infoType
	case "Content":
		return content
	case "TimeStamp":
		return timeStamp
	}
	for i, known := range [...]string{"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "AgentID", "Event",
		"EventKey", "ChangeType", "TaskId", "InfoType", "Content", "TimeStamp"} {
		if len(name) == len(known) && strings.EqualFold(name, known) {
			return toUserName << i
		}
	}
	return none
}

func (h *header) set(f field, value string) {
	switch f { // what people typed or configured is kept as it is
	case content:
		h.content = value
		return
	case eventKey:
		h.m.Key = value
		return
	}
	value = strings.TrimSpace(value)
	switch f {
	case toUserName:
		h.m.To = value
	case fromUserName:
		h.m.From = value
	case createTime:
		h.m.CreateTime = parseInt(value)
	case msgType:
		h.m.Type = Type(value)
	case msgID:
		h.m.ID, _ = strconv.ParseUint(value, 10, 64) // an AI bot's is text
	case agentID:
		h.m.AgentID = parseInt(value)
	case event:
		h.m.Event = strings.ToLower(value)
	case changeType:
		h.m.ChangeType = value
	case taskID:
		h.m.TaskID = value
	case infoType:
		h.m.InfoType = value
	case timeStamp:
		h.timestamp = parseInt(value)
	}
}

func (h *header) finish() {
	m := h.m
	if m.Type == TypeText {
		m.Text = h.content
	}
	if h.seen&createTime == 0 {
		m.CreateTime = h.timestamp
	}
	if m.Type != "" && m.From == "" {
		h.fromRobot()
	}
}

// fromRobot reads the schema of AI bots and group robots (doc 100719), which nests what the header of an app has.
func (h *header) fromRobot() {
	m := h.m
	m.From = strings.TrimSpace(m.Field("From/UserId"))
	if m.Type == TypeEvent && m.Event == "" {
		m.Event = strings.ToLower(strings.TrimSpace(m.Field("Event/EventType")))
	}
	if m.Type == TypeText && h.seen&content == 0 {
		m.Text = m.Field("Text/Content")
	}
}

// parseInt reads an empty or strange number as absent: no callback is lost for it.
func parseInt(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
