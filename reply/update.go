package reply

import "slices"

// UpdateButton answers a click on a Card with buttons: they become one grey label. In the answer to the click it changes
// the card of the member who clicked (doc 90241), otherwise of all who are named in the call (doc 94888).
func UpdateButton(label string) Reply { return updateButton(label) }

// UpdateTaskCard is UpdateButton for the retired TaskCard (docs 90241, 91579).
func UpdateTaskCard(label string) Reply { return updateTaskCard(label) }

// UpdateCard answers a click by another card, of the same type, best with ReplaceText and Disable. Who sees it: as
// UpdateButton.
func UpdateCard(c TemplateCard) Reply { return updateCard{c} }

// Update is the call that an "update_…" unit is sent by when it cannot be passive, and the field of the request that
// Body is; an empty field means that Body's fields stand in the request themselves. ok is false for a message.
// The platform wants a response_code with it, for a task card its task_id (docs 94888, 91579).
func (u Unit) Update() (path, field string, ok bool) {
	switch u.MsgType {
	case "update_button":
		return "/cgi-bin/message/update_template_card", "button", true
	case "update_template_card":
		return "/cgi-bin/message/update_template_card", "template_card", true
	case "update_taskcard":
		return "/cgi-bin/message/update_taskcard", "", true
	}
	return "", "", false
}

type (
	updateButton   string
	updateTaskCard string
	updateCard     struct{ card TemplateCard }
)

type replaceBody struct {
	Name string `json:"replace_name"`
}

func (b updateButton) Units(o Options) ([]Unit, error) {
	return replaceName(o, "update_button", "Button", string(b))
}

func (b updateTaskCard) Units(o Options) ([]Unit, error) {
	return replaceName(o, "update_taskcard", "TaskCard", string(b))
}

func replaceName(o Options, msgType, element, label string) ([]Unit, error) {
	var c check
	c.need(msgType+".replace_name", label, 42020)
	if err := c.err(); err != nil {
		return nil, err
	}
	u := Unit{MsgType: msgType, Body: bodyOf(replaceBody{label}), Plain: label}
	u.passive = func(dst []byte) []byte {
		dst = appendElement(dst, "MsgType", msgType)
		dst = appendOpen(dst, element)
		dst = appendElement(dst, "ReplaceName", label)
		return appendClose(dst, element)
	}
	return o.update(u)
}

func (c updateCard) Units(o Options) ([]Unit, error) {
	b := c.card.body(o)
	b.TaskID = "" // the update keeps the old one (doc 94888)
	if err := b.check(o.Target, true); err != nil {
		return nil, err
	}
	if err := c.card.checkFiles(o); err != nil {
		return nil, err
	}
	u := Unit{MsgType: "update_template_card", Body: bodyOf(b), Plain: b.plain(), Media: uploads("file", c.card.files)}
	if b.fitsXML() && u.Media == nil {
		u.passive = func(dst []byte) []byte {
			dst = append(dst, "<MsgType><![CDATA[update_template_card]]></MsgType>"...)
			return b.appendXML(dst)
		}
	}
	return o.update(u)
}

// fitsXML is false for what only the JSON of doc 94888 can say: buttons that open a page, single disabled options.
func (b *cardBody) fitsXML() bool {
	link := func(btn cardButton) bool { return btn.Type != 0 }
	off := func(o checkOption) bool { return o.Disable }
	return !slices.ContainsFunc(b.Buttons, link) && (b.CheckBox == nil || !slices.ContainsFunc(b.CheckBox.Options, off))
}

// update refuses where nothing can be updated: only cards of apps can.
func (o Options) update(u Unit) ([]Unit, error) {
	if o.Target != TargetApp {
		return nil, &FieldError{Field: "msgtype", Reason: u.MsgType + " is not carried by " + o.Target.route().api}
	}
	return []Unit{u}, nil
}
