package reply

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// commonMark parses CommonMark with tables, strikethrough, task lists and bare URLs.
var commonMark = newParser(
	util.Prioritized(parser.NewLinkParser(), 200),
	util.Prioritized(emphasisParser{}, 500),
	util.Prioritized(strikeParser{extension.NewStrikethroughParser()}, 500),
)

// calmMark leaves brackets and emphasis as text: what pairs them needs the square of their number.
var calmMark = newParser()

// How many brackets and marks of emphasis a document may have to be read by commonMark.
const (
	maxBrackets = 2000
	maxMarks    = 10000
)

// newParser has no parser of HTML blocks: a tag is inline and dropped, so that the text between two tags is never lost.
func newParser(inline ...util.PrioritizedValue) parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(flatList{parser.NewListParser()}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(flatQuote{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(append(inline,
			util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(mentionParser{}, 250),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewRawHTMLParser(), 400),
			util.Prioritized(colourParser{}, 600),
			util.Prioritized(extension.NewLinkifyParser(), 999),
		)...),
		parser.WithParagraphTransformers(
			util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
			util.Prioritized(tableGuard{extension.NewTableParagraphTransformer()}, 200),
		),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
}

func parseMarkdown(src []byte) ast.Node {
	p := commonMark
	if bytes.Count(src, []byte("[")) > maxBrackets ||
		bytes.Count(src, []byte("*"))+bytes.Count(src, []byte("_"))+bytes.Count(src, []byte("~")) > maxMarks {
		p = calmMark
	}
	return p.Parse(text.NewReader(src))
}

// maxDepth bounds how deep quotes and lists nest. What is deeper is read as if it stood at this depth.
const maxDepth = 12

func depthOf(n ast.Node) int {
	d := 0
	for ; n != nil; n = n.Parent() {
		if k := n.Kind(); k == ast.KindBlockquote || k == ast.KindListItem {
			d++
		}
	}
	return d
}

// flatQuote drops the marks of quotes that are too deep: 50,000 ">" cost as much as 12.
type flatQuote struct{ parser.BlockParser }

func (q flatQuote) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	if depthOf(parent) < maxDepth {
		return q.BlockParser.Open(parent, reader, pc)
	}
	line, _ := reader.PeekLine()
	reader.Advance(len(line) - len(bytes.TrimLeft(line, "> \t")))
	return nil, parser.NoChildren
}

// flatList leaves the last mark of lists that are too deep, as text.
type flatList struct{ parser.BlockParser }

func (l flatList) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	if depthOf(parent) < maxDepth {
		return l.BlockParser.Open(parent, reader, pc)
	}
	line, _ := reader.PeekLine()
	rest, last := line, line
	for {
		rest = bytes.TrimLeft(rest, " \t")
		if len(rest) < 2 || !bytes.ContainsRune([]byte("-+*"), rune(rest[0])) || rest[1] != ' ' && rest[1] != '\t' {
			break
		}
		last, rest = rest, rest[1:]
	}
	reader.Advance(len(line) - len(last))
	return nil, parser.NoChildren
}

// maxCells bounds a table: rows are padded to the width of the header, so that a small text can ask for many cells.
const maxCells = 4096

// tableGuard leaves tables as text that are too large, or have a row longer than the header, whose surplus would be lost.
type tableGuard struct{ parser.ParagraphTransformer }

func (g tableGuard) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines, src := node.Lines(), reader.Source()
	for i := 1; i < lines.Len(); i++ {
		delimiter := lines.At(i)
		if len(bytes.Trim(delimiter.Value(src), "-|: \t\r\n")) > 0 {
			continue
		}
		header := lines.At(i - 1)
		columns := cells(header.Value(src))
		if columns*(lines.Len()-i) > maxCells {
			return
		}
		for j := i + 1; j < lines.Len(); j++ {
			if row := lines.At(j); cells(row.Value(src)) > columns {
				return
			}
		}
	}
	g.ParagraphTransformer.Transform(node, reader, pc)
}

// cells counts the cells of a row.
func cells(row []byte) int {
	row = bytes.TrimSpace(row)
	row = bytes.TrimPrefix(row, []byte("|"))
	row = bytes.TrimSuffix(row, []byte("|"))
	return 1 + bytes.Count(row, []byte("|")) - bytes.Count(row, []byte(`\|`))
}

// span is what CommonMark does not know: a mention, or the start or end of a colour.
type span struct {
	ast.BaseInline
	kind  spanKind
	value string // user id; info, comment, warning
}

type spanKind int

const (
	spanMention spanKind = iota
	spanColour
	spanColourEnd
)

var kindSpan = ast.NewNodeKind("Span")

// Kind implements ast.Node.
func (s *span) Kind() ast.NodeKind { return kindSpan }

// Dump implements ast.Node.
func (s *span) Dump(src []byte, level int) {
	ast.DumpHelper(s, src, level, map[string]string{"Value": s.value}, nil)
}

// mentionParser reads <@userid>.
type mentionParser struct{}

func (mentionParser) Trigger() []byte { return []byte{'<'} }

func (mentionParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	n := mentionLen(line)
	if n == 0 {
		return nil
	}
	block.Advance(n)
	return &span{kind: spanMention, value: string(line[2 : n-1])}
}

// mentionLen is the length of <@userid> at the start of s, 0 when there is none. User ids have at most 64 bytes.
func mentionLen[T string | []byte](s T) int {
	if len(s) < 4 || s[0] != '<' || s[1] != '@' {
		return 0
	}
	for i := 2; i < len(s) && i < 2+64+1; i++ {
		switch s[i] {
		case '>':
			if i == 2 {
				return 0
			}
			return i + 1
		case ' ', '\t', '\n', '<':
			return 0
		}
	}
	return 0
}

// colours are the names that an author may use, and the three that WeCom has.
var colours = map[string]string{
	"info": "info", "green": "info", "comment": "comment", "gray": "comment", "grey": "comment",
	"warning": "warning", "orange": "warning", "red": "warning",
}

// colourParser reads {green:text} (or another of colours); the end must stand on the same line.
type colourParser struct{}

func (colourParser) Trigger() []byte { return []byte{'{', '}'} }

// colourKey holds the open colours of a line, innermost last: where each "}" is expected.
var colourKey = parser.NewContextKey()

func (colourParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	open, _ := pc.Get(colourKey).([]int)
	if line[0] == '}' {
		if len(open) == 0 || open[len(open)-1] != segment.Start {
			return nil
		}
		pc.Set(colourKey, open[:len(open)-1])
		block.Advance(1)
		return &span{kind: spanColourEnd}
	}
	colon := bytes.IndexByte(line[:min(len(line), len("{comment:"))], ':')
	if colon < 0 {
		return nil
	}
	colour := colours[string(line[1:colon])]
	end := closingBrace(line[:min(len(line), markdownInput/16)])
	if colour == "" || end < 0 {
		return nil
	}
	for len(open) > 0 && open[len(open)-1] < segment.Start { // swallowed by a code span or a link
		open = open[:len(open)-1]
	}
	pc.Set(colourKey, append(open, segment.Start+end))
	block.Advance(colon + 1)
	return &span{kind: spanColour, value: colour}
}

// closingBrace is where the brace at the start of line ends, -1 when it does not. Braces in code do not count.
func closingBrace(line []byte) int {
	depth, code := 0, false
	for i, c := range line {
		switch {
		case c == '`':
			code = !code
		case code:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
