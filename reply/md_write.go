package reply

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Dialect is a form of markdown that WeCom displays.
type Dialect int

// The dialects.
const (
	DialectV1 Dialect = iota // msgtype markdown of apps and webhooks
	DialectV2                // msgtype markdown_v2, and AI bots
	plainText                // none: what a text message shows
)

// mdLine is a line of the rendered document.
type mdLine struct {
	gap    string // blank lines before it
	prefix string // of the quotes and lists around it, with their marks
	cont   string // the same for the rest of a line that has to be cut
	text   string
	src    int    // the line of the source that it comes from, -1 when unknown
	block  int    // lines of one block belong together
	id     int    // of the fenced code or the table around it, 0 outside
	fence  string // the line that opens the fenced code around it; it is closed by the same number of ticks
	head   string // of a table, with its "\n": repeated when its rows are cut
	code   bool   // text is code: its marks are no markup
	title  bool   // a heading belongs to what follows
}

// mdWriter walks the tree and writes lines.
type mdWriter struct {
	src     []byte
	starts  []int // of the lines of src
	ends    closings
	dialect Dialect
	limit   int // bytes of a part
	lines   []mdLine

	prefix, cont string // of the containers around: for the next line, for those after it
	depth        int    // of lists around
	quotes       int    // around
	block, id    int
	blank        bool // a blank line is due
	used         map[string]bool

	line    []byte // being written
	lineSrc int
	styles  []style
	inLink  int
	oneLine bool // a heading or a cell: breaks are blanks
	title   bool
}

func newWriter(src []byte, d Dialect, limit int) *mdWriter {
	return &mdWriter{src: src, starts: lineStarts(src), ends: closingsOf(src), dialect: d, limit: limit, lineSrc: -1}
}

func (w *mdWriter) document(doc ast.Node) {
	w.used = usedReferences(doc)
	w.blocks(doc)
}

func lineStarts(src []byte) []int {
	starts := make([]int, 1, 1+bytes.Count(src, []byte("\n")))
	for i, c := range src {
		if c == '\n' && i+1 < len(src) {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// sourceLine is line n of the source without its end.
func (w *mdWriter) sourceLine(n int) string {
	end := len(w.src)
	if n+1 < len(w.starts) {
		end = w.starts[n+1]
	}
	return strings.TrimSuffix(string(w.src[w.starts[n]:end]), "\n")
}

// lineOf is the number of the line at an offset of the source.
func (w *mdWriter) lineOf(pos int) int {
	lo, hi := 0, len(w.starts)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; w.starts[mid] <= pos {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// newLine ends the line that is being written; styles go on in the next.
func (w *mdWriter) newLine() {
	for i := len(w.styles) - 1; i >= 0; i-- {
		w.suspend(i)
	}
	w.emit(mdLine{text: strings.TrimRight(string(w.line), " \t"), title: w.title})
	w.line = w.line[:0]
}

// endBlock ends the last line of a block, if there is anything on it.
func (w *mdWriter) endBlock() {
	for len(w.styles) > 0 {
		w.closeStyle(len(w.styles) - 1)
	}
	if len(w.line) > 0 {
		w.newLine()
	}
	w.lineSrc = -1
}

// emit appends a line, with what stands around it, and takes the author's own line where it says the same.
func (w *mdWriter) emit(l mdLine) {
	l.block, l.src = w.block, w.lineSrc
	l.prefix, l.cont = w.prefix, w.cont
	w.prefix = w.cont
	if !l.code {
		if w.dialect != plainText {
			l.text = defuse(l.text)
		}
		if l.src >= 0 && l.head == "" && w.depth == 0 && w.quotes <= 1 {
			w.asWritten(&l)
		}
	}
	if l.text == "" && l.fence == "" {
		l.prefix = strings.TrimRight(l.prefix, " ")
	}
	l.gap = w.gapBefore(l)
	w.lines = append(w.lines, l)
	w.blank, w.lineSrc = false, -1
}

// asWritten replaces the line by that of the source when they differ in nothing but white space: what an author wrote
// in WeCom's own dialect reaches the wire as it is. A line that continues a quote without a mark (">") is left
// without one: WeCom ends a quote with its line.
func (w *mdWriter) asWritten(l *mdLine) {
	src := w.sourceLine(l.src)
	marks := 0
	if w.quotes == 1 {
		if strings.HasPrefix(src, ">") {
			marks = len(src) - len(strings.TrimLeft(src[1:], " "))
		}
		if !sameInk(l.text, src[marks:]) {
			return
		}
	} else if !sameInk(l.prefix, "") || !sameInk(l.text, src) {
		return
	}
	if t := strings.TrimLeft(src[marks:], " \t"); len(t) < len(src[marks:]) && t != "" && (t[0] == '#' || t[0] == '>') {
		return // an indented mark is none in WeCom
	}
	l.prefix, l.text = src[:marks], src[marks:]
	if marks == 0 {
		l.cont = ""
	}
}

// sameInk compares two texts without their ASCII white space.
func sameInk(a, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && isBlank(a[i]) {
			i++
		}
		for j < len(b) && isBlank(b[j]) {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if a[i] != b[j] {
			return false
		}
		i++
		j++
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

// gapBefore is the blank lines between the last line and l: as many as the author left.
func (w *mdWriter) gapBefore(l mdLine) string {
	if len(w.lines) == 0 {
		return w.blanks(0, l.src, "")
	}
	last := &w.lines[len(w.lines)-1]
	mark := commonMarks(last.cont, l.cont)
	gap := ""
	if last.src >= 0 && l.src > last.src {
		gap = w.blanks(last.src+1, l.src, mark)
	} else if w.blank {
		gap = mark + "\n"
	}
	if gap == "" && w.blank && w.dialect == DialectV2 {
		gap = mark + "\n"
	}
	return gap
}

// commonMarks is what stands on a blank line between two lines: the quotes that go on.
func commonMarks(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return strings.TrimRight(a[:n], " \u3000")
}

// blanks is the blank lines among lines from to end of the source.
func (w *mdWriter) blanks(from, end int, mark string) string {
	var gap strings.Builder
	for i := from; i < end; i++ {
		s := w.sourceLine(i)
		switch {
		case sameInk(s, ""):
			gap.WriteString(s)
		case sameInk(s, ">") && w.depth == 0 && w.quotes == 1 && s[0] == '>':
			gap.WriteString(s)
		case sameInk(strings.TrimLeft(s, "> \t"), ""):
			gap.WriteString(mark)
		default:
			continue
		}
		gap.WriteByte('\n')
	}
	return gap.String()
}

// within writes a container: first stands before its first line, rest before the others.
func (w *mdWriter) within(first, rest string, write func()) {
	prefix, cont := w.prefix, w.cont
	w.prefix, w.cont = prefix+first, cont+rest
	n := len(w.lines)
	write()
	if len(w.lines) == n && strings.TrimSpace(first) != "" && w.depth > 0 { // an empty item
		w.emit(mdLine{})
	}
	w.prefix, w.cont = cont, cont
	if len(w.lines) == n {
		w.prefix = prefix
	}
}

// usedReferences are the labels of the reference links of a document. A definition that nothing refers to is no
// definition for us: "[注意]: 明天放假" is a sentence.
func usedReferences(doc ast.Node) map[string]bool {
	defined := false
	for n := doc.FirstChild(); n != nil && !defined; n = n.NextSibling() {
		defined = hasDefinition(n)
	}
	if !defined {
		return nil
	}
	used := map[string]bool{}
	_ = ast.Walk(doc, func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		if !enter {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			if n.Reference != nil {
				used[label(n.Reference.Value)] = true
			}
		case *ast.Image:
			if n.Reference != nil {
				used[label(n.Reference.Value)] = true
			}
		}
		return ast.WalkContinue, nil
	})
	return used
}

func hasDefinition(n ast.Node) bool {
	if n.Kind() == ast.KindLinkReferenceDefinition {
		return true
	}
	if n.Type() != ast.TypeBlock {
		return false
	}
	for c := n.FirstChild(); c != nil && c.Type() == ast.TypeBlock; c = c.NextSibling() {
		if hasDefinition(c) {
			return true
		}
	}
	return false
}

func label(b []byte) string {
	return strings.ToLower(strings.Join(strings.Fields(string(b)), " "))
}
