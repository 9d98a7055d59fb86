package reply

// cardBody is the template_card object of doc 90236. In a button_interaction, the only selector is button_selection.
type cardBody struct {
	CardType    string         `json:"card_type"`
	Source      *cardSource    `json:"source,omitempty"`
	ActionMenu  *cardMenu      `json:"action_menu,omitempty"`
	TaskID      string         `json:"task_id,omitempty"`
	MainTitle   *titleDesc     `json:"main_title,omitempty"`
	QuoteArea   *cardQuote     `json:"quote_area,omitempty"`
	Emphasis    *titleDesc     `json:"emphasis_content,omitempty"`
	SubTitle    string         `json:"sub_title_text,omitempty"`
	ImageText   *cardImageText `json:"image_text_area,omitempty"`
	Image       *cardImage     `json:"card_image,omitempty"`
	Vertical    []titleDesc    `json:"vertical_content_list,omitempty"`
	Horizontal  []cardField    `json:"horizontal_content_list,omitempty"`
	Jumps       []cardJump     `json:"jump_list,omitempty"`
	Action      *linkWire      `json:"card_action,omitempty"`
	Selection   *cardSelector  `json:"button_selection,omitempty"`
	Buttons     []cardButton   `json:"button_list,omitempty"`
	CheckBox    *cardCheckBox  `json:"checkbox,omitempty"`
	Selectors   []cardSelector `json:"select_list,omitempty"`
	Submit      *textKey       `json:"submit_button,omitempty"`
	ReplaceText string         `json:"replace_text,omitempty"`
}

type titleDesc struct {
	Title string `json:"title,omitempty"`
	Desc  string `json:"desc,omitempty"`
}

type cardSource struct {
	IconURL string `json:"icon_url,omitempty"`
	Desc    string `json:"desc,omitempty"`
	Color   int    `json:"desc_color,omitempty"`
}

type cardMenu struct {
	Desc    string       `json:"desc,omitempty"`
	Actions []menuAction `json:"action_list"`
}

type menuAction = textKey

type textKey struct {
	Text string `json:"text"`
	Key  string `json:"key"`
}

// The values of type where something opens.
const (
	linkURL  = 1
	linkMini = 2
)

type linkWire struct {
	Type     int    `json:"type,omitempty"`
	URL      string `json:"url,omitempty"`
	AppID    string `json:"appid,omitempty"`
	PagePath string `json:"pagepath,omitempty"`
}

type cardQuote struct {
	linkWire
	Title string `json:"title,omitempty"`
	Text  string `json:"quote_text,omitempty"`
}

type cardImageText struct {
	linkWire
	Title    string `json:"title,omitempty"`
	Desc     string `json:"desc,omitempty"`
	ImageURL string `json:"image_url"`
}

type cardImage struct {
	URL   string  `json:"url"`
	Ratio float64 `json:"aspect_ratio,omitempty"`
}

// The values of type of a field; 0 is text.
const (
	fieldLink   = 1
	fieldFile   = 2
	fieldMember = 3
)

type cardField struct {
	Type    int     `json:"type,omitempty"`
	Name    string  `json:"keyname"`
	Value   string  `json:"value,omitempty"`
	URL     string  `json:"url,omitempty"`
	MediaID *string `json:"media_id,omitempty"` // set and empty: to be uploaded
	UserID  string  `json:"userid,omitempty"`
}

type cardJump struct {
	linkWire
	Title string `json:"title"`
}

type cardButton struct {
	Type  int    `json:"type,omitempty"` // 0 event, 1 page
	Text  string `json:"text"`
	Style int    `json:"style,omitempty"`
	Key   string `json:"key,omitempty"`
	URL   string `json:"url,omitempty"`
}

type cardSelector struct {
	QuestionKey string   `json:"question_key"`
	Title       string   `json:"title,omitempty"`
	Options     []idText `json:"option_list"`
	SelectedID  string   `json:"selected_id,omitempty"`
	Disable     bool     `json:"disable,omitempty"`
}

type idText struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

type cardCheckBox struct {
	QuestionKey string        `json:"question_key"`
	Options     []checkOption `json:"option_list"`
	Mode        int           `json:"mode,omitempty"` // 0 single, 1 multiple
	Disable     bool          `json:"disable,omitempty"`
}

type checkOption struct {
	ID      string `json:"id"`
	Text    string `json:"text"`
	Checked bool   `json:"is_checked"`
	Disable bool   `json:"disable,omitempty"`
}
