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
	if kind := kindOf(s); kind != intricate {
		return squeeze(s, kind, true)
	}
	s = norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD")) // half a character must not be found in another
	if kind := kindOf(s); kind != intricate {
		return squeeze(s, kind, true)
	}
	return norm.NFKC.String(cases.Fold().String(s))
}

// narrow is s with full-width letters and digits made half-width, case and the rest kept.
func narrow(s string) string {
	if kind := kindOf(s); kind != intricate {
		return squeeze(s, kind, false)
	}
	return width.Fold.String(s)
}

// A textKind is how much work folding has. Most texts are Chinese and ASCII, and need little.
type textKind int

const (
	plain     textKind = iota // folded already
	wide                      // with upper case or full-width forms of ASCII
	intricate                 // with other letters, or marks that compose
)

func kindOf(s string) textKind {
	kind := plain
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				kind = wide
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case caseless(r):
		case 0xFF01 <= r && r <= 0xFF5E || r == 0x3000:
			kind = wide
		default:
			return intricate
		}
		i += n
	}
	return kind
}

// squeeze folds a text that is not intricate.
func squeeze(s string, kind textKind, lower bool) string {
	if kind == plain {
		return s
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r >= 0xFF01 { // ！ to ～ stand where ! to ~ do
			r -= 0xFF01 - '!'
		}
		switch {
		case r == 0x3000:
			r = ' '
		case lower && 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// caseless says that r is certainly normal in NFKC, whatever stands beside it, and has no case.
func caseless(r rune) bool {
	return 0x3400 <= r && r <= 0x4DBF || 0x4E00 <= r && r <= 0x9FFF || // ideographs
		0x3001 <= r && r <= 0x3029 || // 、。《》「」
		0x2018 <= r && r <= 0x201D // ‘ ’ “ ”
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
