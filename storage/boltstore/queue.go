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
	size, news := 0, make([]newItem, len(items))
	for i := range items {
		news[i].set(&items[i])
		size += len(news[i].record)
	}
	return q.change(ctx, size, func(g *group) error {
		fresh := q.fresh(g, news)
		if fresh > 0 && q.sched.Len()+fresh > int(q.limit.Load()) {
			return storage.ErrFull
		}
		for i := range news {
			if !news[i].known {
				q.push(g, &news[i])
			}
		}
		return nil
	})
}

// newItem is an item on its way into the queue. It is made ready by its caller: the committer has enough to do.
type newItem struct {
	it     lanes.Item
	key    []byte // the id
	record []byte // without its push time
	known  bool
}

func (n *newItem) set(item *storage.Item) {
	n.it = lanes.Item{
		ID: item.ID, Lane: item.Lane, Priority: item.Priority, NotBefore: lanes.Stamp(item.NotBefore), Expires: lanes.Stamp(item.Expires),
	}
	n.key, n.record = []byte(item.ID), encodeItem(&n.it, item.Body)
}

// fresh marks the items that are known and counts the others.
func (q *queue) fresh(g *group, news []newItem) (n int) {
	var before map[string]bool // ids of this push
	if len(news) > 1 {
		before = make(map[string]bool, len(news))
	}
	for i := range news {
		id := news[i].it.ID
		news[i].known = before[id] || q.sched.Get(id) != nil || known(g.get(q.ids, news[i].key), g.now)
		if news[i].known {
			continue
		}
		n++
		if before != nil {
			before[id] = true
		}
	}
	return n
}

// known reads an entry of ids.
func known(state []byte, now int64) bool {
	if isAcked(state) {
		return lanes.After(int64(binary.BigEndian.Uint64(state[1:])), storage.AckedFor) > now
	}
	return len(state) > 0
}

func isAcked(state []byte) bool { return len(state) == 9 && state[0] == 'a' }

func (q *queue) push(g *group, n *newItem) {
	n.it.Seq, n.it.Pushed = g.next(q.items), g.now
	setPushed(n.record, g.now)
	g.put(q.items, seqKey(n.it.Seq), n.record)
	if g.err == nil {
		q.sched.Add(n.it)
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
