package reply

import "slices"

const maxArticles = 8 // of news and mpnews; more is errcode 45008

// Article is one item of News: it opens URL, or the page of a mini-program (AppID with PagePath, which win over URL).
type Article struct {
	Title       string `json:"title"`                 // required, at most 128 bytes
	Description string `json:"description,omitempty"` // at most 512 bytes
	URL         string `json:"url,omitempty"`         // at most 2,048 bytes
	PicURL      string `json:"picurl,omitempty"`      // JPG or PNG; large 1068×455, small 150×150
	AppID       string `json:"appid,omitempty"`
	PagePath    string `json:"pagepath,omitempty"` // at most 128 bytes
}

// NewsMessage is 1 to 8 articles with pictures (图文).
type NewsMessage struct{ articles []Article }

// News has 1 to 8 articles.
func News(articles ...Article) NewsMessage { return NewsMessage{slices.Clone(articles)} }

// Article adds one.
func (n NewsMessage) Article(a Article) NewsMessage {
	return NewsMessage{append(slices.Clip(n.articles), a)}
}

type articlesBody[T any] struct {
	Articles []T `json:"articles"`
}

// Units renders the articles.
func (n NewsMessage) Units(o Options) ([]Unit, error) {
	var c check
	c.items("news.articles", len(n.articles), maxArticles, 0)
	mini := false
	var plain []string
	for i, a := range n.articles {
		a.check(&c, at("news.articles", i), o.Target)
		mini = mini || a.AppID != ""
		plain = append(plain, a.Title, a.Description, a.URL)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	u := Unit{MsgType: "news", Body: bodyOf(articlesBody[Article]{n.articles}), Plain: lines(plain...)}
	if !mini { // doc 90241 knows no mini-programs
		u.passive = n.appendPassive
	}
	return o.deliver(u, !mini)
}

func (a Article) check(c *check, field string, t Target) {
	c.needBytes(field+".title", a.Title, 128, 0)
	c.bytes(field+".description", a.Description, 512)
	c.bytes(field+".url", a.URL, 2048)
	c.bytes(field+".pagepath", a.PagePath, 128)
	switch {
	case (a.AppID == "") != (a.PagePath == ""):
		c.fail(field, 0, "needs appid and pagepath together")
	case t == TargetWebhook && a.AppID != "":
		c.fail(field+".appid", 0, "is not carried by webhook/send")
	case a.AppID == "" && a.URL == "":
		c.fail(field+".url", 0, "is empty, and so is appid")
	}
}

func (n NewsMessage) appendPassive(dst []byte) []byte {
	dst = appendElement(dst, "MsgType", "news")
	dst = appendInt(dst, "ArticleCount", len(n.articles))
	dst = appendOpen(dst, "Articles")
	for _, a := range n.articles {
		dst = appendOpen(dst, "item") // in lower case (doc 90241)
		dst = appendElement(dst, "Title", a.Title)
		dst = appendElement(dst, "Description", a.Description)
		dst = appendElement(dst, "PicUrl", a.PicURL)
		dst = appendElement(dst, "Url", a.URL)
		dst = appendClose(dst, "item")
	}
	return appendClose(dst, "Articles")
}

// MPArticle is one item of MPNews: a page that the platform keeps.
type MPArticle struct {
	Title     string // required, at most 128 bytes
	Thumb     Media  // required: the cover, an image
	Author    string // at most 64 bytes
	SourceURL string // of "read the original"
	Content   string // required: HTML, at most 666 KB
	Digest    string // at most 512 bytes
}

// MPNewsMessage is 1 to 8 articles that the platform stores (图文, mpnews).
type MPNewsMessage struct{ articles []MPArticle }

// MPNews has 1 to 8 articles.
func MPNews(articles ...MPArticle) MPNewsMessage { return MPNewsMessage{slices.Clone(articles)} }

// Article adds one.
func (n MPNewsMessage) Article(a MPArticle) MPNewsMessage {
	return MPNewsMessage{append(slices.Clip(n.articles), a)}
}

type mpArticleBody struct {
	Title     string `json:"title"`
	Thumb     string `json:"thumb_media_id"`
	Author    string `json:"author,omitempty"`
	SourceURL string `json:"content_source_url,omitempty"`
	Content   string `json:"content"`
	Digest    string `json:"digest,omitempty"`
}

// Units renders the articles.
func (n MPNewsMessage) Units(o Options) ([]Unit, error) {
	var c check
	c.items("mpnews.articles", len(n.articles), maxArticles, 0)
	var body articlesBody[mpArticleBody]
	var plain []string
	var thumbs []Media
	for i, a := range n.articles {
		a.check(&c, at("mpnews.articles", i), o)
		body.Articles = append(body.Articles, mpArticleBody{a.Title, a.Thumb.ID, a.Author, a.SourceURL, a.Content, a.Digest})
		plain = append(plain, a.Title, a.Digest, a.SourceURL)
		thumbs = append(thumbs, a.Thumb)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	u := Unit{MsgType: "mpnews", Body: bodyOf(body), Plain: lines(plain...), Media: uploads("image", thumbs)}
	return o.deliver(u, false)
}

func (a MPArticle) check(c *check, field string, o Options) {
	c.needBytes(field+".title", a.Title, 128, 0)
	c.bytes(field+".author", a.Author, 64)
	c.needBytes(field+".content", a.Content, 666<<10, 0)
	c.bytes(field+".digest", a.Digest, 512)
	c.add(a.Thumb.check(field+".thumb", "image", o))
}

// uploads chains those files that have no media id yet, in the order of their places in the body.
func uploads(kind string, files []Media) *MediaRef {
	var first *MediaRef
	for _, m := range slices.Backward(files) {
		if m.ID == "" {
			first = &MediaRef{Type: kind, Source: m, Next: first}
		}
	}
	return first
}
