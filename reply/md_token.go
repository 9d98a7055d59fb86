package reply

import (
	"strings"
)

// token is a piece of a line of WeCom markdown, as the client reads it: marks pair within the line, nothing is escaped.
type token struct {
	kind       tokenKind
	start, end int    // in the line
	text       string // what shows
	arg        string // URL, user id, colour
}

type tokenKind int

const (
	tokenText    tokenKind = iota
	tokenCode              // `text`
	tokenLink              // [text](arg)
	tokenImage             // ![text](arg)
	tokenMention           // <@arg>
	tokenBold              // ** that begins bold text
	tokenBoldEnd
	tokenColour // <font color="arg">
	tokenColourEnd
)

// tokenize reads a line without its quote mark.
func tokenize(line string) []token {
	var ts []token
	lastColourEnd := strings.LastIndex(line, "</font>")
	bolds, colours, from := 0, 0, 0
	add := func(t token) {
		if t.start > from {
			ts = append(ts, token{kind: tokenText, start: from, end: t.start, text: line[from:t.start]})
		}
		ts = append(ts, t)
		from = t.end
	}
	for i := 0; i < len(line); {
		j := strings.IndexAny(line[i:], "`[!<*")
		if j < 0 {
			break
		}
		i += j
		t, ok := tokenAt(line, i, bolds > 0, colours > 0, i < lastColourEnd)
		if !ok {
			i++
			continue
		}
		switch t.kind {
		case tokenBold:
			bolds++
		case tokenBoldEnd:
			bolds--
		case tokenColour:
			colours++
		case tokenColourEnd:
			colours--
		}
		add(t)
		i = t.end
	}
	if from < len(line) {
		add(token{kind: tokenText, start: from, end: len(line), text: line[from:]})
	}
	return ts
}

// tokenAt reads the markup at i, if it is some.
func tokenAt(line string, i int, inBold, inColour, colourEnds bool) (token, bool) {
	s := line[i:]
	switch {
	case s[0] == '`':
		if n := strings.IndexByte(s[1:], '`'); n > 0 {
			return token{kind: tokenCode, start: i, end: i + n + 2, text: s[1 : n+1]}, true
		}
	case s[0] == '[':
		return linkAt(s, i, tokenLink)
	case strings.HasPrefix(s, "!["):
		t, ok := linkAt(s[1:], i+1, tokenImage)
		t.start = i
		return t, ok
	case strings.HasPrefix(s, "**"):
		if inBold {
			return token{kind: tokenBoldEnd, start: i, end: i + 2}, true
		}
		if strings.Index(s[2:], "**") > 0 {
			return token{kind: tokenBold, start: i, end: i + 2}, true
		}
	case s[0] == '<':
		return tagAt(s, i, inColour, colourEnds)
	}
	return token{}, false
}

// linkAt reads [text](url). Neither part holds what would end it; each byte is looked at for one link only.
func linkAt(s string, i int, kind tokenKind) (token, bool) {
	mid := 1 + strings.IndexAny(s[1:], "[]")
	if mid < 1 || !strings.HasPrefix(s[mid:], "](") {
		return token{}, false
	}
	end := mid + 2 + strings.IndexAny(s[mid+2:], "()<> \t")
	if end < mid+2 || s[end] != ')' {
		return token{}, false
	}
	return token{kind: kind, start: i, end: i + end + 1, text: s[1:mid], arg: s[mid+2 : end]}, true
}

func tagAt(s string, i int, inColour, colourEnds bool) (token, bool) {
	if n := mentionLen(s); n > 0 {
		return token{kind: tokenMention, start: i, end: i + n, text: "@" + s[2:n-1], arg: s[2 : n-1]}, true
	}
	if inColour && strings.HasPrefix(s, "</font>") {
		return token{kind: tokenColourEnd, start: i, end: i + len("</font>")}, true
	}
	for _, c := range []string{"info", "comment", "warning"} {
		if tag := `<font color="` + c + `">`; colourEnds && strings.HasPrefix(s, tag) {
			return token{kind: tokenColour, start: i, end: i + len(tag), arg: c}, true
		}
	}
	return token{}, false
}

// stripLine is what a line shows, with URLs behind their texts.
func stripLine(line string) string {
	var b strings.Builder
	if rest := strings.TrimLeft(line, "#"); rest != line && strings.HasPrefix(rest, " ") {
		line = rest[1:]
	}
	for _, t := range tokenize(line) {
		b.WriteString(t.text)
		if (t.kind == tokenLink || t.kind == tokenImage) && t.text != t.arg {
			b.WriteString(" (" + t.arg + ")")
		}
	}
	return b.String()
}

// stripMarkdown reads WeCom markdown as text.
func stripMarkdown(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = stripLine(l)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
