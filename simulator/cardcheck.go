package simulator

import (
	"regexp"
	"slices"
)

// Limits of template cards (doc 90236) that the platform enforces. Lengths in characters are recommendations there and
// not checked.
const (
	maxTaskID      = 128 // bytes
	maxCardKey     = 1024
	maxOptionID    = 128
	maxHorizontal  = 6
	maxVertical    = 4
	maxJumps       = 3
	maxButtons     = 6
	maxOptions     = 10
	maxVoteOptions = 20
	maxSelects     = 3
	maxMenuActions = 3
)

// Errcodes of cards (doc 90313).
const (
	cardTaskID      = 42014
	cardForeignApp  = 42015
	cardNoTask      = 42016
	cardButtonName  = 42020
	cardRowKey      = 42027
	cardURL         = 42028
	cardRowMedia    = 42029
	cardAppID       = 42030
	cardType        = 42031
	cardListTitle   = 42033
	cardRows        = 42035
	cardVertical    = 42036
	cardOptions     = 42037
	cardButtonText  = 42038
	cardButtonKey   = 42039
	cardOptionID    = 42040
	cardOptionText  = 42041
	cardJumps       = 42042
	cardQuestionKey = 42043
	cardImageURL    = 42044
	cardBadAction   = 42045
	cardSubmitKey   = 42046
	cardSelects     = 42047
	cardRowUser     = 42050
	cardMenuKeys    = 42051
)

var taskIDPattern = regexp.MustCompile(`^[0-9A-Za-z_@-]+$`)

// check finds what the platform refuses in a card. An update needs no task id: the card has one.
func (b *cardBody) check(c *corp, update bool) *refusal {
	needTask := b.updatable() && !update
	if needTask && b.TaskID == "" || b.TaskID != "" && (len(b.TaskID) > maxTaskID || !taskIDPattern.MatchString(b.TaskID)) {
		return refusef(cardTaskID, "invalid task_id, want 1 to %d of 0-9a-zA-Z_@-", maxTaskID)
	}
	checks := []func() *refusal{
		b.checkTitle, b.checkMenu, func() *refusal { return b.checkRows(c) }, b.checkLists, b.checkAction, b.checkQuote,
	}
	switch b.CardType {
	case "text_notice":
	case "news_notice":
		checks = append(checks, b.checkImage)
	case "button_interaction":
		checks = append(checks, b.checkButtons, b.checkButtonSelection)
	case "vote_interaction":
		checks = append(checks, b.checkVote, b.checkSubmit)
	case "multiple_interaction":
		checks = append(checks, b.checkSelects, b.checkSubmit)
	default:
		return refusef(cardType, "invalid card_type %q", b.CardType)
	}
	for _, check := range checks {
		if no := check(); no != nil {
			return no
		}
	}
	return nil
}

func (b *cardBody) checkTitle() *refusal {
	if b.MainTitle.Title != "" || b.CardType == "text_notice" && b.SubTitleText != "" {
		return nil
	}
	return refuse(codeNoTitle, "main_title.title missing")
}

func (b *cardBody) checkMenu() *refusal {
	if b.ActionMenu == nil {
		return nil
	}
	if n := len(b.ActionMenu.ActionList); n < 1 || n > maxMenuActions {
		return refusef(codeArgument, "%d entries in action_menu.action_list, want 1 to %d", n, maxMenuActions)
	}
	seen := map[string]bool{}
	for _, a := range b.ActionMenu.ActionList {
		if a.Text == "" {
			return refuse(codeArgument, "action_menu.action_list.text missing")
		}
		if a.Key == "" || len(a.Key) > maxCardKey || seen[a.Key] {
			return refuse(cardMenuKeys, "invalid or repeated action_menu.action_list.key")
		}
		seen[a.Key] = true
	}
	return nil
}

func (b *cardBody) checkRows(c *corp) *refusal {
	if len(b.Horizontal) > maxHorizontal {
		return refusef(cardRows, "%d entries in horizontal_content_list, at most %d", len(b.Horizontal), maxHorizontal)
	}
	for _, h := range b.Horizontal {
		switch {
		case h.KeyName == "":
			return refuse(cardRowKey, "horizontal_content_list.keyname missing")
		case h.Type == 1 && h.URL == "":
			return refuse(cardURL, "horizontal_content_list.url missing")
		case h.Type == 2 && h.MediaID == "":
			return refuse(cardRowMedia, "horizontal_content_list.media_id missing")
		case h.Type == 3 && h.UserID == "":
			return refuse(cardRowUser, "horizontal_content_list.userid missing")
		}
		if h.Type == 2 {
			if _, no := c.findMedia(h.MediaID, "file"); no != nil {
				return no
			}
		}
	}
	return nil
}

func (b *cardBody) checkLists() *refusal {
	if len(b.Vertical) > maxVertical {
		return refusef(cardVertical, "%d entries in vertical_content_list, at most %d", len(b.Vertical), maxVertical)
	}
	if slices.ContainsFunc(b.Vertical, func(v cardTitle) bool { return v.Title == "" }) {
		return refuse(cardListTitle, "vertical_content_list.title missing")
	}
	if len(b.JumpList) > maxJumps {
		return refusef(cardJumps, "%d entries in jump_list, at most %d", len(b.JumpList), maxJumps)
	}
	for _, j := range b.JumpList {
		if j.Title == "" {
			return refuse(cardListTitle, "jump_list.title missing")
		}
		if no := j.checkGoal("jump_list"); no != nil {
			return no
		}
	}
	return nil
}

func (b *cardBody) checkAction() *refusal {
	notice := b.CardType == "text_notice" || b.CardType == "news_notice"
	switch {
	case b.CardAction == nil && notice:
		return refuse(cardBadAction, "card_action missing")
	case b.CardAction == nil:
		return nil
	case b.CardAction.Type < 0, b.CardAction.Type > 2, b.CardAction.Type == 0 && notice:
		return refusef(cardBadAction, "invalid card_action.type %d", b.CardAction.Type)
	}
	return b.CardAction.checkGoal("card_action")
}

func (b *cardBody) checkQuote() *refusal {
	if b.QuoteArea == nil {
		return nil
	}
	return cardJump{Type: b.QuoteArea.Type, URL: b.QuoteArea.URL, AppID: b.QuoteArea.AppID}.checkGoal("quote_area")
}

// checkGoal demands what the type of a jump needs: an address, or a mini-program.
func (j cardJump) checkGoal(where string) *refusal {
	switch {
	case j.Type == 1 && j.URL == "":
		return refusef(cardURL, "%s.url missing", where)
	case j.Type == 2 && j.AppID == "":
		return refusef(cardAppID, "%s.appid missing", where)
	}
	return nil
}

func (b *cardBody) checkImage() *refusal {
	switch {
	case b.CardImage == nil && b.ImageTextArea == nil,
		b.CardImage != nil && b.CardImage.URL == "",
		b.ImageTextArea != nil && b.ImageTextArea.ImageURL == "":
		return refuse(cardImageURL, "card_image.url or image_text_area.image_url missing")
	case b.CardImage != nil && b.CardImage.AspectRatio != 0 && (b.CardImage.AspectRatio < 1.3 || b.CardImage.AspectRatio > 2.25):
		return refuse(codeArgument, "card_image.aspect_ratio is outside 1.3 to 2.25")
	}
	return nil
}

func (b *cardBody) checkButtons() *refusal {
	if n := len(b.ButtonList); n < 1 || n > maxButtons {
		return refusef(codeArgument, "%d entries in button_list, want 1 to %d", n, maxButtons)
	}
	seen := map[string]bool{}
	for _, x := range b.ButtonList {
		switch {
		case x.Text == "":
			return refuse(cardButtonText, "button_list.text missing")
		case x.Style < 0 || x.Style > 4:
			return refusef(codeArgument, "invalid button_list.style %d", x.Style)
		case x.Type == 1 && x.URL == "":
			return refuse(cardURL, "button_list.url missing")
		case x.Type == 0 && (x.Key == "" || len(x.Key) > maxCardKey || seen[x.Key]):
			return refuse(cardButtonKey, "missing, too long or repeated button_list.key")
		}
		seen[x.Key] = true
	}
	return nil
}

func (b *cardBody) checkButtonSelection() *refusal {
	if b.ButtonSelection == nil {
		return nil
	}
	return b.ButtonSelection.check(map[string]bool{})
}

func (b *cardBody) checkSelects() *refusal {
	if n := len(b.SelectList); n < 1 || n > maxSelects {
		return refusef(cardSelects, "%d entries in select_list, want 1 to %d", n, maxSelects)
	}
	seen := map[string]bool{}
	for _, q := range b.SelectList {
		if no := q.check(seen); no != nil {
			return no
		}
	}
	return nil
}

func (b *cardBody) checkVote() *refusal {
	v := b.Checkbox
	if v == nil || v.QuestionKey == "" || len(v.QuestionKey) > maxCardKey {
		return refuse(cardQuestionKey, "checkbox.question_key missing or too long")
	}
	if v.Mode < 0 || v.Mode > 1 {
		return refusef(codeArgument, "invalid checkbox.mode %d", v.Mode)
	}
	return checkOptions(v.OptionList, maxVoteOptions)
}

func (q cardSelect) check(seen map[string]bool) *refusal {
	if q.QuestionKey == "" || len(q.QuestionKey) > maxCardKey || seen[q.QuestionKey] {
		return refuse(cardQuestionKey, "missing, too long or repeated question_key")
	}
	seen[q.QuestionKey] = true
	return checkOptions(q.OptionList, maxOptions)
}

func checkOptions(list []cardOption, limit int) *refusal {
	if len(list) < 1 || len(list) > limit {
		return refusef(cardOptions, "%d entries in option_list, want 1 to %d", len(list), limit)
	}
	seen := map[string]bool{}
	for _, o := range list {
		if o.ID == "" || len(o.ID) > maxOptionID || seen[o.ID] {
			return refuse(cardOptionID, "missing, too long or repeated option_list.id")
		}
		if o.Text == "" {
			return refuse(cardOptionText, "option_list.text missing")
		}
		seen[o.ID] = true
	}
	return nil
}

func (b *cardBody) checkSubmit() *refusal {
	if b.SubmitButton == nil || b.SubmitButton.Key == "" || len(b.SubmitButton.Key) > maxCardKey {
		return refuse(cardSubmitKey, "submit_button.key missing or too long")
	}
	return nil
}
