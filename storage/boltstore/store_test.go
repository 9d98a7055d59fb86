package boltstore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/internal/testclock"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
	"github.com/wecombot/wecombot/storage/storagetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storagetest.Backend {
		path := filepath.Join(t.TempDir(), "bot.db")
		return storagetest.Backend{
			Open:    func(t *testing.T) storage.Store { return open(t, path) },
			Durable: true,
		}
	})
}

func TestStoreOnAnotherClock(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storagetest.Backend {
		path := filepath.Join(t.TempDir(), "bot.db")
		c := testclock.New()
		return storagetest.Backend{
			Open:    func(t *testing.T) storage.Store { return open(t, path, boltstore.WithClock(c.Now)) },
			Durable: true,
			Sleep:   c.Advance,
			Days:    true,
		}
	})
}

func open(t testing.TB, path string, opts ...boltstore.Option) storage.Store {
	t.Helper()
	s, err := boltstore.Open(path, opts...)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestOpenTellsTheOwner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "er", "bot.db")
	s := open(t, path)
	_, err := boltstore.Open(path, boltstore.WithTimeout(time.Millisecond))
	if !errors.Is(err, storage.ErrLocked) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second Open: %v, want ErrLocked with the file and process %d", err, os.Getpid())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".pid"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("pid file after Close: %v, want none", err)
	}
	open(t, path)
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if fi, err := os.Stat(p); err != nil || fi.Mode() != want {
			t.Errorf("mode of %s = %v, %v, want %v", p, fi.Mode(), err, want)
		}
	}
}

func TestOpenRefusesWhatIsNoStore(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bot.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := boltstore.Open(path); err == nil {
		s.Close()
		t.Error("Open of some other file succeeded")
	}
}
