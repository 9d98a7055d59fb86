package memstore_test

import (
	"testing"

	"github.com/wecombot/wecombot/internal/testclock"
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
		c := testclock.New()
		return storagetest.Backend{
			Open:  func(*testing.T) storage.Store { return memstore.New(memstore.WithClock(c.Now)) },
			Sleep: c.Advance,
			Days:  true,
		}
	})
}
