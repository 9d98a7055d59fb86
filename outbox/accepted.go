package outbox

import (
	"encoding/json"
	"time"

	"github.com/wecombot/wecombot/storage"
)

// Inbox is the name of the queue in which the bot keeps accepted messages until their answers are in the outbox. It is
// named here so that operators find messages that were given up beside the answers that were.
const Inbox = "inbox"

// Accepted is the body of an item of the inbox.
type Accepted struct {
	App      string    `json:"app"`
	User     string    `json:"user"`
	Type     string    `json:"type"`
	Doc      string    `json:"doc"` // the decrypted callback
	Received time.Time `json:"received"`
	Excused  int       `json:"excused,omitempty"` // pulls that ended without harm: at a shutdown, or before the app was there
}

// given is a message that was given up, as an operator sees it.
func given(d storage.DeadLetter) Entry {
	e := Entry{ID: d.ID, Queue: Inbox, State: "dead", Attempt: d.Attempt, Pushed: d.Pushed, Died: d.Died, Reason: d.Reason}
	var a Accepted
	if json.Unmarshal(d.Body, &a) == nil {
		e.App, e.To, e.Type, e.Trace = a.App, "message of "+a.User, a.Type, d.ID[:min(10, len(d.ID))]
	}
	return e
}
