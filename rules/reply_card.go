package rules

import (
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
)

// cardSpec is any of the five template cards; what a card does not have is an error of its rendering.
type cardSpec struct {
	Where     strictyaml.Where
	Title     *strictyaml.Text `yaml:"title,required" doc:"about 26 characters"`
	Desc      *strictyaml.Text `yaml:"desc" doc:"below the title, about 44 characters"`
	Text      *strictyaml.Text `yaml:"text" doc:"a paragraph of about 160 characters (card, notice)"`
	TaskID    *strictyaml.Text `yaml:"task_id" doc:"unique; default: chosen"`
	Source    *cardSource      `yaml:"source" doc:"the line above the title"`
	Menu      []cardButton     `yaml:"menu" doc:"up to 3 entries of the menu in the corner"`
	Quote     *cardQuote       `yaml:"quote" doc:"a quoted text"`
	Emphasis  *cardPair        `yaml:"emphasis" doc:"a large figure and what it means (notice)"`
	Picture   *cardPicture     `yaml:"picture" doc:"the large picture (news_card)"`
	Sections  []cardPair       `yaml:"sections" doc:"up to 4 headings with a text (news_card)"`
	Fields    []cardField      `yaml:"fields" doc:"up to 6 lines of name and value"`
	Links     []cardLink       `yaml:"links" doc:"up to 3 lines that open something (notice, news_card)"`
	Open      *strictyaml.Text `yaml:"open" doc:"URL that a click on the card opens"`
	Buttons   []cardButton     `yaml:"buttons" doc:"up to 6 (card)"`
	Questions []cardQuestion   `yaml:"questions" doc:"drop-down lists: up to 3 (select), one (card)"`
	Options   []cardOption     `yaml:"options" doc:"1 to 20 answers (vote)"`
	Multiple  bool             `yaml:"multiple" doc:"several answers may be chosen (vote)"`
	Key       *strictyaml.Text `yaml:"key" doc:"names the question in the event (vote); default vote"`
	Submit    *cardButton      `yaml:"submit" doc:"the button of vote and select"`
	Label     *strictyaml.Text `yaml:"label" doc:"a grey label in the place of the buttons (update_card)"`
	Disabled  bool             `yaml:"disabled" doc:"grey out the lists (update_card)"`
}

type cardSource struct {
	Name  *strictyaml.Text `yaml:"name"`
	Icon  *strictyaml.Text `yaml:"icon" doc:"URL of a picture of 72×72"`
	Color string           `yaml:"color" enum:"grey|black|red|green" default:"grey"`
}

var cardColors = map[string]int{"grey": 0, "black": 1, "red": 2, "green": 3}

type cardQuote struct {
	Title *strictyaml.Text `yaml:"title"`
	Text  *strictyaml.Text `yaml:"text"`
	URL   *strictyaml.Text `yaml:"url"`
}

type cardPair struct {
	Title *strictyaml.Text `yaml:"title,required"`
	Desc  *strictyaml.Text `yaml:"desc"`
}

type cardPicture struct {
	URL   *strictyaml.Text `yaml:"url,required"`
	Ratio float64          `yaml:"ratio" min:"1.3" max:"2.25" doc:"width by height; default 1.3"`
	Title *strictyaml.Text `yaml:"title" doc:"with a title the picture is small, beside it"`
	Desc  *strictyaml.Text `yaml:"desc"`
}

type cardField struct {
	Name   *strictyaml.Text `yaml:"name,required" doc:"about 5 characters"`
	Value  *strictyaml.Text `yaml:"value" doc:"about 30 characters"`
	URL    *strictyaml.Text `yaml:"url" doc:"opens this page"`
	Member *strictyaml.Text `yaml:"member" doc:"opens the profile of this user id"`
	File   *mediaSpec       `yaml:"file" doc:"opens this file"`
}

type cardLink struct {
	Title *strictyaml.Text `yaml:"title,required"`
	URL   *strictyaml.Text `yaml:"url"`
	AppID *strictyaml.Text `yaml:"appid"`
	Page  *strictyaml.Text `yaml:"page"`
}

type cardButton struct {
	Text  *strictyaml.Text `yaml:"text,required" doc:"about 10 characters"`
	Key   *strictyaml.Text `yaml:"key" doc:"of the event that a click sends"`
	URL   *strictyaml.Text `yaml:"url" doc:"opens this page instead"`
	Style int              `yaml:"style" min:"1" max:"4"`
}

type cardQuestion struct {
	Key     *strictyaml.Text `yaml:"key,required" doc:"names the answer in the event"`
	Title   *strictyaml.Text `yaml:"title"`
	Options []cardOption     `yaml:"options,required" doc:"1 to 10"`
}

type cardOption struct {
	ID       *strictyaml.Text `yaml:"id" doc:"default: the text"`
	Text     *strictyaml.Text `yaml:"text,required" doc:"about 16 characters"`
	Selected bool             `yaml:"selected"`
}

// UnmarshalYAML takes a text too.
func (o *cardOption) UnmarshalYAML(n *strictyaml.Node) {
	type plain cardOption
	if n.Kind() == strictyaml.Mapping {
		n.Into((*plain)(o))
		return
	}
	n.Into(&o.Text)
}

// JSONSchema describes both forms.
func (o *cardOption) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&o.Text), b.Struct(o))
}

// builder is the type of card that the spec's fields make it, for an update that does not say.
func (spec *cardSpec) builder() func(string) reply.TemplateCard {
	switch {
	case spec.Options != nil:
		return func(title string) reply.TemplateCard { return reply.Vote(title) }
	case spec.Picture != nil:
		return reply.NewsCard
	case spec.Questions != nil && spec.Buttons == nil && spec.Label == nil:
		return reply.Select
	}
	return reply.Card
}

// edit is one change of a card.
type edit func(t *turn, card reply.TemplateCard) reply.TemplateCard

// card compiles what is given into the changes that make the card.
func (c *compiler) card(spec *cardSpec, s *sight, build func(string) reply.TemplateCard) func(t *turn) reply.TemplateCard {
	title := c.text(spec.Title, s)
	edits := append(c.cardTexts(spec, s), c.cardParts(spec, s)...)
	edits = append(edits, c.cardAsks(spec, s)...)
	return func(t *turn) reply.TemplateCard {
		card := build(t.text(title))
		for _, e := range edits {
			card = e(t, card)
		}
		return card
	}
}

func (c *compiler) cardTexts(spec *cardSpec, s *sight) (edits []edit) {
	for _, f := range []struct {
		src *strictyaml.Text
		set func(reply.TemplateCard, string) reply.TemplateCard
	}{
		{spec.Desc, reply.TemplateCard.Desc}, {spec.Text, reply.TemplateCard.Text}, {spec.TaskID, reply.TemplateCard.TaskID},
		{spec.Key, reply.TemplateCard.QuestionKey}, {spec.Label, reply.TemplateCard.ReplaceText},
	} {
		if f.src == nil {
			continue
		}
		x := c.text(f.src, s)
		edits = append(edits, func(t *turn, card reply.TemplateCard) reply.TemplateCard { return f.set(card, t.text(x)) })
	}
	if spec.Open != nil {
		url := c.link(spec.Open, s)
		edits = append(edits, func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.Open(reply.Page(t.link(url)))
		})
	}
	return edits
}

func (c *compiler) cardParts(spec *cardSpec, s *sight) (edits []edit) {
	add := func(e edit) { edits = append(edits, e) }
	if p := spec.Source; p != nil {
		name, icon, color := c.text(p.Name, s), c.link(p.Icon, s), cardColors[p.Color]
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.Source(t.text(name), t.link(icon), color)
		})
	}
	if p := spec.Quote; p != nil {
		title, body, url := c.text(p.Title, s), c.text(p.Text, s), c.link(p.URL, s)
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.Quote(t.text(title), t.text(body), reply.Page(t.link(url)))
		})
	}
	if p := spec.Emphasis; p != nil {
		title, desc := c.text(p.Title, s), c.text(p.Desc, s)
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.Emphasis(t.text(title), t.text(desc))
		})
	}
	if p := spec.Picture; p != nil {
		url, title, desc := c.link(p.URL, s), c.text(p.Title, s), c.text(p.Desc, s)
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			if p.Title != nil {
				return card.ImageText(t.text(title), t.text(desc), t.link(url), reply.Link{})
			}
			return card.Image(t.link(url), p.Ratio)
		})
	}
	for _, p := range spec.Sections {
		title, desc := c.text(p.Title, s), c.text(p.Desc, s)
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.Section(t.text(title), t.text(desc))
		})
	}
	for _, p := range spec.Fields {
		add(c.cardField(p, s))
	}
	for _, p := range spec.Links {
		title, url, app, page := c.text(p.Title, s), c.link(p.URL, s), c.text(p.AppID, s), c.text(p.Page, s)
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.Jump(t.text(title), reply.Link{URL: t.link(url), AppID: t.text(app), PagePath: t.text(page)})
		})
	}
	return edits
}

func (c *compiler) cardField(p cardField, s *sight) edit {
	name, value, url, member := c.text(p.Name, s), c.text(p.Value, s), c.link(p.URL, s), c.text(p.Member, s)
	switch {
	case p.File != nil:
		media := c.mediaOf(p.File, s)
		return func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.FieldFile(t.text(name), media(t))
		}
	case p.URL != nil:
		return func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.FieldLink(t.text(name), t.text(value), t.link(url))
		}
	case p.Member != nil:
		return func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.FieldMember(t.text(name), t.text(value), t.text(member))
		}
	}
	return func(t *turn, card reply.TemplateCard) reply.TemplateCard {
		return card.Field(t.text(name), t.text(value))
	}
}

func (c *compiler) cardAsks(spec *cardSpec, s *sight) (edits []edit) {
	add := func(e edit) { edits = append(edits, e) }
	for _, p := range spec.Menu {
		label, key := c.text(p.Text, s), c.text(p.Key, s)
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.Menu(t.text(label), t.text(key))
		})
	}
	for _, p := range spec.Buttons {
		label, key, url := c.text(p.Text, s), c.text(p.Key, s), c.link(p.URL, s)
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			if p.URL != nil {
				return card.LinkButton(t.text(label), t.link(url))
			}
			return card.StyledButton(t.text(label), t.text(key), p.Style)
		})
	}
	for _, p := range spec.Questions {
		key, title, options := c.text(p.Key, s), c.text(p.Title, s), c.cardOptions(p.Options, s)
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.Question(t.text(key), t.text(title), options(t)...)
		})
	}
	if spec.Options != nil {
		options := c.cardOptions(spec.Options, s)
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			for _, o := range options(t) {
				card = card.Option(o)
			}
			return card
		})
	}
	if p := spec.Submit; p != nil {
		label, key := c.text(p.Text, s), c.text(p.Key, s)
		add(func(t *turn, card reply.TemplateCard) reply.TemplateCard {
			return card.Submit(t.text(label), t.text(key))
		})
	}
	if spec.Multiple {
		add(func(_ *turn, card reply.TemplateCard) reply.TemplateCard { return card.Multiple() })
	}
	if spec.Disabled {
		add(func(_ *turn, card reply.TemplateCard) reply.TemplateCard { return card.Disable() })
	}
	return edits
}

func (c *compiler) cardOptions(list []cardOption, s *sight) func(t *turn) []reply.Option {
	ids, labels := make([]text, len(list)), make([]text, len(list))
	for i, o := range list {
		labels[i] = c.text(o.Text, s)
		ids[i] = labels[i]
		if o.ID != nil {
			ids[i] = c.text(o.ID, s)
		}
	}
	return func(t *turn) []reply.Option {
		options := make([]reply.Option, len(list))
		for i, o := range list {
			options[i] = reply.Option{ID: t.text(ids[i]), Text: t.text(labels[i]), Selected: o.Selected}
		}
		return options
	}
}
