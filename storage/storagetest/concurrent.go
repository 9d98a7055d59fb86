package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wecombot/wecombot/storage"
)

var concurrentCases = []examCase{
	{name: "many workers lose nothing, double nothing, keep the order", run: concurrentOrder},
	{name: "a pull that gives up while an item comes loses nothing", run: concurrentGiveUp},
	{name: "one of many pushes of an id counts", run: concurrentPush},
	{name: "calls and Close race without harm", run: concurrentClose},
}

// ledger is what the workers saw.
type ledger struct {
	mu      sync.Mutex
	held    map[string]bool // lanes in a worker's hands
	next    map[string]int  // lane → number of the item that has to come
	acked   int
	retried int
}

func concurrentOrder(x *exam) {
	const lanes, each, pushers, pullers = 12, 25, 6, 6
	q := x.queue("x", 0)
	ctx := x.soon()
	pulling, done := context.WithCancel(ctx)
	defer done()
	seen := &ledger{held: map[string]bool{}, next: map[string]int{}}
	var wg sync.WaitGroup
	for p := range pushers {
		wg.Go(func() {
			for i := range each {
				for lane := p; lane < lanes; lane += pushers {
					it := storage.Item{ID: fmt.Sprintf("%d/%d", lane, i), Lane: fmt.Sprint(lane), Priority: lane % 3, Body: fmt.Append(nil, i)}
					if err := q.Push(ctx, it, it); err != nil {
						x.Errorf("Push: %v", err)
					}
					if err := q.Push(ctx, it); err != nil {
						x.Errorf("Push again: %v", err)
					}
				}
			}
		})
	}
	for range pullers {
		wg.Go(func() {
			for {
				l, err := q.Pull(pulling, long)
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						x.Errorf("Pull: %v", err)
					}
					return
				}
				x.work(ctx, q, l, seen)
				if seen.finished(lanes * each) {
					done()
				}
			}
		})
	}
	wg.Wait()
	if seen.acked != lanes*each {
		x.Errorf("acknowledged %d items, want %d", seen.acked, lanes*each)
	}
	x.counts(q, 0, 0, 0, 0)
}

// work handles one lease: every seventh item is given back once, the others are acknowledged.
func (x *exam) work(ctx context.Context, q storage.Queue, l storage.Lease, seen *ledger) {
	want, again := seen.take(l)
	if want != string(l.Body) {
		x.Errorf("lane %s: pulled item %s, want %s", l.Lane, l.Body, want)
	}
	if again {
		x.Errorf("lane %s is in two hands", l.Lane)
	}
	retry := l.Attempt == 1 && (len(l.Body)+int(l.Body[0]))%7 == 0
	seen.give(l, !retry) // before the call: after it the lane may be in other hands
	var err error
	if retry {
		err = q.Retry(ctx, l, time.Time{})
	} else {
		err = q.Ack(ctx, l)
	}
	if err != nil {
		x.Errorf("end of lease of %s: %v", l.ID, err)
	}
}

func (s *ledger) take(l storage.Lease) (want string, held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held = s.held[l.Lane]
	s.held[l.Lane] = true
	return fmt.Sprint(s.next[l.Lane]), held
}

func (s *ledger) give(l storage.Lease, acked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[l.Lane] = false
	if acked {
		s.next[l.Lane]++
		s.acked++
	} else {
		s.retried++
	}
}

func (s *ledger) finished(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acked >= n
}

// concurrentGiveUp ends pulls at the moment items arrive. Each item must be in the pull's answer, or still in the queue.
func concurrentGiveUp(x *exam) {
	q := x.queue("x", 0)
	const n = 40
	got := map[string]bool{}
	for i := range n {
		ctx, giveUp := context.WithCancel(context.Background())
		done := make(chan storage.Lease)
		go func() {
			l, err := q.Pull(ctx, long)
			if err != nil {
				x.want("Pull", err, context.Canceled)
			}
			done <- l
		}()
		pushed := make(chan error)
		go func() { pushed <- q.Push(x.soon(), item(fmt.Sprint(i), fmt.Sprint(i))) }()
		time.Sleep(time.Duration(i) * 50 * time.Microsecond)
		giveUp()
		if l := <-done; l.ID != "" {
			got[l.ID] = true
			x.must("Ack", q.Ack(x.soon(), l))
		}
		x.must("Push", <-pushed)
	}
	for len(got) < n {
		l := x.pull(q, long)
		if got[l.ID] {
			x.Errorf("%s came twice", l.ID)
		}
		got[l.ID] = true
		x.must("Ack", q.Ack(x.soon(), l))
	}
	x.counts(q, 0, 0, 0, 0)
}

func concurrentPush(x *exam) {
	q := x.queue("x", 0)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range 5 {
				if err := q.Push(x.soon(), item(fmt.Sprint(i), fmt.Sprint(i))); err != nil {
					x.Errorf("Push: %v", err)
				}
			}
		})
	}
	wg.Wait()
	x.counts(q, 5, 0, 0, 0)
}

func concurrentClose(x *exam) {
	q, kv := x.queue("x", 0), x.kv("x")
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				var err error
				switch w % 4 {
				case 0:
					_, err = q.Pull(x.soon(), long)
				case 1:
					err = q.Push(x.soon(), item(fmt.Sprint(w, i), fmt.Sprint(w)))
				case 2:
					_, err = kv.Put(x.soon(), fmt.Sprint(w), nil, 0)
				case 3:
					for _, err = range kv.Scan(x.soon(), "") {
					}
				}
				if err != nil {
					x.want("call while closing", err, storage.ErrClosed)
					return
				}
				if i > 0 && w%4 == 3 {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	time.Sleep(30 * time.Millisecond)
	x.must("Close", x.store.Close())
	wg.Wait()
}
