package simulator

import (
	"strconv"
	"strings"
)

// Element is an XML element of what a member sends. Build it with CDATA, Number and Group.
type Element struct {
	name     string
	text     string
	raw      bool // bare, not in CDATA
	children []Element
}

// CDATA is an element with text. Characters that XML forbids stay as they are: the platform sends what members paste.
func CDATA(name, text string) Element { return Element{name: name, text: text} }

// Number is an element with a bare integer.
func Number(name string, n int64) Element {
	return Element{name: name, text: strconv.FormatInt(n, 10), raw: true}
}

// Decimal is an element with a bare decimal number, as coordinates are sent.
func Decimal(name string, f float64) Element {
	return Element{name: name, text: strconv.FormatFloat(f, 'f', -1, 64), raw: true}
}

// Group is an element with children.
func Group(name string, children ...Element) Element {
	return Element{name: name, children: children, raw: true}
}

func (e Element) write(b *strings.Builder) {
	b.WriteString("<" + e.name + ">")
	switch {
	case len(e.children) > 0:
		for _, c := range e.children {
			c.write(b)
		}
	case e.raw:
		b.WriteString(e.text)
	default:
		b.WriteString("<![CDATA[" + strings.ReplaceAll(e.text, "]]>", "]]]]><![CDATA[>") + "]]>")
	}
	b.WriteString("</" + e.name + ">")
}

// document is a callback's plaintext.
func document(elements ...Element) string {
	var b strings.Builder
	Group("xml", elements...).write(&b)
	return b.String()
}
