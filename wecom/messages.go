package wecom

import "context"

// SendRequest is one message/send (doc 90236). Body is the object named like MsgType.
type SendRequest struct {
	ToUser, ToParty, ToTag string // joined by "|"; ToUser may be "@all"
	AgentID                int64
	MsgType                string
	Body                   any // marshalled under the key MsgType: TextBody, MediaBody, NewsBody, TemplateCard …
	Safe                   int
	EnableIDTrans          bool
	DuplicateCheck         bool
	DuplicateCheckInterval int // seconds, at most 14400; 0: the platform's default, 1800
}

// Send sends one app message. It is repeated when the platform says that it is busy, but not when the outcome is unknown
// (TransportError.Sent): repeat it then with DuplicateCheck set, and members get it once. A member gets at most 30
// messages a minute and 1,000 an hour of one app, the rest is dropped without an error (doc 90312).
//
//wecom:op POST /cgi-bin/message/send 90236
func (s *MessagesService) Send(ctx context.Context, r *SendRequest) (*SendResult, error) {
	out := new(SendResult)
	if err := s.conn.call(ctx, "POST", "/cgi-bin/message/send", nil, r.wire(), out); err != nil {
		return nil, err
	}
	return out, nil
}

// wire is the request as the platform wants it: flags as numbers, the body under the name of its type.
func (r *SendRequest) wire() map[string]any {
	m := map[string]any{"agentid": r.AgentID, "msgtype": r.MsgType, r.MsgType: r.Body}
	for name, v := range map[string]string{"touser": r.ToUser, "toparty": r.ToParty, "totag": r.ToTag} {
		if v != "" {
			m[name] = v
		}
	}
	for name, v := range map[string]int{"safe": r.Safe, "duplicate_check_interval": r.DuplicateCheckInterval} {
		if v != 0 {
			m[name] = v
		}
	}
	for name, v := range map[string]bool{"enable_id_trans": r.EnableIDTrans, "enable_duplicate_check": r.DuplicateCheck} {
		if v {
			m[name] = 1
		}
	}
	return m
}

// CardUpdate changes a template card that was sent (doc 94888): its buttons become one grey text, or the whole card is
// replaced. Exactly one of Button and TemplateCard is set.
type CardUpdate struct {
	UserIDs       []string    `json:"userids,omitempty"`  // at most 1,000, all of them receivers of the card
	PartyIDs      []int       `json:"partyids,omitempty"` // at most 100
	TagIDs        []int       `json:"tagids,omitempty"`   // at most 100
	AtAll         int         `json:"atall,omitempty"`    // 1: every receiver
	AgentID       int64       `json:"agentid"`
	ResponseCode  string      `json:"response_code"` // of the send, or of the click: 72 hours, each works once
	Button        *CardButton `json:"button,omitempty"`
	TemplateCard  any         `json:"template_card,omitempty"`
	EnableIDTrans int         `json:"enable_id_trans,omitempty"`
}

// CardUpdateResult names the receivers whose card could not be changed.
type CardUpdateResult struct {
	InvalidUser []string `json:"invaliduser"`
}

// UpdateCard changes a card. ErrResponseCodeUsed (60140) when the code is spent: the card stays as it is.
//
//wecom:op POST /cgi-bin/message/update_template_card 94888 94945
func (s *MessagesService) UpdateCard(ctx context.Context, r *CardUpdate) (*CardUpdateResult, error) {
	out := new(CardUpdateResult)
	if err := s.conn.call(ctx, "POST", "/cgi-bin/message/update_template_card", nil, r, out); err != nil {
		return nil, err
	}
	return out, nil
}
