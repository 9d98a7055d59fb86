package memstore_test

import (
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/storage/storagetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(*testing.T) storagetest.Backend {
		return storagetest.Backend{Open: func(*testing.T) storage.Store { return memstore.New() }}
	})
}

func TestStoreOnAnotherClock(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(*testing.T) storagetest.Backend {
		c := &clock{now: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)}
		return storagetest.Backend{
			Open:  func(*testing.T) storage.Store { return memstore.New(memstore.WithClock(c.Now)) },
			Sleep: c.Advance,
			Days:  true,
		}
	})
}

// clock only goes on when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
