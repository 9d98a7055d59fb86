package reply

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
)

var errNothing = &FieldError{Field: "markdown.content", Code: codeEmpty, Reason: "has nothing to show"}

// readMarkdown cleans, bounds and parses a source.
func readMarkdown(s string) ([]byte, ast.Node, error) {
	if len(s) > markdownInput {
		return nil, nil, &LimitError{Field: "markdown.content", Limit: markdownInput, Size: len(s), Unit: "bytes"}
	}
	s, err := checkText("markdown.content", s)
	if err != nil {
		return nil, nil, err
	}
	src := []byte(s)
	return src, parseMarkdown(src), nil
}

// RenderMarkdown renders CommonMark (as Markdown does) to parts of at most limit bytes: 2,048 for apps, 4,096 for
// webhooks, 20,480 for AI bots; a limit below 64 counts as 64. marks adds "(1/3)" to each of several parts.
func RenderMarkdown(src string, d Dialect, limit int, marks bool) ([]string, error) {
	b, doc, err := readMarkdown(src)
	if err != nil {
		return nil, err
	}
	parts := render(b, doc, d, max(limit, 64), marks)
	if len(parts) == 0 {
		return nil, errNothing
	}
	return parts, nil
}

// MarkdownText renders CommonMark to text without markup: for passive answers and readers in WeChat.
func MarkdownText(src string) (string, error) {
	b, doc, err := readMarkdown(src)
	if err != nil {
		return "", err
	}
	parts := render(b, doc, plainText, 64*markdownInput, false)
	if len(parts) == 0 {
		return "", errNothing
	}
	return strings.TrimSpace(parts[0]), nil
}

func render(src []byte, doc ast.Node, d Dialect, limit int, marks bool) []string {
	w := newWriter(src, d, limit-len("\n\n(000/000)"))
	w.document(doc)
	if !slices.ContainsFunc(w.lines, func(l mdLine) bool { return strings.TrimSpace(l.text) != "" }) {
		return nil
	}
	if whole := w.whole(); len(whole) <= limit {
		return []string{whole}
	}
	if !marks {
		return pack(w.lines, d, limit)
	}
	before := "\n"
	if d == DialectV2 { // not to be read as part of a list or table
		before = "\n\n"
	}
	return withMarks(limit, before, func(limit int) []string { return pack(w.lines, d, limit) })
}

// whole is the document in one part, with the blank lines around it as the author left them.
func (w *mdWriter) whole() string {
	p := packer{dialect: w.dialect, buf: make([]byte, 0, len(w.src)+64)}
	for _, l := range w.lines {
		p.push(l)
	}
	return w.lines[0].gap + string(p.buf) + p.closing() + w.tail()
}

// tail is the blank lines behind the last line, if nothing else is.
func (w *mdWriter) tail() string {
	last := w.lines[len(w.lines)-1]
	if last.src < 0 || last.fence != "" {
		return ""
	}
	rest := w.src[w.starts[last.src]:]
	if _, after, ok := bytes.Cut(rest, []byte("\n")); ok && len(bytes.TrimSpace(after)) == 0 {
		return "\n" + string(after)
	}
	return ""
}

// withMarks splits so that "(i/n)" fits behind each part. The room for a mark depends on the number of parts, which
// depends on the room: it is tried with ever more digits.
func withMarks(limit int, before string, split func(limit int) []string) []string {
	for digits := 1; ; digits++ {
		parts := split(limit - len(before) - len("(/)") - 2*digits)
		n := strconv.Itoa(len(parts))
		if len(n) > digits {
			continue
		}
		if len(parts) > 1 {
			for i := range parts {
				parts[i] += before + "(" + strconv.Itoa(i+1) + "/" + n + ")"
			}
		}
		return parts
	}
}
