package reply

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// blocks writes the children of a container.
func (w *mdWriter) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		w.blank = w.blank || n.HasBlankPreviousLines() && n.PreviousSibling() != nil
		if w.depth == 0 && w.quotes == 0 {
			w.block++
		}
		w.one(n)
	}
}

func (w *mdWriter) one(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		w.heading(n)
	case *ast.Blockquote:
		w.quote(n)
	case *ast.List:
		w.list(n)
	case *ast.ThematicBreak:
		w.rule(n)
	case *ast.CodeBlock:
		w.code(n)
	case *ast.FencedCodeBlock:
		w.code(n)
	case *extast.Table:
		w.table(n)
	case *ast.LinkReferenceDefinition:
		if !w.used[label(n.Label)] {
			w.literalLines(n)
		}
	default: // paragraphs, the text of tight items
		w.inlines(n)
		w.endBlock()
	}
}

// literalLines writes the source of a block as text.
func (w *mdWriter) literalLines(n ast.Node) {
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		w.lineSrc = w.lineOf(seg.Start)
		w.write(strings.TrimSpace(string(seg.Value(w.src))))
		w.newLine()
	}
}

func (w *mdWriter) heading(n *ast.Heading) {
	w.oneLine, w.title = true, true
	switch {
	case w.dialect == plainText:
		w.inlines(n)
	case w.dialect == DialectV1 && w.prefix+w.cont != "": // not known within quotes and lists
		w.styled(bold, n)
	default:
		w.line = append(w.line, strings.Repeat("#", n.Level)+" "...)
		w.inlines(n)
	}
	w.endBlock()
	w.oneLine, w.title = false, false
}

// quote: v1 has one level, and only at the start of a line; v2 has three (">>> q"). "│" stands for what they lack.
func (w *mdWriter) quote(n *ast.Blockquote) {
	mark := "> "
	prefix, cont := w.prefix, w.cont
	switch {
	case w.dialect == DialectV1 && prefix+cont != "", w.dialect == DialectV2 && w.quotes >= 3:
		mark = "│ "
	case w.dialect == DialectV2 && strings.HasSuffix(cont, "> "):
		w.prefix, w.cont = strings.TrimSuffix(prefix, " "), strings.TrimSuffix(cont, " ")
	}
	lines := len(w.lines)
	w.quotes++
	w.within(mark, mark, func() { w.blocks(n) })
	w.quotes--
	w.prefix, w.cont = cont, cont
	if len(w.lines) == lines {
		w.prefix = prefix
	}
}

func (w *mdWriter) list(n *ast.List) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		w.blank = w.blank || item.HasBlankPreviousLines() && item != n.FirstChild()
		if w.depth == 0 && w.quotes == 0 {
			w.block++
		}
		mark := w.bullet(item)
		if n.IsOrdered() {
			mark = strconv.Itoa(number) + string(n.Marker) + " "
			number++
		}
		w.depth++
		w.within(mark, w.indent(mark), func() { w.blocks(item) })
		w.depth--
	}
}

// bullet is the mark of an item; in v1 and text, the box of a task is enough.
func (w *mdWriter) bullet(item ast.Node) string {
	if w.dialect == DialectV2 {
		return "- "
	}
	if first := item.FirstChild(); first != nil && first.FirstChild() != nil && first.FirstChild().Kind() == extast.KindTaskCheckBox {
		return ""
	}
	return "• "
}

// indent is what stands below a mark. v1 shows blanks at the start of a line as HTML does, so it gets a wide one.
func (w *mdWriter) indent(mark string) string {
	switch w.dialect {
	case DialectV1:
		return "\u3000"
	case DialectV2:
		return strings.Repeat(" ", len(mark))
	}
	return "  "
}

// rule is a line of dashes where there are none.
func (w *mdWriter) rule(n ast.Node) {
	w.lineSrc = w.lineOf(max(n.Pos(), 0))
	if w.dialect == DialectV2 && w.prefix == w.cont { // "- ---" would be a rule without its item
		w.blank = len(w.lines) > 0 // else it would make a heading of the line before
		w.emit(mdLine{text: "---"})
		return
	}
	w.emit(mdLine{text: "————————"})
}

// code: quoted lines of inline code in v1, a fence in v2, the bare lines in text.
func (w *mdWriter) code(n ast.Node) {
	lines := n.Lines()
	texts := make([]string, lines.Len())
	for i := range texts {
		seg := lines.At(i)
		texts[i] = strings.TrimSuffix(string(seg.Value(w.src)), "\n")
		if w.dialect == DialectV1 { // each line will be a code span
			texts[i] = strings.ReplaceAll(texts[i], "`", "｀")
		}
	}
	write := func() {
		fence, id := w.fence(n, texts), 0
		if fence != "" {
			w.id++
			id = w.id
		}
		for i, s := range texts {
			w.lineSrc = w.lineOf(lines.At(i).Start)
			w.emit(mdLine{text: s, code: true, fence: fence, id: id})
		}
	}
	if w.dialect != DialectV1 {
		write()
		return
	}
	mark := "> "
	if w.prefix+w.cont != "" {
		mark = "│ "
	}
	w.within(mark, mark, write)
}

// fence opens the code in v2, with more ticks than the code has.
func (w *mdWriter) fence(n ast.Node, texts []string) string {
	if w.dialect != DialectV2 {
		return ""
	}
	ticks := 3
	for _, s := range texts {
		ticks = max(ticks, longestRun(s, '`')+1)
	}
	fence := strings.Repeat("`", ticks)
	if f, ok := n.(*ast.FencedCodeBlock); ok {
		if language := f.Language(w.src); len(language) <= 32 {
			fence += strings.ReplaceAll(string(language), "`", "")
		}
	}
	return fence
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
