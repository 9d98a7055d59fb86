package memstore

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

type queue struct {
	store *store

	mu      sync.Mutex
	limit   int
	seq     uint64
	token   uint64
	sched   *lanes.Queue
	items   map[uint64]storage.Item // not dead, by Seq; their Body is the current one
	dead    graves
	acked   acked
	changed chan struct{} // closed when a waiting Pull should look again
}

func newQueue(s *store) *queue {
	return &queue{
		store:   s,
		sched:   lanes.New(),
		items:   map[uint64]storage.Item{},
		dead:    graves{byID: map[string]*grave{}},
		acked:   acked{at: map[string]int64{}},
		changed: make(chan struct{}),
	}
}

func (q *queue) setLimit(limit int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.limit = limit
}

// enter locks the queue and brings it up to date; leave unlocks.
func (q *queue) enter(ctx context.Context, invalid error) error {
	if err := q.store.check(ctx); err != nil {
		return err
	}
	if invalid != nil {
		return invalid
	}
	q.mu.Lock()
	now := q.store.now()
	q.sched.Advance(now)
	for e := q.sched.Expired(); e != nil; e = q.sched.Expired() {
		q.bury(e, storage.ReasonExpired)
	}
	q.acked.forget(now)
	return nil
}

func (q *queue) leave() { q.mu.Unlock() }

// wake makes every waiting Pull look again.
func (q *queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

func (q *queue) Push(ctx context.Context, items ...storage.Item) error {
	if err := q.enter(ctx, storage.CheckItems(items)); err != nil {
		return err
	}
	defer q.leave()
	var fresh []storage.Item
	seen := map[string]bool{}
	for _, it := range items {
		if seen[it.ID] || q.sched.Get(it.ID) != nil || q.dead.byID[it.ID] != nil || q.acked.at[it.ID] != 0 {
			continue
		}
		seen[it.ID] = true
		fresh = append(fresh, it)
	}
	if len(fresh) > 0 && q.sched.Len()+len(fresh) > q.limit {
		return storage.ErrFull
	}
	now := q.store.now()
	for _, it := range fresh {
		q.seq++
		it.Body = bytes.Clone(it.Body)
		q.items[q.seq] = it
		q.sched.Add(lanes.Item{
			Seq: q.seq, ID: it.ID, Lane: it.Lane, Priority: it.Priority, Pushed: now,
			NotBefore: lanes.Stamp(it.NotBefore), Expires: lanes.Stamp(it.Expires),
		})
	}
	q.wake()
	return nil
}

func (q *queue) Pull(ctx context.Context, lease time.Duration) (storage.Lease, error) {
	for {
		if err := q.enter(ctx, storage.CheckLease(lease)); err != nil {
			return storage.Lease{}, err
		}
		if e := q.sched.Ready(); e != nil {
			defer q.leave()
			q.token++
			q.sched.Lease(e, q.token, lanes.After(q.store.now(), lease))
			return q.lease(e), nil
		}
		changed, wait := q.changed, time.Duration(q.sched.Next()-q.store.now())
		q.leave()
		if err := q.wait(ctx, changed, wait); err != nil {
			return storage.Lease{}, err
		}
	}
}

func (q *queue) wait(ctx context.Context, changed chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-q.store.closed:
		return storage.ErrClosed
	case <-changed:
	case <-timer.C:
	}
	return nil
}

func (q *queue) Save(ctx context.Context, l storage.Lease, body []byte, lease time.Duration) (storage.Lease, error) {
	invalid := storage.CheckBody(body)
	if invalid == nil {
		invalid = storage.CheckLease(lease)
	}
	var saved storage.Lease
	err := q.held(ctx, invalid, l, func(e *lanes.Entry) {
		it := q.items[e.Seq]
		it.Body = bytes.Clone(body)
		q.items[e.Seq] = it
		q.sched.Renew(e, lanes.After(q.store.now(), lease))
		saved = q.lease(e)
	})
	return saved, err
}

func (q *queue) Ack(ctx context.Context, l storage.Lease) error {
	return q.held(ctx, nil, l, func(e *lanes.Entry) {
		q.remove(e)
		q.acked.add(e.ID, q.store.now())
	})
}

func (q *queue) Retry(ctx context.Context, l storage.Lease, at time.Time) error {
	return q.held(ctx, nil, l, func(e *lanes.Entry) { q.sched.Release(e, lanes.Stamp(at)) })
}

func (q *queue) Dead(ctx context.Context, l storage.Lease, reason string) error {
	return q.held(ctx, nil, l, func(e *lanes.Entry) { q.bury(e, storage.CutReason(reason)) })
}

// held does something with the entry of a lease that still holds.
func (q *queue) held(ctx context.Context, invalid error, l storage.Lease, do func(*lanes.Entry)) error {
	if err := q.enter(ctx, invalid); err != nil {
		return err
	}
	defer q.leave()
	e := q.sched.Get(l.ID)
	if e == nil || e.Token == 0 || e.Token != l.Token {
		return storage.ErrConflict
	}
	do(e)
	q.wake()
	return nil
}

func (q *queue) remove(e *lanes.Entry) {
	delete(q.items, e.Seq)
	q.sched.Remove(e)
}

func (q *queue) bury(e *lanes.Entry, reason string) {
	l := q.lease(e)
	q.dead.add(&grave{seq: e.Seq, DeadLetter: storage.DeadLetter{
		Item: l.Item, Attempt: l.Attempt, Pushed: l.Pushed, Died: lanes.Time(q.store.now()), Reason: reason,
	}})
	q.remove(e)
}

// lease is an entry as callers see it.
func (q *queue) lease(e *lanes.Entry) storage.Lease {
	it := q.items[e.Seq]
	it.Body = bytes.Clone(it.Body)
	it.NotBefore = lanes.Time(e.NotBefore)
	return storage.Lease{Item: it, Attempt: e.Attempt, Pushed: lanes.Time(e.Pushed), Until: lanes.Time(e.Until), Token: e.Token}
}
