package memstore

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

func (q *queue) Pending(ctx context.Context, limit int) ([]storage.Lease, error) {
	if err := q.enter(ctx, nil); err != nil {
		return nil, err
	}
	defer q.leave()
	var out []storage.Lease
	for e := range q.sched.All() {
		if limit > 0 && len(out) == limit {
			break
		}
		l := q.lease(e)
		l.Token = 0 // the worker's alone
		out = append(out, l)
	}
	return out, nil
}

func (q *queue) DeadLetters(ctx context.Context, limit int) ([]storage.DeadLetter, error) {
	if err := q.enter(ctx, nil); err != nil {
		return nil, err
	}
	defer q.leave()
	var out []storage.DeadLetter
	for _, g := range q.dead.order {
		if limit > 0 && len(out) == limit {
			break
		}
		d := g.DeadLetter
		d.Body = bytes.Clone(d.Body)
		out = append(out, d)
	}
	return out, nil
}

func (q *queue) Revive(ctx context.Context, id string) error {
	if err := q.enter(ctx, nil); err != nil {
		return err
	}
	defer q.leave()
	g := q.dead.byID[id]
	if g == nil {
		return storage.ErrNotFound
	}
	if q.sched.Len() >= q.limit {
		return storage.ErrFull
	}
	q.dead.remove(g)
	it := g.Item
	it.NotBefore, it.Expires = time.Time{}, time.Time{}
	q.items[g.seq] = it
	q.sched.Add(lanes.Item{Seq: g.seq, ID: it.ID, Lane: it.Lane, Priority: it.Priority, Pushed: lanes.Stamp(g.Pushed)})
	q.wake()
	return nil
}

func (q *queue) Drop(ctx context.Context, id string) error {
	if err := q.enter(ctx, nil); err != nil {
		return err
	}
	defer q.leave()
	if g := q.dead.byID[id]; g != nil {
		q.dead.remove(g)
		return nil
	}
	e := q.sched.Get(id)
	switch {
	case e == nil:
		return storage.ErrNotFound
	case e.Token != 0:
		return storage.ErrConflict
	}
	q.remove(e)
	q.wake()
	return nil
}

func (q *queue) Stats(ctx context.Context) (storage.Stats, error) {
	if err := q.enter(ctx, nil); err != nil {
		return storage.Stats{}, err
	}
	defer q.leave()
	st := storage.Stats{Dead: len(q.dead.order)}
	st.Ready, st.Waiting, st.Leased = q.sched.Counts()
	if e := q.sched.First(); e != nil {
		st.Oldest = lanes.Time(e.Pushed)
	}
	return st, nil
}

// graves are the dead letters, oldest first.
type graves struct {
	order []*grave
	byID  map[string]*grave
}

type grave struct {
	storage.DeadLetter
	seq uint64
}

func (g *graves) add(d *grave) {
	g.order = append(g.order, d)
	g.byID[d.ID] = d
}

func (g *graves) remove(d *grave) {
	delete(g.byID, d.ID)
	g.order = slices.DeleteFunc(g.order, func(o *grave) bool { return o == d })
}

// acked remembers the ids that are done.
type acked struct {
	at    map[string]int64 // unix ns
	order []string
}

func (a *acked) add(id string, now int64) {
	a.at[id] = now
	a.order = append(a.order, id)
}

func (a *acked) forget(now int64) {
	for len(a.order) > 0 && lanes.After(a.at[a.order[0]], storage.AckedFor) <= now {
		delete(a.at, a.order[0])
		a.order = a.order[1:]
	}
}
