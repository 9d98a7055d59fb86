package message

import (
	"errors"
	"fmt"
	"strings"
)

// ErrMalformed is a document that is not well-formed XML (or JSON).
var ErrMalformed = errors.New("message: malformed document")

// maxDepth bounds nesting; the deepest document of the platform (approvals) has 8 levels.
const maxDepth = 32

type kind uint8

const (
	startTag kind = iota
	endTag
	charData // text as it stands, entities not yet replaced
	cdata    // text
)

// scanner walks an XML document. Comments, instructions and attributes are skipped, elements must nest properly.
type scanner struct {
	s     string
	pos   int
	depth int // of the current element; the root has 1, and so has its start tag
	err   error

	kind kind
	name string // of a tag
	text string // of charData and cdata
	from int    // where the result of value starts in s; -1 if it was put together

	closed  bool // an empty-element tag: its end comes next
	started bool // the root was seen
	stack   [maxDepth]string
}

// next moves to the next token. It returns false at the end of the document, and on an error.
func (z *scanner) next() bool {
	if z.closed {
		z.closed = false
		return z.end()
	}
	for z.pos < len(z.s) {
		if z.s[z.pos] != '<' {
			if z.plainText() {
				return true
			}
			continue
		}
		rest := z.s[z.pos:]
		switch {
		case len(rest) < 2:
			return z.fail("ends in a tag")
		case rest[1] == '/':
			return z.endTag(rest)
		case rest[1] == '?':
			z.through(rest, "?>")
		case rest[1] != '!':
			return z.startTag(rest)
		case strings.HasPrefix(rest, "<!--"):
			z.through(rest, "-->")
		default:
			return z.cdata(rest)
		}
	}
	if z.err == nil && (z.depth > 0 || !z.started) {
		return z.fail("ends too early")
	}
	return false
}

func (z *scanner) fail(what string) bool {
	z.err = fmt.Errorf("%w: %s at byte %d", ErrMalformed, what, z.pos)
	z.pos = len(z.s)
	return false
}

// plainText reads text up to the next tag. Outside the root only white space may stand.
func (z *scanner) plainText() bool {
	n := strings.IndexByte(z.s[z.pos:], '<')
	if n < 0 {
		n = len(z.s) - z.pos
	}
	text := z.s[z.pos : z.pos+n]
	if z.depth == 0 {
		if trimLeft(text) != "" {
			return z.fail("text outside the root")
		}
		z.pos += n
		return false
	}
	z.kind, z.text = charData, text
	z.pos += n
	return true
}

func (z *scanner) through(rest, closing string) {
	n := strings.Index(rest[2:], closing)
	if n < 0 {
		z.fail("does not end")
		return
	}
	z.pos += 2 + n + len(closing)
}

const (
	openCDATA  = "<![CDATA["
	closeCDATA = "]]>"
)

func (z *scanner) cdata(rest string) bool {
	if !strings.HasPrefix(rest, openCDATA) || z.depth == 0 {
		return z.fail("declaration")
	}
	n := strings.Index(rest[len(openCDATA):], closeCDATA)
	if n < 0 {
		return z.fail("CDATA does not end")
	}
	z.kind, z.text = cdata, rest[len(openCDATA):len(openCDATA)+n]
	z.pos += len(openCDATA) + n + len(closeCDATA)
	return true
}

func (z *scanner) startTag(rest string) bool {
	n := 1
	for n < len(rest) && !nameEnds(rest[n]) {
		n++
	}
	name, size := rest[1:n], tagSize(rest, n)
	switch {
	case name == "" || size == 0:
		return z.fail("tag")
	case z.depth == 0 && z.started:
		return z.fail("second root")
	case z.depth == maxDepth:
		return z.fail("nesting too deep")
	}
	z.closed = rest[size-2] == '/'
	z.kind, z.name = startTag, name
	z.stack[z.depth] = name
	z.depth++
	z.started = true
	z.pos += size
	return true
}

func nameEnds(c byte) bool { return c == '>' || c == '/' || c == '<' || isSpace(c) }

// tagSize is the length of the start tag whose name ends at n, or 0. A ">" inside a quoted attribute is no end.
func tagSize(rest string, n int) int {
	var quote byte
	for ; n < len(rest); n++ {
		switch c := rest[n]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return n + 1
		case c == '<':
			return 0
		case c == '"' || c == '\'':
			quote = c
		}
	}
	return 0
}

func (z *scanner) endTag(rest string) bool {
	n := strings.IndexByte(rest, '>')
	if n < 0 || z.depth == 0 {
		return z.fail("end tag")
	}
	z.name = trimRight(rest[2:n])
	if z.name != z.stack[z.depth-1] {
		return z.fail("end tag of another element")
	}
	z.pos += n + 1
	return z.end()
}

func (z *scanner) end() bool {
	z.kind = endTag
	z.depth--
	return true
}

// skip goes to the end of the element that just started.
func (z *scanner) skip() {
	for outer := z.depth - 1; z.depth > outer && z.next(); {
		continue
	}
}

// value goes to the end of the element that just started and returns its own text, without that of its children.
func (z *scanner) value() string {
	if v, ok := z.simpleValue(); ok {
		return v
	}
	z.from = -1
	var t chars
	for inner := z.depth; z.depth >= inner && z.next(); {
		switch {
		case z.depth != inner:
		case z.kind == charData:
			t.plain(z.text)
		case z.kind == cdata:
			t.add(z.text, len(z.text))
		}
	}
	return t.String()
}

// simpleValue reads <Name>text</Name> and <Name><![CDATA[text]]></Name>, which is nearly everything, in one step.
func (z *scanner) simpleValue() (string, bool) {
	if z.closed {
		return "", false
	}
	rest := z.s[z.pos:]
	var from, to, after int
	if strings.HasPrefix(rest, openCDATA) {
		from = len(openCDATA)
		n := strings.Index(rest[from:], closeCDATA)
		if n < 0 {
			return "", false
		}
		to, after = from+n, from+n+len(closeCDATA)
	} else {
		to = strings.IndexByte(rest, '<')
		if to < 0 || strings.IndexByte(rest[:to], '&') >= 0 {
			return "", false
		}
		after = to
	}
	tail := rest[after:]
	if size := len("</") + len(z.name) + len(">"); len(tail) < size || tail[:2] != "</" ||
		tail[2:size-1] != z.name || tail[size-1] != '>' {
		return "", false
	}
	value := rest[from:to]
	if from == 0 {
		from = to - len(trimLeft(value))
		value = trimRight(rest[from:to])
	}
	z.from = z.pos + from
	z.pos += after + len("</") + len(z.name) + len(">")
	return value, z.end()
}
