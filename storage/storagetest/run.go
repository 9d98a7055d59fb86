package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wecombot/wecombot/storage"
)

// Backend is what one case of the exam runs on.
type Backend struct {
	// Open opens the store. A Durable backend is opened again, after Close, to find the same data.
	Open    func(t *testing.T) storage.Store
	Durable bool
	// Sleep lets d pass by the backend's clock. Default time.Sleep.
	Sleep func(d time.Duration)
	// Days is set where Sleep lets days pass at no cost.
	Days bool
	// NoQueue leaves the queue out.
	NoQueue bool
}

// Run examines a backend; setup prepares a fresh one for each case.
func Run(t *testing.T, setup func(t *testing.T) Backend) {
	for group, cases := range map[string][]examCase{
		"KV": kvCases, "Queue": queueCases, "QueueTime": timeCases, "QueueAdmin": adminCases,
		"Concurrent": concurrentCases, "Reopen": reopenCases, "Store": storeCases,
	} {
		for _, c := range cases {
			t.Run(group+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				x := &exam{T: t, Backend: setup(t)}
				if group != "KV" && x.NoQueue || group == "Reopen" && !x.Durable || c.days && !x.Days {
					t.Skip("not for this backend")
				}
				if x.Sleep == nil {
					x.Sleep = time.Sleep
				}
				x.store = x.Open(t)
				t.Cleanup(func() { x.store.Close() })
				c.run(x)
			})
		}
	}
}

type examCase struct {
	name string
	run  func(x *exam)
	days bool // needs Backend.Days
}

// exam is one case in progress.
type exam struct {
	*testing.T
	Backend
	store storage.Store
}

const (
	long  = time.Hour        // a lease or ttl that does not end within a test
	short = time.Second      // one that the test waits out; some servers count whole seconds
	grace = 30 * time.Second // for what has to happen, on a slow machine
)

// soon is a context for what has to happen.
func (x *exam) soon() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	x.Cleanup(cancel)
	return ctx
}

func (x *exam) kv(name string) storage.KV {
	x.Helper()
	kv, err := x.store.KV(name)
	x.must("KV "+name, err)
	return kv
}

func (x *exam) queue(name string, limit int) storage.Queue {
	x.Helper()
	q, err := x.store.Queue(name, limit)
	x.must("Queue "+name, err)
	return q
}

func (x *exam) must(what string, err error) {
	x.Helper()
	if err != nil {
		x.Fatalf("%s: %v", what, err)
	}
}

func (x *exam) want(what string, err, want error) {
	x.Helper()
	if !errors.Is(err, want) {
		x.Errorf("%s: error %v, want %v", what, err, want)
	}
}

func (x *exam) push(q storage.Queue, items ...storage.Item) {
	x.Helper()
	x.must("Push", q.Push(x.soon(), items...))
}

func (x *exam) pull(q storage.Queue, lease time.Duration) storage.Lease {
	x.Helper()
	l, err := q.Pull(x.soon(), lease)
	x.must("Pull", err)
	return l
}

// pullID pulls and compares the id.
func (x *exam) pullID(q storage.Queue, id string) storage.Lease {
	x.Helper()
	l := x.pull(q, long)
	if l.ID != id {
		x.Fatalf("Pull = %q, want %q", l.ID, id)
	}
	return l
}

// drain pulls and acknowledges items with these ids, in this order, and then expects nothing more.
func (x *exam) drain(q storage.Queue, ids ...string) {
	x.Helper()
	for _, id := range ids {
		x.must("Ack "+id, q.Ack(x.soon(), x.pullID(q, id)))
	}
	x.nothing(q)
}

// nothing expects that no item can be pulled now. Stats say so at once; a short Pull makes sure.
func (x *exam) nothing(q storage.Queue) {
	x.Helper()
	if st := x.stats(q); st.Ready != 0 {
		x.Errorf("Stats = %+v, want nothing ready", st)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if l, err := q.Pull(ctx, long); err == nil {
		x.Fatalf("Pull = %q, want nothing", l.ID)
	} else {
		x.want("Pull of nothing", err, context.DeadlineExceeded)
	}
}

func (x *exam) stats(q storage.Queue) storage.Stats {
	x.Helper()
	st, err := q.Stats(x.soon())
	x.must("Stats", err)
	return st
}

// counts compares Ready, Waiting, Leased and Dead.
func (x *exam) counts(q storage.Queue, ready, waiting, leased, dead int) {
	x.Helper()
	st := x.stats(q)
	if st.Ready != ready || st.Waiting != waiting || st.Leased != leased || st.Dead != dead {
		x.Errorf("Stats = %+v, want ready %d, waiting %d, leased %d, dead %d", st, ready, waiting, leased, dead)
	}
}

func (x *exam) pending(q storage.Queue) []storage.Lease {
	x.Helper()
	ls, err := q.Pending(x.soon(), 0)
	x.must("Pending", err)
	return ls
}

func (x *exam) deadLetters(q storage.Queue) []storage.DeadLetter {
	x.Helper()
	ds, err := q.DeadLetters(x.soon(), 0)
	x.must("DeadLetters", err)
	return ds
}

// eventually waits until ok; what says what was waited for.
func (x *exam) eventually(what string, ok func() bool) {
	x.Helper()
	for end := time.Now().Add(grace); !ok(); x.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			x.Fatalf("%s: did not happen in %v", what, grace)
		}
	}
}

func item(id, lane string) storage.Item {
	return storage.Item{ID: id, Lane: lane, Body: []byte("body of " + id)}
}
