package natsstore

import (
	"encoding/base64"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/wecombot/wecombot/internal/lanes"
)

// version is that of the rules: of what a command means and which item a pull gets. Whoever changes machine.go, or the
// order in package lanes, so that the same log amounts to something else, raises it; TestRulesAreTheSame tells.
const version = 1

const (
	opTick   = "tick" // lets the time go on
	opPush   = "push"
	opPull   = "pull"
	opReturn = "return" // of an item that nobody waited for any more
	opSave   = "save"
	opAck    = "ack"
	opRetry  = "retry"
	opDead   = "dead"
	opRevive = "revive"
	opDrop   = "drop"
	opHead   = "head" // the log up to Snapshot is stored in Body
)

// command is one message of the log.
type command struct {
	Version  int           `json:"v"`
	From     string        `json:"from"` // the sender, one for each open queue
	N        uint64        `json:"n"`    // its number
	Op       string        `json:"op"`
	Items    []item        `json:"items,omitempty"` // push
	More     bool          `json:"more,omitempty"`  // push: further items follow, in a command with the same N
	Limit    int           `json:"limit,omitempty"` // push, revive
	ID       text          `json:"id,omitempty"`
	Token    uint64        `json:"token,omitempty"` // of the lease
	Lease    time.Duration `json:"lease,omitempty"` // pull, save
	At       int64         `json:"at,omitempty"`    // retry; unix ns
	Reason   text          `json:"reason,omitempty"`
	Body     []part        `json:"body,omitempty"`     // save, head
	Snapshot uint64        `json:"snapshot,omitempty"` // head
}

// item is an item in a command or a snapshot.
type item struct {
	Seq       uint64 `json:"seq,omitempty"`
	ID        text   `json:"id"`
	Lane      text   `json:"lane,omitempty"`
	Priority  int    `json:"priority,omitempty"`
	NotBefore int64  `json:"notBefore,omitempty"` // these are unix ns
	Expires   int64  `json:"expires,omitempty"`
	Pushed    int64  `json:"pushed,omitempty"`
	Attempt   int    `json:"attempt,omitempty"`
	Token     uint64 `json:"token,omitempty"`
	Until     int64  `json:"until,omitempty"`
	Body      []part `json:"body,omitempty"`
}

func itemOf(it lanes.Item, body []part) item {
	return item{
		Seq: it.Seq, ID: text(it.ID), Lane: text(it.Lane), Priority: it.Priority, NotBefore: it.NotBefore, Expires: it.Expires,
		Pushed: it.Pushed, Attempt: it.Attempt, Token: it.Token, Until: it.Until, Body: body,
	}
}

func (it item) scheduled() lanes.Item {
	return lanes.Item{
		Seq: it.Seq, ID: string(it.ID), Lane: string(it.Lane), Priority: it.Priority, NotBefore: it.NotBefore, Expires: it.Expires,
		Pushed: it.Pushed, Attempt: it.Attempt, Token: it.Token, Until: it.Until,
	}
}

// text is any bytes in JSON: readable where they are UTF-8.
type text string

func (t text) MarshalText() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return append([]byte{'='}, t...), nil
	}
	return base64.StdEncoding.AppendEncode([]byte{'~'}, []byte(t)), nil
}

func (t *text) UnmarshalText(raw []byte) (err error) {
	switch {
	case len(raw) > 0 && raw[0] == '=':
		*t = text(raw[1:])
	case len(raw) > 0 && raw[0] == '~':
		raw, err = base64.StdEncoding.AppendDecode(nil, raw[1:])
		*t = text(raw)
	default:
		err = errors.New("text without its mark")
	}
	return err
}
