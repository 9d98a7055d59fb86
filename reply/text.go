package reply

import "strings"

const textLimit = 2048 // bytes of text.content; the platform cuts silently what is longer (docs 90236, 90241)

// inputLimit bounds the work for one reply, in bytes: 1 MiB is 512 messages, hours at the platform's pace.
const inputLimit = 1 << 20

// codeEmpty is the platform's errcode for a text without content.
const codeEmpty = 44004

// Text is a text reply; over 2,048 bytes it is split on line, sentence or rune borders, never inside a link, a bare
// URL or a code span (unless that alone is over the limit). Nothing but white space at the cuts is lost. Text without
// any visible character is refused. Line breaks are "\n"; <a href="…">…</a> is a link.
func Text(s string) Reply { return textReply(s) }

type textReply string

func (t textReply) Units(o Options) ([]Unit, error) {
	s, err := checkText("text.content", string(t))
	if err != nil {
		return nil, err
	}
	if o.Target == TargetAIBot { // takes no text (doc 101031)
		return Markdown(escapeLines(s)).Units(o)
	}
	parts := split(s, textLimit, o.PartMarks)
	us := make([]Unit, len(parts))
	for i, part := range parts {
		us[i] = textUnit(part)
		if o.Target != TargetApp {
			us[i].passive = nil
		}
	}
	return us, nil
}

func textUnit(s string) Unit {
	return Unit{MsgType: "text", Body: contentBody(s), Plain: s, passive: func(dst []byte) []byte {
		dst = append(dst, "<MsgType><![CDATA[text]]></MsgType>"...)
		return appendElement(dst, "Content", s)
	}}
}

// checkText cleans s and refuses it when it is empty or beyond reason.
func checkText(field, s string) (string, error) {
	if len(s) > inputLimit {
		return "", &LimitError{Field: field, Limit: inputLimit, Size: len(s), Unit: "bytes"}
	}
	s = clean(s)
	if strings.TrimSpace(s) == "" {
		return "", &FieldError{Field: field, Code: codeEmpty, Reason: "is empty"}
	}
	return s, nil
}

// split cuts s into parts of at most limit bytes, marks included.
func split(s string, limit int, marks bool) []string {
	if len(s) <= limit {
		return []string{s}
	}
	if !marks {
		return splitText(s, limit)
	}
	return withMarks(limit, "\n", func(limit int) []string { return splitText(s, limit) })
}
