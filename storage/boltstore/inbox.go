package boltstore

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/wecombot/wecombot/storage"
)

// op is a call on its way to the committer.
type op struct {
	look   func() error         // runs in the committer, outside of a transaction; or
	change func(g *group) error // runs in a transaction: it must find its error before its first write
	size   int                  // bytes it brings into the transaction
	err    error
	done   chan error // nil: nobody waits
	claim
}

// claim decides whether a call is carried out or withdrawn: whoever comes first.
type claim struct{ taken atomic.Bool }

func (c *claim) take() bool { return c.taken.CompareAndSwap(false, true) }

// A group is bounded, so that one transaction's memory is.
const (
	maxGroup      = 4096
	maxGroupBytes = 16 << 20
)

// inbox holds the calls that wait for the committer.
type inbox struct {
	mu     sync.Mutex
	ops    []*op
	closed bool
	wake   chan struct{} // 1 deep
}

func (in *inbox) add(o *op) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return storage.ErrClosed
	}
	in.ops = append(in.ops, o)
	in.signal()
	return nil
}

func (in *inbox) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.signal()
}

func (in *inbox) signal() {
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

func (in *inbox) isClosed() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.closed
}

func (in *inbox) len() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.ops)
}

// take appends the calls of one group to buf. closed means that no more will come.
func (in *inbox) take(buf []*op) (ops []*op, closed bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	n, size := 0, 0
	for n < len(in.ops) && n < maxGroup && (n == 0 || size+in.ops[n].size <= maxGroupBytes) {
		size += in.ops[n].size
		n++
	}
	buf = append(buf, in.ops[:n]...)
	rest := copy(in.ops, in.ops[n:])
	clear(in.ops[rest:])
	in.ops = in.ops[:rest]
	return buf, in.closed && rest == 0
}

// change runs fn in a transaction and waits until that is committed.
func (s *store) change(ctx context.Context, size int, fn func(g *group) error) error {
	return s.do(ctx, &op{change: fn, size: size, done: make(chan error, 1)})
}

// look runs fn where the queues' memory is safe to read.
func (s *store) look(ctx context.Context, fn func() error) error {
	return s.do(ctx, &op{look: fn, done: make(chan error, 1)})
}

func (s *store) do(ctx context.Context, o *op) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.inbox.add(o); err != nil {
		return err
	}
	select {
	case err := <-o.done:
		return err
	case <-ctx.Done():
		if o.take() {
			return ctx.Err()
		}
		return <-o.done // it has begun: the truth is worth the wait
	}
}
