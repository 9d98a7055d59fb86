package rules

import (
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
)

type articleSpec struct {
	Title       *strictyaml.Text `yaml:"title,required" doc:"at most 128 bytes"`
	Description *strictyaml.Text `yaml:"description" doc:"at most 512 bytes"`
	URL         *strictyaml.Text `yaml:"url" doc:"what opens"`
	Picture     *strictyaml.Text `yaml:"picture" doc:"URL of a JPG or PNG"`
	AppID       *strictyaml.Text `yaml:"appid" doc:"a mini-program instead of url"`
	Page        *strictyaml.Text `yaml:"page" doc:"of the mini-program"`
}

func (c *compiler) news(list []articleSpec, s *sight) maker {
	makers := make([]func(t *turn) reply.Article, len(list))
	for i, a := range list {
		title, description, url := c.text(a.Title, s), c.text(a.Description, s), c.link(a.URL, s)
		picture, app, page := c.link(a.Picture, s), c.text(a.AppID, s), c.text(a.Page, s)
		makers[i] = func(t *turn) reply.Article {
			return reply.Article{
				Title: t.text(title), Description: t.text(description), URL: t.link(url),
				PicURL: t.link(picture), AppID: t.text(app), PagePath: t.text(page),
			}
		}
	}
	return func(t *turn) reply.Reply {
		var n reply.NewsMessage
		for _, make := range makers {
			n = n.Article(make(t))
		}
		return n
	}
}

type mpArticleSpec struct {
	Title   *strictyaml.Text `yaml:"title,required" doc:"at most 128 bytes"`
	Thumb   *mediaSpec       `yaml:"thumb,required" doc:"the cover"`
	Author  *strictyaml.Text `yaml:"author" doc:"at most 64 bytes"`
	URL     *strictyaml.Text `yaml:"url" doc:"of \"read the original\""`
	Content *strictyaml.Text `yaml:"content,required" doc:"HTML, at most 666 KB"`
	Digest  *strictyaml.Text `yaml:"digest" doc:"at most 512 bytes"`
}

func (c *compiler) mpNews(list []mpArticleSpec, s *sight) maker {
	makers := make([]func(t *turn) reply.MPArticle, len(list))
	for i, a := range list {
		title, thumb, author := c.text(a.Title, s), c.mediaOf(a.Thumb, s), c.text(a.Author, s)
		url, content, digest := c.link(a.URL, s), c.text(a.Content, s), c.text(a.Digest, s)
		makers[i] = func(t *turn) reply.MPArticle {
			return reply.MPArticle{
				Title: t.text(title), Thumb: thumb(t), Author: t.text(author), SourceURL: t.link(url),
				Content: t.escaped(content, escapeHTML), Digest: t.text(digest),
			}
		}
	}
	return func(t *turn) reply.Reply {
		var n reply.MPNewsMessage
		for _, make := range makers {
			n = n.Article(make(t))
		}
		return n
	}
}

type textCardSpec struct {
	Title       *strictyaml.Text `yaml:"title,required" doc:"at most 128 characters"`
	Description *strictyaml.Text `yaml:"description,required" doc:"at most 512 characters"`
	URL         *strictyaml.Text `yaml:"url,required" doc:"what opens"`
	Button      *strictyaml.Text `yaml:"button" doc:"at most 4 characters; default 详情"`
}

func (c *compiler) textCard(spec *textCardSpec, s *sight) maker {
	title, description := c.text(spec.Title, s), c.text(spec.Description, s)
	url, button := c.link(spec.URL, s), c.text(spec.Button, s)
	return func(t *turn) reply.Reply {
		return reply.TextCard(t.text(title), t.escaped(description, escapeHTML), t.link(url)).Button(t.text(button))
	}
}

type miniNoticeSpec struct {
	AppID       *strictyaml.Text          `yaml:"appid,required" doc:"the mini-program, bound to the app"`
	Title       *strictyaml.Text          `yaml:"title,required" doc:"4 to 12 characters"`
	Page        *strictyaml.Text          `yaml:"page" doc:"what opens"`
	Description *strictyaml.Text          `yaml:"description" doc:"4 to 12 characters"`
	Emphasize   bool                      `yaml:"emphasize_first" doc:"show the first item larger"`
	Items       ordered[*strictyaml.Text] `yaml:"items" doc:"at most 10 lines of name and value"`
}

func (c *compiler) miniNotice(spec *miniNoticeSpec, s *sight) maker {
	app, title := c.text(spec.AppID, s), c.text(spec.Title, s)
	page, description := c.text(spec.Page, s), c.text(spec.Description, s)
	items := make([]text, len(spec.Items))
	for i, item := range spec.Items {
		items[i] = c.text(item.value, s)
	}
	return func(t *turn) reply.Reply {
		m := reply.MiniProgramNotice(t.text(app), t.text(title)).Page(t.text(page)).Description(t.text(description))
		if spec.Emphasize {
			m = m.EmphasizeFirst()
		}
		for i, item := range spec.Items {
			m = m.Item(item.name, t.text(items[i]))
		}
		return m
	}
}

type taskCardSpec struct {
	Title       *strictyaml.Text `yaml:"title,required" doc:"at most 128 bytes"`
	Description *strictyaml.Text `yaml:"description" doc:"at most 512 bytes"`
	URL         *strictyaml.Text `yaml:"url" doc:"opens when the card is clicked"`
	TaskID      *strictyaml.Text `yaml:"task_id" doc:"unique; default: chosen"`
	Buttons     []taskButtonSpec `yaml:"buttons,required" doc:"one or two"`
}

type taskButtonSpec struct {
	Text  *strictyaml.Text `yaml:"text,required" doc:"at most 18 bytes"`
	Key   *strictyaml.Text `yaml:"key,required" doc:"of the event; 0-9A-Za-z_@-"`
	After *strictyaml.Text `yaml:"after" doc:"the text after a click"`
	Color string           `yaml:"color" enum:"red|blue"`
	Bold  bool             `yaml:"bold"`
}

func (c *compiler) taskCard(spec *taskCardSpec, s *sight) maker {
	title, description := c.text(spec.Title, s), c.text(spec.Description, s)
	url, task := c.link(spec.URL, s), c.text(spec.TaskID, s)
	makers := make([]func(t *turn) reply.TaskButton, len(spec.Buttons))
	for i, b := range spec.Buttons {
		name, key, after := c.text(b.Text, s), c.text(b.Key, s), c.text(b.After, s)
		makers[i] = func(t *turn) reply.TaskButton {
			return reply.TaskButton{Key: t.text(key), Name: t.text(name), ReplaceName: t.text(after), Color: b.Color, Bold: b.Bold}
		}
	}
	return func(t *turn) reply.Reply {
		card := reply.TaskCard(t.text(title), t.text(description)).URL(t.link(url)).TaskID(t.text(task))
		for _, make := range makers {
			card = card.Button(make(t))
		}
		return card
	}
}
