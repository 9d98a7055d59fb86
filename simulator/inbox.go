package simulator

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Way is how a message reached a member.
type Way string

const (
	Passive Way = "passive" // in the answer to a callback
	Active  Way = "active"  // by message/send
	InChat  Way = "group"   // by appchat/send
)

// Seen is a message as a member sees it.
type Seen struct {
	Seq      int64           `json:"seq"` // order of arrival over all members, with deliveries and what was lost
	Time     time.Time       `json:"time"`
	CorpID   string          `json:"corp_id"`
	AgentID  int64           `json:"agent_id"`
	User     string          `json:"user"`
	Way      Way             `json:"way"`
	Type     string          `json:"type"`               // msgtype
	Text     string          `json:"text"`               // what a person reads in it
	Body     json.RawMessage `json:"body,omitempty"`     // the object named like Type, as message/send spells it
	Cut      bool            `json:"cut,omitempty"`      // the platform shows less than was sent
	Recalled bool            `json:"recalled,omitempty"` // by message/recall
	MsgID    string          `json:"msgid,omitempty"`    // of message/send
	Delivery int64           `json:"delivery,omitempty"` // the callback that was answered
	ChatID   string          `json:"chat_id,omitempty"`  // of the app's group chat
	Card     *Card           `json:"card,omitempty"`     // of a template card, as this member sees it now
}

// LostReason says why nobody sees a message that was accepted.
type LostReason string

const (
	LostPace    LostReason = "pace"     // more than 30 a minute or 1,000 an hour for one member
	LostReader  LostReason = "reader"   // the member reads in WeChat, which does not show this type
	LostFault   LostReason = "fault"    // an injected fault
	LostReply   LostReason = "reply"    // a passive reply that the platform does not accept
	LostNoReply LostReason = "no reply" // a passive reply to an event that takes none
)

// Lost is a message that was accepted and is not shown, of which the app is told nothing.
type Lost struct {
	Seq     int64      `json:"seq"`
	Time    time.Time  `json:"time"`
	CorpID  string     `json:"corp_id"`
	AgentID int64      `json:"agent_id"`
	User    string     `json:"user"`
	Type    string     `json:"type"`
	Text    string     `json:"text"`
	Reason  LostReason `json:"reason"`
	Detail  string     `json:"detail,omitempty"`
	ChatID  string     `json:"chat_id,omitempty"`
}

// inbox is what one member sees, over all apps.
type inbox struct{ entries ring[*Seen] }

// Inbox returns what a member sees in all apps, in order of arrival. Members of other corps than the home corp are
// named "corp id/user id", here and in all other methods.
func (s *Server) Inbox(user string) []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, id := s.locate(user)
	box := c.inbox[id]
	if box == nil {
		return nil
	}
	out := make([]Seen, 0, len(box.entries.last()))
	for _, e := range box.entries.last() {
		out = append(out, e.copy())
	}
	return out
}

// Lost returns what was accepted for a member and is not shown; "" is for everybody.
func (s *Server) Lost(user string) []Lost {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, id := s.locate(user)
	var out []Lost
	for _, l := range s.lost.last() {
		if user == "" || l.CorpID == c.id && strings.EqualFold(l.User, id) {
			out = append(out, l)
		}
	}
	return out
}

// WaitFor waits until a member sees at least n messages and returns them, or ctx's error with what there is.
func (s *Server) WaitFor(ctx context.Context, user string, n int) ([]Seen, error) {
	var seen []Seen
	err := s.Wait(ctx, func() bool {
		seen = s.Inbox(user)
		return len(seen) >= n
	})
	return seen, err
}

// show puts a message into the member's inbox and returns the entry; nil where the member's reader does not show it.
// The lock is held.
func (s *Server) show(c *corp, m *Member, e Seen) *Seen {
	e.Time, e.CorpID, e.User = s.opt.now(), c.id, m.UserID
	if m.Reader == ReadsWeChat && !shownInWeChat(e.Type) {
		s.lose(e, LostReader, "")
		return nil
	}
	s.seq++
	e.Seq = s.seq
	id := strings.ToLower(m.UserID)
	box := c.inbox[id]
	if box == nil {
		box = &inbox{ring[*Seen]{limit: s.opt.history}}
		c.inbox[id] = box
	}
	kept := e
	box.entries.add(&kept)
	s.publishSeen(&kept)
	return &kept
}

// shownInWeChat: doc 90236 names three types that the WeChat side does not show.
func shownInWeChat(msgType string) bool {
	switch msgType {
	case "markdown", "template_card", "miniprogram_notice":
		return false
	}
	return true
}

func (s *Server) publishSeen(e *Seen) {
	c := e.copy()
	s.publish(Event{Kind: EventSeen, Seen: &c})
}

// lose records a message that nobody sees. The lock is held.
func (s *Server) lose(e Seen, why LostReason, detail string) {
	s.seq++
	l := Lost{
		Seq: s.seq, Time: s.opt.now(), CorpID: e.CorpID, AgentID: e.AgentID, User: e.User, Type: e.Type, Text: e.Text,
		Reason: why, Detail: detail, ChatID: e.ChatID,
	}
	s.lost.add(l)
	s.publish(Event{Kind: EventLost, Lost: &l})
}

func (e *Seen) copy() Seen {
	c := *e
	if e.Card != nil {
		card := e.Card.copy()
		c.Card = &card
	}
	return c
}
