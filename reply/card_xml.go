package reply

import "strconv"

// appendXML appends the card as doc 90241 wants it in an update: lists are repeated elements without a wrapper, names
// are those of the JSON in CamelCase but for KeyName, UserId, AppId, PagePath and CheckBox.
func (b *cardBody) appendXML(dst []byte) []byte {
	dst = appendOpen(dst, "TemplateCard")
	dst = appendElement(dst, "CardType", b.CardType)
	dst = b.appendHead(dst)
	dst = b.appendContent(dst)
	dst = b.appendAsk(dst)
	dst = appendOptional(dst, "ReplaceText", b.ReplaceText)
	return appendClose(dst, "TemplateCard")
}

func (b *cardBody) appendHead(dst []byte) []byte {
	if s := b.Source; s != nil {
		dst = appendOpen(dst, "Source")
		dst = appendOptional(dst, "IconUrl", s.IconURL)
		dst = appendOptional(dst, "Desc", s.Desc)
		dst = appendInt(dst, "DescColor", s.Color)
		dst = appendClose(dst, "Source")
	}
	if m := b.ActionMenu; m != nil {
		dst = appendOpen(dst, "ActionMenu")
		dst = appendOptional(dst, "Desc", m.Desc)
		for _, a := range m.Actions {
			dst = appendOpen(dst, "ActionList")
			dst = a.appendXML(dst)
			dst = appendClose(dst, "ActionList")
		}
		dst = appendClose(dst, "ActionMenu")
	}
	dst = b.MainTitle.appendXML(dst, "MainTitle")
	if q := b.QuoteArea; q != nil {
		dst = appendOpen(dst, "QuoteArea")
		dst = q.appendXML(dst)
		dst = appendOptional(dst, "Title", q.Title)
		dst = appendOptional(dst, "QuoteText", q.Text)
		dst = appendClose(dst, "QuoteArea")
	}
	if b.Emphasis != nil {
		dst = b.Emphasis.appendXML(dst, "EmphasisContent")
	}
	return appendOptional(dst, "SubTitleText", b.SubTitle)
}

func (b *cardBody) appendContent(dst []byte) []byte {
	if a := b.ImageText; a != nil {
		dst = appendOpen(dst, "ImageTextArea")
		dst = a.appendXML(dst)
		dst = appendOptional(dst, "Title", a.Title)
		dst = appendOptional(dst, "Desc", a.Desc)
		dst = appendElement(dst, "ImageUrl", a.ImageURL)
		dst = appendClose(dst, "ImageTextArea")
	}
	if i := b.Image; i != nil {
		dst = appendOpen(dst, "CardImage")
		dst = appendElement(dst, "Url", i.URL)
		if i.Ratio != 0 {
			dst = appendOpen(dst, "AspectRatio")
			dst = strconv.AppendFloat(dst, i.Ratio, 'f', -1, 64)
			dst = appendClose(dst, "AspectRatio")
		}
		dst = appendClose(dst, "CardImage")
	}
	for _, v := range b.Vertical {
		dst = v.appendXML(dst, "VerticalContentList")
	}
	for _, h := range b.Horizontal {
		dst = h.appendXML(dst)
	}
	for _, j := range b.Jumps {
		dst = appendOpen(dst, "JumpList")
		dst = j.linkWire.appendXML(dst)
		dst = appendElement(dst, "Title", j.Title)
		dst = appendClose(dst, "JumpList")
	}
	if b.Action != nil {
		dst = appendOpen(dst, "CardAction")
		dst = b.Action.appendXML(dst)
		dst = appendClose(dst, "CardAction")
	}
	return dst
}

func (b *cardBody) appendAsk(dst []byte) []byte {
	if b.Selection != nil {
		dst = b.Selection.appendXML(dst, "ButtonSelection")
	}
	for _, btn := range b.Buttons {
		dst = appendOpen(dst, "ButtonList")
		dst = appendElement(dst, "Text", btn.Text)
		dst = appendInt(dst, "Style", max(btn.Style, 1))
		dst = appendElement(dst, "Key", btn.Key)
		dst = appendClose(dst, "ButtonList")
	}
	if b.CheckBox != nil {
		dst = b.CheckBox.appendXML(dst)
	}
	for _, s := range b.Selectors {
		dst = s.appendXML(dst, "SelectList")
	}
	if b.Submit != nil {
		dst = appendOpen(dst, "SubmitButton")
		dst = b.Submit.appendXML(dst)
		dst = appendClose(dst, "SubmitButton")
	}
	return dst
}

func (t titleDesc) appendXML(dst []byte, name string) []byte {
	dst = appendOpen(dst, name)
	dst = appendOptional(dst, "Title", t.Title)
	dst = appendOptional(dst, "Desc", t.Desc)
	return appendClose(dst, name)
}

func (l linkWire) appendXML(dst []byte) []byte {
	dst = appendInt(dst, "Type", l.Type)
	dst = appendOptional(dst, "Url", l.URL)
	dst = appendOptional(dst, "AppId", l.AppID)
	return appendOptional(dst, "PagePath", l.PagePath)
}

func (f cardField) appendXML(dst []byte) []byte {
	dst = appendOpen(dst, "HorizontalContentList")
	dst = appendInt(dst, "Type", f.Type)
	dst = appendElement(dst, "KeyName", f.Name)
	dst = appendOptional(dst, "Value", f.Value)
	dst = appendOptional(dst, "Url", f.URL)
	if f.MediaID != nil {
		dst = appendElement(dst, "MediaId", *f.MediaID)
	}
	dst = appendOptional(dst, "UserId", f.UserID)
	return appendClose(dst, "HorizontalContentList")
}

func (t textKey) appendXML(dst []byte) []byte {
	dst = appendElement(dst, "Text", t.Text)
	return appendElement(dst, "Key", t.Key)
}

func (s cardSelector) appendXML(dst []byte, name string) []byte {
	dst = appendOpen(dst, name)
	dst = appendElement(dst, "QuestionKey", s.QuestionKey)
	dst = appendOptional(dst, "Title", s.Title)
	for _, o := range s.Options {
		dst = appendOpen(dst, "OptionList")
		dst = appendElement(dst, "Id", o.ID)
		dst = appendElement(dst, "Text", o.Text)
		dst = appendClose(dst, "OptionList")
	}
	dst = appendOptional(dst, "SelectedId", s.SelectedID)
	dst = appendBool(dst, "Disable", s.Disable)
	return appendClose(dst, name)
}

func (c cardCheckBox) appendXML(dst []byte) []byte {
	dst = appendOpen(dst, "CheckBox")
	dst = appendElement(dst, "QuestionKey", c.QuestionKey)
	for _, o := range c.Options {
		dst = appendOpen(dst, "OptionList")
		dst = appendElement(dst, "Id", o.ID)
		dst = appendElement(dst, "Text", o.Text)
		dst = appendBool(dst, "IsChecked", o.Checked)
		dst = appendClose(dst, "OptionList")
	}
	dst = appendBool(dst, "Disable", c.Disable)
	dst = appendInt(dst, "Mode", c.Mode)
	return appendClose(dst, "CheckBox")
}
