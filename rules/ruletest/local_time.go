package ruletest

import (
	"context"
	"maps"
	"slices"
	"time"
)

// closing is what plugins get to end with a case.
const closing = 10 * time.Second

// timer is something that is due at a time.
type timer struct {
	at time.Time
	f  func()
}

func (b *localBot) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// at has f called when its time comes: plugins.Host.Timer.
func (b *localBot) at(at time.Time, f func()) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.timer++
	n := b.timer
	b.timers[n] = timer{at, f}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.timers, n)
	}
}

// Advance lets time pass; what comes due on the way happens at its time.
func (b *localBot) Advance(ctx context.Context, d time.Duration) error {
	until := b.clock().Add(d)
	var failed error
	for {
		f := b.due(until)
		if f == nil {
			break
		}
		f()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = until
	failed, b.failed = b.failed, nil
	return failed
}

// due takes the next timer up to a time, and sets the clock to it.
func (b *localBot) due(until time.Time) func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := -1
	for _, n := range slices.Sorted(maps.Keys(b.timers)) {
		if next < 0 || b.timers[n].at.Before(b.timers[next].at) {
			next = n
		}
	}
	if next < 0 || b.timers[next].at.After(until) {
		return nil
	}
	t := b.timers[next]
	delete(b.timers, next)
	if t.at.After(b.now) {
		b.now = t.at
	}
	return t.f
}

// runDue runs the rules' schedules that are due, and sees to it that the next ones are run.
func (b *localBot) runDue(ctx context.Context) error {
	next, err := b.set.RunDue(ctx, b.clock(), nil)
	b.at(next, func() {
		if err := b.runDue(ctx); err != nil {
			b.mu.Lock()
			b.failed = err
			b.mu.Unlock()
		}
	})
	return err
}
