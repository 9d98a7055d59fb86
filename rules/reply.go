package rules

import (
	"slices"
	"strings"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// replySpec is a reply as it is written: a text, a mapping, or a list of replies.
type replySpec struct {
	pos    strictyaml.Pos
	text   strictyaml.Text // of a plain text
	body   *replyBody
	list   []replySpec
	broken bool // which was reported
}

// replyBody is the mapping form: exactly one type, and choices that go with it.
type replyBody struct {
	Where        strictyaml.Where
	Text         *strictyaml.Text `yaml:"text" doc:"a text, split when it is over 2,048 bytes"`
	Markdown     *strictyaml.Text `yaml:"markdown" doc:"CommonMark, shown as WeCom can show it"`
	Image        *mediaSpec       `yaml:"image" doc:"JPG or PNG, at most 10 MB"`
	Voice        *mediaSpec       `yaml:"voice" doc:"AMR, at most 2 MB and 60 seconds"`
	Video        *videoSpec       `yaml:"video" doc:"MP4, at most 10 MB"`
	File         *mediaSpec       `yaml:"file" doc:"any file, at most 20 MB"`
	News         []articleSpec    `yaml:"news" doc:"1 to 8 articles with pictures"`
	MPNews       []mpArticleSpec  `yaml:"mpnews" doc:"1 to 8 articles that the platform stores"`
	TextCard     *textCardSpec    `yaml:"textcard" doc:"a title, a few lines and a link"`
	MiniNotice   *miniNoticeSpec  `yaml:"miniprogram_notice" doc:"a notice of a mini-program"`
	Card         *cardSpec        `yaml:"card" doc:"a template card with buttons (button_interaction)"`
	Notice       *cardSpec        `yaml:"notice" doc:"a template card of text (text_notice)"`
	NewsCard     *cardSpec        `yaml:"news_card" doc:"a template card with a picture (news_notice)"`
	Vote         *cardSpec        `yaml:"vote" doc:"a template card with one question (vote_interaction)"`
	Select       *cardSpec        `yaml:"select" doc:"a template card with drop-down lists (multiple_interaction)"`
	TaskCard     *taskCardSpec    `yaml:"taskcard" doc:"the retired task card; card replaces it"`
	UpdateButton *strictyaml.Text `yaml:"update_button" doc:"answer to a click: the card's buttons become this label"`
	UpdateCard   *cardSpec        `yaml:"update_card" doc:"answer to a click: another card in its place"`
	OneOf        *oneOfSpec       `yaml:"one_of" doc:"one of several replies"`

	Fallback *strictyaml.Text  `yaml:"fallback_text" doc:"what members who read in WeChat get instead"`
	Safe     int               `yaml:"safe" min:"0" max:"2" doc:"1: not to be forwarded, with a watermark; 2: shared within the corp (mpnews)"`
	Mention  []strictyaml.Text `yaml:"mention" doc:"user ids, or @all, to be notified in a group chat"`
}

// replyTypes are the keys of replyBody of which one is given.
var replyTypes = []string{"text", "markdown", "image", "voice", "video", "file", "news", "mpnews", "textcard", "miniprogram_notice",
	"card", "notice", "news_card", "vote", "select", "taskcard", "update_button", "update_card", "one_of"}

// isReply reports whether a mapping is a reply rather than an action that holds one.
func isReply(n *strictyaml.Node) bool { return slices.ContainsFunc(replyTypes, n.Has) }

// UnmarshalYAML takes the three forms.
func (r *replySpec) UnmarshalYAML(n *strictyaml.Node) {
	r.pos, r.broken = n.Pos(), true
	switch n.Kind() {
	case strictyaml.Scalar:
		if r.text = n.Text(); strings.TrimSpace(r.text.Value) == "" {
			n.Report("write a text, or delete the key", "%s is empty", n.Name())
			return
		}
		r.broken = false
	case strictyaml.List:
		items := n.Items()
		if len(items) == 0 {
			n.Report("write a reply, or delete the key", "%s is empty", n.Name())
			return
		}
		r.list, r.broken = make([]replySpec, len(items)), false
		for i, item := range items {
			if !item.Into(&r.list[i]) {
				r.broken = true
			}
		}
	case strictyaml.Mapping:
		r.body = new(replyBody)
		r.broken = !n.Into(r.body) || !r.body.oneType(n)
	default:
		n.Report("write a text, or delete the key", "%s is empty", n.Name())
	}
}

func (b *replyBody) oneType(n *strictyaml.Node) bool {
	given := slices.DeleteFunc(slices.Clone(replyTypes), func(k string) bool { return !b.Where.Has(k) })
	switch len(given) {
	case 0:
		n.Report("one of "+strings.Join(replyTypes, ", "), "%s has no type", n.Name())
	case 1:
		return true
	default:
		n.Report(`several replies are a list: "- `+given[0]+`: …", "- `+given[1]+`: …"`, "%s has two types, %s and %s", n.Name(), given[0], given[1])
	}
	return false
}

// JSONSchema describes the three forms.
func (r *replySpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&r.text), b.Of(&r.body), strictyaml.Schema{"type": "array", "items": b.Of(&r)})
}

// reply compiles a reply. A constant one is rendered once, to find what is over a limit.
func (c *compiler) reply(r *replySpec, s *sight) maker {
	if r == nil { // reported while decoding
		return nil
	}
	before := len(c.problems)
	c.constant = true
	m := c.replyOf(r, s)
	if c.constant && !r.broken && m != nil && len(c.problems) == before {
		c.dryRun(r.pos, m)
	}
	return m
}

func (c *compiler) replyOf(r *replySpec, s *sight) maker {
	switch {
	case r.list != nil:
		return c.replies(r.list, s)
	case r.body == nil:
		return c.textual(&r.text, s, reply.Text)
	}
	m := c.body(r.body, s)
	if m == nil {
		return nil
	}
	return c.with(r.body, s, m)
}

func (c *compiler) body(b *replyBody, s *sight) maker {
	switch {
	case b.Text != nil:
		return c.textual(b.Text, s, reply.Text)
	case b.Markdown != nil:
		return c.textual(b.Markdown, s, reply.Markdown)
	case b.UpdateButton != nil:
		return c.textual(b.UpdateButton, s, reply.UpdateButton)
	case b.Image != nil:
		return c.media(b.Image, s, reply.Image)
	case b.Voice != nil:
		return c.media(b.Voice, s, reply.Voice)
	case b.File != nil:
		return c.media(b.File, s, reply.File)
	case b.Video != nil:
		return c.video(b.Video, s)
	case b.News != nil:
		return c.news(b.News, s)
	case b.MPNews != nil:
		return c.mpNews(b.MPNews, s)
	case b.TextCard != nil:
		return c.textCard(b.TextCard, s)
	case b.MiniNotice != nil:
		return c.miniNotice(b.MiniNotice, s)
	case b.TaskCard != nil:
		return c.taskCard(b.TaskCard, s)
	case b.OneOf != nil:
		return c.oneOf(b.OneOf, s)
	}
	return c.cards(b, s)
}

func (c *compiler) cards(b *replyBody, s *sight) maker {
	for _, kind := range []struct {
		spec  *cardSpec
		title func(string) reply.TemplateCard
	}{
		{b.Card, reply.Card}, {b.Notice, reply.Notice}, {b.NewsCard, reply.NewsCard}, {b.Select, reply.Select},
		{b.Vote, func(title string) reply.TemplateCard { return reply.Vote(title) }},
	} {
		if kind.spec == nil {
			continue
		}
		build := c.card(kind.spec, s, kind.title)
		return func(t *turn) reply.Reply { return build(t) }
	}
	if b.UpdateCard != nil {
		build := c.card(b.UpdateCard, s, b.UpdateCard.builder())
		return func(t *turn) reply.Reply { return reply.UpdateCard(build(t)) }
	}
	return nil
}

// with adds what goes with every type.
func (c *compiler) with(b *replyBody, s *sight, m maker) maker {
	fallback, mention := c.text(b.Fallback, s), c.texts(b.Mention, s)
	return func(t *turn) reply.Reply {
		r := m(t)
		if r == nil {
			return nil
		}
		if b.Fallback != nil {
			r = reply.WithFallback(r, t.text(fallback))
		}
		if b.Safe > 0 {
			r = reply.WithSafe(r, b.Safe)
		}
		if len(mention) > 0 {
			r = reply.WithMentions(r, reply.Mentions{Users: t.texts(mention)})
		}
		return r
	}
}

func (c *compiler) replies(list []replySpec, s *sight) maker {
	makers := make([]maker, len(list))
	for i := range list {
		makers[i] = c.replyOf(&list[i], s)
	}
	return func(t *turn) reply.Reply {
		rs := make([]reply.Reply, len(makers))
		for i, m := range makers {
			rs[i] = m(t)
		}
		return reply.List(rs...)
	}
}

// textual is a reply that is one template.
func (c *compiler) textual(src *strictyaml.Text, s *sight, build func(string) reply.Reply) maker {
	x := c.text(src, s)
	// A block scalar (|) ends in a line break that nobody means.
	return func(t *turn) reply.Reply { return build(strings.TrimRight(t.text(x), "\n")) }
}

// dryRun renders a reply without templates, which is what it will always be.
func (c *compiler) dryRun(at strictyaml.Pos, m maker) {
	t := &turn{ctx: c.ctx, q: &router.Request{}}
	r, err := t.make(m)
	if err == nil && r != nil {
		_, err = r.Units(reply.Options{})
	}
	if err != nil {
		c.report(at, "", "%v", err)
	}
}
