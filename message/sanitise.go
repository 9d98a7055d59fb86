package message

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

const byteOrderMark = "\uFEFF"

// sanitise makes a document one that the scanner and everybody after it can rely on: XML, valid UTF-8, and without
// the control characters that members paste. Those become blanks instead of vanishing, for "]]", U+001D, ">" in a
// member's text must not turn into the end of its CDATA.
func sanitise(doc []byte) (string, error) {
	doc = bytes.TrimPrefix(doc, []byte(byteOrderMark))
	if isJSON(doc) {
		var err error
		if doc, err = xmlOfJSON(doc); err != nil {
			return "", err
		}
	}
	if isClean(doc) {
		return string(doc), nil
	}
	return clean(string(doc)), nil
}

func clean(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s { // ranging yields U+FFFD for every invalid byte
		b.WriteRune(allowed(r))
	}
	return b.String()
}

// isClean looks at eight bytes at a time, as nearly every document is clean.
func isClean(doc []byte) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	ascii, rest := true, doc
	for ; len(rest) >= 8; rest = rest[8:] {
		x := binary.LittleEndian.Uint64(rest)
		if x&highs != 0 {
			ascii = false
		}
		if (x-ones*' ')&^x&highs != 0 && hasControl(rest[:8]) {
			return false
		}
	}
	if hasControl(rest) {
		return false
	}
	for _, c := range rest {
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.Valid(doc) && !hasNonCharacter(doc)
}

func hasControl(p []byte) bool {
	for _, c := range p {
		if c < ' ' && !isSpace(c) {
			return true
		}
	}
	return false
}

// hasNonCharacter finds U+FFFE and U+FFFF.
func hasNonCharacter(doc []byte) bool {
	for {
		i := bytes.Index(doc, []byte("\xef\xbf"))
		if i < 0 || i+2 >= len(doc) {
			return false
		}
		if doc[i+2] >= 0xbe {
			return true
		}
		doc = doc[i+3:]
	}
}
