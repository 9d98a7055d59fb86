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

// isClean reports whether allowed would change nothing. Nearly every document is clean, so this is the cost that all
// of them pay: eight ASCII bytes at a time, and Chinese characters by their bit pattern.
func isClean(doc []byte) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	i := 0
	for i+8 <= len(doc) {
		x := binary.LittleEndian.Uint64(doc[i:])
		if (x|(x-' '*ones))&highs == 0 { // all ASCII and none below a blank
			i += 8
			continue
		}
		var n int
		switch {
		case x&highs == 0 && !hasControl(doc[i:i+8]):
			n = 8
		case isCommon(x) && isCommon(x>>24):
			n = 6
		case isCommon(x):
			n = 3
		default:
			n = cleanRune(doc[i:])
		}
		if n == 0 {
			return false
		}
		i += n
	}
	for i < len(doc) {
		n := cleanRune(doc[i:])
		if n == 0 {
			return false
		}
		i += n
	}
	return true
}

// isCommon recognises three bytes that are a character between U+1000 and U+FFFF, except at those borders where
// surrogates, overlong forms and the noncharacters are.
func isCommon(x uint64) bool {
	lead := byte(x)
	return x&0xC0C0F0 == 0x8080E0 && lead != 0xE0 && lead != 0xED && lead != 0xEF
}

// cleanRune is the size of the first character, or 0 if it is not allowed.
func cleanRune(doc []byte) int {
	r, size := utf8.DecodeRune(doc)
	if r == utf8.RuneError && size == 1 || r != allowed(r) {
		return 0
	}
	return size
}

func hasControl(p []byte) bool {
	for _, c := range p {
		if c < ' ' && !isSpace(c) {
			return true
		}
	}
	return false
}
