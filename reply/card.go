package reply

import "slices"

// TemplateCard is one of the five template cards (模板卡片). It is a value: every method returns a changed copy, and the
// limits are checked at rendering. What a type of card does not have is an error there that names the field.
type TemplateCard struct {
	c     cardBody
	files []Media // of FieldFile, in order, without an id
}

// Card has buttons (button_interaction), or opens a page (text_notice: then it needs Open or OpenMini).
func Card(title string) TemplateCard { return newCard("", title) }

// Notice is a card of text that opens a page (text_notice). It needs Open or OpenMini.
func Notice(title string) TemplateCard { return newCard(textNotice, title) }

// NewsCard is a card with a picture that opens a page (news_notice). It needs Image or ImageText, and Open or OpenMini.
func NewsCard(title string) TemplateCard { return newCard(newsNotice, title) }

// Vote asks one question with 1 to 20 answers (vote_interaction). Its question key is "vote" unless QuestionKey says
// otherwise, its submit key "submit" unless Submit does.
func Vote(title string, options ...Option) TemplateCard {
	t := newCard(voteInteraction, title)
	t.c.CheckBox = &cardCheckBox{QuestionKey: "vote"}
	for _, o := range options {
		t = t.Option(o)
	}
	return t
}

// Select asks 1 to 3 questions with drop-down lists (multiple_interaction). Its submit key is "submit" unless Submit
// says otherwise.
func Select(title string) TemplateCard { return newCard(multipleInteraction, title) }

func newCard(kind, title string) TemplateCard {
	return TemplateCard{c: cardBody{CardType: kind, MainTitle: &titleDesc{Title: title}}}
}

// The values of card_type.
const (
	textNotice          = "text_notice"
	newsNotice          = "news_notice"
	buttonInteraction   = "button_interaction"
	voteInteraction     = "vote_interaction"
	multipleInteraction = "multiple_interaction"
)

// Desc is the line below the title, about 44 characters.
func (t TemplateCard) Desc(s string) TemplateCard {
	t.c.MainTitle = &titleDesc{t.c.MainTitle.Title, s}
	return t
}

// TaskID is at most 128 of [0-9A-Za-z_@-], unique per app; without it the sender chooses one where it is needed.
func (t TemplateCard) TaskID(id string) TemplateCard { t.c.TaskID = id; return t }

// Source is the line above the title: an icon of about 72×72, a name of about 20 characters, and its colour:
// 0 grey, 1 black, 2 red, 3 green.
func (t TemplateCard) Source(name, iconURL string, color int) TemplateCard {
	t.c.Source = &cardSource{iconURL, name, color}
	return t
}

// Menu adds an entry, at most 3, to the menu in the card's corner. Not for votes and selections.
func (t TemplateCard) Menu(text, key string) TemplateCard {
	m := cardMenu{}
	if t.c.ActionMenu != nil {
		m = *t.c.ActionMenu
	}
	m.Actions = append(slices.Clip(m.Actions), menuAction{text, key})
	t.c.ActionMenu = &m
	return t
}

// MenuDesc says what the menu is for.
func (t TemplateCard) MenuDesc(s string) TemplateCard {
	m := cardMenu{}
	if t.c.ActionMenu != nil {
		m = *t.c.ActionMenu
	}
	m.Desc = s
	t.c.ActionMenu = &m
	return t
}

// Quote is a quoted text that may open something. Not for votes and selections.
func (t TemplateCard) Quote(title, text string, to Link) TemplateCard {
	t.c.QuoteArea = &cardQuote{to.wire(), title, text}
	return t
}

// Emphasis is a large figure (about 14 characters) and what it means (about 22). For Notice.
func (t TemplateCard) Emphasis(title, desc string) TemplateCard {
	t.c.Emphasis = &titleDesc{title, desc}
	return t
}

// Text is a paragraph of about 160 characters. For Card and Notice.
func (t TemplateCard) Text(s string) TemplateCard { t.c.SubTitle = s; return t }

// ImageText is a picture with a title and a text beside it. For NewsCard.
func (t TemplateCard) ImageText(title, desc, imageURL string, to Link) TemplateCard {
	t.c.ImageText = &cardImageText{to.wire(), title, desc, imageURL}
	return t
}

// Image is the large picture of a NewsCard; its width is ratio times its height, 1.3 to 2.25, 0 for 1.3.
func (t TemplateCard) Image(url string, ratio float64) TemplateCard {
	t.c.Image = &cardImage{url, ratio}
	return t
}

// Section adds a heading (about 38 characters) with a text (about 160) to a NewsCard, at most 4.
func (t TemplateCard) Section(title, desc string) TemplateCard {
	t.c.Vertical = append(slices.Clip(t.c.Vertical), titleDesc{title, desc})
	return t
}

// Field adds a line of name (about 5 characters) and value (about 30), at most 6 with its kin. Not for votes and
// selections.
func (t TemplateCard) Field(name, value string) TemplateCard {
	return t.field(cardField{Name: name, Value: value})
}

// FieldLink is a Field whose value opens a page.
func (t TemplateCard) FieldLink(name, value, url string) TemplateCard {
	return t.field(cardField{Type: fieldLink, Name: name, Value: value, URL: url})
}

// FieldMember is a Field whose value opens the profile of a member.
func (t TemplateCard) FieldMember(name, value, userID string) TemplateCard {
	return t.field(cardField{Type: fieldMember, Name: name, Value: value, UserID: userID})
}

// FieldFile is a Field that opens a file; its value is the file's name.
func (t TemplateCard) FieldFile(name string, m Media) TemplateCard {
	if m.ID == "" {
		t.files = append(slices.Clip(t.files), m)
	}
	return t.field(cardField{Type: fieldFile, Name: name, Value: m.FileName(), MediaID: &m.ID})
}

func (t TemplateCard) field(f cardField) TemplateCard {
	t.c.Horizontal = append(slices.Clip(t.c.Horizontal), f)
	return t
}

// Jump adds a line of about 18 characters that opens something, at most 3. For Notice and NewsCard.
func (t TemplateCard) Jump(title string, to Link) TemplateCard {
	t.c.Jumps = append(slices.Clip(t.c.Jumps), cardJump{linkWire: to.wire(), Title: title})
	return t
}

// Open is what a click on the card opens. Not for votes and selections.
func (t TemplateCard) Open(to Link) TemplateCard {
	w := to.wire()
	t.c.Action = &w
	return t
}

// Link is a page or a page of a mini-program; the zero value is nothing.
type Link struct{ URL, AppID, PagePath string }

// Page is a link to a web page.
func Page(url string) Link { return Link{URL: url} }

// Mini is a link to a page of a mini-program, which the app must be bound to.
func Mini(appID, pagePath string) Link { return Link{AppID: appID, PagePath: pagePath} }

func (l Link) wire() linkWire {
	switch {
	case l.AppID != "":
		return linkWire{Type: linkMini, AppID: l.AppID, PagePath: l.PagePath}
	case l.URL != "":
		return linkWire{Type: linkURL, URL: l.URL}
	}
	return linkWire{}
}
