package simulator

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Answer is what a member chose for one question of a card.
type Answer struct {
	Question string   `json:"question"` // question_key
	Options  []string `json:"options"`  // option ids
}

// Press lets a member press a button, the submit button or an item of the menu of a card that he sees, found by its
// task id; answers are his choices, where they differ from the ones that stand there. The app gets the
// template_card_event (template_card_menu_event, taskcard_click) with a fresh response code that works once. What the
// member cannot press (a card that he does not see, a button that is greyed out) is a Delivery with a Problem.
func (s *Server) Press(ctx context.Context, a App, user, taskID, key string, answers ...Answer) *Delivery {
	m, err := s.pressed(a, user, taskID, key, answers)
	if err != nil {
		return &Delivery{User: user, Type: "event", Problem: err.Error(), Done: true}
	}
	return s.Send(ctx, a, user, m)
}

// StartPress is Press that does not wait, as Start is Send that does not.
func (s *Server) StartPress(a App, user, taskID, key string, answers ...Answer) *Delivery {
	m, err := s.pressed(a, user, taskID, key, answers)
	if err != nil {
		return &Delivery{User: user, Type: "event", Problem: err.Error(), Done: true}
	}
	return s.Start(a, user, m)
}

// pressed makes the event of a press.
func (s *Server) pressed(a App, user, taskID, key string, answers []Answer) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.findApp(a)
	if found == nil {
		return Message{}, fmt.Errorf("no app %d", a.AgentID)
	}
	sent := found.tasks[taskID]
	if sent == nil {
		return Message{}, fmt.Errorf("no card with the task id %q", taskID)
	}
	_, id := s.locate(user)
	i := slices.IndexFunc(sent.seen, func(e *Seen) bool { return strings.EqualFold(e.User, id) })
	switch {
	case i < 0:
		return Message{}, fmt.Errorf("%s does not see this card", user)
	case sent.seen[i].Recalled:
		return Message{}, fmt.Errorf("the card was recalled")
	}
	e := sent.seen[i]
	if e.Card.Type == "interactive_taskcard" {
		return s.pressTask(e, key)
	}
	return s.pressCard(sent, e, key, answers)
}

func (s *Server) pressTask(e *Seen, key string) (Message, error) {
	t, _ := object[*taskCard](e.Card.Face)
	i := slices.IndexFunc(t.Buttons, func(b taskButton) bool { return b.Key == key })
	if i < 0 || e.Card.Replaced != "" {
		return Message{}, fmt.Errorf("no button with the key %q to press", key)
	}
	if e.Type == "taskcard" && t.Buttons[i].ReplaceName != "" {
		s.changeCard(e, cardChange{replace: t.Buttons[i].ReplaceName})
	}
	m := AppEvent("taskcard_click", key, CDATA("TaskId", e.Card.TaskID))
	m.entry = e
	return m, nil
}

func (s *Server) pressCard(sent *sentMessage, e *Seen, key string, answers []Answer) (Message, error) {
	b, _ := object[*cardBody](e.Card.Face)
	event := "template_card_event"
	switch {
	case b.ActionMenu != nil && hasKey(b.ActionMenu.ActionList, key):
		event = "template_card_menu_event"
	case !hasKey(b.ButtonList, key) && (b.SubmitButton == nil || b.SubmitButton.Key != key):
		return Message{}, fmt.Errorf("no button with the key %q", key)
	case e.Card.Replaced != "":
		return Message{}, fmt.Errorf("the buttons are greyed out: %s", e.Card.Replaced)
	}
	more := []Element{
		CDATA("TaskId", e.Card.TaskID), CDATA("CardType", e.Card.Type), CDATA("ResponseCode", s.newResponseCode(sent)),
	}
	if event == "template_card_event" {
		selected, err := b.selected(answers, s.opt.misspelled)
		if err != nil {
			return Message{}, err
		}
		if len(selected.children) > 0 {
			more = append(more, selected)
		}
		s.keepChoice(e, answers)
	}
	m := AppEvent(event, key, more...)
	m.entry = e
	return m, nil
}

func hasKey(list []cardButton, key string) bool {
	return slices.ContainsFunc(list, func(b cardButton) bool { return b.Key == key && b.Type == 0 })
}

// keepChoice lets the member see what he answered.
func (s *Server) keepChoice(e *Seen, answers []Answer) {
	if len(answers) == 0 {
		return
	}
	card := e.Card.copy()
	card.Chosen = map[string][]string{}
	for _, a := range answers {
		card.Chosen[a.Question] = a.Options
	}
	e.Card = &card
	s.publishSeen(e)
}

// selected is the SelectedItems element: every question with the given answer, or with the one that stands there.
func (b *cardBody) selected(answers []Answer, misspelled bool) (Element, error) {
	ids, id := "OptionIds", "OptionId"
	if misspelled {
		ids, id = "OpitonIds", "OpitonId"
	}
	given := map[string][]string{}
	for _, a := range answers {
		given[a.Question] = a.Options
	}
	var items []Element
	for _, q := range b.questions() {
		options, err := b.answer(q, given)
		if err != nil {
			return Element{}, err
		}
		var list []Element
		for _, o := range options {
			list = append(list, CDATA(id, o))
		}
		items = append(items, Group("SelectedItem", CDATA("QuestionKey", q.QuestionKey), Group(ids, list...)))
		delete(given, q.QuestionKey)
	}
	for unknown := range given {
		return Element{}, fmt.Errorf("the card has no question %q", unknown)
	}
	return Group("SelectedItems", items...), nil
}

// answer is what is chosen for a question.
func (b *cardBody) answer(q cardSelect, given map[string][]string) ([]string, error) {
	vote := b.Checkbox != nil && b.Checkbox.QuestionKey == q.QuestionKey
	options, changed := given[q.QuestionKey]
	if !changed {
		return q.standing(vote), nil
	}
	many := vote && b.Checkbox.Mode == 1
	if len(options) > 1 && !many {
		return nil, fmt.Errorf("question %q takes one option", q.QuestionKey)
	}
	for _, o := range options {
		if !slices.ContainsFunc(q.OptionList, func(x cardOption) bool { return x.ID == o }) {
			return nil, fmt.Errorf("question %q has no option %q", q.QuestionKey, o)
		}
	}
	return options, nil
}

// standing is the answer that a fresh card shows.
func (q cardSelect) standing(vote bool) []string {
	var out []string
	for _, o := range q.OptionList {
		if vote && o.Checked || !vote && o.ID == q.SelectedID {
			out = append(out, o.ID)
		}
	}
	if len(out) == 0 && !vote && len(q.OptionList) > 0 {
		out = []string{q.OptionList[0].ID}
	}
	return out
}

// takeCardReply is the passive twin of updateCard: it changes the card of the member who pressed (doc 90241). The lock
// is held.
func (s *Server) takeCardReply(d *delivery, c *corp, msgType string, root *node, doc string) error {
	e := d.message.entry
	if e == nil {
		return fmt.Errorf("%s answers presses of a card only", msgType)
	}
	change, err := passiveChange(c, d, msgType, root)
	if err != nil {
		return err
	}
	s.changeCard(e, change)
	d.Seen = true
	d.Reply = &Reply{Type: msgType, XML: doc, Text: e.Text}
	return nil
}

func passiveChange(c *corp, d *delivery, msgType string, root *node) (cardChange, error) {
	card := d.message.entry.Card
	switch msgType {
	case "update_taskcard":
		name := root.child("TaskCard").get("ReplaceName")
		if card.Type != "interactive_taskcard" || name == "" {
			return cardChange{}, fmt.Errorf("update_taskcard answers a task card with <TaskCard><ReplaceName>")
		}
		return cardChange{replace: name}, nil
	case "update_button":
		name := root.child("Button").get("ReplaceName")
		if card.Type != "button_interaction" || d.Event != "template_card_event" || name == "" {
			return cardChange{}, fmt.Errorf("update_button answers a button_interaction card with <Button><ReplaceName>")
		}
		return cardChange{replace: name}, nil
	case "update_template_card":
		return passiveCard(c, root.child("TemplateCard"))
	}
	return cardChange{}, fmt.Errorf("<MsgType> %q cannot be a passive reply", msgType)
}

func passiveCard(c *corp, n *node) (cardChange, error) {
	if n == nil {
		return cardChange{}, fmt.Errorf("<TemplateCard> is missing")
	}
	face, err := cardJSON(n)
	if err != nil {
		return cardChange{}, err
	}
	b, no := object[*cardBody](face)
	if no == nil {
		no = b.check(c, true)
	}
	if no != nil {
		return cardChange{}, no
	}
	return cardChange{face: face, body: b, replace: b.ReplaceText}, nil
}
