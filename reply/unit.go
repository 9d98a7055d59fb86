package reply

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Unit is one message of the wire, rendered and checked.
//
// It survives encoding/json, except for its passive form: a unit that was stored is sent actively.
type Unit struct {
	MsgType string          `json:"msgtype"` // of message/send; "update_…" is a change of a sent card, see Update
	Body    json.RawMessage `json:"-"`       // the object named like MsgType: literal UTF-8, no HTML escapes
	Plain   string          `json:"plain"`   // what a person reads in it; for tests and traces of the simulator

	// Fallback is for members who read in WeChat, where this type is not shown: it is to be sent to them as Text.
	// Empty where WeChat shows the unit itself, and where an earlier unit's Fallback speaks for this one, too (InFallback).
	Fallback   string `json:"fallback,omitempty"`
	InFallback bool   `json:"in_fallback,omitempty"`

	Safe        int       `json:"safe,omitempty"`          // of message/send: 1 confidential, 2 within the corp
	NeedsTaskID bool      `json:"needs_task_id,omitempty"` // the sender has to choose one: WithTaskID
	Media       *MediaRef `json:"media,omitempty"`         // the next file to upload before sending: WithMediaID

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

// WithTaskID fills in the task id of a card: at most 128 of [0-9A-Za-z_@-], unique per app.
func (u Unit) WithTaskID(id string) Unit {
	if !u.NeedsTaskID {
		return u
	}
	u.NeedsTaskID = false
	body := appendString([]byte(`{"task_id":`), clean(id))
	body = append(body, ',')
	u.Body = append(body, u.Body[1:]...) // a card's body is an object with card_type or title in it
	return u
}

// placeholder marks where a media id is missing. It cannot occur within a JSON string, whose quotes are escaped, and
// ends thumb_media_id as well.
const placeholder = `media_id":""`

// WithMediaID fills in the id that the upload of Media gave; Media is then the next file, or nil.
func (u Unit) WithMediaID(id string) Unit {
	i := bytes.Index(u.Body, []byte(placeholder))
	if u.Media == nil || i < 0 {
		return u
	}
	i += len(placeholder) - len(`""`)
	body := appendString(bytes.Clone(u.Body[:i]), clean(id))
	u.Body = append(body, u.Body[i+len(`""`):]...)
	if passive := u.Media.passive; passive != nil {
		u.passive = func(dst []byte) []byte { return passive(dst, id) }
	}
	u.Media = u.Media.Next
	return u
}

// storedUnit is a Unit in JSON. Body is a string there: encoding/json rewrites a raw message while it copies it, "<" to
// "\u003c", which the platform may refuse with 40033.
type storedUnit struct {
	*unitFields
	Body string `json:"body"`
}

type unitFields Unit

// MarshalJSON keeps Body byte for byte.
func (u Unit) MarshalJSON() ([]byte, error) {
	f := unitFields(u)
	return json.Marshal(storedUnit{&f, string(u.Body)})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (u *Unit) UnmarshalJSON(b []byte) error {
	s := storedUnit{unitFields: new(unitFields)}
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*u = Unit(*s.unitFields)
	u.Body = json.RawMessage(s.Body)
	return nil
}
