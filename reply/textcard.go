package reply

import "strings"

// TextCardMessage is a text card (文本卡片): a title, a few lines and a link.
type TextCardMessage struct{ body textCardBody }

type textCardBody struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Button      string `json:"btntxt,omitempty"`
}

// TextCard opens url when it is clicked. The title has at most 128 characters, the description 512: lines by <br> or
// "\n", colours by <div class="gray">, "normal" and "highlight"; url at most 2,048 bytes with its scheme.
func TextCard(title, description, url string) TextCardMessage {
	return TextCardMessage{textCardBody{Title: title, Description: description, URL: url}}
}

// Button is the text of the link, at most 4 characters; default 详情.
func (t TextCardMessage) Button(text string) TextCardMessage { t.body.Button = text; return t }

// Units renders the card.
func (t TextCardMessage) Units(o Options) ([]Unit, error) {
	b := t.body
	var c check
	c.need("textcard.title", b.Title, 0)
	c.need("textcard.description", b.Description, 0)
	c.need("textcard.url", b.URL, 0)
	c.chars("textcard.title", b.Title, 128)
	c.chars("textcard.description", b.Description, 512)
	c.url("textcard.url", b.URL)
	c.chars("textcard.btntxt", b.Button, 4)
	if err := c.err(); err != nil {
		return nil, err
	}
	return o.deliver(Unit{MsgType: "textcard", Body: bodyOf(b), Plain: lines(b.Title, stripTags(b.Description), b.URL)}, true)
}

// stripTags reads the markup of a description: <br> and the end of a div are line ends, other tags are left out.
func stripTags(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		j := strings.IndexByte(s[max(i, 0):], '>')
		if i < 0 || j < 0 {
			b.WriteString(s)
			return strings.TrimSpace(b.String())
		}
		b.WriteString(s[:i])
		switch tag := strings.ToLower(strings.Trim(s[i+1:i+j], "/ ")); tag {
		case "br", "div":
			b.WriteByte('\n')
		}
		s = s[i+j+1:]
	}
}
