package simulator

import (
	"encoding/json"
	"maps"
	"strings"
	"time"
)

const responseCodeLife = 72 * time.Hour

// Card is a template card (or legacy task card) as one member sees it now.
type Card struct {
	Type     string              `json:"card_type"` // "interactive_taskcard" for the legacy one
	TaskID   string              `json:"task_id,omitempty"`
	Face     json.RawMessage     `json:"face"`               // the template_card object that is shown
	Replaced string              `json:"replaced,omitempty"` // the grey text that took the place of the buttons
	Chosen   map[string][]string `json:"chosen,omitempty"`   // what the member answered last, by question
	Updates  int                 `json:"updates,omitempty"`  // how often the face changed
}

func (c *Card) copy() Card {
	out := *c
	out.Chosen = maps.Clone(c.Chosen)
	return out
}

// cardState is a card as it was sent.
type cardState struct {
	body   *cardBody // nil for a legacy task card
	task   *taskCard
	taskID string
	raw    json.RawMessage
}

func (c *cardState) face() *Card {
	card := &Card{Type: "interactive_taskcard", TaskID: c.taskID, Face: c.raw}
	if c.body != nil {
		card.Type = c.body.CardType
	}
	return card
}

func (c *cardState) text() string {
	if c.body != nil {
		return c.body.text("")
	}
	return c.task.text()
}

// responseCode updates one message, once.
type responseCode struct {
	message *sentMessage
	expires time.Time
	used    bool
}

func (s *Server) newResponseCode(m *sentMessage) string {
	code := s.newID("code")
	s.codes[code] = &responseCode{message: m, expires: s.opt.now().Add(responseCodeLife)}
	m.codes = append(m.codes, code)
	return code
}

// checkCard checks the card of a message; nil for other types.
func (c *call) checkCard(msgType string, raw json.RawMessage) (*cardState, *refusal) {
	if msgType == "interactive_taskcard" || msgType == "taskcard" {
		return c.checkTaskCard(raw)
	}
	if msgType != "template_card" {
		return nil, nil
	}
	b, no := object[*cardBody](raw)
	if no != nil {
		return nil, no
	}
	if no := b.check(c.corp, false); no != nil {
		return nil, no
	}
	if b.updatable() && c.app.CallbackURL == "" {
		return nil, refuse(codeNeedsCallback, "the app needs a callback url")
	}
	return &cardState{body: b, taskID: b.TaskID, raw: raw}, nil
}

// checkFresh refuses a task id that the app has used before.
func (c *call) checkFresh(card *cardState) *refusal {
	if card != nil && card.taskID != "" && c.app.tasks[card.taskID] != nil {
		return refuse(cardTaskID, "task_id was used before")
	}
	return nil
}

// updateRequest is the body of message/update_template_card (doc 94888).
type updateRequest struct {
	UserIDs      []string        `json:"userids"`
	PartyIDs     []number        `json:"partyids"`
	TagIDs       []number        `json:"tagids"`
	AtAll        number          `json:"atall"`
	AgentID      *number         `json:"agentid"`
	ResponseCode string          `json:"response_code"`
	Button       *cardNewName    `json:"button"`
	TemplateCard json.RawMessage `json:"template_card"`
}

type cardNewName struct {
	ReplaceName string `json:"replace_name"`
}

// cardChange is what an update does to a card.
type cardChange struct {
	replace string          // A: the buttons become this text
	face    json.RawMessage // B: a new card
	body    *cardBody       // of face
}

// updateCard is POST message/update_template_card.
func updateCard(c *call) (fields, *refusal) {
	var r updateRequest
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	if no := c.checkAgent(r.AgentID); no != nil {
		return nil, no
	}
	code, no := c.responseCode(r.ResponseCode)
	if no != nil {
		return nil, no
	}
	change, no := c.change(r, code.message.card)
	if no != nil {
		return nil, no
	}
	targets, invalid, no := c.targets(r, code.message)
	if no != nil {
		return nil, no
	}
	code.used = true
	for _, e := range code.message.seen {
		if targets[strings.ToLower(e.User)] {
			c.s.changeCard(e, change)
		}
	}
	return fields{"invaliduser": invalid}, nil
}

// responseCode finds a code that still works.
func (c *call) responseCode(value string) (*responseCode, *refusal) {
	code := c.s.codes[value]
	switch {
	case code == nil, code.used, !c.s.opt.now().Before(code.expires):
		return nil, refuse(codeResponseCode, "invalid response_code: unknown, used or expired")
	case code.message.app != c.app:
		return nil, refuse(cardForeignApp, "the card was sent by another app")
	}
	return code, nil
}

// change reads which of the two kinds of update is asked for.
func (c *call) change(r updateRequest, card *cardState) (cardChange, *refusal) {
	hasCard := len(r.TemplateCard) > 0 && string(r.TemplateCard) != "null"
	switch {
	case hasCard == (r.Button != nil):
		return cardChange{}, refuse(codeArgument, "give exactly one of button and template_card")
	case r.Button != nil && card.body.CardType != "button_interaction":
		return cardChange{}, refusef(codeArgument, "a %s card has no buttons to replace", card.body.CardType)
	case r.Button != nil && r.Button.ReplaceName == "":
		return cardChange{}, refuse(cardButtonName, "button.replace_name missing")
	case r.Button != nil:
		return cardChange{replace: r.Button.ReplaceName}, nil
	}
	b, no := object[*cardBody](r.TemplateCard)
	if no == nil {
		no = b.check(c.corp, true)
	}
	return cardChange{face: r.TemplateCard, body: b, replace: b.replaceText()}, no
}

func (b *cardBody) replaceText() string {
	if b == nil {
		return ""
	}
	return b.ReplaceText
}

// targets are the receivers of the message that an update is for, and the users that are none.
func (c *call) targets(r updateRequest, m *sentMessage) (map[string]bool, []string, *refusal) {
	invalid := []string{}
	switch {
	case len(r.UserIDs)+len(r.PartyIDs)+len(r.TagIDs) == 0 && r.AtAll == 0:
		return nil, nil, refuse(codeNoTarget, "userids, partyids, tagids and atall are all empty")
	case len(r.UserIDs) > maxUsers:
		return nil, nil, refusef(codeUserListTooBig, "%d users, at most %d", len(r.UserIDs), maxUsers)
	case len(r.PartyIDs) > maxParties:
		return nil, nil, refusef(codeParties, "%d departments, at most %d", len(r.PartyIDs), maxParties)
	case len(r.TagIDs) > maxParties:
		return nil, nil, refusef(codeTags, "%d tags, at most %d", len(r.TagIDs), maxParties)
	}
	targets := map[string]bool{}
	for _, u := range r.UserIDs {
		if id := strings.ToLower(u); m.receiver[id] {
			targets[id] = true
		} else {
			invalid = append(invalid, id)
		}
	}
	for id := range m.receiver {
		member := c.corp.members[id]
		if r.AtAll == 1 || member != nil && c.corp.inAny(member, r.PartyIDs, r.TagIDs) {
			targets[id] = true
		}
	}
	if len(targets) == 0 {
		return nil, nil, refuse(codeNotReceiver, "nobody of these received the message")
	}
	return targets, invalid, nil
}

func (c *corp) inAny(m *Member, parties, tags []number) bool {
	for _, d := range parties {
		if c.inDepartment(m, int(d)) {
			return true
		}
	}
	for _, t := range tags {
		if c.hasTag(m, int(t)) {
			return true
		}
	}
	return false
}

// changeCard shows a member the new state of his card. The lock is held.
func (s *Server) changeCard(e *Seen, ch cardChange) {
	card := e.Card.copy()
	card.Updates++
	card.Replaced = ch.replace
	if ch.body != nil {
		card.Type, card.Face = ch.body.CardType, ch.face
	}
	e.Card = &card
	e.Text = cardText(card)
	s.publishSeen(e)
}

// cardText is what a person reads in a card now.
func cardText(c Card) string {
	if c.Type == "interactive_taskcard" {
		t, _ := object[*taskCard](c.Face) // was checked when it was sent
		if c.Replaced != "" {
			t.Buttons = []taskButton{{Name: c.Replaced}}
		}
		return t.text()
	}
	b, _ := object[*cardBody](c.Face)
	return b.text(c.Replaced)
}
