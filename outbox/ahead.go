package outbox

import (
	"sync"
	"time"
)

// orderTime is how long an answer that is not delivered yet keeps later ones from overtaking it in a callback's response.
// When the platform's API is out of order for longer, a late answer is better than none.
const orderTime = 15 * time.Second

// ahead knows the answers to single members that are pushed and not confirmed.
type ahead struct {
	mu    sync.Mutex
	lanes map[string]*unconfirmed
	swept time.Time
}

type unconfirmed struct {
	pushed map[string]time.Time // by id
	done   chan struct{}        // closed when there are none
}

func (a *ahead) add(lane, id string, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sweep(at)
	l := a.lanes[lane]
	if l == nil {
		l = &unconfirmed{pushed: map[string]time.Time{}, done: make(chan struct{})}
		a.lanes[lane] = l
	}
	if _, known := l.pushed[id]; !known {
		l.pushed[id] = at
	}
}

func (a *ahead) remove(lane, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if l := a.lanes[lane]; l != nil {
		delete(l.pushed, id)
		a.tidy(lane, l)
	}
}

func (a *ahead) tidy(lane string, l *unconfirmed) {
	if len(l.pushed) == 0 {
		close(l.done)
		delete(a.lanes, lane)
	}
}

// wait returns what is closed when nothing is under way in a lane, or nil when that is so.
func (a *ahead) wait(lane string, now time.Time) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if l := a.lanes[lane]; l != nil {
		a.forget(lane, l, now)
	}
	if l := a.lanes[lane]; l != nil {
		return l.done
	}
	return nil
}

// forget drops what is too old to count, and what was known already when it was pushed again.
func (a *ahead) forget(lane string, l *unconfirmed, now time.Time) {
	for id, at := range l.pushed {
		if now.Sub(at) > orderTime {
			delete(l.pushed, id)
		}
	}
	a.tidy(lane, l)
}

func (a *ahead) sweep(now time.Time) {
	if now.Sub(a.swept) < orderTime {
		return
	}
	a.swept = now
	for lane, l := range a.lanes {
		a.forget(lane, l, now)
	}
}

// Ahead returns what is closed when no earlier answer to a member is under way any more; nil when none is.
func (o *Outbox) Ahead(app, user string) <-chan struct{} {
	return o.ahead.wait(lane(app, To{User: user}), o.now())
}
