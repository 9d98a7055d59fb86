package trace

import (
	"fmt"
	"strings"
	"time"
)

// What happened at a step.
type What string

// The steps of a message's way, in their usual order.
const (
	Received  What = "received"  // a callback arrived, was verified and decrypted
	Duplicate What = "duplicate" // a later attempt of the platform joined or got the stored answer
	Recovered What = "recovered" // taken from the inbox after a restart
	Routed    What = "routed"    // rules chosen
	Handled   What = "handled"   // the handler returned
	Failed    What = "failed"    // the handler failed, panicked or ran out of time
	Answered  What = "answered"  // passive reply in the callback's response
	Deferred  What = "deferred"  // empty 200 (or a notice); the answer goes active
	Queued    What = "queued"    // the answer is in the outbox
	Sent      What = "sent"      // one part was accepted by the platform
	Retry     What = "retry"     // one part will be tried again
	Delivered What = "delivered" // all parts were accepted
	Dead      What = "dead"      // given up, see botd outbox dead
	Silent    What = "silent"    // nothing to say
)

// Step is one thing that happened. Zero fields are left out.
type Step struct {
	At       time.Time     `json:"at"`
	What     What          `json:"what"`
	Attempt  int           `json:"attempt,omitempty"`
	Rules    []string      `json:"rules,omitempty"`
	Revision string        `json:"revision,omitempty"` // of the rules
	Took     time.Duration `json:"took,omitempty"`     // nanoseconds in JSON
	Part     int           `json:"part,omitempty"`     // from 1
	Parts    int           `json:"parts,omitempty"`
	Type     string        `json:"type,omitempty"` // msgtype of a part
	Code     int           `json:"errcode,omitempty"`
	Detail   string        `json:"detail,omitempty"` // never message text
}

// Record is the trace of one message.
type Record struct {
	ID       string    `json:"id"`
	App      string    `json:"app"`
	User     string    `json:"user"`
	MsgType  string    `json:"msg_type"`
	Event    string    `json:"event,omitempty"`
	MsgID    uint64    `json:"msg_id,omitempty"`
	Received time.Time `json:"received"`
	Steps    []Step    `json:"steps"`
}

// maxSteps bounds one record; a message that is retried for a day keeps its beginning and its newest steps.
const maxSteps = 64

func (r *Record) add(s Step) {
	if len(r.Steps) >= maxSteps {
		copy(r.Steps[maxSteps/2:], r.Steps[maxSteps/2+1:])
		r.Steps[maxSteps-1] = s
		return
	}
	r.Steps = append(r.Steps, s)
}

// End is the newest state: the What of the last step.
func (r *Record) End() What {
	if len(r.Steps) == 0 {
		return ""
	}
	return r.Steps[len(r.Steps)-1].What
}

// String is the trace for people: one line a step, times relative to the first.
func (r *Record) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  app %s  user %s  %s", r.ID, r.App, r.User, r.MsgType)
	if r.Event != "" {
		fmt.Fprintf(&b, "/%s", r.Event)
	}
	if r.MsgID != 0 {
		fmt.Fprintf(&b, "  msg_id %d", r.MsgID)
	}
	fmt.Fprintf(&b, "  %s\n", r.Received.Format("2006-01-02 15:04:05.000 -07:00"))
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "  +%-9s %-10s %s\n", round(s.At.Sub(r.Received)), s.What, s.words())
	}
	return b.String()
}

// ways say in the words of the documentation what a state means for the message.
var ways = map[What]string{Received: "decrypted", Answered: "passive", Queued: "active"}

func (s Step) words() string {
	var w []string
	add := func(format string, a ...any) { w = append(w, fmt.Sprintf(format, a...)) }
	if s.Attempt > 0 {
		add("attempt %d", s.Attempt)
	}
	if way := ways[s.What]; way != "" {
		add("%s", way)
	}
	if len(s.Rules) > 0 {
		add("rule %s", strings.Join(s.Rules, ", "))
	}
	if s.Revision != "" {
		add("revision %s", s.Revision)
	}
	if s.Parts > 0 && s.Part > 0 {
		add("part %d/%d", s.Part, s.Parts)
	} else if s.Parts > 0 {
		add("%d part(s)", s.Parts)
	}
	if s.Type != "" {
		add("%s", s.Type)
	}
	if s.Code != 0 || s.What == Sent {
		add("errcode %d", s.Code)
	}
	if s.Took > 0 {
		add("took %s", round(s.Took))
	}
	if s.Detail != "" {
		add("%s", s.Detail)
	}
	return strings.Join(w, "  ")
}

func round(d time.Duration) time.Duration {
	if d < time.Millisecond {
		return d.Round(time.Microsecond)
	}
	return d.Round(time.Millisecond)
}
