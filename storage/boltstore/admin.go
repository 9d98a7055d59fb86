package boltstore

import (
	"bytes"
	"context"

	bolt "go.etcd.io/bbolt"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

// settle buries what has expired before somebody looks. A disk that refuses that is no reason not to show the rest.
func (q *queue) settle(ctx context.Context) {
	for {
		more := false
		err := q.store.look(ctx, func() error {
			q.sched.Advance(q.store.now())
			more = q.sched.Expired() != nil
			return nil
		})
		if err != nil || !more || q.change(ctx, 0, func(*group) error { return nil }) != nil {
			return
		}
	}
}

func (q *queue) Pending(ctx context.Context, limit int) ([]storage.Lease, error) {
	q.settle(ctx)
	var found []lanes.Item
	err := q.store.look(ctx, func() error {
		for e := range q.sched.All() {
			if limit > 0 && len(found) == limit {
				break
			}
			found = append(found, e.Item)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []storage.Lease
	err = q.store.view(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(q.items))
		for i := range found {
			if b == nil {
				break
			}
			raw := b.Get(seqKey(found[i].Seq))
			if raw == nil { // ended since we listed it
				continue
			}
			_, body, err := q.record(raw)
			if err != nil {
				return err
			}
			found[i].Token = 0 // the worker's alone
			out = append(out, leaseOf(&found[i], bytes.Clone(body)))
		}
		return nil
	})
	return out, err
}

func (q *queue) DeadLetters(ctx context.Context, limit int) ([]storage.DeadLetter, error) {
	q.settle(ctx)
	var out []storage.DeadLetter
	err := q.store.view(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(q.graves))
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k, raw := c.First(); k != nil && (limit <= 0 || len(out) < limit); k, raw = c.Next() {
			d, item, err := decodeGrave(raw)
			if err != nil {
				return err
			}
			it, body, err := q.record(item)
			if err != nil {
				return err
			}
			l := leaseOf(&it, bytes.Clone(body))
			out = append(out, storage.DeadLetter{
				Item: l.Item, Attempt: d.attempt, Pushed: l.Pushed, Died: lanes.Time(d.died), Reason: d.reason,
			})
		}
		return nil
	})
	return out, err
}

func (q *queue) Revive(ctx context.Context, id string) error {
	return q.change(ctx, 0, func(g *group) error {
		number := deadNumber(g.get(q.ids, []byte(id)))
		if number == nil {
			return storage.ErrNotFound
		}
		if q.sched.Len() >= int(q.limit.Load()) {
			return storage.ErrFull
		}
		d, item, err := decodeGrave(g.get(q.graves, number))
		if err != nil {
			return err
		}
		it, body, err := q.record(item)
		if err != nil {
			return err
		}
		it.Seq, it.NotBefore, it.Expires = d.seq, 0, 0
		g.put(q.items, seqKey(it.Seq), encodeItem(&it, body))
		q.exhume(g, id, number)
		if g.err == nil {
			q.sched.Add(it)
		}
		return nil
	})
}

// deadNumber reads the number of a dead letter from an entry of ids; nil when it is none.
func deadNumber(state []byte) []byte {
	if len(state) != 9 || state[0] != 'd' {
		return nil
	}
	return bytes.Clone(state[1:])
}

func (q *queue) exhume(g *group, id string, number []byte) {
	g.delete(q.graves, number)
	g.delete(q.ids, []byte(id))
	q.dead--
}

func (q *queue) Drop(ctx context.Context, id string) error {
	return q.change(ctx, 0, func(g *group) error {
		if number := deadNumber(g.get(q.ids, []byte(id))); number != nil {
			q.exhume(g, id, number)
			return nil
		}
		e := q.sched.Get(id)
		switch {
		case e == nil:
			return storage.ErrNotFound
		case e.Token != 0:
			return storage.ErrConflict
		}
		q.forget(g, e)
		return nil
	})
}

func (q *queue) Stats(ctx context.Context) (storage.Stats, error) {
	q.settle(ctx)
	var st storage.Stats
	err := q.store.look(ctx, func() error {
		q.sched.Advance(q.store.now())
		st.Ready, st.Waiting, st.Leased = q.sched.Counts()
		st.Dead = q.dead
		if e := q.sched.First(); e != nil {
			st.Oldest = lanes.Time(e.Pushed)
		}
		return nil
	})
	return st, err
}
