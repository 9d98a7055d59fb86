package reply

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// cutLine cuts a line of markdown that is too long, first bytes for its first piece, limit for the others. Links, code
// and mentions stay whole where they can; what is bold or coloured on both sides of a cut ends and begins again. ok is
// false when the first piece would be nothing but that.
func cutLine(line string, first, limit int) (pieces []string, ok bool) {
	ts := tokenize(line)
	whole := limit / 2 // a longer link is not kept whole
	styles, cost := openStyles(line, ts, whole)
	if cost > limit/2 { // a URL that is a part of its own: say it as text
		return splitFrom(stripLine(line), first, limit, nil), true
	}
	atoms := tokenAtoms(line, ts, whole, limit-cost)
	if first-cost < utf8.UTFMax || len(atoms) > 0 && atoms[0].start == 0 && atoms[0].end > first-cost {
		return nil, false
	}
	pieces = splitFrom(line, first-cost, limit-cost, atoms)
	pos := 0
	for i, p := range pieces {
		start := pos + strings.Index(line[pos:], p)
		pos = start + len(p)
		pieces[i] = restyle(styles, p, start, pos)
	}
	ok = pieces[0] != ""
	return slices.DeleteFunc(pieces, func(p string) bool { return p == "" }), ok
}

// reach is markup that goes on from start to end of a line, and how to write it again around a piece.
type reach struct {
	start, end  int // within the marks
	open, close string
}

// openStyles lists what may have to be reopened, and the bytes that takes at most: a piece may begin in one style and
// end in another.
func openStyles(line string, ts []token, whole int) ([]reach, int) {
	var all, open []reach
	opens, closes, mostOpens, mostCloses := 0, 0, 0, 0
	count := func(r reach, sign int) {
		opens, closes = opens+sign*len(r.open), closes+sign*len(r.close)
		mostOpens, mostCloses = max(mostOpens, opens), max(mostCloses, closes)
	}
	begin := func(t token, o, c string) {
		r := reach{start: t.end, open: o, close: c}
		open = append(open, r)
		count(r, 1)
	}
	finish := func(t token, c string) {
		for i := len(open) - 1; i >= 0; i-- {
			if r := open[i]; r.close == c {
				r.end = t.start
				all = append(all, r)
				open = slices.Delete(open, i, i+1)
				count(r, -1)
				return
			}
		}
	}
	for _, t := range ts {
		switch t.kind {
		case tokenBold:
			begin(t, "**", "**")
		case tokenBoldEnd:
			finish(t, "**")
		case tokenColour:
			begin(t, `<font color="`+t.arg+`">`, "</font>")
		case tokenColourEnd:
			finish(t, "</font>")
		case tokenCode, tokenLink, tokenImage:
			if t.end-t.start <= whole {
				continue // an atom
			}
			r := reach{start: t.start + 1, end: t.end - 1, open: "`", close: "`"}
			if t.kind != tokenCode { // of an image only the first piece shows it
				r.start = t.start + strings.IndexByte(line[t.start:], '[') + 1
				r.end, r.open, r.close = r.start+len(t.text), "[", "]("+t.arg+")"
			}
			all = append(all, r)
			count(r, 1)
			count(r, -1)
		}
	}
	slices.SortFunc(all, func(a, b reach) int { return a.start - b.start })
	return all, mostOpens + mostCloses
}

// restyle writes a piece, which is from start to end of the line, with the styles that go on over its borders. Marks
// at its borders that would hold nothing are left to the other side.
func restyle(styles []reach, p string, start, end int) string {
	for again := true; again; {
		again = false
		for _, r := range styles {
			if rest, ok := strings.CutPrefix(p, r.close); ok && r.end == start {
				p, start, again = rest, start+len(r.close), true
			}
			if rest, ok := strings.CutSuffix(p, r.open); ok && r.start == end {
				p, end, again = rest, end-len(r.open), true
			}
		}
	}
	if p == "" {
		return ""
	}
	var opens, closes string
	for _, r := range styles {
		if r.start <= start && start < r.end {
			opens += r.open
		}
		if r.start < end && end <= r.end {
			closes = r.close + closes
		}
	}
	return opens + p + closes
}

// tokenAtoms are the spans of a line that are not cut: short links and code, mentions, marks, and of a long link its
// URL.
func tokenAtoms(line string, ts []token, whole, limit int) []atom {
	var atoms []atom
	for _, t := range ts {
		long := t.end-t.start > whole
		switch {
		case t.kind == tokenText:
			for i := 0; i < len(t.text); i++ {
				if start, end := urlAround(t.text, i, limit); end > start {
					atoms = append(atoms, atom{t.start + start, t.start + end})
					i = end - 1
				}
			}
		case t.kind == tokenCode && long:
		case (t.kind == tokenLink || t.kind == tokenImage) && long:
			text := t.start + strings.IndexByte(line[t.start:], '[') + 1
			_, n := utf8.DecodeRuneInString(t.text)
			atoms = append(atoms, atom{t.start, text + n}, atom{text + len(t.text), t.end})
		default:
			atoms = append(atoms, atom{t.start, t.end})
		}
	}
	return merge(atoms, limit)
}

// merge sorts atoms and joins those that overlap, unless the result is over the limit.
func merge(atoms []atom, limit int) []atom {
	slices.SortFunc(atoms, func(a, b atom) int { return a.start - b.start })
	var out []atom
	for _, a := range atoms {
		if n := len(out); n > 0 && a.start < out[n-1].end {
			if joined := max(a.end, out[n-1].end); joined-out[n-1].start <= limit {
				out[n-1].end = joined
				continue
			}
			if a.end <= out[n-1].end {
				continue
			}
			a.start = out[n-1].end
		}
		if a.end-a.start <= limit {
			out = append(out, a)
		}
	}
	return out
}
