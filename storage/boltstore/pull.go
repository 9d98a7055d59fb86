package boltstore

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

// puller is a Pull that waits.
type puller struct {
	lease time.Duration
	out   chan pulled // 1 deep
	claim
}

type pulled struct {
	lease storage.Lease
	err   error
}

// grant is an item on its way to a puller, once the group is committed.
type grant struct {
	to *puller
	pulled
	none storage.Lease
}

func (q *queue) Pull(ctx context.Context, lease time.Duration) (storage.Lease, error) {
	if err := storage.CheckLease(lease); err != nil {
		return storage.Lease{}, err
	}
	if err := ctx.Err(); err != nil {
		return storage.Lease{}, err
	}
	p := &puller{lease: lease, out: make(chan pulled, 1)}
	join := func() error { q.pullers = append(q.pullers, p); return nil }
	if err := q.store.inbox.add(&op{look: join}); err != nil {
		return storage.Lease{}, err
	}
	select {
	case r := <-p.out:
		return r.lease, r.err
	case <-ctx.Done():
	}
	if !p.take() { // an item is on its way
		r := <-p.out
		return r.lease, r.err
	}
	leave := func() error {
		q.pullers = slices.DeleteFunc(q.pullers, func(o *puller) bool { return o == p })
		return nil
	}
	_ = q.store.inbox.add(&op{look: leave}) // a closed store has dismissed all
	return storage.Lease{}, ctx.Err()
}

func (q *queue) canServe() bool {
	return len(q.pullers) > 0 && (q.sched.Ready() != nil || q.sched.Expired() != nil)
}

// serve leases ready items to those who wait, first come first served.
func (q *queue) serve(g *group) {
	if g.err != nil || !q.canServe() {
		return
	}
	q.enter(g)
	for len(q.pullers) > 0 && g.err == nil {
		e := q.sched.Ready()
		if e == nil || e.Expires != 0 && e.Expires <= g.now { // more have expired than one group buries: the next goes on
			return
		}
		p := q.pullers[0]
		q.pullers = slices.Delete(q.pullers, 0, 1)
		if p.take() {
			q.grant(g, p, e)
		}
	}
}

func (q *queue) grant(g *group, p *puller, e *lanes.Entry) {
	gr := grant{to: p}
	key := seqKey(e.Seq)
	_, body, err := q.record(g.get(q.items, key))
	if err != nil {
		g.err = err
	} else {
		body = bytes.Clone(body)
		g.c.token = max(g.c.token+1, 1)
		q.sched.Lease(e, g.c.token, lanes.After(g.now, p.lease))
		g.put(q.tries, key, encodeTry(&e.Item))
		gr.lease = leaseOf(&e.Item, body)
	}
	g.granted = append(g.granted, gr)
}
