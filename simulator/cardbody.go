package simulator

import "strings"

// cardBody is the template_card object (doc 90236), as the simulator reads it.
type cardBody struct {
	CardType        string        `json:"card_type"`
	TaskID          string        `json:"task_id"`
	Source          cardSource    `json:"source"`
	ActionMenu      *cardMenu     `json:"action_menu"`
	MainTitle       cardTitle     `json:"main_title"`
	QuoteArea       *cardQuote    `json:"quote_area"`
	Emphasis        cardTitle     `json:"emphasis_content"`
	SubTitleText    string        `json:"sub_title_text"`
	Horizontal      []cardRow     `json:"horizontal_content_list"`
	Vertical        []cardTitle   `json:"vertical_content_list"`
	JumpList        []cardJump    `json:"jump_list"`
	CardAction      *cardJump     `json:"card_action"`
	ImageTextArea   *cardImage    `json:"image_text_area"`
	CardImage       *cardImage    `json:"card_image"`
	ButtonSelection *cardSelect   `json:"button_selection"`
	ButtonList      []cardButton  `json:"button_list"`
	Checkbox        *cardCheckbox `json:"checkbox"`
	SelectList      []cardSelect  `json:"select_list"`
	SubmitButton    *cardButton   `json:"submit_button"`
	ReplaceText     string        `json:"replace_text"`
}

type cardSource struct {
	IconURL   string `json:"icon_url"`
	Desc      string `json:"desc"`
	DescColor number `json:"desc_color"`
}

type cardMenu struct {
	Desc       string       `json:"desc"`
	ActionList []cardButton `json:"action_list"`
}

type cardTitle struct {
	Title string `json:"title"`
	Desc  string `json:"desc"`
}

type cardQuote struct {
	Type      number `json:"type"`
	URL       string `json:"url"`
	AppID     string `json:"appid"`
	Title     string `json:"title"`
	QuoteText string `json:"quote_text"`
}

type cardRow struct {
	Type    number `json:"type"`
	KeyName string `json:"keyname"`
	Value   string `json:"value"`
	URL     string `json:"url"`
	MediaID string `json:"media_id"`
	UserID  string `json:"userid"`
}

type cardJump struct {
	Type  number `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
	AppID string `json:"appid"`
}

type cardImage struct {
	Type        number  `json:"type"`
	URL         string  `json:"url"`
	Title       string  `json:"title"`
	Desc        string  `json:"desc"`
	ImageURL    string  `json:"image_url"`
	AspectRatio float64 `json:"aspect_ratio"`
}

type cardButton struct {
	Type  number `json:"type"`
	Text  string `json:"text"`
	Style number `json:"style"`
	Key   string `json:"key"`
	URL   string `json:"url"`
}

type cardOption struct {
	ID      string `json:"id"`
	Text    string `json:"text"`
	Checked bool   `json:"is_checked"`
}

type cardSelect struct {
	QuestionKey string       `json:"question_key"`
	Title       string       `json:"title"`
	OptionList  []cardOption `json:"option_list"`
	SelectedID  string       `json:"selected_id"`
	Disable     bool         `json:"disable"`
}

type cardCheckbox struct {
	QuestionKey string       `json:"question_key"`
	OptionList  []cardOption `json:"option_list"`
	Mode        number       `json:"mode"`
	Disable     bool         `json:"disable"`
}

// interactive cards have buttons or questions.
func (b *cardBody) interactive() bool {
	switch b.CardType {
	case "button_interaction", "vote_interaction", "multiple_interaction":
		return true
	}
	return false
}

// updatable reports whether the platform hands out response codes for the card.
func (b *cardBody) updatable() bool { return b.interactive() || b.ActionMenu != nil }

// text is what a person reads in the card, top to bottom.
func (b *cardBody) text(replaced string) string {
	var lines []string
	add := func(parts ...string) {
		for _, p := range parts {
			if p != "" {
				lines = append(lines, p)
			}
		}
	}
	add(b.Source.Desc, b.MainTitle.Title, b.MainTitle.Desc, b.Emphasis.Title, b.Emphasis.Desc)
	if b.QuoteArea != nil {
		add(b.QuoteArea.Title, b.QuoteArea.QuoteText)
	}
	if b.ImageTextArea != nil {
		add(b.ImageTextArea.Title, b.ImageTextArea.Desc)
	}
	add(b.SubTitleText)
	for _, v := range b.Vertical {
		add(v.Title, v.Desc)
	}
	for _, h := range b.Horizontal {
		add(h.KeyName + "：" + h.Value)
	}
	for _, q := range b.questions() {
		add(q.Title)
		for _, o := range q.OptionList {
			add("○ " + o.Text)
		}
	}
	for _, j := range b.JumpList {
		add(j.Title + " ›")
	}
	add(b.buttonLine(replaced))
	return strings.Join(lines, "\n")
}

func (b *cardBody) buttonLine(replaced string) string {
	if replaced != "" {
		return "[" + replaced + "]"
	}
	var words []string
	for _, x := range b.ButtonList {
		words = append(words, "["+x.Text+"]")
	}
	if b.SubmitButton != nil {
		text := b.SubmitButton.Text
		if text == "" {
			text = "提交"
		}
		words = append(words, "["+text+"]")
	}
	return strings.Join(words, " ")
}

// questions are all that a member answers with a click: selections, and the checkbox.
func (b *cardBody) questions() []cardSelect {
	var out []cardSelect
	if b.ButtonSelection != nil {
		out = append(out, *b.ButtonSelection)
	}
	if b.Checkbox != nil {
		out = append(out, cardSelect{QuestionKey: b.Checkbox.QuestionKey, OptionList: b.Checkbox.OptionList})
	}
	return append(out, b.SelectList...)
}
