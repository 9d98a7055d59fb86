package strictyaml

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Text is a scalar that remembers where each of its characters stands in the file, for values that have an inner
// syntax: expressions, templates, patterns.
type Text struct {
	Value string
	Pos   Pos // of its first character; of the opening quote or "|" where it has one

	node   *yaml.Node // nil: made by hand or expanded, only Pos is known
	src    *source
	offset int // of Value in the node's value, where it is a part of it
}

// Part is the text from byte i to byte j, with its place.
func (t Text) Part(i, j int) Text {
	return Text{Value: t.Value[i:j], Pos: t.at(i), node: t.node, src: t.src, offset: t.offset + i}
}

// String is the value.
func (t Text) String() string { return t.Value }

// IsZero reports whether there is no text.
func (t Text) IsZero() bool { return t.Value == "" }

// At returns where the character at line and column of the value (from 1, in characters) stands in the file.
// Quotes, escapes, folding and indentation are seen through.
func (t Text) At(line, col int) Pos {
	i := 0
	for ; line > 1; line-- {
		n := strings.IndexByte(t.Value[i:], '\n')
		if n < 0 {
			break
		}
		i += n + 1
	}
	for ; col > 1 && i < len(t.Value); col-- {
		_, n := utf8.DecodeRuneInString(t.Value[i:])
		i += n
	}
	return t.at(i)
}

// at returns where the byte at offset i of the value stands.
func (t Text) at(i int) Pos {
	if t.node == nil || t.Pos.Line == 0 {
		return t.Pos
	}
	l := locator{src: t.src, line: t.node.Line, col: t.node.Column, value: t.node.Value, stop: t.offset + i}
	switch {
	case t.node.Style&yaml.DoubleQuotedStyle != 0:
		l.quoted('"')
	case t.node.Style&yaml.SingleQuotedStyle != 0:
		l.quoted('\'')
	case t.node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		l.line++
		l.col = 1
		l.plain()
	default:
		l.plain()
	}
	if l.line > len(t.src.lines) { // an empty block scalar at the end of the file
		return t.Pos
	}
	return t.src.pos(l.line, l.col)
}

// Span is where the scalar stands in the bytes of its file, quotes included. ok is false for block scalars, for those of
// several lines, and when raw is not the file that was decoded.
func (t Text) Span(raw []byte) (from, to int, ok bool) {
	if t.node == nil || t.node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return 0, 0, false
	}
	end := t.at(len(t.Value))
	if end.Line != t.Pos.Line {
		return 0, 0, false
	}
	bom := len(raw) - len(t.src.text)
	if bom != 0 && bom != len("\ufeff") || string(raw[bom:]) != t.src.text {
		return 0, 0, false
	}
	from = bom + t.src.offset(t.Pos.Line, t.Pos.Col)
	to = bom + t.src.offset(end.Line, end.Col)
	if t.node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		to++
	}
	return from, to, to <= len(raw)
}

// locator walks a scalar's source and its value side by side until the value's offset stop.
type locator struct {
	src       *source
	line, col int // of the source
	value     string
	i, stop   int // offset in value
}

// plain walks an unquoted or block scalar, whose lines hold the value's characters as they are: only the white space
// around lines differs.
func (l *locator) plain() {
	for {
		text := l.src.line(l.line)
		r := []rune(text)
		for l.col <= len(r) && blank(r[l.col-1]) {
			l.col++
		}
		for l.i < len(l.value) && isSpace(l.value[l.i]) {
			if l.i == l.stop {
				return
			}
			l.i++
		}
		for l.i < l.stop && l.col <= len(r) {
			v, n := utf8.DecodeRuneInString(l.value[l.i:])
			if v != r[l.col-1] {
				return // cannot happen in what the scanner accepted; the place is near enough
			}
			l.i += n
			l.col++
		}
		if l.i >= l.stop || l.line >= len(l.src.lines) {
			return
		}
		l.line, l.col = l.line+1, 1
	}
}

// quoted walks a quoted scalar: escapes are several characters in the source and mostly one in the value, and a line
// break is a space or, with empty lines, a break.
func (l *locator) quoted(quote rune) {
	l.col++ // the opening quote
	for l.i < l.stop {
		r := []rune(l.src.line(l.line))
		if l.col > len(r) || strings.TrimSpace(string(r[l.col-1:])) == "" {
			if l.line >= len(l.src.lines) {
				return
			}
			l.fold()
			continue
		}
		width := 1
		switch c := r[l.col-1]; {
		case quote == '\'' && c == '\'':
			width = 2
		case quote == '"' && c == '\\':
			if l.col == len(r) { // an escaped line break is nothing
				l.line, l.col = l.line+1, 1
				l.skipBlanks()
				continue
			}
			width = escapeWidth(r[l.col])
		}
		_, n := utf8.DecodeRuneInString(l.value[l.i:])
		l.i += n
		l.col += width
	}
}

// fold passes the end of a line, empty lines and the indentation, and the white space they became.
func (l *locator) fold() {
	breaks := 0
	for ok := true; ok && l.line < len(l.src.lines); ok = strings.TrimSpace(l.src.line(l.line)) == "" {
		l.line, l.col = l.line+1, 1
		breaks++
	}
	l.skipBlanks()
	l.i += max(1, breaks-1)
}

func (l *locator) skipBlanks() {
	for _, r := range l.src.line(l.line) {
		if !blank(r) {
			return
		}
		l.col++
	}
}

// escapeWidth is the source width of a double-quoted escape by the character after the backslash.
func escapeWidth(c rune) int {
	switch c {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}

func blank(r rune) bool { return r == ' ' || r == '\t' }

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' }
