package simulator

import (
	"html"
	"regexp"
	"strings"
)

// The dialect of app markdown (doc 90236): headings, bold, links, inline code, one level of quote, three colours.
// Everything else stands there as it was written, in the client too.

var (
	mdHeading = regexp.MustCompile(`^(#{1,6}) +(.*)$`)
	mdInline  = regexp.MustCompile("`([^`\n]+)`|" + // 1 code
		`\*\*(.+?)\*\*|` + // 2 bold
		`\[([^\[\]\n]*)\]\((https?://[^\s()<>"]+)\)|` + // 3 text, 4 address
		`<font color="?(info|comment|warning)"?>(.*?)</font>`) // 5 colour, 6 text
)

// mdDepth bounds bold in colour in bold…
const mdDepth = 8

// MarkdownHTML renders app markdown as the client shows it, as HTML that is safe to insert: all text is escaped, and
// only http and https links survive.
func MarkdownHTML(src string) string {
	var b strings.Builder
	quote := false
	for line := range strings.SplitSeq(strings.ReplaceAll(src, "\r\n", "\n"), "\n") {
		rest, quoted := strings.CutPrefix(line, ">")
		if quoted != quote {
			b.WriteString(map[bool]string{true: "<blockquote>", false: "</blockquote>"}[quoted])
			quote = quoted
		}
		if quoted {
			line = strings.TrimPrefix(rest, " ")
		}
		if m := mdHeading.FindStringSubmatch(line); m != nil {
			level := string('0' + rune(len(m[1])))
			b.WriteString(`<div class="md-h md-h` + level + `">` + inlineHTML(m[2], mdDepth) + "</div>")
			continue
		}
		b.WriteString(`<div class="md-line">` + inlineHTML(line, mdDepth) + "</div>")
	}
	if quote {
		b.WriteString("</blockquote>")
	}
	return b.String()
}

func inlineHTML(s string, depth int) string {
	return inline(s, depth, html.EscapeString, func(kind, text, extra string) string {
		switch kind {
		case "code":
			return "<code>" + html.EscapeString(text) + "</code>"
		case "bold":
			return "<strong>" + inlineHTML(text, depth-1) + "</strong>"
		case "link":
			return link(extra, html.EscapeString(text))
		}
		return `<span class="md-` + extra + `">` + inlineHTML(text, depth-1) + "</span>"
	})
}

// MarkdownText is app markdown as plain text: what a screen reader says.
func MarkdownText(src string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(src, "\r\n", "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, ">"); ok {
			line = strings.TrimPrefix(rest, " ")
		}
		if m := mdHeading.FindStringSubmatch(line); m != nil {
			line = m[2]
		}
		lines = append(lines, inlineText(line, mdDepth))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func inlineText(s string, depth int) string {
	keep := func(s string) string { return s }
	return inline(s, depth, keep, func(kind, text, extra string) string {
		switch kind {
		case "code":
			return text
		case "link":
			return text + " (" + extra + ")"
		}
		return inlineText(text, depth-1)
	})
}

// inline splits a line into plain stretches and marked ones.
func inline(s string, depth int, plain func(string) string, marked func(kind, text, extra string) string) string {
	if depth == 0 {
		return plain(s)
	}
	var b strings.Builder
	end := 0
	for _, m := range mdInline.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(plain(s[end:m[0]]))
		end = m[1]
		group := func(i int) string { return s[m[2*i]:m[2*i+1]] }
		switch {
		case m[2] >= 0:
			b.WriteString(marked("code", group(1), ""))
		case m[4] >= 0:
			b.WriteString(marked("bold", group(2), ""))
		case m[6] >= 0:
			b.WriteString(marked("link", group(3), group(4)))
		default:
			b.WriteString(marked("font", group(6), group(5)))
		}
	}
	b.WriteString(plain(s[end:]))
	return b.String()
}

// bareURL is an address in running text. It ends before closing punctuation.
var bareURL = regexp.MustCompile(`https?://[^\s<>"'，。；！？、）】》]+[^\s<>"'，。；！？、）】》.,;:!?)\]]`)

// TextHTML renders the content of a text message as safe HTML: its <a href="…"> links and bare addresses work,
// everything else is text.
func TextHTML(src string) string {
	var b strings.Builder
	end := 0
	for _, m := range anchor.FindAllStringSubmatchIndex(src, -1) {
		b.WriteString(linkify(src[end:m[0]]))
		end = m[1]
		words := html.EscapeString(src[m[4]:m[5]])
		if url := src[m[2]:m[3]]; strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://") {
			words = link(url, words)
		}
		b.WriteString(words)
	}
	b.WriteString(linkify(src[end:]))
	return b.String()
}

func linkify(s string) string {
	var b strings.Builder
	end := 0
	for _, m := range bareURL.FindAllStringIndex(s, -1) {
		b.WriteString(html.EscapeString(s[end:m[0]]))
		end = m[1]
		b.WriteString(link(s[m[0]:m[1]], html.EscapeString(s[m[0]:m[1]])))
	}
	b.WriteString(html.EscapeString(s[end:]))
	return b.String()
}

// link makes an anchor around words that are HTML already.
func link(url, words string) string {
	return `<a href="` + html.EscapeString(url) + `" target="_blank" rel="noopener noreferrer">` + words + "</a>"
}

// cardMarkup is what the description of a text card may hold.
var cardMarkup = regexp.MustCompile(`(?is)<br\s*/?>|<div\s+class="(gray|normal|highlight)"\s*>(.*?)</div>`)

// CardHTML renders the description of a text card as safe HTML.
func CardHTML(src string) string {
	var b strings.Builder
	end := 0
	for _, m := range cardMarkup.FindAllStringSubmatchIndex(src, -1) {
		b.WriteString(html.EscapeString(src[end:m[0]]))
		end = m[1]
		if m[2] < 0 {
			b.WriteString("<br>")
			continue
		}
		b.WriteString(`<div class="tc-` + strings.ToLower(src[m[2]:m[3]]) + `">` + CardHTML(src[m[4]:m[5]]) + "</div>")
	}
	b.WriteString(html.EscapeString(src[end:]))
	return b.String()
}
