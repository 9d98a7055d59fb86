package reply

import (
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// MarkdownHTML renders markdown as a client shows it to safe HTML: content of msgtype markdown with DialectV1, and
// CommonMark, markdown_v2 included, with DialectV2. No tag, attribute or scheme of the content gets through unless it
// is known to be harmless. Classes are info, comment, warning (colours) and mention. What is over 64 KiB is shown as
// its source.
func MarkdownHTML(content string, d Dialect) string {
	if d == DialectV1 {
		return htmlV1(clean(content))
	}
	src, doc, err := readMarkdown(content)
	if err != nil {
		return "<p>" + html.EscapeString(clean(content)) + "</p>"
	}
	w := &htmlWriter{src: src, ends: closingsOf(src), used: usedReferences(doc)}
	w.blocks(doc)
	return w.String()
}

type htmlWriter struct {
	strings.Builder
	src    []byte
	ends   closings
	used   map[string]bool
	inLink bool
}

// around writes the children of n, as blocks or inline, between a tag and its end.
func (w *htmlWriter) around(tag, attributes string, n ast.Node, write func(ast.Node)) {
	w.WriteString("<" + tag + attributes + ">")
	write(n)
	w.WriteString("</" + tag + ">")
}

func (w *htmlWriter) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		w.block(n)
	}
}

func (w *htmlWriter) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		w.around("h"+strconv.Itoa(n.Level), "", n, w.inlines)
	case *ast.Blockquote:
		w.around("blockquote", "", n, w.blocks)
	case *ast.List:
		if n.IsOrdered() {
			w.around("ol", ` start="`+strconv.Itoa(n.Start)+`"`, n, w.blocks)
		} else {
			w.around("ul", "", n, w.blocks)
		}
	case *ast.ListItem:
		w.around("li", "", n, w.blocks)
	case *ast.ThematicBreak:
		w.WriteString("<hr>")
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		w.WriteString("<pre><code>")
		w.WriteString(html.EscapeString(string(n.Lines().Value(w.src))))
		w.WriteString("</code></pre>")
	case *extast.Table:
		w.table(n)
	case *ast.LinkReferenceDefinition:
		if !w.used[label(n.Label)] {
			w.WriteString("<p>" + html.EscapeString(strings.TrimSpace(string(n.Lines().Value(w.src)))) + "</p>")
		}
	case *ast.TextBlock:
		w.inlines(n)
	default:
		w.around("p", "", n, w.inlines)
	}
	w.WriteByte('\n')
}

func (w *htmlWriter) table(n *extast.Table) {
	w.WriteString("<table>")
	cell := "th"
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		w.WriteString("<tr>")
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			align := ""
			if a := c.(*extast.TableCell).Alignment; a != extast.AlignNone {
				align = ` align="` + a.String() + `"`
			}
			w.around(cell, align, c, w.inlines)
		}
		w.WriteString("</tr>")
		cell = "td"
	}
	w.WriteString("</table>")
}

// inlines writes the children of n. Colours are flat among them, so those left open end with n.
func (w *htmlWriter) inlines(parent ast.Node) {
	colours := 0
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		name, begins, ends := colourOf(n, w.src)
		switch {
		case begins:
			w.WriteString(`<span class="` + name + `">`)
			colours++
		case ends && colours > 0:
			w.WriteString("</span>")
			colours--
		case !ends:
			w.inline(n)
		}
	}
	w.WriteString(strings.Repeat("</span>", colours))
}

// colourOf reads both ways to write colours; an unknown one has no name.
func colourOf(n ast.Node, src []byte) (name string, begins, ends bool) {
	switch n := n.(type) {
	case *span:
		return n.value, n.kind == spanColour, n.kind == spanColourEnd
	case *ast.RawHTML:
		tag := string(n.Segments.Value(src))
		if name, closing := tagName(tag); name == "font" {
			return colours[strings.ToLower(attribute(tag, "color"))], !closing, closing
		}
	}
	return "", false, false
}

func (w *htmlWriter) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		w.WriteString(html.EscapeString(resolve(n.Segment.Value(w.src))))
		if n.SoftLineBreak() || n.HardLineBreak() {
			w.WriteString("<br>")
		}
	case *ast.CodeSpan:
		w.around("code", "", n, func(n ast.Node) {
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					w.WriteString(html.EscapeString(string(t.Segment.Value(w.src))))
				}
			}
		})
	case *ast.Emphasis:
		w.around(map[bool]string{true: "strong", false: "em"}[n.Level == 2], "", n, w.inlines)
	case *extast.Strikethrough:
		w.around("del", "", n, w.inlines)
	case *ast.Link:
		w.link(resolve(n.Destination), n, w.inlines)
	case *ast.Image:
		w.image(n)
	case *ast.AutoLink:
		w.autoLink(n)
	case *ast.RawHTML:
		tag := string(n.Segments.Value(w.src))
		if name, closing := tagName(tag); name == "br" {
			w.WriteString("<br>")
		} else if w.ends.shows(n, name, closing) {
			w.WriteString(html.EscapeString(tag))
		}
	case *extast.TaskCheckBox:
		w.WriteString(map[bool]string{true: "☑ ", false: "☐ "}[n.IsChecked])
	case *span:
		w.WriteString(mentionHTML(n.value))
	default:
		w.inlines(n)
	}
}

func (w *htmlWriter) link(url string, n ast.Node, write func(ast.Node)) {
	if classify(url) != urlSafe || w.inLink {
		write(n)
		return
	}
	w.inLink = true
	w.around("a", href(url), n, write)
	w.inLink = false
}

func (w *htmlWriter) autoLink(n *ast.AutoLink) {
	url := string(n.URL(w.src))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(url), "mailto:") {
		url = "mailto:" + url
	}
	w.link(url, n, func(ast.Node) { w.WriteString(html.EscapeString(string(n.Label(w.src)))) })
}

func (w *htmlWriter) image(n *ast.Image) {
	url := resolve(n.Destination)
	alt := html.EscapeString((&mdWriter{src: w.src}).altText(n))
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		w.WriteString(alt)
		return
	}
	w.WriteString(`<img src="` + html.EscapeString(url) + `" alt="` + alt + `" referrerpolicy="no-referrer">`)
}

func href(url string) string {
	return ` href="` + html.EscapeString(url) + `" target="_blank" rel="noopener noreferrer"`
}

func mentionHTML(id string) string {
	return `<span class="mention">@` + html.EscapeString(id) + `</span>`
}

// htmlV1 reads dialect v1 as the client does: line by line.
func htmlV1(content string) string {
	var b strings.Builder
	quoted := false
	lines := strings.Split(strings.TrimSpace(content), "\n")
	for i, l := range lines {
		quote := strings.HasPrefix(l, ">")
		if quote != quoted {
			b.WriteString(map[bool]string{true: "<blockquote>", false: "</blockquote>"}[quote])
		} else if i > 0 && headingLevel(lines[i-1]) == 0 {
			b.WriteString("<br>")
		}
		quoted = quote
		if quote {
			l = strings.TrimPrefix(l[1:], " ")
		}
		if n := headingLevel(l); n > 0 && !quote {
			tag := "h" + strconv.Itoa(n)
			b.WriteString("<" + tag + ">" + lineHTML(l[n+1:]) + "</" + tag + ">")
		} else {
			b.WriteString(lineHTML(l))
		}
		b.WriteByte('\n')
	}
	if quoted {
		b.WriteString("</blockquote>")
	}
	return b.String()
}

// headingLevel of a line of v1, 0 for other lines.
func headingLevel(l string) int {
	n := len(l) - len(strings.TrimLeft(l, "#"))
	if n > 6 || n == len(l) || l[n] != ' ' {
		return 0
	}
	return n
}

func lineHTML(l string) string {
	var b strings.Builder
	var open []string         // ends of what is open, innermost last
	end := func(tag string) { // and what is open within it
		i := len(open) - 1
		for i >= 0 && open[i] != tag {
			i--
		}
		for i >= 0 && len(open) > i {
			b.WriteString(open[len(open)-1])
			open = open[:len(open)-1]
		}
	}
	for _, t := range tokenize(l) {
		switch t.kind {
		case tokenText:
			b.WriteString(urlsHTML(t.text))
		case tokenCode:
			b.WriteString("<code>" + html.EscapeString(t.text) + "</code>")
		case tokenMention:
			b.WriteString(mentionHTML(t.arg))
		case tokenLink, tokenImage:
			if classify(t.arg) == urlSafe {
				b.WriteString("<a" + href(t.arg) + ">" + html.EscapeString(t.text) + "</a>")
			} else {
				b.WriteString(html.EscapeString(t.text))
			}
		case tokenBold:
			b.WriteString("<strong>")
			open = append(open, "</strong>")
		case tokenBoldEnd:
			end("</strong>")
		case tokenColour:
			b.WriteString(`<span class="` + t.arg + `">`)
			open = append(open, "</span>")
		case tokenColourEnd:
			end("</span>")
		}
	}
	for len(open) > 0 {
		end(open[len(open)-1])
	}
	return b.String()
}

// urlsHTML makes links of bare URLs.
func urlsHTML(s string) string {
	var b strings.Builder
	from := 0
	for _, a := range findAtoms(s, len(s)) {
		if url := s[a.start:a.end]; strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://") {
			b.WriteString(html.EscapeString(s[from:a.start]) + "<a" + href(url) + ">" + html.EscapeString(url) + "</a>")
			from = a.end
		}
	}
	b.WriteString(html.EscapeString(s[from:]))
	return b.String()
}
