package reply

import (
	"strings"
	"unicode/utf8"
)

// clean removes the characters that XML 1.0 forbids, replaces bytes that are no UTF-8 by U+FFFD and turns CRLF and CR
// into LF. Text without any of these is returned as it is.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s { // a bad byte reads as U+FFFD
		switch {
		case r == '\r':
			if i+1 == len(s) || s[i+1] != '\n' {
				b.WriteByte('\n')
			}
		case r < ' ' && r != '\t' && r != '\n', r == '\ufffe', r == '\uffff':
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isClean(s string) bool {
	ascii := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' && c != '\t' && c != '\n' {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(s) && !strings.Contains(s, "\ufffe") && !strings.Contains(s, "\uffff")
}
