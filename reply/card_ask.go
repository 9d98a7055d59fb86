package reply

import "slices"

// Option is an answer to choose in a Vote, a Select or the selection of a Card.
type Option struct {
	ID       string // at most 128 bytes, distinct within its question
	Text     string // about 16 characters
	Selected bool   // from the start
	Disabled bool   // of a Vote, in updates only
}

// Opt is an option.
func Opt(id, text string) Option { return Option{ID: id, Text: text} }

// Button adds a button of about 10 characters, at most 6; a click is an event with this key (at most 1,024 bytes).
func (t TemplateCard) Button(text, key string) TemplateCard { return t.StyledButton(text, key, 0) }

// StyledButton is a Button in one of the platform's styles 1 to 4; 0 is the default, 1.
func (t TemplateCard) StyledButton(text, key string, style int) TemplateCard {
	t.c.Buttons = append(slices.Clip(t.c.Buttons), cardButton{Text: text, Style: style, Key: key})
	return t
}

// LinkButton is a button that opens a page instead of sending an event.
func (t TemplateCard) LinkButton(text, url string) TemplateCard {
	t.c.Buttons = append(slices.Clip(t.c.Buttons), cardButton{Type: 1, Text: text, URL: url})
	return t
}

// Option adds an answer to a Vote, at most 20.
func (t TemplateCard) Option(o Option) TemplateCard {
	box := t.checkBox()
	box.Options = append(slices.Clip(box.Options), checkOption{o.ID, o.Text, o.Selected, o.Disabled})
	t.c.CheckBox = &box
	return t
}

// Multiple lets members choose several answers of a Vote.
func (t TemplateCard) Multiple() TemplateCard {
	box := t.checkBox()
	box.Mode = 1
	t.c.CheckBox = &box
	return t
}

// QuestionKey names the question of a Vote in the event; at most 1,024 bytes.
func (t TemplateCard) QuestionKey(key string) TemplateCard {
	box := t.checkBox()
	box.QuestionKey = key
	t.c.CheckBox = &box
	return t
}

func (t TemplateCard) checkBox() cardCheckBox {
	if t.c.CheckBox == nil {
		return cardCheckBox{}
	}
	return *t.c.CheckBox
}

// Question adds a drop-down list of 1 to 10 options: to a Select up to 3, to a Card with buttons one. The key (at most
// 1,024 bytes) names it in the event.
func (t TemplateCard) Question(key, title string, options ...Option) TemplateCard {
	l := cardSelector{QuestionKey: key, Title: title}
	for _, o := range options {
		l.Options = append(l.Options, idText{o.ID, o.Text})
		if o.Selected {
			l.SelectedID = o.ID
		}
	}
	t.c.Selectors = append(slices.Clip(t.c.Selectors), l)
	return t
}

// Submit is the button of a Vote or Select: about 10 characters, default 提交, and the event's key, at most 1,024 bytes.
func (t TemplateCard) Submit(text, key string) TemplateCard {
	t.c.Submit = &textKey{text, key}
	return t
}

// Disable greys out the lists of a card. In updates only.
func (t TemplateCard) Disable() TemplateCard {
	if t.c.CheckBox != nil {
		box := *t.c.CheckBox
		box.Disable = true
		t.c.CheckBox = &box
	}
	t.c.Selectors = slices.Clone(t.c.Selectors)
	for i := range t.c.Selectors {
		t.c.Selectors[i].Disable = true
	}
	return t
}

// ReplaceText turns the buttons into a grey label. In updates only.
func (t TemplateCard) ReplaceText(s string) TemplateCard { t.c.ReplaceText = s; return t }
