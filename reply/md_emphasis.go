package reply

import (
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// emphasisParser reads * and _ as CommonMark does, but lets Chinese text stand next to the marks: CommonMark does not
// see the bold text of "**注意！**明天", because punctuation before a closing mark must be followed by a blank.
type emphasisParser struct{}

func (emphasisParser) Trigger() []byte { return []byte{'*', '_'} }

func (p emphasisParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	d := parser.ScanDelimiter(line, before, 1, p)
	if d == nil {
		return nil
	}
	if d.Char == '*' {
		after, _ := utf8.DecodeRune(line[d.OriginalLength:])
		d.CanOpen = d.CanOpen || canFlank(after, before)
		d.CanClose = d.CanClose || canFlank(before, after)
	}
	d.Segment = segment.WithStop(segment.Start + d.OriginalLength)
	block.Advance(d.OriginalLength)
	pc.PushDelimiter(d)
	return d
}

func (emphasisParser) IsDelimiter(c byte) bool { return c == '*' || c == '_' }

func (emphasisParser) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

func (emphasisParser) OnMatch(n int) ast.Node { return ast.NewEmphasis(n) }

// strikeParser wants two tildes: "3~5 天，7~9 天" are ranges.
type strikeParser struct{ parser.InlineParser }

func (p strikeParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if line, _ := block.PeekLine(); len(line) < 2 || line[1] != '~' {
		return nil
	}
	return p.InlineParser.Parse(parent, block, pc)
}

// canFlank reports whether marks may stand between text on their inside and on their outside, when at least one of the
// two is Chinese, Japanese or Korean.
func canFlank(inside, outside rune) bool {
	return !unicode.IsSpace(inside) && inside != utf8.RuneError && (isCJK(inside) || isCJK(outside))
}

func isCJK(r rune) bool {
	return r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef || r >= 0x2018 && r <= 0x2026 ||
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}
