package reply

import (
	"fmt"
	"strings"
)

const keyLimit = 1024 // bytes of the key of a button, a menu entry, a question (doc 90236)

// check tests what doc 90236 demands of the type of card; codes are those that the platform answers.
func (b *cardBody) check(t Target, update bool) error {
	c := &check{}
	b.checkShape(c, t, update)
	b.checkHead(c)
	b.checkLists(c)
	b.checkAsk(c)
	return c.err()
}

// checkShape compares what is there with what the type may have and must have.
func (b *cardBody) checkShape(c *check, t Target, update bool) {
	const tn, nn, bi, vi, mi = textNotice, newsNotice, buttonInteraction, voteInteraction, multipleInteraction
	for _, f := range []struct {
		name    string
		there   bool
		allowed string
		needed  string
	}{
		{"action_menu", b.ActionMenu != nil, tn + nn + bi, ""},
		{"quote_area", b.QuoteArea != nil, tn + nn + bi, ""},
		{"emphasis_content", b.Emphasis != nil, tn, ""},
		{"sub_title_text", b.SubTitle != "", tn + bi, ""},
		{"image_text_area", b.ImageText != nil, nn, ""},
		{"card_image", b.Image != nil, nn, ""},
		{"vertical_content_list", b.Vertical != nil, nn, ""},
		{"horizontal_content_list", b.Horizontal != nil, tn + nn + bi, ""},
		{"jump_list", b.Jumps != nil, tn + nn, ""},
		{"card_action", b.Action != nil, tn + nn + bi, tn + nn},
		{"button_selection", b.Selection != nil, bi, ""},
		{"button_list", b.Buttons != nil, bi, bi},
		{"checkbox", b.CheckBox != nil, vi, vi},
		{"select_list", b.Selectors != nil, mi, mi},
		{"submit_button", b.Submit != nil, vi + mi, ""},
	} {
		if f.there && !strings.Contains(f.allowed, b.CardType) {
			c.fail(field(f.name), 0, "is not part of a "+b.CardType)
		}
		if !f.there && strings.Contains(f.needed, b.CardType) {
			c.fail(field(f.name), neededCodes[f.name], "is needed in a "+b.CardType)
		}
	}
	if b.CardType == nn && b.ImageText == nil && b.Image == nil {
		c.fail(field("card_image"), 42044, "is needed in a news_notice, or image_text_area")
	}
	if b.ReplaceText != "" && (!update || b.CardType == tn || b.CardType == nn) {
		c.fail(field("replace_text"), 0, "is for updates of cards with buttons")
	}
	if !update && b.disabled() {
		c.fail(field("disable"), 0, "is for updates")
	}
	if t == TargetWebhook && (b.asks() || b.TaskID != "") { // doc 91770
		c.fail(field("card_type"), 42031, "sends events: a webhook takes text_notice and news_notice without menu and task id")
	}
}

// neededCodes are errcodes of fields that a type must have.
var neededCodes = map[string]int{"card_action": 42045, "checkbox": 42043, "select_list": 42047, "button_list": 42038}

func field(name string) string { return "template_card." + name }

func (b *cardBody) disabled() bool {
	off := b.CheckBox != nil && b.CheckBox.Disable || b.Selection != nil && b.Selection.Disable
	for _, s := range b.Selectors {
		off = off || s.Disable
	}
	if b.CheckBox != nil {
		for _, o := range b.CheckBox.Options {
			off = off || o.Disable
		}
	}
	return off
}

func (b *cardBody) checkHead(c *check) {
	c.taskID(field("task_id"), b.TaskID)
	if b.CardType != textNotice || b.SubTitle == "" {
		c.need(field("main_title.title"), b.MainTitle.Title, 0)
	}
	if b.Source != nil {
		c.oneOf(field("source.desc_color"), b.Source.Color, 3)
	}
	if b.QuoteArea != nil {
		b.QuoteArea.check(c, field("quote_area"))
	}
	if b.ImageText != nil {
		b.ImageText.check(c, field("image_text_area"))
		c.need(field("image_text_area.image_url"), b.ImageText.ImageURL, 42044)
	}
	if b.Image != nil {
		c.need(field("card_image.url"), b.Image.URL, 42044)
		if r := b.Image.Ratio; r != 0 && !(r >= 1.3 && r <= 2.25) {
			c.fail(field("card_image.aspect_ratio"), 0, fmt.Sprintf("is %v, not within 1.3 and 2.25", r))
		}
	}
	if b.Action != nil {
		b.Action.check(c, field("card_action"))
		if b.Action.Type == 0 && b.CardType != buttonInteraction {
			c.fail(field("card_action"), 42045, "opens nothing")
		}
	}
	if m := b.ActionMenu; m != nil {
		c.items(field("action_menu.action_list"), len(m.Actions), 3, 42051)
		keys := make([]string, len(m.Actions))
		for i, a := range m.Actions {
			f := at(field("action_menu.action_list"), i)
			c.need(f+".text", a.Text, 0)
			c.needBytes(f+".key", a.Key, keyLimit, 42051)
			keys[i] = a.Key
		}
		c.distinct(field("action_menu.action_list"), keys, 42051)
	}
}

func (l linkWire) check(c *check, field string) {
	if l.Type == linkMini && l.PagePath == "" && l.AppID == "" {
		c.fail(field+".appid", 42030, "is empty")
	}
	if l.Type == linkURL && strings.TrimSpace(l.URL) == "" {
		c.fail(field+".url", 42028, "is empty")
	}
}

func (b *cardBody) checkLists(c *check) {
	c.over(field("vertical_content_list"), len(b.Vertical), 4, "items")
	for i, v := range b.Vertical {
		c.need(at(field("vertical_content_list"), i)+".title", v.Title, 42033)
	}
	c.over(field("horizontal_content_list"), len(b.Horizontal), 6, "items")
	for i, h := range b.Horizontal {
		f := at(field("horizontal_content_list"), i)
		c.need(f+".keyname", h.Name, 42027)
		switch h.Type {
		case fieldLink:
			c.need(f+".url", h.URL, 42028)
		case fieldMember:
			c.need(f+".userid", h.UserID, 42050)
		}
	}
	c.over(field("jump_list"), len(b.Jumps), 3, "items")
	for i, j := range b.Jumps {
		f := at(field("jump_list"), i)
		c.need(f+".title", j.Title, 42033)
		j.check(c, f)
	}
}

func (b *cardBody) checkAsk(c *check) {
	b.checkButtons(c)
	if b.Selection != nil {
		b.Selection.check(c, field("button_selection"))
	}
	c.over(field("select_list"), len(b.Selectors), 3, "items")
	keys := make([]string, len(b.Selectors))
	for i, s := range b.Selectors {
		s.check(c, at(field("select_list"), i))
		keys[i] = s.QuestionKey
	}
	c.distinct(field("select_list"), keys, 42043)
	if box := b.CheckBox; box != nil {
		c.needBytes(field("checkbox.question_key"), box.QuestionKey, keyLimit, 42043)
		options := make([]idText, len(box.Options))
		for i, o := range box.Options {
			options[i] = idText{o.ID, o.Text}
		}
		checkOptions(c, field("checkbox.option_list"), options, 20)
	}
	if b.Submit != nil {
		c.need(field("submit_button.text"), b.Submit.Text, 42049)
		c.needBytes(field("submit_button.key"), b.Submit.Key, keyLimit, 42046)
	}
}

func (b *cardBody) checkButtons(c *check) {
	c.over(field("button_list"), len(b.Buttons), 6, "items")
	var keys []string
	for i, btn := range b.Buttons {
		f := at(field("button_list"), i)
		c.need(f+".text", btn.Text, 42038)
		c.oneOf(f+".style", btn.Style, 4)
		if btn.Type == 1 {
			c.need(f+".url", btn.URL, 42028)
			continue
		}
		c.needBytes(f+".key", btn.Key, keyLimit, 42039)
		keys = append(keys, btn.Key)
	}
	c.distinct(field("button_list"), keys, 42018)
}

func (s *cardSelector) check(c *check, field string) {
	c.needBytes(field+".question_key", s.QuestionKey, keyLimit, 42043)
	checkOptions(c, field+".option_list", s.Options, 10)
}

func checkOptions(c *check, field string, options []idText, limit int) {
	c.items(field, len(options), limit, 42037)
	ids := make([]string, len(options))
	for i, o := range options {
		c.needBytes(at(field, i)+".id", o.ID, 128, 42040)
		c.need(at(field, i)+".text", o.Text, 42041)
		ids[i] = o.ID
	}
	c.distinct(field, ids, 42040)
}
