package natsstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/natsstore"
)

// Three machines claim the same messages at once: this is how a duplicate is told.
func TestOneClaimWins(t *testing.T) {
	t.Parallel()
	url := server(t)
	const claims = 60
	var won [claims]atomic.Int32
	var wg sync.WaitGroup
	for range 3 {
		kv, err := open(t, url).KV("claims")
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			wg.Go(func() {
				for i := range claims {
					switch _, err := kv.Create(t.Context(), fmt.Sprint(i), nil, time.Hour); {
					case err == nil:
						won[i].Add(1)
					case !errors.Is(err, storage.ErrExists):
						t.Errorf("Create: %v", err)
					}
				}
			})
		}
	}
	wg.Wait()
	for i := range won {
		if n := won[i].Load(); n != 1 {
			t.Errorf("claim %d was won %d times", i, n)
		}
	}
}

// ledger is what the workers of all machines saw.
type ledger struct {
	mu   sync.Mutex
	held map[string]bool
	next map[string]int
	done int
}

func (l *ledger) take(t *testing.T, it storage.Lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[it.Lane] {
		t.Errorf("lane %s is in two hands", it.Lane)
	}
	l.held[it.Lane] = true
	if want := fmt.Sprint(l.next[it.Lane]); string(it.Body) != want {
		t.Errorf("lane %s: item %s, want %s", it.Lane, it.Body, want)
	}
}

func (l *ledger) give(it storage.Lease, acked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[it.Lane] = false
	if acked {
		l.next[it.Lane]++
		l.done++
	}
}

// share has machines push the same items and work on them together; every item has to be done once, in order.
func share(t *testing.T, stores []storage.Store, lanes, each int) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	seen := &ledger{held: map[string]bool{}, next: map[string]int{}}
	work, stop := context.WithCancel(ctx)
	var pushers, workers sync.WaitGroup
	var queues []storage.Queue
	for _, s := range stores {
		q, err := s.Queue("x", 0)
		if err != nil {
			t.Fatal(err)
		}
		queues = append(queues, q)
		pushers.Go(func() { // every machine pushes everything: the ids make one of three
			for i := range each {
				for lane := range lanes {
					it := storage.Item{ID: fmt.Sprintf("%d/%d", lane, i), Lane: fmt.Sprint(lane), Body: fmt.Append(nil, i)}
					if err := q.Push(ctx, it); err != nil {
						t.Errorf("Push: %v", err)
					}
				}
			}
		})
		for range 3 {
			workers.Go(func() {
				for {
					it, err := q.Pull(work, time.Hour)
					if err != nil {
						if work.Err() == nil {
							t.Errorf("Pull: %v", err)
						}
						return
					}
					seen.take(t, it)
					retry := it.Attempt == 1 && rand.N(5) == 0
					seen.give(it, !retry)
					if retry {
						err = q.Retry(ctx, it, time.Time{})
					} else {
						err = q.Ack(ctx, it)
					}
					if err != nil {
						t.Errorf("end of lease: %v", err)
					}
				}
			})
		}
	}
	pushers.Wait()
	for ctx.Err() == nil {
		st, err := queues[0].Stats(ctx)
		if err == nil && st.Ready+st.Waiting+st.Leased == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	workers.Wait()
	if seen.done != lanes*each {
		t.Errorf("%d items were done, want %d", seen.done, lanes*each)
	}
	sameState(t, queues)
}

// sameState compares what machines have in memory once nobody works.
func sameState(t *testing.T, queues []storage.Queue) {
	t.Helper()
	var states []string
	for range 50 { // a command of one machine may still be on its way to another
		states = nil
		equal := true
		for _, q := range queues {
			s, err := natsstore.State(q)
			if err != nil {
				t.Fatal(err)
			}
			states = append(states, s[indexOf(s, `"count"`):]) // without the number and time of the tick
			equal = equal && states[0] == states[len(states)-1]
		}
		if equal {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("machines differ:\n%s\n%s", states[0], states[len(states)-1])
}

func TestMachinesShareAQueue(t *testing.T) {
	t.Parallel()
	url := server(t)
	var stores []storage.Store
	for range 3 {
		stores = append(stores, open(t, url, natsstore.WithSnapshots(40, 300*time.Millisecond)))
	}
	share(t, stores, 8, 40)
}

// A machine that was away for so long that the log has been cut meanwhile starts from the snapshot.
func TestMachineWasAway(t *testing.T) {
	t.Parallel()
	url := server(t)
	here, away := open(t, url, natsstore.WithSnapshots(20, 0)), open(t, url, natsstore.WithSnapshots(20, 0))
	q, late := must(here.Queue("x", 0))(t), must(away.Queue("x", 0))(t)
	ctx := t.Context()
	if err := late.Push(ctx, storage.Item{ID: "before", Body: []byte("body of before")}); err != nil {
		t.Fatal(err)
	}
	goOn := natsstore.Miss(late)
	for i := range 100 {
		if err := q.Push(ctx, storage.Item{ID: fmt.Sprint(i), Lane: fmt.Sprint(i), Priority: 1}); err != nil {
			t.Fatal(err)
		}
		if i < 90 {
			if err := q.Ack(ctx, must(q.Pull(ctx, time.Hour))(t)); err != nil {
				t.Fatal(err)
			}
		}
	}
	eventually(t, "the log is cut", func() bool { return messages(t, url, "_q_x_log") < 200 })
	if err := goOn(); err != nil {
		t.Fatal(err)
	}
	sameState(t, []storage.Queue{q, late})
	st := must(late.Stats(ctx))(t)
	if st.Ready != 11 {
		t.Errorf("Stats = %+v, want 11 ready", st)
	}
	for range 10 {
		if err := late.Ack(ctx, must(late.Pull(ctx, time.Hour))(t)); err != nil {
			t.Fatal(err)
		}
	}
	if l := must(late.Pull(ctx, time.Hour))(t); string(l.Body) != "body of before" {
		t.Errorf("Pull = %q %q", l.ID, l.Body)
	}

	// And one that opens it new.
	again := must(open(t, url).Queue("x", 0))(t)
	sameState(t, []storage.Queue{q, again})
}
