package lanes

import (
	"iter"
	"math"
	"time"
)

// Item is what scheduling needs to know of a queued item.
type Item struct {
	Seq       uint64 // the place in Push order
	ID        string
	Lane      string
	Priority  int
	NotBefore int64  // unix ns; 0: at once
	Expires   int64  // unix ns; 0: never
	Pushed    int64  // unix ns
	Attempt   int    // pulls so far
	Token     uint64 // of the lease; 0: not leased
	Until     int64  // unix ns; end of the lease
}

// Entry is an Item in its place in a Queue. Its fields are changed by the Queue only.
type Entry struct {
	Item
	in         bool
	lane       *lane
	prev, next *Entry // of the queue, by Seq
	ahead      *Entry // of the lane, by Seq
	behind     *Entry
	expiry     int // place in Queue.expiring, -1: none
}

type lane struct {
	name       string
	head, tail *Entry
	leased     *Entry       // nearly always the head; not when an older item was revived meanwhile
	home       *heap[*lane] // the heap it stands in
	place      int
	wake       int64 // key in Queue.waiting
}

// Queue is the scheduling state; see the package comment.
type Queue struct {
	now         int64
	byID        map[string]*Entry
	lanes       map[string]*lane
	first, last *Entry
	ready       heap[*lane]  // heads that can be pulled: priority, then Seq
	waiting     heap[*lane]  // lanes whose item is leased or not yet due, by the time that changes
	expiring    heap[*Entry] // entries that expire and are not leased
	leased      int

	recording bool
	journal   []record
}

// New returns an empty queue.
func New() *Queue {
	return &Queue{
		byID:     map[string]*Entry{},
		lanes:    map[string]*lane{},
		ready:    heap[*lane]{less: readier, moved: func(l *lane, i int) { l.place = i }},
		waiting:  heap[*lane]{less: func(a, b *lane) bool { return a.wake < b.wake }, moved: func(l *lane, i int) { l.place = i }},
		expiring: heap[*Entry]{less: sooner, moved: func(e *Entry, i int) { e.expiry = i }},
	}
}

func readier(a, b *lane) bool {
	if a.head.Priority != b.head.Priority {
		return a.head.Priority > b.head.Priority
	}
	return a.head.Seq < b.head.Seq
}

// sooner decides equal times, too: who replays the same changes must see the same order.
func sooner(a, b *Entry) bool {
	if a.Expires != b.Expires {
		return a.Expires < b.Expires
	}
	return a.Seq < b.Seq
}

// Len returns how many items there are.
func (q *Queue) Len() int { return len(q.byID) }

// Counts returns how many items could be pulled now, cannot be pulled yet, and are leased.
func (q *Queue) Counts() (ready, waiting, leased int) {
	return q.ready.len(), len(q.byID) - q.ready.len() - q.leased, q.leased
}

// Get returns the entry of an id, or nil.
func (q *Queue) Get(id string) *Entry { return q.byID[id] }

// First returns the oldest entry, or nil.
func (q *Queue) First() *Entry { return q.first }

// All yields the entries in Push order. The queue must not change meanwhile.
func (q *Queue) All() iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for e := q.first; e != nil; e = e.next {
			if !yield(e) {
				return
			}
		}
	}
}

// Advance tells the time: leases that are over end, heads that are due become ready. A clock that goes back is ignored.
func (q *Queue) Advance(now int64) {
	q.now = max(q.now, now)
	for l, ok := q.waiting.top(); ok && l.wake <= q.now; l, ok = q.waiting.top() {
		if e := l.leased; e != nil {
			q.change(e, func() { e.Token, e.Until = 0, 0 })
		} else {
			q.settle(l)
		}
	}
}

// Ready returns the entry to pull next at the time of the last Advance, or nil. It may have expired: see Expired.
func (q *Queue) Ready() *Entry {
	if l, ok := q.ready.top(); ok {
		return l.head
	}
	return nil
}

// Expired returns an entry that is over at the time of the last Advance and not leased, or nil.
func (q *Queue) Expired() *Entry {
	if e, ok := q.expiring.top(); ok && e.Expires <= q.now {
		return e
	}
	return nil
}

// Next returns the time at which Advance will find something to do or Expired something to return; MaxInt64 when never.
func (q *Queue) Next() int64 {
	next := int64(math.MaxInt64)
	if l, ok := q.waiting.top(); ok {
		next = l.wake
	}
	if e, ok := q.expiring.top(); ok {
		next = min(next, e.Expires)
	}
	return next
}

// Stamp is t in Unix nanoseconds, 0 for the zero time; what lies outside int64 is moved to its ends.
func Stamp(t time.Time) int64 {
	switch {
	case t.IsZero():
		return 0
	case t.Unix() >= math.MaxInt64/int64(time.Second):
		return math.MaxInt64
	case t.Unix() < 0 || t.UnixNano() == 0:
		return 1 // before 1970: as past as any other past
	}
	return t.UnixNano()
}

// Time is the reverse of Stamp.
func Time(stamp int64) time.Time {
	if stamp == 0 {
		return time.Time{}
	}
	return time.Unix(0, stamp).UTC()
}

// After is now plus d, MaxInt64 where that overflows.
func After(now int64, d time.Duration) int64 {
	if d > 0 && now > math.MaxInt64-int64(d) {
		return math.MaxInt64
	}
	return now + int64(d)
}
