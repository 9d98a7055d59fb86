package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// atom is a span of a text that must not be cut: a link, a bare URL, a code span.
type atom struct{ start, end int }

// findAtoms lists the atoms of s that fit the limit, in order, without overlap.
func findAtoms(s string, limit int) []atom {
	var atoms []atom
	for i := 0; i < len(s); {
		n := 0
		switch s[i] {
		case '<':
			n = linkLen(s[i:], limit)
		case '`':
			n = codeLen(s[i:], limit)
		case ':':
			start, end := urlAround(s, i, limit)
			if end > start && end-start <= limit && (len(atoms) == 0 || atoms[len(atoms)-1].end <= start) {
				atoms = append(atoms, atom{start, end})
			}
			i = max(end, i+1)
			continue
		}
		if n > 0 {
			atoms = append(atoms, atom{i, i + n})
			i += n
			continue
		}
		i++
	}
	return atoms
}

// linkLen is the length of <a …>…</a> at the start of s, 0 when there is none.
func linkLen(s string, limit int) int {
	s = s[:min(len(s), limit)]
	if len(s) < 3 || s[1] != 'a' && s[1] != 'A' || s[2] != ' ' {
		return 0
	}
	if i := strings.Index(s, "</a>"); i > 0 {
		return i + len("</a>")
	}
	if i := strings.Index(s, "</A>"); i > 0 {
		return i + len("</A>")
	}
	return 0
}

// codeLen is the length of a code span on one line at the start of s; at least 1, 0 is never looked at twice.
func codeLen(s string, limit int) int {
	line := s[:min(len(s), limit)]
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	ticks := len(line) - len(strings.TrimLeft(line, "`"))
	for i := ticks; i < len(line); {
		j := strings.IndexByte(line[i:], '`')
		if j < 0 {
			break
		}
		i += j
		n := len(line[i:]) - len(strings.TrimLeft(line[i:], "`"))
		if i += n; n == ticks {
			return i
		}
	}
	return ticks
}

// urlAround is the bare URL whose "://" is at i of s. Text in a script without blanks may follow it directly; the URL
// is shortened to its ASCII part when the whole would not fit the limit. Of a URL over the limit it is the first
// limit+ bytes: more than an atom may have, and looked at once.
func urlAround(s string, i, limit int) (start, end int) {
	if !strings.HasPrefix(s[i:], "://") {
		return 0, 0
	}
	start = i
	for start > 0 && isScheme(s[start-1]) {
		start--
	}
	if start == i {
		return 0, 0
	}
	ascii := -1
	for end = i; end < len(s); {
		r, n := utf8.DecodeRuneInString(s[end:])
		if unicode.IsSpace(r) || strings.ContainsRune("<>\"`", r) || r >= utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			break
		}
		if r >= utf8.RuneSelf && ascii < 0 {
			ascii = end
		}
		if end += n; end-start > limit {
			break
		}
	}
	if end-start > limit && ascii > 0 {
		end = ascii
	}
	return start, end
}

func isScheme(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'
}

// cursor answers, for growing positions, whether they are inside an atom.
type cursor []atom

func newCursor(atoms []atom) *cursor { c := cursor(atoms); return &c }

func (c *cursor) at(p int) bool {
	for len(*c) > 0 && (*c)[0].end <= p {
		*c = (*c)[1:]
	}
	return len(*c) > 0 && (*c)[0].start < p
}
