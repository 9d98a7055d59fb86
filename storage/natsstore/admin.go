package natsstore

import (
	"context"
	"errors"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

// settle lets the time go on in the log if that changes what one sees.
func (q *queue) settle(ctx context.Context) error {
	if err := q.store.check(ctx); err != nil {
		return err
	}
	q.mu.Lock()
	err, due := q.err, q.m.sched.Next() <= q.now()
	q.mu.Unlock()
	if err != nil || !due {
		return err
	}
	_, err = q.propose(ctx, &command{Op: opTick})
	return err
}

func (q *queue) Pending(ctx context.Context, limit int) ([]storage.Lease, error) {
	if err := q.settle(ctx); err != nil {
		return nil, err
	}
	type found struct {
		lanes.Item
		body []part
	}
	var list []found
	q.mu.Lock()
	for e := range q.m.sched.All() {
		if limit > 0 && len(list) == limit {
			break
		}
		list = append(list, found{e.Item, q.m.bodies[e.Seq]})
	}
	q.mu.Unlock()
	leases, errs := each(list, func(f found) (storage.Lease, error) {
		body, err := q.data.get(ctx, f.body)
		f.Token = 0 // the worker's alone
		return leaseOf(f.Item, body), err
	})
	return present(leases, errs)
}

func (q *queue) DeadLetters(ctx context.Context, limit int) ([]storage.DeadLetter, error) {
	if err := q.settle(ctx); err != nil {
		return nil, err
	}
	var list []*grave
	q.mu.Lock()
	for _, g := range q.m.dead.order {
		if limit > 0 && len(list) == limit {
			break
		}
		list = append(list, g)
	}
	q.mu.Unlock()
	letters, errs := each(list, func(g *grave) (storage.DeadLetter, error) {
		body, err := q.data.get(ctx, g.Body)
		l := leaseOf(g.scheduled(), body)
		return storage.DeadLetter{
			Item: l.Item, Attempt: l.Attempt, Pushed: l.Pushed, Died: lanes.Time(g.Died), Reason: string(g.Reason),
		}, err
	})
	return present(letters, errs)
}

// present leaves out whose body has been deleted since it was listed.
func present[T any](list []T, errs []error) ([]T, error) {
	var out []T
	for i, v := range list {
		switch {
		case errs[i] == nil:
			out = append(out, v)
		case !errors.Is(errs[i], errBlob):
			return nil, errs[i]
		}
	}
	return out, nil
}

func (q *queue) Revive(ctx context.Context, id string) error {
	_, err := q.call(ctx, &command{Op: opRevive, ID: text(id), Limit: int(q.limit.Load())})
	return err
}

func (q *queue) Drop(ctx context.Context, id string) error {
	_, err := q.call(ctx, &command{Op: opDrop, ID: text(id)})
	return err
}

func (q *queue) Stats(ctx context.Context) (storage.Stats, error) {
	if err := q.settle(ctx); err != nil {
		return storage.Stats{}, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	st := storage.Stats{Dead: len(q.m.dead.order)}
	st.Ready, st.Waiting, st.Leased = q.m.sched.Counts()
	if e := q.m.sched.First(); e != nil {
		st.Oldest = lanes.Time(e.Pushed)
	}
	return st, nil
}
