package simulator

import (
	"encoding/json"
	"strings"
	"time"
)

const responseCodeLife = 72 * time.Hour

// Card is a template card as one member sees it now.
type Card struct {
	Type     string          `json:"card_type"`
	TaskID   string          `json:"task_id,omitempty"`
	Face     json.RawMessage `json:"face"`               // the template_card object that is shown
	Replaced string          `json:"replaced,omitempty"` // the text that took the place of the buttons
}

func (c *Card) copy() Card { return *c }

// cardState is a card as it was sent.
type cardState struct {
	cardType string
	taskID   string
	raw      json.RawMessage
	menu     bool
}

// updatable reports whether the platform hands out response codes for the card.
func (c *cardState) updatable() bool {
	switch c.cardType {
	case "button_interaction", "vote_interaction", "multiple_interaction":
		return true
	}
	return c.menu
}

func (c *cardState) face() *Card { return &Card{Type: c.cardType, TaskID: c.taskID, Face: c.raw} }

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
	if msgType != "template_card" {
		return nil, nil
	}
	b, no := object[struct {
		CardType string `json:"card_type"`
		TaskID   string `json:"task_id"`
		Menu     *struct {
			List []any `json:"action_list"`
		} `json:"action_menu"`
	}](raw)
	if no != nil {
		return nil, no
	}
	card := &cardState{cardType: b.CardType, taskID: b.TaskID, raw: raw, menu: b.Menu != nil}
	switch b.CardType {
	case "text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction":
	default:
		return nil, refusef(42031, "invalid card_type %q", b.CardType)
	}
	if card.updatable() && c.app.CallbackURL == "" {
		return nil, refuse(codeNeedsCallback, "the app needs a callback url")
	}
	return card, nil
}

// updateCard is POST message/update_template_card (doc 94888).
func updateCard(c *call) (fields, *refusal) {
	var r struct {
		UserIDs      []string        `json:"userids"`
		PartyIDs     []int           `json:"partyids"`
		TagIDs       []int           `json:"tagids"`
		AtAll        number          `json:"atall"`
		AgentID      *number         `json:"agentid"`
		ResponseCode string          `json:"response_code"`
		Button       *cardButtonText `json:"button"`
		TemplateCard json.RawMessage `json:"template_card"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	if no := c.checkAgent(r.AgentID); no != nil {
		return nil, no
	}
	code := c.s.codes[r.ResponseCode]
	if code == nil || code.used || !c.s.opt.now().Before(code.expires) || code.message.app != c.app {
		return nil, refuse(codeResponseCode, "invalid response_code")
	}
	targets := map[string]bool{}
	for _, u := range r.UserIDs {
		targets[strings.ToLower(u)] = true
	}
	code.used = true
	for _, e := range code.message.seen {
		if r.AtAll == 0 && !targets[strings.ToLower(e.User)] {
			continue
		}
		face := e.Card.copy()
		if r.Button != nil {
			face.Replaced = r.Button.ReplaceName
		} else {
			face.Face = r.TemplateCard
		}
		e.Card = &face
		c.s.publishSeen(e)
	}
	return fields{}, nil
}

type cardButtonText struct {
	ReplaceName string `json:"replace_name"`
}

// takeCardReply is the passive twin of updateCard.
func (s *Server) takeCardReply(d *delivery, c *corp, m *Member, msgType string, root *node, doc string) error {
	return refusef(codeMsgType, "%s: not yet", msgType)
}

// groupChat is an app's group chat.
type groupChat struct{}
