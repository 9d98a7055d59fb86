package simulator

import (
	"encoding/json"
	"regexp"
	"strings"
)

// Limits of doc 90236: bytes of UTF-8 unless the name says characters.
const (
	maxText           = 2048 // cut
	maxMarkdown       = 2048 // refused
	maxArticles       = 8
	maxTitle          = 128 // cut; characters in text cards, bytes elsewhere
	maxDescription    = 512 // cut; as maxTitle
	maxURL            = 2048
	maxButtonChars    = 4
	maxAuthor         = 64
	maxMPContent      = 666 << 10
	maxPagePath       = 128
	maxNoticeItems    = 10
	maxNoticeKeyChars = 10
	maxNoticeValChars = 30
)

// messageTypes are the msgtypes of message/send.
var messageTypes = []string{
	"text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown", "miniprogram_notice",
	"template_card", "interactive_taskcard", "taskcard",
}

// checkBody checks the object of a message and returns how it looks.
func (c *corp) checkBody(msgType string, raw json.RawMessage, safe int) (Seen, *refusal) {
	if no := checkSafe(msgType, safe); no != nil {
		return Seen{}, no
	}
	shown := Seen{Type: msgType, Body: raw}
	var no *refusal
	switch msgType {
	case "text":
		no = checkText(&shown)
	case "markdown":
		no = checkMarkdown(&shown)
	case "image", "voice", "file", "video":
		no = c.checkMedia(&shown)
	case "textcard":
		no = checkTextCard(&shown)
	case "news":
		no = checkNews(&shown)
	case "mpnews":
		no = c.checkMPNews(&shown)
	case "miniprogram_notice":
		no = checkNotice(&shown)
	case "interactive_taskcard", "taskcard", "template_card": // checkCard
	default:
		no = refusef(codeMsgType, "invalid message type %q", msgType)
	}
	return shown, no
}

func checkSafe(msgType string, safe int) *refusal {
	switch {
	case safe == 0:
		return nil
	case msgType == "news":
		return refuse(codeNewsSafe, "news does not support safe")
	case safe == 2 && msgType != "mpnews", safe < 0, safe > 2:
		return refusef(codeArgument, "invalid safe %d for %s", safe, msgType)
	}
	return nil
}

type textBody struct {
	Content string `json:"content"`
}

func checkText(e *Seen) *refusal {
	b, no := object[textBody](e.Body)
	if no != nil {
		return no
	}
	if b.Content == "" {
		return refuse(codeTextEmpty, "text content is empty")
	}
	e.cut(&b.Content, cutBytes, maxText)
	e.keep(b)
	e.Text = textPlain(b.Content)
	return nil
}

// anchor is the one element that texts know.
var anchor = regexp.MustCompile(`(?s)<a\s+href="([^"]*)"\s*>(.*?)</a>`)

// textPlain shows a link as its words.
func textPlain(s string) string { return anchor.ReplaceAllString(s, "$2") }

func checkMarkdown(e *Seen) *refusal {
	b, no := object[textBody](e.Body)
	switch {
	case no != nil:
		return no
	case b.Content == "":
		return refuse(codeTextEmpty, "markdown content is empty")
	case len(b.Content) > maxMarkdown:
		return refusef(codeArgument, "markdown.content exceed max length %d. invalid Request Parameter", maxMarkdown)
	}
	e.Text = MarkdownText(b.Content)
	return nil
}

func (c *corp) checkMedia(e *Seen) *refusal {
	b, no := object[mediaBody](e.Body)
	if no != nil {
		return no
	}
	m, no := c.findMedia(b.MediaID, e.Type)
	if no != nil {
		return no
	}
	words := map[string]string{"image": "[图片]", "voice": "[语音]", "video": "[视频]", "file": "[文件]"}
	e.Text = words[e.Type]
	if e.Type == "file" {
		e.Text += " " + m.name
	}
	if e.Type == "video" {
		e.cut(&b.Title, cutBytes, maxTitle)
		e.cut(&b.Description, cutBytes, maxDescription)
		e.Text = strings.TrimSpace(e.Text + " " + b.Title)
		e.keep(b)
	}
	return nil
}

// mediaBody is the object of image, voice, video and file.
type mediaBody struct {
	MediaID     string `json:"media_id"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
}

// cut shortens a field as the platform does.
func (e *Seen) cut(field *string, how func(string, int) (string, bool), n int) {
	short, cut := how(*field, n)
	*field, e.Cut = short, e.Cut || cut
}

// keep makes a body that was cut the one that is shown.
func (e *Seen) keep(body any) {
	if e.Cut {
		e.Body = encode(body)
	}
}

func checkTextCard(e *Seen) *refusal {
	b, no := object[struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"url"`
		Button      string `json:"btntxt"`
	}](e.Body)
	switch {
	case no != nil:
		return no
	case b.Title == "":
		return refuse(codeNoTitle, "title missing")
	case b.Description == "":
		return refuse(codeNoDescription, "description missing")
	}
	if no := checkURL(b.URL, true); no != nil {
		return no
	}
	e.cut(&b.Title, cutChars, maxTitle)
	e.cut(&b.Description, cutChars, maxDescription)
	e.cut(&b.Button, cutChars, maxButtonChars)
	e.Text = b.Title + "\n" + stripTags(b.Description)
	e.keep(b)
	return nil
}

var (
	breaks = regexp.MustCompile(`(?i)<br\s*/?>|</div>`)
	tags   = regexp.MustCompile(`<[^<>]*>`)
)

// stripTags turns the markup of a text card into lines.
func stripTags(s string) string {
	return strings.TrimSpace(tags.ReplaceAllString(breaks.ReplaceAllString(s, "\n"), ""))
}

// checkURL demands a scheme; need says that it must be there at all.
func checkURL(u string, need bool) *refusal {
	switch {
	case u == "" && need:
		return refuse(codeNoURL, "url missing")
	case u == "":
		return nil
	case len(u) > maxURL:
		return refusef(codeURLTooLong, "url exceeds %d bytes", maxURL)
	case !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://"):
		return refuse(codeURLScheme, "url needs http:// or https://")
	}
	return nil
}

type article struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
	PicURL      string `json:"picurl,omitempty"`
	AppID       string `json:"appid,omitempty"`
	PagePath    string `json:"pagepath,omitempty"`
}

type newsBody struct {
	Articles []article `json:"articles"`
}

func checkNews(e *Seen) *refusal {
	b, no := object[newsBody](e.Body)
	if no != nil {
		return no
	}
	if no := checkArticleCount(len(b.Articles)); no != nil {
		return no
	}
	for _, a := range b.Articles {
		if a.Title == "" {
			return refuse(codeNoTitle, "title missing")
		}
		if no := checkURL(a.URL, a.AppID == ""); no != nil {
			return no
		}
		if len(a.PagePath) > maxPagePath {
			return refusef(codeArgument, "pagepath exceeds %d bytes", maxPagePath)
		}
	}
	e.showNews(b)
	return nil
}

// showNews cuts the articles and lists titles and descriptions.
func (e *Seen) showNews(b newsBody) {
	var lines []string
	for i := range b.Articles {
		a := &b.Articles[i]
		e.cut(&a.Title, cutBytes, maxTitle)
		e.cut(&a.Description, cutBytes, maxDescription)
		lines = append(lines, a.Title)
		if a.Description != "" {
			lines = append(lines, a.Description)
		}
	}
	e.Text = strings.Join(lines, "\n")
	e.keep(b)
}

func checkArticleCount(n int) *refusal {
	switch {
	case n == 0:
		return refuse(codeEmpty, "articles is empty")
	case n > maxArticles:
		return refusef(codeArticles, "%d articles, at most %d", n, maxArticles)
	}
	return nil
}

type mpArticle struct {
	Title   string `json:"title"`
	Thumb   string `json:"thumb_media_id"`
	Author  string `json:"author,omitempty"`
	Content string `json:"content"`
	Digest  string `json:"digest,omitempty"`
	Source  string `json:"content_source_url,omitempty"`
}

type mpNewsBody struct {
	Articles []mpArticle `json:"articles"`
}

func (c *corp) checkMPNews(e *Seen) *refusal {
	b, no := object[mpNewsBody](e.Body)
	if no != nil {
		return no
	}
	if no := checkArticleCount(len(b.Articles)); no != nil {
		return no
	}
	var lines []string
	for i := range b.Articles {
		a := &b.Articles[i]
		if no := c.checkMPArticle(a); no != nil {
			return no
		}
		e.cut(&a.Title, cutBytes, maxTitle)
		e.cut(&a.Digest, cutBytes, maxDescription)
		lines = append(lines, a.Title)
	}
	e.Text = strings.Join(lines, "\n")
	e.keep(b)
	return nil
}

func (c *corp) checkMPArticle(a *mpArticle) *refusal {
	switch {
	case a.Title == "":
		return refuse(codeNoTitle, "title missing")
	case a.Content == "":
		return refuse(codeEmpty, "content missing")
	case len(a.Content) > maxMPContent:
		return refuse(codeContentTooLong, "content exceeds 666 KB")
	case len(a.Author) > maxAuthor:
		return refusef(codeAuthorTooLong, "author exceeds %d bytes", maxAuthor)
	}
	_, no := c.findMedia(a.Thumb, "image")
	return no
}

func checkNotice(e *Seen) *refusal {
	b, no := object[struct {
		AppID string `json:"appid"`
		Title string `json:"title"`
		Items []struct {
			Key   string `json:"key"`
			Value string `json:"value"`
		} `json:"content_item"`
	}](e.Body)
	switch {
	case no != nil:
		return no
	case b.AppID == "":
		return refuse(90200, "appid missing")
	case b.Title == "":
		return refuse(codeNoTitle, "title missing")
	case len(b.Items) > maxNoticeItems:
		return refuse(90201, "too many content items")
	}
	lines := []string{b.Title}
	for _, i := range b.Items {
		if _, long := cutChars(i.Key, maxNoticeKeyChars); long || i.Key == "" {
			return refuse(90202, "invalid key of a content item")
		}
		if _, long := cutChars(i.Value, maxNoticeValChars); long || i.Value == "" {
			return refuse(90203, "invalid value of a content item")
		}
		lines = append(lines, i.Key+"："+i.Value)
	}
	e.Text = strings.Join(lines, "\n")
	return nil
}
