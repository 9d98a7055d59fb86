package reply

import "strings"

// markdownInput bounds the source of one markdown reply, in bytes: some 32 messages.
const markdownInput = 64 << 10

// Markdown is CommonMark with tables, strikethrough, task lists and bare URLs, rendered to the dialect that the target
// displays and sent actively. What the dialect lacks stays readable (a list is lines of "•", a table lines of
// "a | b"), and what is written in WeCom's dialect already arrives as it is, line breaks included. {green:text},
// {grey:…} and {orange:…} are colours, as <font color="info">, "comment" and "warning" are; <@userid> mentions. Other
// HTML and links that could run something are dropped, their text stays.
//
// What is too long for one message is split by its structure: between blocks, items and sentences; code fences,
// quotes, tables and bold text go on in the next part. The source has at most 64 KiB.
func Markdown(s string) Reply { return markdownReply{src: s} }

// MarkdownV2 is Markdown in the dialect markdown_v2 where a webhook is the target: with tables, lists and code,
// without colours and mentions. Clients below 4.1.36 show its source. Elsewhere it is Markdown.
func MarkdownV2(s string) Reply { return markdownReply{src: s, v2: true} }

type markdownReply struct {
	src string
	v2  bool
}

func (m markdownReply) Units(o Options) ([]Unit, error) {
	to, msgType, d := o.Target.route(), "markdown", DialectV1
	if to.v2 {
		d = DialectV2
	}
	if m.v2 && o.Target == TargetWebhook {
		msgType, d = "markdown_v2", DialectV2
	}
	if to.markdown == 0 { // not carried: the school
		text, err := MarkdownText(m.src)
		if err != nil {
			return nil, err
		}
		return Text(text).Units(o)
	}
	src, doc, err := readMarkdown(m.src)
	if err != nil {
		return nil, err
	}
	parts := render(src, doc, d, to.markdown, o.PartMarks)
	if len(parts) == 0 {
		return nil, errNothing
	}
	us := make([]Unit, len(parts))
	for i, part := range parts {
		us[i] = Unit{MsgType: msgType, Body: contentBody(part)}
		if len(parts) == 1 {
			us[i].Plain = strings.TrimSpace(strings.Join(render(src, doc, plainText, markdownInput, false), "\n"))
		} else {
			us[i].Plain = stripMarkdown(part)
		}
		if o.Target == TargetApp {
			us[i].Fallback = us[i].Plain
		}
	}
	return us, nil
}
