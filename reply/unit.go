package reply

import (
	"encoding/json"
	"strconv"
)

// Unit is one message of the wire, rendered and checked.
//
// It survives encoding/json, except for its passive form: a unit that was stored is sent actively.
type Unit struct {
	MsgType string          // of message/send
	Body    json.RawMessage // the object named like MsgType: literal UTF-8, no HTML escapes
	Plain   string          // what a person reads in it; for tests, traces of the simulator and WeChat readers

	passive func(dst []byte) []byte // elements after CreateTime; nil: cannot be passive
}

// CanPassive reports whether the unit may be the answer in the callback's response (doc 90241).
func (u Unit) CanPassive() bool { return u.passive != nil }

// Header is the address of a passive reply: the callback's, swapped.
type Header struct {
	To, From   string // the member; the corp
	CreateTime int64  // unix seconds
}

// AppendPassive appends the passive XML of doc 90241. It panics when CanPassive is false.
func (u Unit) AppendPassive(dst []byte, h Header) []byte {
	if u.passive == nil {
		panic("reply: a " + u.MsgType + " unit has no passive form")
	}
	dst = append(dst, "<xml>"...)
	dst = appendElement(dst, "ToUserName", h.To)
	dst = appendElement(dst, "FromUserName", h.From)
	dst = append(dst, "<CreateTime>"...)
	dst = strconv.AppendInt(dst, h.CreateTime, 10) // bare, not in CDATA (doc 90241)
	dst = append(dst, "</CreateTime>"...)
	dst = u.passive(dst)
	return append(dst, "</xml>"...)
}

// stored is a Unit in JSON. Body is a string there: encoding/json rewrites a raw message while it copies it, "<" to
// "\u003c", which the platform may refuse with 40033.
type stored struct {
	MsgType string `json:"msgtype"`
	Body    string `json:"body"`
	Plain   string `json:"plain,omitempty"`
}

// MarshalJSON keeps Body byte for byte.
func (u Unit) MarshalJSON() ([]byte, error) {
	return json.Marshal(stored{MsgType: u.MsgType, Body: string(u.Body), Plain: u.Plain})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (u *Unit) UnmarshalJSON(b []byte) error {
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*u = Unit{MsgType: s.MsgType, Body: json.RawMessage(s.Body), Plain: s.Plain}
	return nil
}
