package storage

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// Errors of the contracts; backends wrap them.
var (
	ErrNotFound = errors.New("storage: not found")
	ErrExists   = errors.New("storage: exists")
	ErrConflict = errors.New("storage: revision conflict") // Update or a lease that is no longer held
	ErrFull     = errors.New("storage: queue is full")     // Push over the queue's bound
	ErrClosed   = errors.New("storage: closed")
	ErrLocked   = errors.New("storage: held by another process")
	ErrInvalid  = errors.New("storage: invalid argument")
)

// Entry is one key's value and revision.
type Entry struct {
	Key   string
	Value []byte
	Rev   uint64 // changes at every write of the key; never 0
}

// KV keeps small values by key. Keys are up to 512 bytes, any bytes but 0; values up to 1 MiB. A ttl of 0 keeps the
// value for ever; an expired key is as absent. A successful return means durable (for the durable backends). Safe for
// concurrent use.
type KV interface {
	Get(ctx context.Context, key string) (Entry, error)                                                  // ErrNotFound
	Put(ctx context.Context, key string, value []byte, ttl time.Duration) (rev uint64, err error)        // last writer wins
	Create(ctx context.Context, key string, value []byte, ttl time.Duration) (rev uint64, err error)     // ErrExists
	Update(ctx context.Context, key string, value []byte, ttl time.Duration, rev uint64) (uint64, error) // ErrConflict, also when absent
	Delete(ctx context.Context, key string) error                                                        // absent is no error
	Scan(ctx context.Context, prefix string) iter.Seq2[Entry, error]                                     // in key order
}

// Item is a piece of work.
type Item struct {
	ID        string    // idempotency: a second Push of an ID that is pending, leased, dead or was acked within 24 h is a no-op
	Lane      string    // items of a lane are pulled one at a time, in Push order; the empty lane is a lane like any other
	Priority  int       // among lanes that are ready, higher first; equal: oldest first
	NotBefore time.Time // zero: at once. A head that has to wait holds its lane
	Expires   time.Time // zero: never. An expired item becomes a dead letter ("expired") instead of being pulled
	Body      []byte    // up to 1 MiB
}

// Lease is an item in one worker's hands. It ends by Ack, Retry, Dead, or by itself when its time is over; then the
// item is pulled again with Attempt one higher, and the old lease's calls return ErrConflict.
type Lease struct {
	Item
	Attempt int       // 1 at the first pull; survives restarts
	Pushed  time.Time // when the item was pushed
	Until   time.Time // when the lease ends
	Token   uint64    // the backend's
}

// ReasonExpired is the reason of a dead letter whose item expired.
const ReasonExpired = "expired"

// DeadLetter is an item given up, with its reason.
type DeadLetter struct {
	Item
	Attempt int
	Pushed  time.Time
	Died    time.Time
	Reason  string
}

// Stats are counts at one moment.
type Stats struct {
	Ready   int       // could be pulled now: at most one of a lane
	Waiting int       // for their time, or behind another item of their lane
	Leased  int       // in a worker's hands
	Dead    int       // given up
	Oldest  time.Time // Push time of the oldest item not dead; zero when none
}

// Queue is a durable queue with lanes. Safe for concurrent use.
type Queue interface {
	// Push adds items atomically, all or none, and returns when they are durable. ErrFull refuses the whole call.
	Push(ctx context.Context, items ...Item) error
	// Pull waits until an item is ready and leases it, or until ctx ends.
	Pull(ctx context.Context, lease time.Duration) (Lease, error)
	// Save replaces the body of a leased item (progress) and renews the lease.
	Save(ctx context.Context, l Lease, body []byte, lease time.Duration) (Lease, error)
	Ack(ctx context.Context, l Lease) error
	// Retry gives the item back, not to be pulled before at; it stays the head of its lane.
	Retry(ctx context.Context, l Lease, at time.Time) error
	// Dead ends the item as a dead letter.
	Dead(ctx context.Context, l Lease, reason string) error

	Pending(ctx context.Context, limit int) ([]Lease, error)          // not dead, in Push order; Until is zero where not leased; limit 0: all
	DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error) // oldest first; limit 0: all
	// Revive makes a dead letter pending again, in its old place of its lane. It is ready at once, its Attempt starts
	// again, and it never expires. ErrNotFound; ErrFull.
	Revive(ctx context.Context, id string) error
	Drop(ctx context.Context, id string) error // forget a dead or a pending, unleased item; ErrNotFound, ErrConflict when leased
	Stats(ctx context.Context) (Stats, error)
}

// Store is an opened backend: namespaced KVs and named queues.
type Store interface {
	io.Closer
	// KV returns the key space of a name ([a-z0-9.-], up to 64 bytes). Opening twice gives the same data.
	KV(name string) (KV, error)
	// Queue returns a named queue; limit bounds its items that are not dead (0: 1,000,000).
	Queue(name string, limit int) (Queue, error)
	// Ping reports whether the store can commit now (a full disk, a read-only file, a lost connection).
	Ping(ctx context.Context) error
}
