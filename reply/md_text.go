package reply

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// escaped writes text of the source, whose backslashes and entities are read. WeCom knows no escapes: a character that
// was escaped and would be markup is written as its full-width twin ("＊").
func (w *mdWriter) escaped(s []byte) {
	for len(s) > 0 {
		i := bytes.IndexAny(s, `\&`)
		if i < 0 {
			i = len(s)
		}
		w.literal(string(s[:i]))
		s = s[i:]
		switch {
		case len(s) == 0:
		case s[0] == '\\' && len(s) > 1 && util.IsPunct(s[1]):
			w.write(w.twin(s[1], s[2:]))
			s = s[2:]
		case s[0] == '&' && bytes.IndexByte(s[:min(len(s), 40)], ';') > 1:
			end := bytes.IndexByte(s, ';') + 1
			w.write(w.entity(s[:end]))
			s = s[end:]
		default:
			w.literal(string(s[:1]))
			s = s[1:]
		}
	}
}

// literal writes text as it is, but for what would be a mark only because of where our line begins.
func (w *mdWriter) literal(s string) {
	if w.inLink > 0 {
		s = bracketTwins(s)
	}
	if w.dialect != plainText && len(w.line) == 0 && s != "" {
		if rest := strings.TrimLeft(s, "#"); rest != s && (rest == "" || rest[0] == ' ') {
			s = "＃" + s[1:]
		}
		if s[0] == '>' {
			s = "＞" + s[1:]
		}
	}
	w.write(s)
}

func (w *mdWriter) entity(s []byte) string {
	r := clean(string(util.ResolveEntityNames(util.ResolveNumericReferences(bytes.Clone(s)))))
	if len(r) == 1 && util.IsPunct(r[0]) && r[0] != '&' {
		return w.twin(r[0], nil)
	}
	if strings.TrimSpace(r) == "" && r != "" {
		return " "
	}
	return r
}

// twin is an escaped character, as its full-width twin where it would be markup. rest follows it.
func (w *mdWriter) twin(c byte, rest []byte) string {
	active := false
	switch c {
	case '*':
		active = w.dialect == DialectV2 || bytes.HasPrefix(rest, []byte(`\*`)) || bytes.HasPrefix(rest, []byte("*")) ||
			bytes.HasSuffix(w.line, []byte("*")) || bytes.HasSuffix(w.line, []byte("＊"))
	case '`', '<':
		active = true
	case '[':
		active = bytes.Contains(rest, []byte("](")) || w.inLink > 0
	case ']':
		active = bytes.HasPrefix(rest, []byte("(")) || w.inLink > 0
	case '#', '>':
		active = len(w.line) == 0
	case '-', '+':
		active = w.dialect == DialectV2 && len(w.line) == 0
	case '.', ')':
		active = w.dialect == DialectV2 && len(w.line) > 0 && len(bytes.Trim(w.line, "0123456789")) == 0
	case '|', '_', '~':
		active = w.dialect == DialectV2
	}
	if !active || w.dialect == plainText {
		return string(c)
	}
	return fullWidth(c)
}

// fullWidth is the twin of an ASCII character in the block of full-width forms.
func fullWidth(c byte) string { return string(rune(c) - '!' + '！') }

// bracketTwins replaces the brackets within the text of a link.
func bracketTwins(s string) string {
	if !strings.ContainsAny(s, "[]\n") {
		return s
	}
	return strings.NewReplacer("[", "［", "]", "］", "\n", " ").Replace(s)
}

// EscapeMarkdown makes text safe to insert into markdown: what would be markup becomes its full-width twin, for WeCom
// knows no escapes. Line breaks become blanks.
func EscapeMarkdown(s string) string {
	const marks = "*`[]<>#_~|\\{}!&"
	if !strings.ContainsAny(s, marks+"\n\r-+") && !startsWithNumber(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n' || r == '\r':
			b.WriteByte(' ')
		case r < utf8.RuneSelf && strings.ContainsRune(marks, r):
			b.WriteString(fullWidth(byte(r)))
		case i == 0 && (r == '-' || r == '+'):
			b.WriteString(fullWidth(byte(r)))
		case (r == '.' || r == ')') && i > 0 && strings.Trim(s[:i], "0123456789") == "":
			b.WriteString(fullWidth(byte(r)))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escapeLines is EscapeMarkdown for a text of several lines.
func escapeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = EscapeMarkdown(l)
	}
	return strings.Join(lines, "\n")
}

func startsWithNumber(s string) bool {
	rest := strings.TrimLeft(s, "0123456789")
	return len(rest) < len(s) && rest != "" && (rest[0] == '.' || rest[0] == ')')
}

type urlKind int

const (
	urlSafe      urlKind = iota
	urlDangerous         // could run or read something: nobody gets to see it
	urlOther             // not absolute, or of a scheme that WeCom may not know: shown as text
)

// classify judges a link by its scheme, the way a browser reads it: without blanks and control characters.
func classify(url string) urlKind {
	scheme := strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, url[:min(len(url), 64)]))
	scheme, _, ok := strings.Cut(scheme, ":")
	if !ok {
		return urlOther
	}
	switch scheme {
	case "http", "https", "mailto", "tel", "ftp", "weixin", "wxwork":
		return urlSafe
	case "javascript", "data", "vbscript", "file", "blob":
		return urlDangerous
	}
	return urlOther
}

// defuse breaks up what is no link for CommonMark but could be one for a client ("\[a](javascript:…)").
func defuse(s string) string {
	for i := 0; ; {
		j := strings.Index(s[i:], "](")
		if j < 0 {
			return s
		}
		i += j
		if classify(strings.TrimLeft(resolve([]byte(s[i+2:min(len(s), i+66)])), "< ")) == urlDangerous {
			s = s[:i] + "］" + s[i+1:]
		}
		i += 2
	}
}

// encodeURL writes what would end the link as percent codes.
func encodeURL(s string) string {
	if !strings.ContainsAny(s, " ()<>\t\n\"`") {
		return s
	}
	return strings.NewReplacer(" ", "%20", "(", "%28", ")", "%29", "<", "%3C", ">", "%3E", "\t", "%09", "\n", "%0A", `"`, "%22", "`", "%60").Replace(s)
}

// htmlTags are the elements that are dropped as markup.
var htmlTags = func() map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(`a abbr address article aside audio b base bdi bdo big blockquote body br button canvas
		caption center cite code col colgroup data dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure
		font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link
		main map mark marquee math menu meta meter nav noframes noscript object ol optgroup option output p param picture pre
		progress q rp rt ruby s samp script section select slot small source span strike strong style sub summary sup svg
		table tbody td template textarea tfoot th thead think time title tr track tt u ul var video wbr`) {
		set[name] = true
	}
	return set
}()

// textTags are those that mean nothing without an end: one that has none is a letter in angle brackets, to be read.
var textTags = func() map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(`a abbr b bdi bdo big cite code data del dfn em i ins kbd mark q s samp small strike strong
		sub sup tt u var`) {
		set[name] = true
	}
	return set
}()

// closings are where each tag is closed last.
type closings map[string]int

func closingsOf(src []byte) closings {
	var c closings
	for at := 0; ; at += 2 {
		i := bytes.Index(src[at:], []byte("</"))
		if i < 0 {
			return c
		}
		at += i
		end := bytes.IndexByte(src[at:min(len(src), at+16)], '>') // the longest name of textTags has 6 letters
		if end < 0 {
			continue
		}
		if name, _ := tagName(string(src[at : at+end+1])); textTags[name] {
			if c == nil {
				c = closings{}
			}
			c[name] = at
		}
	}
}

// shows reports whether a tag is text that is meant to be read, and no markup.
func (c closings) shows(n *ast.RawHTML, name string, closing bool) bool {
	if name == "" || !htmlTags[name] {
		return name != ""
	}
	last, closed := c[name]
	at := n.Segments.At(0)
	bare := at.Len() == len("<>")+len(name)
	return textTags[name] && bare && !closing && (!closed || last < at.Start)
}

// tagName is the name of an HTML tag in lower case, "" of a comment and its like.
func tagName(s string) (name string, closing bool) {
	s = strings.TrimPrefix(s, "<")
	s, closing = strings.CutPrefix(s, "/")
	end := strings.IndexFunc(s, func(r rune) bool { return r == '>' || r == '/' || unicode.IsSpace(r) })
	if end < 1 || s[0] == '!' || s[0] == '?' {
		return "", closing
	}
	return strings.ToLower(s[:end]), closing
}

// attribute is the value of an attribute of a tag, "" when it has none.
func attribute(tag, name string) string {
	lower := strings.ToLower(tag)
	for from := 0; ; {
		i := strings.Index(lower[from:], name)
		if i < 0 {
			return ""
		}
		from += i + len(name)
		value, ok := strings.CutPrefix(strings.TrimLeft(tag[from:], " \t\n"), "=")
		if !ok {
			continue
		}
		value = strings.TrimLeft(value, " \t\n")
		if value != "" && (value[0] == '"' || value[0] == '\'') {
			value, _, _ = strings.Cut(value[1:], value[:1])
			return value
		}
		end := strings.IndexAny(value, " \t\n>")
		return value[:max(end, 0)]
	}
}
