package dialog

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// timers are the deadlines of the dialogs that wait. They are rebuilt from the store, so losing them loses nothing.
type timers struct {
	mu     sync.Mutex
	loaded bool
	due    dueHeap
	wake   chan struct{}
}

type due struct {
	at  time.Time
	key string
}

// add notes when a dialog is to be looked at. A dialog that has moved on by then is noted again, later.
func (t *timers) add(key string, at time.Time) {
	t.mu.Lock()
	heap.Push(&t.due, due{at: at, key: key})
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// pop takes what is due; next is when the one after it is, zero when there is none.
func (t *timers) pop(now time.Time) (keys []string, next time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.due) > 0 {
		if t.due[0].at.After(now) {
			return keys, t.due[0].at
		}
		keys = append(keys, heap.Pop(&t.due).(due).key)
	}
	return keys, time.Time{}
}

// Run tells members that their dialog waits for them in vain, until ctx ends. Without WithNotifier there is nothing to do.
func (e *Engine) Run(ctx context.Context) error {
	for {
		next, err := e.sweep(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "dialog time-outs", "error", err)
			next = e.clock().Add(time.Minute)
		}
		var timer <-chan time.Time
		if !next.IsZero() {
			timer = time.After(max(next.Sub(e.clock()), time.Second))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-timer:
		case <-e.timers.wake:
		}
	}
}

// Sweep does what Run does, once: what is due by the engine's clock.
func (e *Engine) Sweep(ctx context.Context) error {
	_, err := e.sweep(ctx)
	return err
}

func (e *Engine) sweep(ctx context.Context) (next time.Time, err error) {
	if e.notify == nil {
		return time.Time{}, nil
	}
	if err := e.loadTimers(ctx); err != nil {
		return time.Time{}, err
	}
	keys, next := e.timers.pop(e.clock())
	var errs []error
	for _, key := range keys {
		if err := e.expire(ctx, key); err != nil {
			e.timers.add(key, e.clock().Add(time.Minute))
			errs = append(errs, err)
		}
	}
	return next, errors.Join(errs...)
}

// loadTimers notes the dialogs that an earlier process left waiting.
func (e *Engine) loadTimers(ctx context.Context) error {
	e.timers.mu.Lock()
	loaded := e.timers.loaded
	e.timers.mu.Unlock()
	if loaded {
		return nil
	}
	for entry, err := range e.store.Scan(ctx, "") {
		if err != nil {
			return fmt.Errorf("scan dialogs: %w", err)
		}
		st, err := parseState(entry.Value)
		if err != nil || st.phase != phaseWaiting && st.phase != phaseAsking {
			continue
		}
		if def := e.lookup(st.version); def != nil {
			e.timers.add(entry.Key, time.Unix(st.asked, 0).Add(def.timeout))
		}
	}
	e.timers.mu.Lock()
	e.timers.loaded = true
	e.timers.mu.Unlock()
	return nil
}

// expire puts one dialog aside and says so, if it still waits for an answer that is overdue.
func (e *Engine) expire(ctx context.Context, key string) error {
	rec, err := e.load(ctx, key)
	if err != nil || rec.state == nil || rec.phase != phaseWaiting && rec.phase != phaseAsking {
		return err
	}
	def := e.lookup(rec.version)
	if def == nil || e.clock().Before(time.Unix(rec.asked, 0).Add(def.timeout)) {
		return nil // it has moved on, and its later deadline is noted
	}
	app, user := splitKey(key)
	// Told first, marked after it: a crash in between tells it again under the same ID.
	err = e.notify(ctx, Notice{ID: fmt.Sprintf("dialog-%016x-%d", rec.id, rec.asked), App: app, User: user, Reply: e.say(sayTimedOut)})
	if err != nil {
		return fmt.Errorf("tell %s: %w", user, err)
	}
	t := &turn{Engine: e, rec: &rec, def: def}
	if err := t.pause(ctx); err != nil && !errors.Is(err, errStale) {
		return err
	}
	return nil
}

// dueHeap orders by time, the earliest first.
type dueHeap []due

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(due)) }
func (h *dueHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
