package reply

import "encoding/json"

// Reply is what a handler answers; nil acknowledges in silence. The implementations are values of this package.
type Reply interface {
	// Units renders the reply into messages of the wire, in order, each within its limits. An error names
	// field, limit and size (*LimitError).
	Units(Options) ([]Unit, error)
}

// Options are choices of rendering.
type Options struct {
	PartMarks bool // "(1/3)" at the end of each part of a split text
}

// Unit is one message of the wire, rendered and checked.
type Unit struct {
	MsgType string                  // of message/send
	Body    json.RawMessage         // the object named like MsgType: literal UTF-8, no HTML escapes
	Plain   string                  // what a person reads in it; for tests, traces of the simulator and WeChat readers
	passive func(dst []byte) []byte // elements after CreateTime; nil: cannot be passive
}

// CanPassive reports whether the unit may be the answer in the callback's response (doc 90241).
func (u Unit) CanPassive() bool { return u.passive != nil }

// Header is the address of a passive reply: the callback's, swapped.
type Header struct {
	To, From   string // the member; the corp
	CreateTime int64
}

// AppendPassive appends the passive XML of doc 90241. It panics when CanPassive is false.
func (u Unit) AppendPassive(dst []byte, h Header) []byte { panic("not yet") }

// Text is a text reply; over 2,048 bytes it is split on sentence, line or rune borders.
func Text(s string) Reply { panic("not yet") }

// Markdown is CommonMark, rendered to WeCom's dialect and sent actively; split by structure over 2,048 bytes.
func Markdown(s string) Reply { panic("not yet") }

// List is several replies, in order.
func List(rs ...Reply) Reply { panic("not yet") }
