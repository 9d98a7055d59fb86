package natsstore

import (
	"context"
	"errors"
	"time"

	"github.com/wecombot/wecombot/storage"
)

func (q *queue) Pull(ctx context.Context, lease time.Duration) (storage.Lease, error) {
	if err := q.check(ctx, storage.CheckLease(lease)); err != nil {
		return storage.Lease{}, err
	}
	for {
		if err := q.chance(ctx); err != nil {
			return storage.Lease{}, err
		}
		out, err := q.ask(ctx, lease)
		if err != nil {
			return storage.Lease{}, err
		}
		if !out.got {
			continue
		}
		body, err := q.data.get(ctx, out.body)
		if errors.Is(err, errBlob) { // deleted by hand: nobody can ever work on it
			_, err = q.call(ctx, &command{Op: opDead, ID: text(out.item.ID), Token: out.item.Token, Reason: text(errBlob.Error())})
			if err == nil || errors.Is(err, storage.ErrConflict) {
				continue
			}
		}
		if err != nil {
			q.giveBack(out)
			return storage.Lease{}, err
		}
		return leaseOf(out.item, body), nil
	}
}

// chance waits until a pull is likely to get something. No more pulls of this process are on their way than it sees
// items; so many that wait do not flood the log.
func (q *queue) chance(ctx context.Context) error {
	for {
		if err := q.store.check(ctx); err != nil {
			return err
		}
		q.mu.Lock()
		if q.err != nil {
			defer q.mu.Unlock()
			return q.err
		}
		ready, _, _ := q.m.sched.Counts()
		wait := time.Duration(q.m.sched.Next() - q.now())
		if ready > q.pulling || wait <= 0 && q.pulling == 0 {
			q.pulling++
			q.mu.Unlock()
			return nil
		}
		changed := q.changed
		q.mu.Unlock()
		if wait <= 0 { // somebody's pull is on its way and will change that
			wait = patience
		}
		if err := q.wait(ctx, changed, wait); err != nil {
			return err
		}
	}
}

func (q *queue) wait(ctx context.Context, changed chan struct{}, d time.Duration) error {
	timer := time.NewTimer(min(max(d, time.Millisecond), patience)) // our guess of the server's time may be a little off
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

// ask pulls once. When ctx ends first, what was pulled is given back as soon as it is known.
func (q *queue) ask(ctx context.Context, lease time.Duration) (outcome, error) {
	type answer struct {
		outcome
		err error
	}
	done, gone := make(chan answer), make(chan struct{})
	defer close(gone)
	started := q.store.background(func() {
		out, err := q.propose(context.WithoutCancel(ctx), &command{Op: opPull, Lease: lease})
		q.mu.Lock()
		q.pulling--
		q.wake()
		q.mu.Unlock()
		select {
		case done <- answer{out, err}:
		case <-gone:
			if err == nil && out.got {
				q.giveBack(out)
			}
		}
	})
	if !started {
		return outcome{}, storage.ErrClosed
	}
	select {
	case a := <-done:
		return a.outcome, a.err
	case <-ctx.Done():
		return outcome{}, ctx.Err()
	}
}

// giveBack returns an item that nobody waits for, in the background. Should that fail, its lease ends it.
func (q *queue) giveBack(out outcome) {
	q.store.background(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, _ = q.propose(ctx, &command{Op: opReturn, ID: text(out.item.ID), Token: out.item.Token})
	})
}
