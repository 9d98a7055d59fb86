package assembly

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/rules"
)

// Most receivers of one message/send (doc 90236).
const (
	maxUsers   = 1000
	maxParties = 100
	maxTags    = 100
)

// sender delivers what rules say to others, by the outbox.
type sender struct{ box *outbox.Outbox }

// Send implements rules.Sender.
func (s sender) Send(ctx context.Context, o rules.Outgoing) error {
	units, err := o.Reply.Units(reply.Options{})
	if err != nil {
		return fmt.Errorf("send %s: %w", o.ID, err)
	}
	var ds []outbox.Delivery
	for i, to := range targets(o.To) {
		ds = append(ds, outbox.Delivery{
			ID: o.ID + "/" + strconv.Itoa(i), App: o.App, To: to, Units: units, Broadcast: broadcast(o.To),
		})
	}
	if len(ds) == 0 {
		return fmt.Errorf("send %s: nobody to send to", o.ID)
	}
	return s.box.Push(ctx, ds...)
}

// broadcast tells what yields to answers: what goes to more than a handful.
func broadcast(r rules.Recipients) bool {
	return r.All || len(r.Departments)+len(r.Tags) > 0 || len(r.Users) > 5
}

// targets splits recipients into what one call may name, in as few calls as can be: the platform sends a member one copy of
// a message who is named in it, has a tag and is in a department. One member alone is a target whose pace is known.
func targets(r rules.Recipients) []outbox.To {
	if r.All {
		return []outbox.To{{User: "@all"}}
	}
	var to []outbox.To
	if r.Chat != "" {
		to = append(to, outbox.To{Chat: r.Chat})
	}
	users, parties, tags := r.Users, r.Departments, r.Tags
	for len(users)+len(parties)+len(tags) > 0 {
		var t outbox.To
		u, p, g := min(len(users), maxUsers), min(len(parties), maxParties), min(len(tags), maxTags)
		t.User, users = strings.Join(users[:u], "|"), users[u:]
		t.Party, parties = join(parties[:p]), parties[p:]
		t.Tag, tags = join(tags[:g]), tags[g:]
		to = append(to, t)
	}
	return to
}

func join(ids []int) string {
	s := make([]string, len(ids))
	for i, id := range ids {
		s[i] = strconv.Itoa(id)
	}
	return strings.Join(s, "|")
}
