package natsstore

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// janitor deletes what has expired and what nobody uses any more. That it is late does no harm: readers see an expiry
// themselves.
type janitor struct {
	mu    sync.Mutex
	fresh []*kv // whose older values it has not seen yet
	all   []*kv
	due   expiries
}

const (
	tidyEvery  = time.Minute
	sweepEvery = time.Hour
)

// expiry is a message that will be over.
type expiry struct {
	kv  *kv
	seq uint64
	at  int64 // unix ns
}

func (j *janitor) adopt(k *kv) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fresh = append(j.fresh, k)
	j.all = append(j.all, k)
}

func (j *janitor) expect(k *kv, seq uint64, at int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	heap.Push(&j.due, expiry{k, seq, at})
}

// tidy is the janitor's day.
func (s *store) tidy() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tick, sweep := time.NewTicker(tidyEvery), time.NewTicker(sweepEvery)
	defer tick.Stop()
	defer sweep.Stop()
	for {
		var err error
		select {
		case <-s.closed:
			return
		case <-tick.C:
			err = s.expire(ctx, time.Now())
		case <-sweep.C:
			err = s.sweep(ctx, orphanAge)
		}
		if err != nil && !s.isClosed() {
			s.log.WarnContext(ctx, "nats: clean up", "error", err)
		}
	}
}

// expire deletes the values that are over. A message that was replaced is gone already: its number is not found.
func (s *store) expire(ctx context.Context, now time.Time) error {
	if err := s.meet(ctx); err != nil {
		return err
	}
	for !s.isClosed() {
		e, ok := s.janitor.next(now)
		if !ok {
			return nil
		}
		if err := e.kv.stream.DeleteMsg(ctx, e.seq); err != nil && !refused(err) {
			s.janitor.expect(e.kv, e.seq, e.at)
			return err
		}
	}
	return nil
}

// meet learns the expiries of values that this process has not written.
func (s *store) meet(ctx context.Context) error {
	s.janitor.mu.Lock()
	fresh := s.janitor.fresh
	s.janitor.fresh = nil
	s.janitor.mu.Unlock()
	for i, k := range fresh {
		err := s.list(ctx, k.stream, func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
			if at, _, err := readHeader(m.Headers()); err == nil && at != 0 {
				s.janitor.expect(k, meta.Sequence.Stream, at)
			}
		})
		if err != nil {
			s.janitor.mu.Lock()
			s.janitor.fresh = append(s.janitor.fresh, fresh[i:]...)
			s.janitor.mu.Unlock()
			return err
		}
	}
	return nil
}

func (j *janitor) next(now time.Time) (expiry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.due) == 0 || j.due[0].at > now.UnixNano() {
		return expiry{}, false
	}
	return heap.Pop(&j.due).(expiry), true
}

// sweep deletes large values and bodies that nobody refers to.
func (s *store) sweep(ctx context.Context, age time.Duration) error {
	s.janitor.mu.Lock()
	all := s.janitor.all
	s.janitor.mu.Unlock()
	for _, k := range all {
		if err := k.sweep(ctx, age); err != nil {
			return err
		}
	}
	s.mu.Lock()
	var queues []*queue
	for _, q := range s.queues {
		queues = append(queues, q)
	}
	s.mu.Unlock()
	for _, q := range queues {
		if err := q.data.sweep(ctx, q.used, age); err != nil {
			return err
		}
	}
	return nil
}

func (k *kv) sweep(ctx context.Context, age time.Duration) error {
	large, err := k.largeValues(ctx, false)
	if err != nil || large == nil {
		return err
	}
	return large.sweep(ctx, func() (map[uint64]bool, error) {
		used := map[uint64]bool{}
		var damaged error
		err := k.store.list(ctx, k.stream, func(m jetstream.Msg, _ *jetstream.MsgMetadata) {
			_, parts, err := readHeader(m.Headers())
			if err != nil {
				damaged = err // better to keep too much
			}
			for _, p := range parts {
				used[p.Seq] = true
			}
		})
		if err == nil {
			err = damaged
		}
		return used, err
	}, age)
}

// expiries is a heap by time.
type expiries []expiry

func (e expiries) Len() int           { return len(e) }
func (e expiries) Less(i, j int) bool { return e[i].at < e[j].at }
func (e expiries) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *expiries) Push(x any)        { *e = append(*e, x.(expiry)) }

func (e *expiries) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
