package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// splitText cuts s into parts of at most limit bytes. White space at the cuts is dropped, parts of nothing but white
// space too; every other character is in exactly one part, in order.
func splitText(s string, limit int) []string {
	return splitFrom(s, limit, limit, findAtoms(s, limit))
}

// splitFrom is splitText with other atoms and less room in the first part.
func splitFrom(s string, first, limit int, atoms []atom) []string {
	var parts []string
	room := first
	for pos := 0; pos < len(s); {
		end := len(s)
		if end-pos > room {
			for len(atoms) > 0 && atoms[0].end <= pos {
				atoms = atoms[1:]
			}
			end = pos + cut(s[pos:], room, pos, atoms)
		}
		if part := strings.TrimRightFunc(s[pos:end], unicode.IsSpace); part != "" {
			parts = append(parts, part)
		}
		pos = nextPart(s, end)
		room = limit
	}
	return parts
}

// nextPart is where the part after a cut at end begins: behind the rest of the line and blank lines, but before the
// indentation of its first line.
func nextPart(s string, end int) int {
	start := len(s) - len(strings.TrimLeftFunc(s[end:], unicode.IsSpace))
	if start == len(s) {
		return start
	}
	if nl := strings.LastIndexByte(s[:start], '\n'); nl+1 >= end {
		return nl + 1
	}
	return start
}

// A border is a kind of place to cut, the best first.
type border int

const (
	blankLine border = iota
	lineEnd
	sentenceEnd
	clauseEnd // a comma or a blank
	runeEnd   // anywhere but inside a cluster of runes that show as one
	noBorder
)

// cut finds where to end a part of s, which starts at offset base of the whole text: at the last best border of the
// second half of the limit, else at the last line or sentence end of the first, else at the last rune border.
func cut(s string, limit, base int, atoms []atom) int {
	var best [noBorder]int // last position of each border
	inside := newCursor(atoms)
	for i, r := range s[:min(limit+utf8.UTFMax, len(s))] {
		if i > limit {
			break
		}
		if i == 0 || inside.at(base+i) {
			continue
		}
		if b := borderAt(s, i, r); b < noBorder {
			best[b] = i
		}
	}
	for _, p := range best[:runeEnd] {
		if p >= limit/2 {
			return p
		}
	}
	if p := max(best[blankLine], best[lineEnd], best[sentenceEnd]); p > 0 {
		return p
	}
	if p := max(best[clauseEnd], best[runeEnd]); p > 0 {
		return p
	}
	return lastRune(s, limit)
}

// lastRune is the last rune border at or before limit, and beyond the first rune.
func lastRune(s string, limit int) int {
	p := limit
	for p > 0 && !utf8.RuneStart(s[p]) {
		p--
	}
	if p == 0 {
		_, p = utf8.DecodeRuneInString(s)
	}
	return p
}

// borderAt names the border between s[:i] and the rune next at i.
func borderAt(s string, i int, next rune) border {
	last, n := utf8.DecodeLastRuneInString(s[:i])
	switch {
	case last == '\n':
		if i >= 2 && s[i-2] == '\n' {
			return blankLine
		}
		return lineEnd
	case endsSentence(s[:i], last, n, next):
		return sentenceEnd
	case unicode.IsSpace(last), strings.ContainsRune("，、,：;", last):
		return clauseEnd
	case joins(last, next):
		return noBorder
	}
	return runeEnd
}

// endsSentence knows that "." ends one only before white space ("3.5"), and that a closing quote belongs to it.
func endsSentence(s string, last rune, n int, next rune) bool {
	if strings.ContainsRune("”’」』）)\"'】》", last) {
		s = s[:len(s)-n]
		last, _ = utf8.DecodeLastRuneInString(s)
	}
	switch last {
	case '。', '！', '？', '；', '…':
		return !strings.ContainsRune("。！？…”’」』）)\"'】》", next)
	case '.', '!', '?':
		return unicode.IsSpace(next)
	}
	return false
}

// joins reports whether a cut between the two runes would change how they show: combining marks, variation selectors,
// emoji joined by ZWJ, skin tones, flags.
func joins(last, next rune) bool {
	const zwj = '\u200d'
	return next == zwj || last == zwj || unicode.Is(unicode.M, next) ||
		next >= 0x1f3fb && next <= 0x1f3ff || isFlag(last) && isFlag(next)
}

func isFlag(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }
