package assembly

import (
	"context"
	"fmt"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/rules"
)

// sender delivers what rules say to others, by the outbox.
type sender struct{ box *outbox.Outbox }

// Send implements rules.Sender.
func (s sender) Send(ctx context.Context, o rules.Outgoing) error {
	d := outbox.Delivery{ID: o.ID, App: o.App, Broadcast: broadcast(o.To)}
	for _, card := range o.Unless {
		tasks, err := tasksOf(card)
		if err != nil {
			return err
		}
		d.Unless = append(d.Unless, tasks...)
	}
	if o.After > 0 {
		d.NotBefore = time.Now().Add(o.After)
	}
	ds, err := receivers(o.To).Deliveries(o.Reply, d)
	if err != nil {
		return fmt.Errorf("send %s: %w", o.ID, err)
	}
	if len(ds) == 0 {
		return fmt.Errorf("send %s: nobody to send to", o.ID)
	}
	return s.box.Push(ctx, ds...)
}

// tasksOf are the task ids of the cards that a message is.
func tasksOf(o rules.Outgoing) ([]string, error) {
	ds, err := receivers(o.To).Deliveries(o.Reply, outbox.Delivery{ID: o.ID})
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", o.ID, err)
	}
	var tasks []string
	for _, d := range ds {
		tasks = append(tasks, outbox.Tasks(d.ID, d.Units)...)
	}
	return tasks, nil
}

func receivers(r rules.Recipients) outbox.Receivers {
	return outbox.Receivers{Users: r.Users, Departments: r.Departments, Tags: r.Tags, Everyone: r.All, Chat: r.Chat}
}

// broadcast tells what yields to answers: what goes to more than a handful.
func broadcast(r rules.Recipients) bool {
	return r.All || len(r.Departments)+len(r.Tags) > 0 || len(r.Users) > 5
}
