package message

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// chars puts the value of an element together: CDATA as it stands, plain text without the white space at its ends
// and with its entities replaced. A value of one piece costs nothing.
type chars struct {
	one    string // the first piece
	buf    []byte // all pieces, once there are two
	pieces int
	keep   int // length without trailing white space
}

func (t *chars) plain(s string) {
	if t.pieces == 0 {
		s = trimLeft(s)
	}
	if s == "" {
		return
	}
	body := trimRight(s)
	if strings.IndexByte(body, '&') < 0 {
		t.add(s, len(body))
		return
	}
	tail := s[len(body):]
	body = unescape(body)
	t.add(body+tail, len(body))
}

// add appends a piece of which the first n bytes are more than trailing white space.
func (t *chars) add(piece string, n int) {
	t.pieces++
	if t.pieces == 1 {
		t.one, t.keep = piece, n
		return
	}
	if t.pieces == 2 {
		t.buf = append(t.buf, t.one...)
	}
	if n > 0 {
		t.keep = len(t.buf) + n
	}
	t.buf = append(t.buf, piece...)
}

func (t *chars) String() string {
	if t.pieces < 2 {
		return t.one[:t.keep]
	}
	return string(t.buf[:t.keep])
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func trimLeft(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

func trimRight(s string) string {
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// unescape replaces the five named entities and character references. Anything else after an "&" stands for itself.
func unescape(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0; i = strings.IndexByte(s, '&') {
		b.WriteString(s[:i])
		s = s[i:]
		r, size := entity(s)
		b.WriteRune(r)
		s = s[size:]
	}
	b.WriteString(s)
	return b.String()
}

// entity reads the reference at the start of s. Its name or number has at most 8 characters.
func entity(s string) (rune, int) {
	end := strings.IndexByte(s[:min(len(s), 10)], ';')
	if end < 2 {
		return '&', 1
	}
	switch name := s[1:end]; {
	case name == "lt":
		return '<', end + 1
	case name == "gt":
		return '>', end + 1
	case name == "amp":
		return '&', end + 1
	case name == "quot":
		return '"', end + 1
	case name == "apos":
		return '\'', end + 1
	case name[0] == '#':
		digits, base := name[1:], 10
		if digits != "" && (digits[0] == 'x' || digits[0] == 'X') {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseUint(digits, base, 32); err == nil {
			return allowed(rune(n)), end + 1 // fits: at most 7 digits
		}
	}
	return '&', 1
}

// allowed replaces what XML forbids: a control character by a blank, anything else by U+FFFD.
func allowed(r rune) rune {
	switch {
	case r < ' ' && r != '\t' && r != '\n' && r != '\r':
		return ' '
	case !utf8.ValidRune(r), r == 0xFFFE, r == 0xFFFF:
		return utf8.RuneError
	}
	return r
}
