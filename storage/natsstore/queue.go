package natsstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

// queue follows the log of one queue and adds to it.
type queue struct {
	store   *store
	log     jetstream.Stream
	subject string // of commands
	heads   string // subject of snapshots' commands
	data    blobs
	id      string
	limit   atomic.Int64
	reading jetstream.ConsumeContext

	mu       sync.Mutex
	m        *machine
	err      error              // the queue has come to an end
	waiting  map[uint64]*waiter // who waits for the outcome of our command of that number
	n        uint64             // of the last command
	pulling  int                // pulls on their way
	changed  chan struct{}      // closed when a waiting Pull should look again
	ahead    time.Duration      // the server's clock before ours
	snapping bool
}

var (
	errNewer  = errors.New("nats: the queue is used by a newer version of this program")
	errLost   = errors.New("nats: the connection was away for too long to tell what became of the call")
	errBroken = errors.New("nats: the queue's log has a gap that no snapshot fills")
)

func newQueue(s *store, name string) (*queue, error) {
	stream, subject := s.prefix+"_q_"+name, s.prefix+".q."+name
	q := &queue{
		store: s, subject: subject + ".log", heads: subject + ".head", id: nuid.Next(),
		waiting: map[uint64]*waiter{}, changed: make(chan struct{}),
	}
	var err error
	if q.log, err = s.stream(stream+"_log", -1, q.subject, q.heads); err != nil {
		return nil, err
	}
	if q.data, err = newBlobs(s, stream+"_data", subject+".data"); err != nil {
		return nil, err
	}
	if err := q.follow(context.Background()); err != nil {
		return nil, err
	}
	return q, nil
}

// now is the server's time, nearly.
func (q *queue) now() int64 { return time.Now().Add(q.ahead).UnixNano() }

// waiter waits for the outcome of a command.
type waiter struct {
	done chan outcome // 1 deep; closed when there will be none
	seq  uint64       // the command in the log; 0: not known yet
}

// propose adds a command to the log, in several messages where it has to be, and returns what it did.
func (q *queue) propose(ctx context.Context, parts ...*command) (outcome, error) {
	if err := q.store.check(ctx); err != nil {
		return outcome{}, err
	}
	n, done, err := q.expect()
	if err != nil {
		return outcome{}, err
	}
	defer q.forget(n)
	sent := time.Now()
	seq, err := q.send(ctx, n, parts)
	if err != nil {
		select {
		case out, ok := <-done: // only the answer was lost
			if ok {
				return out, nil
			}
		default:
		}
		return outcome{}, err
	}
	q.stored(n, seq)
	select {
	case out, ok := <-done:
		if !ok {
			return outcome{}, q.end()
		}
		q.synchronise(sent)
		return out, nil
	case <-ctx.Done():
		return outcome{}, ctx.Err()
	case <-q.store.closed:
		return outcome{}, storage.ErrClosed
	}
}

// send publishes the parts of a command and returns the number of the last one.
func (q *queue) send(ctx context.Context, n uint64, parts []*command) (seq uint64, err error) {
	for i, c := range parts {
		c.Version, c.From, c.N = version, q.id, n
		raw, err := json.Marshal(c)
		if err != nil {
			return 0, err
		}
		if seq, err = q.store.publish(ctx, &nats.Msg{Subject: q.subject, Data: raw}, fmt.Sprint(q.id, "-", n, "-", i)); err != nil {
			return 0, err
		}
	}
	return seq, nil
}

// expect prepares for the outcome of a command.
func (q *queue) expect() (uint64, <-chan outcome, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return 0, nil, q.err
	}
	q.n++
	w := &waiter{done: make(chan outcome, 1)}
	q.waiting[q.n] = w
	return q.n, w.done, nil
}

// stored notes where a command is in the log.
func (q *queue) stored(n, seq uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w := q.waiting[n]; w != nil {
		w.seq = seq
		q.dismissLost(n, w)
	}
}

// dismissLost ends the waiting for an outcome that we have missed: a snapshot contains it.
func (q *queue) dismissLost(n uint64, w *waiter) {
	if w.seq != 0 && w.seq <= q.m.seq {
		close(w.done)
		delete(q.waiting, n)
	}
}

func (q *queue) forget(n uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.waiting, n)
}

// end is why a command has no outcome.
func (q *queue) end() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return q.err
	}
	return errLost
}

// synchronise compares the clocks: the command was stored between sent and now.
func (q *queue) synchronise(sent time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ahead = lanes.Time(q.m.now).Sub(sent.Add(time.Since(sent) / 2))
}

// call proposes a command that has no answer but an error, and cleans up after it.
func (q *queue) call(ctx context.Context, parts ...*command) (outcome, error) {
	out, err := q.propose(ctx, parts...)
	if err != nil {
		return out, err
	}
	q.clean(out.garbage)
	return out, out.err
}

// clean deletes bodies while nobody waits for it.
func (q *queue) clean(garbage []uint64) {
	if len(garbage) == 0 {
		return
	}
	q.store.background(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		q.data.drop(ctx, garbage)
	})
}

// itemsPerCommand keeps a command well below a message's limit, even with the longest ids and lanes.
const itemsPerCommand = 100

func (q *queue) Push(ctx context.Context, items ...storage.Item) error {
	if err := q.check(ctx, storage.CheckItems(items)); err != nil {
		return err
	}
	bodies := make([][]byte, len(items))
	for i := range items {
		bodies[i] = items[i].Body
	}
	where, err := q.data.put(ctx, bodies...)
	if err != nil {
		return err
	}
	var parts []*command
	for i, it := range items {
		if i%itemsPerCommand == 0 {
			parts = append(parts, &command{Op: opPush, More: i+itemsPerCommand < len(items), Limit: int(q.limit.Load())})
		}
		c := parts[len(parts)-1]
		c.Items = append(c.Items, item{
			ID: text(it.ID), Lane: text(it.Lane), Priority: it.Priority, NotBefore: lanes.Stamp(it.NotBefore), Expires: lanes.Stamp(it.Expires),
			Body: where[i],
		})
	}
	if len(parts) == 0 {
		return nil
	}
	_, err = q.call(ctx, parts...)
	return err
}

func (q *queue) Save(ctx context.Context, l storage.Lease, body []byte, lease time.Duration) (storage.Lease, error) {
	invalid := storage.CheckBody(body)
	if invalid == nil {
		invalid = storage.CheckLease(lease)
	}
	if err := q.check(ctx, invalid); err != nil {
		return storage.Lease{}, err
	}
	where, err := q.data.put(ctx, body)
	if err != nil {
		return storage.Lease{}, err
	}
	out, err := q.call(ctx, &command{Op: opSave, ID: text(l.ID), Token: l.Token, Lease: lease, Body: where[0]})
	if err != nil {
		return storage.Lease{}, err
	}
	return leaseOf(out.item, bytes.Clone(body)), nil
}

func (q *queue) Ack(ctx context.Context, l storage.Lease) error {
	_, err := q.call(ctx, &command{Op: opAck, ID: text(l.ID), Token: l.Token})
	return err
}

func (q *queue) Retry(ctx context.Context, l storage.Lease, at time.Time) error {
	_, err := q.call(ctx, &command{Op: opRetry, ID: text(l.ID), Token: l.Token, At: lanes.Stamp(at)})
	return err
}

func (q *queue) Dead(ctx context.Context, l storage.Lease, reason string) error {
	_, err := q.call(ctx, &command{Op: opDead, ID: text(l.ID), Token: l.Token, Reason: text(storage.CutReason(reason))})
	return err
}

func (q *queue) check(ctx context.Context, invalid error) error {
	if err := q.store.check(ctx); err != nil {
		return err
	}
	return invalid
}

// leaseOf is an item as callers see it; it keeps body.
func leaseOf(it lanes.Item, body []byte) storage.Lease {
	return storage.Lease{
		Item: storage.Item{
			ID: it.ID, Lane: it.Lane, Priority: it.Priority, NotBefore: lanes.Time(it.NotBefore), Expires: lanes.Time(it.Expires), Body: body,
		},
		Attempt: it.Attempt, Pushed: lanes.Time(it.Pushed), Until: lanes.Time(it.Until), Token: it.Token,
	}
}
