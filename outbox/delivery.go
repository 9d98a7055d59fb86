package outbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/wecombot/wecombot/reply"
)

// To is a target: members, departments and tags joined by "|" as in message/send, or a group chat of the app.
type To struct {
	User  string `json:"user,omitempty"`
	Party string `json:"party,omitempty"`
	Tag   string `json:"tag,omitempty"`
	Chat  string `json:"chat,omitempty"` // chatid of appchat
}

// Empty reports whether nobody is named.
func (t To) Empty() bool { return t == To{} }

// single is the one member of a target, lower-cased, or "".
func (t To) single() string {
	if t.Party != "" || t.Tag != "" || t.Chat != "" || strings.ContainsAny(t.User, "|@") {
		return ""
	}
	return strings.ToLower(t.User) // user ids are compared without case (doc 90238)
}

func (t To) String() string {
	var s []string
	for _, p := range []struct{ name, ids string }{{"user", t.User}, {"party", t.Party}, {"tag", t.Tag}, {"chat", t.Chat}} {
		if p.ids != "" {
			s = append(s, p.name+" "+p.ids)
		}
	}
	return strings.Join(s, ", ")
}

// Delivery is what one Push hands over.
type Delivery struct {
	ID        string // idempotency: pushing an ID again within a day does nothing
	App       string // the app's name
	To        To
	Units     []reply.Unit
	Trace     string        // id of the message that this answers; may be empty
	Broadcast bool          // yields to answers
	NotBefore time.Time     // zero: at once. What waits a second or more keeps no order with other deliveries
	Unless    []string      // task ids of cards: nothing is sent when one of them is decided by then, see Cards
	Expires   time.Duration // given up so long after NotBefore; 0: 24 h
	Safe      int           // `safe` of message/send
	Task      string        // for changes of a card (reply.UpdateButton, reply.UpdateCard): its task id
	Offered   bool          // the first unit was offered in a callback's response: nothing leaves until Taken
}

// stored is the body of a queue item. Clean and Tried say what is known about attempts, see process.
type stored struct {
	App   string       `json:"app"`
	To    To           `json:"to"`
	Units []reply.Unit `json:"units"`
	Trace string       `json:"trace,omitempty"`
	Safe  int          `json:"safe,omitempty"`
	Task  string       `json:"task,omitempty"`

	Unless  []string `json:"unless,omitempty"`
	Offered bool     `json:"offered,omitempty"` // see Delivery
	Careful bool     `json:"careful,omitempty"` // Tried is stored before an attempt begins, see twins

	Next  int       `json:"next,omitempty"`  // index of the unit to send
	Clean int       `json:"clean,omitempty"` // attempts that certainly left nothing at the platform
	Tried time.Time `json:"tried,omitzero"`  // begin of the first attempt whose outcome is, or may be, unknown
	Fails int       `json:"fails,omitempty"` // failures of this unit in a row
	Sent  []Sent    `json:"sent,omitempty"`
}

// Sent is the platform's receipt of one unit.
type Sent struct {
	MsgID        string    `json:"msgid,omitempty"`
	ResponseCode string    `json:"response_code,omitempty"`
	At           time.Time `json:"at"`
}

func decode(body []byte) (stored, error) {
	var s stored
	if err := json.Unmarshal(body, &s); err != nil {
		return stored{}, fmt.Errorf("outbox: unreadable item: %w", err)
	}
	return s, nil
}

func (s stored) encode() []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // only strings, numbers and raw JSON that was checked at rendering
	}
	return b
}

// lane keeps the deliveries of one target in order.
func lane(app string, to To) string {
	if u := to.single(); u != "" {
		return app + "|" + u
	}
	return app + "|" + to.String()
}

// laneAt is lane for what waits for its time: its own, so that it does not hold up what is said meanwhile.
func (d Delivery) laneAt(now time.Time) string {
	if d.NotBefore.Sub(now) >= time.Second {
		return lane(d.App, d.To) + "|" + d.ID
	}
	return lane(d.App, d.To)
}
