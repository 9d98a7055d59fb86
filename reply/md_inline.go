package reply

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// style is markup around text. It is written with its first text, so that there is none around nothing, and it ends
// and begins again at line ends: no mark of WeCom spans lines.
type style struct {
	open, close string
	kind        styleKind
	written     bool // open stands on the line
}

type styleKind int

const (
	styleBold styleKind = iota
	styleItalic
	styleColour
	styleLink
)

var (
	bold   = style{kind: styleBold, open: "**", close: "**"}
	italic = style{kind: styleItalic, open: "*", close: "*"}
)

func colour(name string) style {
	return style{kind: styleColour, open: `<font color="` + name + `">`, close: "</font>"}
}

// write appends text to the line, with the styles that begin here.
func (w *mdWriter) write(s string) {
	if s == "" {
		return
	}
	if strings.IndexByte(s, '\n') >= 0 { // within a tag or an attribute
		s = strings.ReplaceAll(s, "\n", " ")
	}
	colour := w.innermost(styleColour)
	for i := range w.styles {
		if st := &w.styles[i]; !st.written && (st.kind != styleColour || i == colour) {
			text := strings.TrimLeft(s, " ") // "** a**" is not bold
			w.line = append(w.line, s[:len(s)-len(text)]...)
			if s = text; s == "" {
				return
			}
			st.written = true
			w.line = append(w.line, st.open...)
		}
	}
	w.line = append(w.line, s...)
}

// openStyle begins a style. Colours do not nest: the inner one interrupts the outer.
func (w *mdWriter) openStyle(s style) {
	if outer := w.innermost(styleColour); s.kind == styleColour && outer >= 0 {
		for i := len(w.styles) - 1; i >= outer; i-- {
			w.suspend(i)
		}
	}
	w.styles = append(w.styles, s)
}

// closeStyle ends style i; those that began within it go on behind it.
func (w *mdWriter) closeStyle(i int) {
	for j := len(w.styles) - 1; j >= i; j-- {
		w.suspend(j)
	}
	kind := w.styles[i].kind
	w.styles = append(w.styles[:i], w.styles[i+1:]...)
	if outer := w.innermost(styleColour); kind == styleColour && outer >= 0 { // it comes back around the others
		for j := len(w.styles) - 1; j > outer; j-- {
			w.suspend(j)
		}
	}
}

// suspend writes the end of a style; its next text begins it again.
func (w *mdWriter) suspend(i int) {
	if s := &w.styles[i]; s.written {
		s.written = false
		trimmed := bytes.TrimRight(w.line, " ") // "**a **" is not bold
		blanks := len(w.line) - len(trimmed)
		w.line = append(trimmed, s.close...)
		w.line = append(w.line, strings.Repeat(" ", blanks)...)
	}
}

func (w *mdWriter) innermost(k styleKind) int {
	for i := len(w.styles) - 1; i >= 0; i-- {
		if w.styles[i].kind == k {
			return i
		}
	}
	return -1
}

// styled writes the children of n in a style, unless it is on already or stands within a link's text, which is plain.
func (w *mdWriter) styled(s style, n ast.Node) {
	if w.dialect == plainText || s.kind == styleItalic && w.dialect == DialectV1 || w.inLink > 0 || w.innermost(s.kind) >= 0 {
		w.inlines(n)
		return
	}
	w.openStyle(s)
	w.inlines(n)
	if i := w.innermost(s.kind); i >= 0 {
		w.closeStyle(i)
	}
}

func (w *mdWriter) inlines(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		w.inline(n)
	}
}

func (w *mdWriter) inline(n ast.Node) {
	if w.lineSrc < 0 {
		if p := n.Pos(); p >= 0 {
			w.lineSrc = w.lineOf(p)
		}
	}
	switch n := n.(type) {
	case *ast.Text:
		w.escaped(n.Segment.Value(w.src))
		if n.SoftLineBreak() || n.HardLineBreak() {
			w.breakLine()
		}
	case *ast.CodeSpan:
		w.codeSpan(n)
	case *ast.Emphasis:
		switch {
		case n.Level == 2:
			w.styled(bold, n)
		case w.dialect != DialectV2 && w.isProduct(n.Pos()):
			w.write("*")
			w.inlines(n)
			w.write("*")
		default:
			w.styled(italic, n)
		}
	case *extast.Strikethrough: // no dialect has it; the tildes are understood
		w.write("~~")
		w.inlines(n)
		w.write("~~")
	case *ast.Link:
		w.link(resolve(n.Destination), n)
	case *ast.Image:
		w.image(resolve(n.Destination), w.altText(n))
	case *ast.AutoLink:
		w.write(string(n.Label(w.src)))
	case *ast.RawHTML:
		w.tag(n)
	case *extast.TaskCheckBox:
		if n.IsChecked {
			w.write("☑ ")
		} else {
			w.write("☐ ")
		}
	case *span:
		w.span(n)
	default:
		w.inlines(n)
	}
}

// isProduct reports a "*" between digits: where there are no italics, "5*3*2" is no emphasis.
func (w *mdWriter) isProduct(pos int) bool {
	digit := func(i int) bool { return i >= 0 && i < len(w.src) && w.src[i] >= '0' && w.src[i] <= '9' }
	return digit(pos-1) && digit(pos+1)
}

func (w *mdWriter) breakLine() {
	if w.oneLine || w.inLink > 0 {
		w.write(" ")
		return
	}
	w.newLine()
}

func (w *mdWriter) span(n *span) {
	switch n.kind {
	case spanMention:
		w.mention(n.value)
	case spanColour:
		w.beginColour(n.value)
	case spanColourEnd:
		w.endColour()
	}
}

func (w *mdWriter) mention(id string) {
	if w.dialect == DialectV1 {
		w.write("<@" + id + ">")
		return
	}
	w.write("@" + id)
}

func (w *mdWriter) beginColour(name string) { w.openStyle(w.ifV1(colour(name))) }

// ifV1 is a style that leaves no trace where there are no colours; it still pairs with its end.
func (w *mdWriter) ifV1(s style) style {
	if w.dialect != DialectV1 || w.inLink > 0 {
		s.open, s.close = "", ""
	}
	return s
}

func (w *mdWriter) endColour() {
	if i := w.innermost(styleColour); i >= 0 {
		w.closeStyle(i)
	}
}

// codeSpan: no dialect documents a way to write a tick within code.
func (w *mdWriter) codeSpan(n *ast.CodeSpan) {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(w.src))
		}
	}
	s := strings.ReplaceAll(b.String(), "\n", " ")
	if w.dialect == plainText || w.inLink > 0 {
		w.write(s)
		return
	}
	w.write("`" + strings.ReplaceAll(s, "`", "｀") + "`")
}

// link writes the children as the text of a link, or text (url) where it may or can not be one.
func (w *mdWriter) link(url string, n ast.Node) {
	switch kind := classify(url); {
	case kind == urlDangerous || w.inLink > 0:
		w.inlines(n)
	case kind == urlSafe && w.dialect != plainText:
		w.inLink++
		start := len(w.line)
		w.openStyle(style{kind: styleLink, open: "[", close: "](" + encodeURL(url) + ")"})
		w.inlines(n)
		if i := w.innermost(styleLink); i >= 0 {
			w.closeStyle(i)
		}
		w.inLink--
		if len(w.line) == start { // no text
			w.write(url)
		}
	default:
		start := len(w.line)
		w.inlines(n)
		w.target(url, string(w.line[min(start, len(w.line)):]))
	}
}

// target names a URL behind its text, unless the text is the URL.
func (w *mdWriter) target(url, shown string) {
	switch {
	case url == "" || shown == url || "mailto:"+shown == url:
	case shown == "":
		w.write(url)
	default:
		w.write(" (" + url + ")")
	}
}

// image: v2 shows it, elsewhere it is a link.
func (w *mdWriter) image(url, alt string) {
	switch kind := classify(url); {
	case w.inLink > 0:
		w.write(bracketTwins(alt))
	case kind != urlSafe:
		w.write(alt)
		if kind == urlOther {
			w.target(url, alt)
		}
	case w.dialect == DialectV2:
		w.write("![" + bracketTwins(alt) + "](" + encodeURL(url) + ")")
	case w.dialect == DialectV1:
		w.write("[" + bracketTwins(cmp.Or(alt, "图片")) + "](" + encodeURL(url) + ")")
	default:
		w.write(alt)
		w.target(url, alt)
	}
}

// altText is the text of an image without markup.
func (w *mdWriter) altText(n ast.Node) string {
	inner := &mdWriter{src: w.src, starts: w.starts, ends: w.ends, dialect: plainText, oneLine: true, lineSrc: 0}
	inner.inlines(n)
	return strings.TrimSpace(string(inner.line))
}

// tag reads the few HTML tags that say something here; others are dropped.
func (w *mdWriter) tag(n *ast.RawHTML) {
	s := string(n.Segments.Value(w.src))
	name, closing := tagName(s)
	switch {
	case name == "font" && closing:
		w.endColour()
	case name == "font":
		w.font(s)
	case name == "br":
		w.breakLine()
	case name == "a" && closing:
		if i := w.innermost(styleLink); i >= 0 && w.styles[i].open == "[" {
			w.closeStyle(i)
		}
	case name == "img":
		w.image(resolve([]byte(attribute(s, "src"))), attribute(s, "alt"))
	case w.ends.shows(n, name, closing):
		w.write(s)
	case name == "a":
		if url := resolve([]byte(attribute(s, "href"))); classify(url) == urlSafe && w.inLink == 0 && w.dialect != plainText && w.innermost(styleLink) < 0 {
			w.openStyle(style{kind: styleLink, open: "[", close: "](" + encodeURL(url) + ")"})
		}
	}
}

// font keeps a colour that WeCom has, or that we can translate.
func (w *mdWriter) font(s string) {
	name, ok := colours[strings.ToLower(attribute(s, "color"))]
	if !ok {
		w.openStyle(style{kind: styleColour})
		return
	}
	w.beginColour(name)
}

// resolve reads the escapes and entities of a link's destination.
func resolve(b []byte) string {
	b = util.UnescapePunctuations(b)
	b = util.ResolveNumericReferences(b)
	return clean(string(util.ResolveEntityNames(b)))
}
