// Package testclock is a clock for tests that only goes on when told.
//
//	now := testclock.New()
//	store := memstore.New(memstore.WithClock(now.Now))
//	now.Advance(time.Hour)
package testclock

import (
	"sync"
	"time"
)

// Clock is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// New is a clock that stands at the morning of 2026-03-02, a Monday, in UTC.
func New() *Clock { return At(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)) }

// At is a clock that stands at t.
func At(t time.Time) *Clock { return &Clock{now: t} }

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance lets time pass.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
