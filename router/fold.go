package router

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Fold is the form in which texts and words are compared: full and half width are one (NFKC), so are upper and lower
// case, and surrounding space is gone.
func Fold(s string) string { return strings.TrimSpace(foldInner(s)) }

func foldInner(s string) string {
	switch kindOf(s) {
	case folded:
		return s
	case asciiUpper:
		return lowerASCII(s)
	}
	s = norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD")) // half a character must not be found in another
	switch kindOf(s) {
	case folded:
		return s
	case asciiUpper:
		return lowerASCII(s)
	}
	return norm.NFKC.String(cases.Fold().String(s))
}

// A textKind is how much work folding has. Most texts are Chinese or ASCII, and need next to none.
type textKind int

const (
	folded textKind = iota
	asciiUpper
	other
)

func kindOf(s string) textKind {
	kind := folded
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				kind = asciiUpper
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !caseless(r) {
			return other
		}
		i += n
	}
	return kind
}

// caseless says that r is certainly normal in NFKC, whatever stands beside it, and has no case.
func caseless(r rune) bool {
	return 0x3400 <= r && r <= 0x4DBF || 0x4E00 <= r && r <= 0x9FFF || // ideographs
		0x3001 <= r && r <= 0x3029 || // 、。《》「」
		0x2018 <= r && r <= 0x201D // ‘ ’ “ ”
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// narrow is s with full-width letters and digits made half-width, case and the rest kept.
func narrow(s string) string {
	for _, r := range s {
		if r >= 0x1100 && !caseless(r) {
			return width.Fold.String(s)
		}
	}
	return s
}

// afterFolded is what follows, in text, the part that folds to prefix. It is for texts whose folded form has the prefix.
func afterFolded(text, prefix string) string {
	text = strings.TrimSpace(text)
	var it norm.Iter
	it.InitString(norm.NFKC, text)
	for n := 0; n < len(prefix) && !it.Done(); {
		n += len(foldInner(string(it.Next())))
	}
	return strings.TrimSpace(text[it.Pos():])
}
