package assembly

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	var unless []string
	for _, card := range o.Unless {
		tasks, err := tasksOf(card)
		if err != nil {
			return err
		}
		unless = append(unless, tasks...)
	}
	var due time.Time
	if o.After > 0 {
		due = time.Now().Add(o.After)
	}
	var ds []outbox.Delivery
	for i, to := range targets(o.To) {
		ds = append(ds, outbox.Delivery{
			ID: deliveryID(o, i), App: o.App, To: to, Units: units, Broadcast: broadcast(o.To), NotBefore: due, Unless: unless,
		})
	}
	if len(ds) == 0 {
		return fmt.Errorf("send %s: nobody to send to", o.ID)
	}
	return s.box.Push(ctx, ds...)
}

func deliveryID(o rules.Outgoing, i int) string { return o.ID + "/" + strconv.Itoa(i) }

// tasksOf are the task ids of the cards that a message is.
func tasksOf(o rules.Outgoing) ([]string, error) {
	units, err := o.Reply.Units(reply.Options{})
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", o.ID, err)
	}
	var tasks []string
	for i := range targets(o.To) {
		tasks = append(tasks, outbox.Tasks(deliveryID(o, i), units)...)
	}
	return tasks, nil
}

// broadcast tells what yields to answers: what goes to more than a handful.
func broadcast(r rules.Recipients) bool {
	return r.All || len(r.Departments)+len(r.Tags) > 0 || len(r.Users) > 5
}

// targets splits recipients into what one call may name. One member is a target of his own, whose pace is known.
func targets(r rules.Recipients) []outbox.To {
	if r.All {
		return []outbox.To{{User: "@all"}}
	}
	var to []outbox.To
	if r.Chat != "" {
		to = append(to, outbox.To{Chat: r.Chat})
	}
	for part := range slices.Chunk(r.Users, maxUsers) {
		to = append(to, outbox.To{User: strings.Join(part, "|")})
	}
	for part := range slices.Chunk(r.Departments, maxParties) {
		to = append(to, outbox.To{Party: join(part)})
	}
	for part := range slices.Chunk(r.Tags, maxTags) {
		to = append(to, outbox.To{Tag: join(part)})
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
