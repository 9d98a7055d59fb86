package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

// queue is one queue. Its buckets:
//
//	items  seq → item          what is not dead, in push order
//	tries  seq → try           of those that were pulled
//	dead   number → grave+item dead letters, oldest first
//	ids    id → 'd'+number or 'a'+time: what Push must not take again although it is not in items
//	acked  time+seq → id       to forget acknowledged ids
type queue struct {
	store                         *store
	items, tries, graves, ids, ak string
	limit                         atomic.Int64

	// The committer's:
	sched      *lanes.Queue
	dead       int
	deadBefore int // the group
	pullers    []*puller
}

const (
	itemPrefix  = "qi/"
	tryPrefix   = "qt/"
	deadPrefix  = "qd/"
	idPrefix    = "qn/"
	ackedPrefix = "qa/"
)

func newQueue(s *store, name string) *queue {
	return &queue{
		store: s, sched: lanes.New(),
		items: itemPrefix + name, tries: tryPrefix + name, graves: deadPrefix + name, ids: idPrefix + name, ak: ackedPrefix + name,
	}
}

// load reads the queue's memory from the file. Leases are not in the file: they end with their process.
func (q *queue) load() error {
	q.sched, q.dead = lanes.New(), 0
	return q.store.db.Load().View(func(tx *bolt.Tx) error {
		if b := tx.Bucket([]byte(q.graves)); b != nil {
			q.dead = b.Stats().KeyN
		}
		b, tries := tx.Bucket([]byte(q.items)), tx.Bucket([]byte(q.tries))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, raw []byte) error {
			it, _, err := decodeItem(raw)
			if err != nil || len(k) != 8 {
				return errRecord
			}
			it.Seq = binary.BigEndian.Uint64(k)
			if tries != nil {
				if raw := tries.Get(k); raw != nil {
					if err := decodeTry(raw, &it); err != nil {
						return err
					}
				}
			}
			q.sched.Add(it)
			return nil
		})
	})
}

// enter brings the queue up to date with the time, once per group, and starts its journal.
func (q *queue) enter(g *group) {
	if slices.Contains(g.queues, q) {
		return
	}
	g.queues = append(g.queues, q)
	q.deadBefore = q.dead
	q.sched.Advance(g.now)
	q.sched.Begin()
	q.expire(g)
}

// maxExpire bounds what one transaction buries.
const maxExpire = 256

func (q *queue) expire(g *group) {
	for range maxExpire {
		e := q.sched.Expired()
		if e == nil || g.err != nil {
			return
		}
		q.bury(g, e, storage.ReasonExpired)
	}
}

// change is store.change for an operation of this queue.
func (q *queue) change(ctx context.Context, size int, fn func(g *group) error) error {
	return q.store.change(ctx, size, func(g *group) error {
		q.enter(g)
		return fn(g)
	})
}

func (q *queue) Push(ctx context.Context, items ...storage.Item) error {
	if err := storage.CheckItems(items); err != nil {
		return err
	}
	size := 0
	for i := range items {
		size += len(items[i].Body)
	}
	return q.change(ctx, size, func(g *group) error {
		fresh := q.fresh(g, items)
		if len(fresh) > 0 && q.sched.Len()+len(fresh) > int(q.limit.Load()) {
			return storage.ErrFull
		}
		for _, i := range fresh {
			q.push(g, &items[i])
		}
		return nil
	})
}

// fresh are the places of the items that are not known.
func (q *queue) fresh(g *group, items []storage.Item) []int {
	var fresh []int
	for i := range items {
		id := items[i].ID
		twice := slices.ContainsFunc(fresh, func(j int) bool { return items[j].ID == id })
		if !twice && q.sched.Get(id) == nil && !known(g.get(q.ids, []byte(id)), g.now) {
			fresh = append(fresh, i)
		}
	}
	return fresh
}

// known reads an entry of ids.
func known(state []byte, now int64) bool {
	if isAcked(state) {
		return lanes.After(int64(binary.BigEndian.Uint64(state[1:])), storage.AckedFor) > now
	}
	return len(state) > 0
}

func isAcked(state []byte) bool { return len(state) == 9 && state[0] == 'a' }

func (q *queue) push(g *group, item *storage.Item) {
	it := lanes.Item{
		Seq: g.next(q.items), ID: item.ID, Lane: item.Lane, Priority: item.Priority, Pushed: g.now,
		NotBefore: lanes.Stamp(item.NotBefore), Expires: lanes.Stamp(item.Expires),
	}
	g.put(q.items, seqKey(it.Seq), encodeItem(&it, item.Body))
	if g.err == nil {
		q.sched.Add(it)
	}
}

func (q *queue) Save(ctx context.Context, l storage.Lease, body []byte, lease time.Duration) (storage.Lease, error) {
	if err := storage.CheckBody(body); err != nil {
		return storage.Lease{}, err
	}
	if err := storage.CheckLease(lease); err != nil {
		return storage.Lease{}, err
	}
	var saved storage.Lease
	err := q.held(ctx, len(body), l, func(g *group, e *lanes.Entry) {
		q.sched.Renew(e, lanes.After(g.now, lease))
		g.put(q.items, seqKey(e.Seq), encodeItem(&e.Item, body))
		saved = leaseOf(&e.Item, bytes.Clone(body))
	})
	if err != nil {
		return storage.Lease{}, err
	}
	return saved, nil
}

func (q *queue) Ack(ctx context.Context, l storage.Lease) error {
	return q.held(ctx, 0, l, func(g *group, e *lanes.Entry) {
		q.forget(g, e)
		at := binary.BigEndian.AppendUint64(nil, uint64(g.now))
		g.put(q.ids, []byte(e.ID), append([]byte{'a'}, at...))
		g.put(q.ak, append(at, seqKey(e.Seq)...), []byte(e.ID))
	})
}

func (q *queue) Retry(ctx context.Context, l storage.Lease, at time.Time) error {
	return q.held(ctx, 0, l, func(g *group, e *lanes.Entry) {
		q.sched.Release(e, lanes.Stamp(at))
		g.put(q.tries, seqKey(e.Seq), encodeTry(&e.Item))
	})
}

func (q *queue) Dead(ctx context.Context, l storage.Lease, reason string) error {
	return q.held(ctx, 0, l, func(g *group, e *lanes.Entry) { q.bury(g, e, storage.CutReason(reason)) })
}

// held changes the entry of a lease that still holds.
func (q *queue) held(ctx context.Context, size int, l storage.Lease, fn func(g *group, e *lanes.Entry)) error {
	return q.change(ctx, size, func(g *group) error {
		e := q.sched.Get(l.ID)
		if e == nil || e.Token == 0 || e.Token != l.Token {
			return storage.ErrConflict
		}
		fn(g, e)
		return nil
	})
}

// forget takes an item out of what is pending.
func (q *queue) forget(g *group, e *lanes.Entry) {
	key := seqKey(e.Seq)
	g.delete(q.items, key)
	if e.Attempt > 0 {
		g.delete(q.tries, key)
	}
	q.sched.Remove(e)
}

// bury makes an item a dead letter.
func (q *queue) bury(g *group, e *lanes.Entry, reason string) {
	_, body, err := q.record(g.get(q.items, seqKey(e.Seq)))
	if err != nil {
		g.err = err
		return
	}
	number := seqKey(g.next(q.graves))
	d := grave{seq: e.Seq, died: g.now, attempt: e.Attempt, reason: reason}
	g.put(q.graves, number, encodeGrave(d, encodeItem(&e.Item, body))) // the item as it is now: Retry may have changed NotBefore
	g.put(q.ids, []byte(e.ID), append([]byte{'d'}, number...))
	q.forget(g, e)
	q.dead++
}

// record is decodeItem for what must be there.
func (q *queue) record(raw []byte) (lanes.Item, []byte, error) {
	it, body, err := decodeItem(raw)
	if err != nil {
		return it, nil, fmt.Errorf("%s: %w", q.items, err)
	}
	return it, body, nil
}

// leaseOf is an entry as callers see it; it keeps body.
func leaseOf(it *lanes.Item, body []byte) storage.Lease {
	return storage.Lease{
		Item: storage.Item{
			ID: it.ID, Lane: it.Lane, Priority: it.Priority, NotBefore: lanes.Time(it.NotBefore), Expires: lanes.Time(it.Expires), Body: body,
		},
		Attempt: it.Attempt, Pushed: lanes.Time(it.Pushed), Until: lanes.Time(it.Until), Token: it.Token,
	}
}
