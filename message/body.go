package message

import (
	"fmt"
	"reflect"
	"time"
)

// Kind names what a message is, for tables, logs and metrics: the MsgType ("text"), for events with the event and
// its ChangeType ("event/click", "event/change_contact/create_user"), for suite events with the InfoType
// ("suite/create_auth").
func (m *Message) Kind() string {
	base := string(m.Type)
	switch {
	case m.InfoType != "":
		base = "suite/" + m.InfoType
	case m.Type == TypeEvent:
		base = "event/" + m.Event
	}
	if m.ChangeType != "" && base != "" {
		return base + "/" + m.ChangeType
	}
	return base
}

// Body decodes what this kind of message carries beyond the header: a value (no pointer) of one of the types that
// docs/events.md lists, or Unknown. It decodes anew each time.
func (m *Message) Body() any {
	e := lookup(m)
	if e == nil {
		return Unknown{Kind: m.Kind(), Elements: m.Elements()}
	}
	v := reflect.New(e.body).Elem()
	z := scanner{s: m.raw}
	if z.root() {
		e.plan.decode(&z, v)
	}
	return v.Interface()
}

// As returns the body as a T, and whether it is one:
//
//	if card, ok := message.As[message.TemplateCardEvent](m); ok {
func As[T any](m *Message) (T, bool) {
	body, ok := m.Body().(T)
	return body, ok
}

// Unknown is the body of what the platform added after this release. Such a message is routed like any other, by
// its type, event and fields.
type Unknown struct {
	Kind     string
	Elements []Element
}

// Element is a part of a document as it stands.
type Element struct {
	Name     string
	Text     string // without that of the children
	Children []Element
}

// Elements are the children of the root.
func (m *Message) Elements() []Element {
	z := scanner{s: m.raw}
	if !z.root() {
		return nil
	}
	return z.element().Children
}

// Extra are the elements that neither the header nor the type of the body reads: what the platform added since. An
// element with known and unknown children appears with the unknown ones.
func (m *Message) Extra() []Element {
	e := lookup(m)
	if e == nil {
		return m.Elements()
	}
	z := scanner{s: m.raw}
	if !z.root() {
		return nil
	}
	return e.plan.extra(&z, func(name string) bool { return fieldOf(name) != none })
}

// root goes to the start tag of the root.
func (z *scanner) root() bool {
	for z.next() {
		if z.kind == startTag {
			return true
		}
	}
	return false
}

// element reads the element that just started. It recurses no deeper than maxDepth.
func (z *scanner) element() Element {
	e := Element{Name: z.name}
	var t chars
	for z.next() && z.kind != endTag {
		switch z.kind {
		case startTag:
			e.Children = append(e.Children, z.element())
		case charData:
			t.plain(z.text)
		case cdata:
			t.add(z.text, len(z.text))
		}
	}
	e.Text = t.String()
	return e
}

// Unix is a time in seconds since 1970; 0 where absent.
type Unix int64

// Time is the zero time where absent.
func (u Unix) Time() time.Time {
	if u == 0 {
		return time.Time{}
	}
	return time.Unix(int64(u), 0)
}

// Secret is a short-lived credential in a callback, such as a WelcomeCode. It prints as ***, so that a body may be
// logged; string(s) is its value.
type Secret string

// Format hides the value from every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

// MarshalText hides the value from JSON and slog.
func (Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }
