package reply

import (
	"strings"
	"unicode/utf8"
)

// packer puts lines into parts of at most limit bytes. A block stays whole if a part can hold it and it does not leave
// this one half empty; a heading stays with what follows; fences and the header of a table are written again in the
// next part.
type packer struct {
	dialect Dialect
	limit   int
	parts   []string

	buf    []byte
	last   mdLine   // in buf; meaningless when buf is empty
	titles []mdLine // headings at the end of buf, which begins
	keep   int      // without them here
}

func pack(lines []mdLine, d Dialect, limit int) []string {
	p := &packer{dialect: d, limit: limit}
	for i, l := range lines {
		if len(p.buf) > limit/2 && (i == 0 || l.block != lines[i-1].block) && !lines[i-1].title {
			p.beforeBlock(lines[i:])
		}
		p.add(l)
	}
	p.titles = nil // nothing follows
	p.flush()
	return p.parts
}

// beforeBlock begins a new part where the block that starts lines does not fit into this one but does into the next.
func (p *packer) beforeBlock(lines []mdLine) {
	end, alone := len(p.buf), packer{dialect: p.dialect, limit: p.limit}
	for i, l := range lines {
		if i > 0 && l.block != lines[0].block && !lines[i-1].title {
			break
		}
		if alone.push(l); alone.size() > p.limit {
			return
		}
	}
	if end+1+len(lines[0].gap)+alone.size() > p.limit {
		p.flush()
	}
}

// add puts a line into the part, or into the next, or into several.
func (p *packer) add(l mdLine) {
	if p.try(l) {
		return
	}
	if len(p.buf) >= p.limit/2 {
		p.flush()
		if p.try(l) {
			return
		}
	}
	p.cut(l)
}

// try adds the line unless the part becomes too long.
func (p *packer) try(l mdLine) bool {
	n, last, keep, titles := len(p.buf), p.last, p.keep, p.titles
	if p.push(l); p.size() <= p.limit {
		return true
	}
	p.buf, p.last, p.keep, p.titles = p.buf[:n], last, keep, titles
	return false
}

// size of the part, with the end of its fence.
func (p *packer) size() int { return len(p.buf) + len(p.closing()) }

// closing ends the fence that is open at the end of the part.
func (p *packer) closing() string {
	if len(p.buf) == 0 || p.last.fence == "" {
		return ""
	}
	ticks := p.last.fence[:len(p.last.fence)-len(strings.TrimLeft(p.last.fence, "`"))]
	return "\n" + p.last.cont + ticks
}

// maxTitles is how many headings may follow each other and still wait for a text.
const maxTitles = 6

// push writes the line behind the part.
func (p *packer) push(l mdLine) {
	begins := len(p.buf) == 0 || p.last.id != l.id // a fence or table
	if len(p.buf) > 0 {
		if begins {
			p.buf = append(p.buf, p.closing()...)
		}
		p.buf = append(p.buf, '\n')
		if l.fence == "" || begins { // blank lines of code are lines
			p.buf = append(p.buf, l.gap...)
		}
	}
	if !l.title || len(p.titles) == maxTitles {
		p.titles = nil
	} else {
		if len(p.titles) == 0 {
			p.keep = len(p.buf)
		}
		p.titles = append(p.titles[:len(p.titles):len(p.titles)], l)
	}
	prefix := l.prefix
	if l.fence != "" && begins {
		p.buf = append(append(append(p.buf, prefix...), l.fence...), '\n')
		prefix = l.cont
	}
	if l.head != "" && len(p.buf) == 0 {
		p.buf = append(append(append(p.buf, prefix...), strings.ReplaceAll(l.head, "\n", "\n"+l.cont)...), '\n')
		prefix = l.cont
	}
	p.buf = append(append(p.buf, prefix...), l.shown(p.dialect)...)
	p.last = l
}

// shown is the text of the line with the marks of code in v1.
func (l *mdLine) shown(d Dialect) string {
	if l.code && d == DialectV1 && strings.TrimSpace(l.text) != "" {
		return "`" + l.text + "`"
	}
	return l.text
}

// cut fills this part with the start of the line and others with the rest.
func (p *packer) cut(l mdLine) {
	l.title = false
	rest := l
	rest.gap, rest.prefix = "", l.cont
	limit := max((&packer{dialect: p.dialect, limit: p.limit}).room(rest), utf8.UTFMax)
	first := p.room(l)
	pieces, ok := l.pieces(p.dialect, first, limit)
	for tries := 0; tries < 2 && (!ok || first < limit/4); tries++ { // too little is left here
		if tries > 0 {
			p.titles = nil
		}
		p.flush()
		first = p.room(l)
		pieces, ok = l.pieces(p.dialect, first, limit)
	}
	for i, piece := range pieces {
		next := l
		if i > 0 {
			next = rest
			p.flush()
		}
		next.text = piece
		p.push(next)
	}
}

// room is how many bytes of the line's text this part can take.
func (p *packer) room(l mdLine) int {
	trial := *p
	l.text = ""
	if l.code && p.dialect == DialectV1 {
		trial.limit -= len("``")
	}
	trial.push(l)
	return trial.limit - trial.size()
}

// pieces cuts the text of the line; ok is false when first is too little for anything.
func (l *mdLine) pieces(d Dialect, first, limit int) (pieces []string, ok bool) {
	switch {
	case first < utf8.UTFMax:
		return nil, false
	case l.code:
		return splitFrom(l.text, first, limit, nil), true
	case d == plainText:
		return splitFrom(l.text, first, limit, findAtoms(l.text, limit)), true
	}
	return cutLine(l.text, first, limit)
}

// flush ends the part. Headings at its end go into the next, unless they are most of it.
func (p *packer) flush() {
	if len(p.buf) == 0 {
		return
	}
	titles := p.titles
	p.titles = nil
	if len(titles) > 0 && p.keep >= len(p.buf)/2 && p.keep > 0 {
		p.buf = p.buf[:p.keep]
	} else {
		p.buf = append(p.buf, p.closing()...)
		titles = nil
	}
	p.parts = append(p.parts, strings.TrimRight(string(p.buf), " \t\n"))
	p.buf = p.buf[:0]
	for _, l := range titles {
		p.push(l)
	}
}
