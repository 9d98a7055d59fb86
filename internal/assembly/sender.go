package assembly

import (
	"context"
	"fmt"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/rules"
)

// sender delivers what rules say to others, by the outbox.
type sender struct{ box *outbox.Outbox }

// Send implements rules.Sender.
func (s sender) Send(ctx context.Context, o rules.Outgoing) error {
	to := outbox.Receivers{Users: o.To.Users, Departments: o.To.Departments, Tags: o.To.Tags, Everyone: o.To.All, Chat: o.To.Chat}
	ds, err := to.Deliveries(o.Reply, outbox.Delivery{ID: o.ID, App: o.App, Broadcast: broadcast(o.To)})
	if err != nil {
		return fmt.Errorf("send %s: %w", o.ID, err)
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
