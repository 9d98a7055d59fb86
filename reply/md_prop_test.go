package reply

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// author writes random markdown whose visible text is Hangul syllables, each only once and in their order: whatever is
// lost, doubled or moved shows. Everything else it writes is Latin.
type author struct {
	*rand.Rand
	next rune
}

const firstSyllable, lastSyllable = '\uac00', '\ud7a3'

func (a *author) syllables(n int) string {
	var b strings.Builder
	for range n {
		if a.next > lastSyllable {
			break
		}
		b.WriteRune(a.next)
		a.next++
	}
	return b.String()
}

// words is text with blanks and punctuation.
func (a *author) words() string {
	var b strings.Builder
	for range 1 + a.IntN(5) {
		b.WriteString(a.syllables(1 + a.IntN(12)))
		b.WriteString([]string{" ", "。", "，", ". ", "！", "", " x "}[a.IntN(7)])
	}
	return strings.TrimSpace(b.String()) + a.syllables(1)
}

func (a *author) inline(depth int) string {
	var b strings.Builder
	for range 1 + a.IntN(4) {
		b.WriteString(a.piece(depth))
		b.WriteString(" ")
	}
	return strings.TrimSpace(b.String())
}

func (a *author) piece(depth int) string {
	inner := a.words
	if depth > 0 {
		inner = func() string { return a.inline(depth - 1) }
	}
	switch a.IntN(16) {
	case 0:
		return "**" + a.syllables(1) + " " + inner() + " " + a.syllables(1) + "**" // "****a** b**" is another story
	case 1:
		return "*" + a.words() + "*"
	case 2:
		return "`" + a.words() + "`"
	case 3:
		return "[" + a.words() + "](https://example.com/" + strings.Repeat("p", a.IntN(40)) + ")"
	case 4:
		return "![" + a.words() + "](https://example.com/i.png)"
	case 5:
		return "~~" + a.words() + "~~"
	case 6:
		return `<font color="` + []string{"info", "warning", "red", "x"}[a.IntN(4)] + `">` + inner() + "</font>"
	case 7:
		return "{green:" + a.words() + "}"
	case 8:
		return "<@user> " + a.words()
	case 9:
		return "https://example.com/x_y " + a.words()
	case 10:
		return `\*` + a.words() + `\* &lt;`
	case 11:
		return "<b>" + a.words() + "</b>"
	case 12:
		return a.syllables(1 + a.IntN(300)) // nowhere to cut but between runes
	}
	return a.words()
}

func (a *author) block(depth int) string {
	if depth == 0 {
		return a.inline(1)
	}
	switch a.IntN(10) {
	case 0:
		return strings.Repeat("#", 1+a.IntN(6)) + " " + a.inline(0)
	case 1:
		return a.list(depth, "- ")
	case 2:
		return a.list(depth, "1. ")
	case 3:
		return indent(a.blocks(depth-1, 3), "> ", "> ")
	case 4:
		return a.code()
	case 5:
		return a.table()
	case 6:
		return "---"
	case 7:
		return a.inline(1) + "\n" + a.inline(1) + "  \n" + a.inline(0)
	}
	return a.inline(2)
}

func (a *author) list(depth int, mark string) string {
	var items []string
	for range 1 + a.IntN(6) {
		items = append(items, indent(a.blocks(depth-1, 2), mark, strings.Repeat(" ", len(mark))))
	}
	return strings.Join(items, []string{"\n", "\n\n"}[a.IntN(2)])
}

func (a *author) code() string {
	var ls []string
	for range a.IntN(8) {
		ls = append(ls, strings.Repeat(" ", a.IntN(4))+strings.ReplaceAll(a.words(), "`", ""))
	}
	return "```go\n" + strings.Join(append(ls, "```"), "\n")
}

func (a *author) table() string {
	ls := []string{"| a | b | c |", "|---|:-:|--:|"}
	for range a.IntN(6) {
		ls = append(ls, "| "+a.words()+" | **"+a.words()+"** | `"+a.words()+"` |")
	}
	return strings.Join(ls, "\n")
}

func (a *author) blocks(depth, n int) string {
	var bs []string
	for range 1 + a.IntN(n) {
		bs = append(bs, a.block(depth))
	}
	return strings.Join(bs, "\n\n")
}

func indent(s, first, rest string) string {
	ls := strings.Split(s, "\n")
	for i, l := range ls {
		mark := rest
		if i == 0 {
			mark = first
		}
		ls[i] = strings.TrimRight(mark+l, " ")
		if strings.HasSuffix(l, "  ") {
			ls[i] = mark + l
		}
	}
	return strings.Join(ls, "\n")
}

func hangul(s string) string {
	return strings.Map(func(r rune) rune {
		if r < firstSyllable || r > lastSyllable {
			return -1
		}
		return r
	}, s)
}

func TestPartsOfRandomDocuments(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		a := &author{rand.New(rand.NewPCG(seed, 2)), firstSyllable}
		src := a.blocks(a.IntN(4), 1+a.IntN(9))
		if a.next == firstSyllable || a.next > lastSyllable { // nothing to see, or out of syllables
			continue
		}
		for _, d := range []Dialect{DialectV1, DialectV2, plainText} {
			limit := []int{200, 500, 2048, 4096}[a.IntN(4)]
			parts, err := RenderMarkdown(src, d, limit, a.IntN(2) == 0)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if err := checkParts(parts, d, limit); err != nil {
				t.Fatalf("seed %d, dialect %d, limit %d: %v", seed, d, limit, err)
			}
			if got, want := hangul(strings.Join(parts, "")), string(hangulUpTo(a.next)); got != want {
				t.Fatalf("seed %d, dialect %d, limit %d: visible text differs at %s", seed, d, limit, differ(got, want))
			}
		}
		if got, want := hangul(MarkdownHTML(src, DialectV2)), string(hangulUpTo(a.next)); got != want {
			t.Fatalf("seed %d: HTML differs at %s", seed, differ(got, want))
		}
		if bad := unsafeHTML(MarkdownHTML(src, DialectV2)); bad != "" {
			t.Fatalf("seed %d: HTML has %s", seed, bad)
		}
	}
}

// differ shows where two texts part.
func differ(got, want string) string {
	g, w := []rune(got), []rune(want)
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	return fmt.Sprintf("%.30q, want %.30q", string(g[i:]), string(w[i:]))
}

func hangulUpTo(next rune) []rune {
	var rs []rune
	for r := firstSyllable; r < next; r++ {
		rs = append(rs, r)
	}
	return rs
}

// checkParts wants each part within the limit, and no markup left open.
func checkParts(parts []string, d Dialect, limit int) error {
	for i, p := range parts {
		if len(p) > limit {
			return fmt.Errorf("part %d has %d bytes: %s", i+1, len(p), p)
		}
		if !utf8.ValidString(p) {
			return fmt.Errorf("part %d is not UTF-8", i+1)
		}
		if strings.TrimSpace(p) == "" {
			return fmt.Errorf("part %d is empty", i+1)
		}
		if d == plainText {
			continue
		}
		if err := checkMarkup(p); err != nil {
			return fmt.Errorf("part %d: %w", i+1, err)
		}
	}
	return nil
}

// checkMarkup reads a part line by line, as a client does. The documents have no stray marks of their own.
func checkMarkup(part string) error {
	fence := ""
	for l := range strings.SplitSeq(part, "\n") {
		l = strings.TrimLeft(l, "> \u3000│-•☑☐0123456789.")
		if fence == "" && strings.HasPrefix(l, "```") {
			fence = strings.TrimRight(l, "go")
			continue
		}
		if fence != "" {
			if l == fence {
				fence = ""
			}
			continue
		}
		bold, colour := 0, 0
		for _, t := range tokenize(l) {
			switch t.kind {
			case tokenBold:
				bold++
			case tokenBoldEnd:
				bold--
			case tokenColour:
				colour++
			case tokenColourEnd:
				colour--
			case tokenText:
				for _, mark := range []string{"**", "`", "](", "<font", "</font"} {
					if strings.Contains(t.text, mark) {
						return fmt.Errorf("stray %s in %q", mark, l)
					}
				}
			}
		}
		if bold != 0 || colour != 0 {
			return fmt.Errorf("open markup in %q", l)
		}
	}
	if fence != "" {
		return fmt.Errorf("open fence")
	}
	return nil
}

var structure = regexp.MustCompile(`</?(ul|ol|li|blockquote|h[1-6]|pre|table|tr|th|td|br)\b[^>]*>|[\x{ac00}-\x{d7a3}]`)

// TestV2ReadsAsTheSource parses what was rendered again: blocks and their nesting must be the same. Adjacent lists or
// quotes may become one, what is empty may be left out.
func TestV2ReadsAsTheSource(t *testing.T) {
	t.Parallel()
	outline := func(src string) string {
		s := strings.Join(structure.FindAllString(MarkdownHTML(src, DialectV2), -1), "")
		for _, nothing := range []string{"<pre></pre>", "<blockquote></blockquote>", "</blockquote><blockquote>", "</ul><ul>", `</ol><ol start="1">`} {
			s = strings.ReplaceAll(s, nothing, "")
		}
		return s
	}
	for seed := range uint64(300) {
		a := &author{rand.New(rand.NewPCG(seed, 9)), firstSyllable}
		src := a.blocks(a.IntN(4), 1+a.IntN(5))
		if a.next == firstSyllable || a.next > lastSyllable {
			continue
		}
		if got, want := outline(rendered(t, src, DialectV2)), outline(src); got != want {
			t.Fatalf("seed %d: v2 reads %s", seed, differ(got, want))
		}
	}
}

// TestRandomV1ArrivesAsItIs writes nothing but WeCom's own dialect.
func TestRandomV1ArrivesAsItIs(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		a := &author{rand.New(rand.NewPCG(seed, 3)), firstSyllable}
		var ls []string
		for range 1 + a.IntN(12) {
			l := a.words()
			switch a.IntN(9) {
			case 0:
				l = ""
			case 1:
				l = "# " + l
			case 2:
				l = "> " + l
			case 3:
				l = ">" + l + "  "
			case 4:
				l = "**" + l + "**" + a.words()
			case 5:
				l = a.words() + `<font color="comment">` + l + "</font>"
			case 6:
				l = a.words() + "`" + l + "`[" + a.words() + "](https://example.com/a?b=c&d)"
			}
			ls = append(ls, l)
		}
		src := strings.Join(ls, "\n")
		if strings.TrimSpace(src) == "" {
			continue
		}
		if got := rendered(t, src, DialectV1); got != src {
			t.Fatalf("seed %d: v1 of\n%q\n= %q", seed, src, got)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add("# a\n> b\n- c\n\n|a|b|\n|-|-|\n|c|d|\n```\ne\n```\n[f](g) <font color=\"info\">h</font> {red:i} **j** ~~k~~ <@l> &amp; \\*", uint16(100))
	f.Add(official, uint16(2048))
	f.Fuzz(func(t *testing.T, src string, limit uint16) {
		limit = max(limit, 64)
		for d := DialectV1; d <= plainText; d++ {
			parts, err := RenderMarkdown(src, d, int(limit), limit%2 == 0)
			if err != nil {
				return // refusing is fine; panicking or lying is not
			}
			for _, p := range parts {
				if len(p) > int(limit) || !utf8.ValidString(p) {
					t.Errorf("dialect %d: a part of %d bytes, limit %d, of %q: %q", d, len(p), limit, src, p)
				}
			}
		}
		for _, d := range []Dialect{DialectV1, DialectV2} {
			if bad := unsafeHTML(MarkdownHTML(src, d)); bad != "" {
				t.Errorf("HTML of %q has %s: %s", src, bad, MarkdownHTML(src, d))
			}
		}
		if us, err := Markdown(src).Units(Options{}); err == nil {
			for _, u := range us {
				if clean(string(u.Body)) != string(u.Body) {
					t.Errorf("body of %q is not clean: %q", src, u.Body)
				}
			}
		}
	})
}
