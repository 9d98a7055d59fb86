package message

import "slices"

// TemplateCardEvent is a click on a button, or a submit, of a template card (doc 90240).
type TemplateCardEvent struct {
	Key          string      `wire:"EventKey,raw"` // of the button
	TaskID       string      // of the card
	CardType     string      // text_notice, news_notice, button_interaction, vote_interaction, multiple_interaction
	ResponseCode Secret      // for one message/update_template_card, within 72 hours
	Selected     []Selection `wire:"SelectedItems>SelectedItem"`
}

// Selection is what a member chose for one question.
type Selection struct {
	QuestionKey string
	// QUIRK: some editions spell OpitonIds, as the official sample does; testdata/90240/event.template_card_event.opiton.xml.
	OptionIDs []string `wire:"OptionIds>OptionId|OptionIds>OpitonId|OpitonIds>OpitonId|OpitonIds>OptionId"`
}

// Options are the ids that the member chose for a question, none if it is not among the answers.
func (e TemplateCardEvent) Options(question string) []string {
	i := slices.IndexFunc(e.Selected, func(s Selection) bool { return s.QuestionKey == question })
	if i < 0 {
		return nil
	}
	return e.Selected[i].OptionIDs
}

// TemplateCardMenu is a click in the menu at the top right of a template card.
type TemplateCardMenu struct {
	Key          string `wire:"EventKey,raw"` // of the menu item
	TaskID       string // of the card
	CardType     string
	ResponseCode Secret // for one message/update_template_card, within 72 hours
}

// TaskCardClick is a click on a button of a task card, the cards before template cards.
type TaskCardClick struct {
	Key    string `wire:"EventKey,raw"` // of the button
	TaskID string
}
