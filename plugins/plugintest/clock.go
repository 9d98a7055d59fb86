package plugintest

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Now is the app's time.
func (b *Bot) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *Bot) at(at time.Time, f func()) (stop func()) {
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

// Advance moves the clock, and runs what becomes due on the way, at its time.
func (b *Bot) Advance(d time.Duration) {
	b.T.Helper()
	until := b.Now().Add(d)
	for {
		f, ok := b.due(until)
		if !ok {
			break
		}
		f()
	}
	b.mu.Lock()
	b.now = until
	b.mu.Unlock()
}

// due takes the next timer up to a time, and sets the clock to it.
func (b *Bot) due(until time.Time) (func(), bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	keys := slices.SortedFunc(maps.Keys(b.timers), func(x, y int) int {
		return cmp.Or(b.timers[x].at.Compare(b.timers[y].at), cmp.Compare(x, y))
	})
	if len(keys) == 0 || b.timers[keys[0]].at.After(until) {
		return nil, false
	}
	next := b.timers[keys[0]]
	delete(b.timers, keys[0])
	if next.at.After(b.now) {
		b.now = next.at
	}
	return next.f, true
}

type timer struct {
	at time.Time
	f  func()
}
