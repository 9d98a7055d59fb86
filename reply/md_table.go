package reply

import (
	"cmp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// narrow is how wide a row may be to stand on one line of a phone, in columns of Latin letters.
const narrow = 40

// table: v2 has tables. Elsewhere a narrow one is lines of "a | b | c" below their header, a wide one is a line
// "header: cell" for each cell.
func (w *mdWriter) table(n *extast.Table) {
	header, rows := w.cells(n.FirstChild()), [][]string(nil)
	var from []int
	wide := width(header) > narrow
	for r := n.FirstChild().NextSibling(); r != nil; r = r.NextSibling() {
		row := w.cells(r)
		rows = append(rows, row)
		from = append(from, w.lineOf(max(r.Pos(), 0)))
		wide = wide || width(row) > narrow
	}
	w.lineSrc = w.lineOf(max(n.FirstChild().Pos(), 0))
	switch {
	case w.dialect == DialectV2 && w.pipes(header, n.Alignments, rows):
	case wide && len(header) > 2:
		w.keyedRows(header, rows)
	default:
		w.emit(mdLine{text: w.bold(strings.Join(header, " | "))})
		for i, row := range rows {
			w.lineSrc = from[i]
			if wide && len(row) == 2 {
				w.emit(mdLine{text: w.keyed(row[0], row[1])})
			} else {
				w.emit(mdLine{text: strings.TrimSpace(strings.Join(row, " | "))})
			}
		}
	}
}

// cells renders the cells of a row; "|" within one gives way to its twin.
func (w *mdWriter) cells(row ast.Node) []string {
	var ss []string
	for c := row.FirstChild(); c != nil; c = c.NextSibling() {
		inner := &mdWriter{src: w.src, starts: w.starts, ends: w.ends, dialect: w.dialect, oneLine: true, lineSrc: 0}
		inner.inlines(c)
		for len(inner.styles) > 0 {
			inner.closeStyle(len(inner.styles) - 1)
		}
		ss = append(ss, strings.ReplaceAll(strings.TrimSpace(string(inner.line)), "|", "｜"))
	}
	return ss
}

// keyedRows says each cell with its header; a blank line stands between rows.
func (w *mdWriter) keyedRows(header []string, rows [][]string) {
	if len(rows) == 0 {
		w.emit(mdLine{text: w.bold(strings.Join(header, " | "))})
	}
	for i, row := range rows {
		w.blank = w.blank || i > 0
		for j, cell := range row {
			w.emit(mdLine{text: w.keyed(header[j], cell)})
		}
	}
}

func (w *mdWriter) keyed(key, value string) string {
	if key == "" {
		return value
	}
	return w.bold(key) + ": " + cmp.Or(value, "—")
}

func (w *mdWriter) bold(s string) string {
	if w.dialect == plainText || s == "" || strings.Contains(s, "**") {
		return s
	}
	return "**" + s + "**"
}

// pipes writes a table of v2, unless a row with its header is too long for a part: a row cannot be cut.
func (w *mdWriter) pipes(header []string, align []extast.Alignment, rows [][]string) bool {
	marks := make([]string, len(header))
	for i := range marks {
		marks[i] = map[extast.Alignment]string{extast.AlignLeft: ":---", extast.AlignRight: "---:", extast.AlignCenter: ":---:"}[align[i]]
		if marks[i] == "" {
			marks[i] = "---"
		}
	}
	head := pipe(header) + "\n" + pipe(marks)
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = pipe(row)
		if len(head)+len(lines[i])+3*len(w.cont)+2 > w.limit {
			return false
		}
	}
	if len(head)+2*len(w.cont)+1 > w.limit {
		return false
	}
	w.blank = len(w.lines) > 0
	w.emit(mdLine{text: pipe(header)})
	w.emit(mdLine{text: pipe(marks)})
	for _, l := range lines {
		w.emit(mdLine{text: l, head: head})
	}
	return true
}

func pipe(cells []string) string {
	var b strings.Builder
	b.WriteByte('|')
	for _, c := range cells {
		b.WriteByte(' ')
		b.WriteString(c)
		b.WriteString(" |")
	}
	return b.String()
}

// width of a row in columns of Latin letters.
func width(cells []string) int {
	n := 3 * (len(cells) - 1)
	for _, c := range cells {
		for _, r := range c {
			n++
			if isCJK(r) {
				n++
			}
		}
	}
	return n
}
