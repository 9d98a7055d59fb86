package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wecombot/wecombot/storage"
)

// Entry is a delivery as an operator sees it; never its text.
type Entry struct {
	ID      string    `json:"id"`
	Queue   string    `json:"queue"` // answers, broadcasts, or inbox for a message
	State   string    `json:"state"` // waiting, sending or dead
	App     string    `json:"app"`
	To      string    `json:"to"`
	Trace   string    `json:"trace,omitempty"`
	Type    string    `json:"type"` // of the next part
	Part    int       `json:"part"` // the next one, from 1
	Parts   int       `json:"parts"`
	Attempt int       `json:"attempt"`
	Pushed  time.Time `json:"pushed"`
	Next    time.Time `json:"next,omitzero"` // not before
	Died    time.Time `json:"died,omitzero"`
	Reason  string    `json:"reason,omitempty"`
}

type named struct {
	name  string
	queue storage.Queue
}

func (o *Outbox) queues() []named {
	return []named{{"answers", o.answers}, {"broadcasts", o.broadcasts}}
}

// List returns up to limit deliveries that are under way, oldest first.
func (o *Outbox) List(ctx context.Context, limit int) ([]Entry, error) {
	var out []Entry
	for _, q := range o.queues() {
		ls, err := q.queue.Pending(ctx, limit)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", q.name, err)
		}
		for _, l := range ls {
			e := entry(q.name, l.Item, l.Attempt, l.Pushed)
			e.State, e.Next = "waiting", l.NotBefore
			if !l.Until.IsZero() {
				e.State = "sending"
			}
			out = append(out, e)
		}
	}
	return oldest(out, limit), nil
}

// Dead returns up to limit dead letters, oldest first: answers that could not be delivered, and accepted messages that
// could not be handled.
func (o *Outbox) Dead(ctx context.Context, limit int) ([]Entry, error) {
	var out []Entry
	for _, q := range o.queues() {
		ds, err := q.queue.DeadLetters(ctx, limit)
		if err != nil {
			return nil, fmt.Errorf("list dead letters of %s: %w", q.name, err)
		}
		for _, d := range ds {
			e := entry(q.name, d.Item, d.Attempt, d.Pushed)
			e.State, e.Died, e.Reason = "dead", d.Died, d.Reason
			out = append(out, e)
		}
	}
	messages, err := o.inbox.DeadLetters(ctx, limit)
	if err != nil {
		return nil, fmt.Errorf("list messages given up: %w", err)
	}
	for _, d := range messages {
		out = append(out, given(d))
	}
	return oldest(out, limit), nil
}

// Retry makes a dead letter a delivery again, or lets a message that was given up be handled again; ErrNotFound of
// storage when there is none.
func (o *Outbox) Retry(ctx context.Context, id string) error {
	return o.first(func(q storage.Queue) error { return q.Revive(ctx, id) })
}

// Drop forgets a delivery or a dead letter.
func (o *Outbox) Drop(ctx context.Context, id string) error {
	return o.first(func(q storage.Queue) error { return q.Drop(ctx, id) }) // Ahead forgets it after a while
}

// first tries the queues until one knows the item.
func (o *Outbox) first(try func(storage.Queue) error) error {
	for _, q := range append(o.queues(), named{Inbox, o.inbox}) {
		if err := try(q.queue); !errors.Is(err, storage.ErrNotFound) {
			return err
		}
	}
	return storage.ErrNotFound
}

func entry(queue string, it storage.Item, attempt int, pushed time.Time) Entry {
	e := Entry{ID: it.ID, Queue: queue, Attempt: attempt, Pushed: pushed}
	s, err := decode(it.Body)
	if err != nil {
		e.Reason = err.Error()
		return e
	}
	e.App, e.To, e.Trace, e.Parts = s.App, s.To.String(), s.Trace, len(s.Units)
	e.Part = min(s.Next+1, e.Parts)
	e.Type = s.Units[e.Part-1].MsgType
	return e
}

func oldest(es []Entry, limit int) []Entry {
	slices.SortStableFunc(es, func(a, b Entry) int { return cmp.Compare(a.Pushed.UnixNano(), b.Pushed.UnixNano()) })
	return es[:min(limit, len(es))]
}
