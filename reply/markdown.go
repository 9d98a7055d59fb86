package reply

// Markdown is CommonMark, rendered to WeCom's dialect and sent actively; split by structure over 2,048 bytes.
func Markdown(s string) Reply { return markdown(s) }

type markdown string

func (m markdown) Units(o Options) ([]Unit, error) {
	s, err := checkText("markdown.content", string(m))
	if err != nil {
		return nil, err
	}
	return plainMarkdown(s, o)
}

func plainMarkdown(s string, o Options) ([]Unit, error) {
	parts := split(s, max(o.Target.route().markdown, 2048), o.PartMarks)
	us := make([]Unit, len(parts))
	for i, part := range parts {
		us[i] = Unit{MsgType: "markdown", Body: contentBody(part), Plain: part, Fallback: part}
	}
	return us, nil
}
