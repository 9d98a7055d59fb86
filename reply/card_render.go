package reply

import (
	"cmp"
	"slices"
)

// Units renders the card as a new message.
func (t TemplateCard) Units(o Options) ([]Unit, error) {
	b := t.body(o)
	if err := b.check(o.Target, false); err != nil {
		return nil, err
	}
	if err := t.checkFiles(o); err != nil {
		return nil, err
	}
	u := Unit{MsgType: "template_card", Body: bodyOf(b), Plain: b.plain(), Media: uploads("file", t.files)}
	u.NeedsTaskID = b.TaskID == "" && b.asks()
	u.Fallback = u.Plain
	return o.deliver(u, !b.asks() && len(t.files) == 0)
}

// body is the card with its type decided and its defaults filled in.
func (t TemplateCard) body(o Options) *cardBody {
	b := t.c
	if b.MainTitle == nil { // the zero TemplateCard
		b.MainTitle = &titleDesc{}
	}
	if b.CardType == "" {
		b.CardType = textNotice
		if len(b.Buttons) > 0 {
			b.CardType = buttonInteraction
		}
	}
	if b.CardType == buttonInteraction && b.Action != nil && b.Action.Type == 0 {
		b.Action = nil // opens nothing: as good as left out
	}
	if b.CardType == buttonInteraction && len(b.Selectors) == 1 {
		b.Selection, b.Selectors = &b.Selectors[0], nil
	}
	if b.CardType == voteInteraction || b.CardType == multipleInteraction {
		submit := textKey{o.say("提交", "Submit"), "submit"}
		if b.Submit != nil {
			submit = textKey{cmp.Or(b.Submit.Text, submit.Text), cmp.Or(b.Submit.Key, submit.Key)}
		}
		b.Submit = &submit
	}
	return &b
}

func (t TemplateCard) checkFiles(o Options) error {
	var c check
	for i, f := range t.files {
		c.add(f.check(at("template_card.files", i), "file", o))
	}
	return c.err()
}

// asks reports whether the card sends events: then it needs a task id, and text cannot stand in for it.
func (b *cardBody) asks() bool {
	return b.ActionMenu != nil || !slices.Contains([]string{textNotice, newsNotice}, b.CardType)
}

// plain is the card as a person reads it.
func (b *cardBody) plain() string {
	var ss []string
	add := func(s ...string) { ss = append(ss, s...) }
	if b.Source != nil {
		add(b.Source.Desc)
	}
	add(b.MainTitle.Title, b.MainTitle.Desc)
	if b.Emphasis != nil {
		add(join(" ", b.Emphasis.Title, b.Emphasis.Desc))
	}
	if b.QuoteArea != nil {
		add(b.QuoteArea.Title, b.QuoteArea.Text, b.QuoteArea.URL)
	}
	add(b.SubTitle)
	if b.ImageText != nil {
		add(b.ImageText.Title, b.ImageText.Desc, b.ImageText.URL)
	}
	for _, v := range b.Vertical {
		add(v.Title, v.Desc)
	}
	for _, f := range b.Horizontal {
		add(join("：", f.Name, join(" ", f.Value, f.URL)))
	}
	for _, j := range b.Jumps {
		add(join(" ", j.Title, j.URL))
	}
	add(b.plainAsk()...)
	if b.Action != nil {
		add(b.Action.URL)
	}
	return lines(ss...)
}

// plainAsk is what can be chosen and pressed.
func (b *cardBody) plainAsk() []string {
	var ss []string
	for _, s := range slices.Concat(b.Selectors, b.selection()) {
		ss = append(ss, s.Title)
		for _, o := range s.Options {
			ss = append(ss, "○ "+o.Text)
		}
	}
	if b.CheckBox != nil {
		for _, o := range b.CheckBox.Options {
			ss = append(ss, "○ "+o.Text)
		}
	}
	if b.ReplaceText != "" {
		return append(ss, "["+b.ReplaceText+"]")
	}
	buttons := ""
	for _, btn := range b.Buttons {
		buttons = join(" ", buttons, "["+join(" ", btn.Text, btn.URL)+"]")
	}
	if b.Submit != nil {
		buttons = join(" ", buttons, "["+b.Submit.Text+"]")
	}
	return append(ss, buttons)
}

func (b *cardBody) selection() []cardSelector {
	if b.Selection == nil {
		return nil
	}
	return []cardSelector{*b.Selection}
}

// join puts sep between two texts that are both there.
func join(sep, a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + sep + b
}
