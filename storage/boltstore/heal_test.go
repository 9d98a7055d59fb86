package boltstore_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/wecombot/wecombot/internal/testclock"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
)

func TestFileIsOpenedAgain(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "bot.db"))
	q, kv := must(s.Queue("x", 0))(t), must(s.KV("x"))(t)
	ctx := t.Context()
	if err := q.Push(ctx, storage.Item{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	must(kv.Put(ctx, "k", []byte("v"), 0))(t)
	old := must(q.Pull(ctx, time.Hour))(t)
	for i := range 3 {
		if err := boltstore.Unmap(s); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			must(kv.Put(ctx, "k", []byte("v"), 0))(t)
		}
		if e, err := kv.Get(ctx, "k"); err != nil || string(e.Value) != "v" {
			t.Errorf("Get = %q, %v", e.Value, err)
		}
	}
	// The file was unlocked for a moment: leases of before are void.
	if err := q.Ack(ctx, old); !errors.Is(err, storage.ErrConflict) {
		t.Errorf("Ack of an old lease: %v, want ErrConflict", err)
	}
	if l := must(q.Pull(ctx, time.Hour))(t); l.Attempt != 2 {
		t.Errorf("Pull: attempt %d, want 2", l.Attempt)
	}
}

func TestReached(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "bot.db"))
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := boltstore.Commits(s)
	if !boltstore.Reached(s, last) || boltstore.Reached(s, last+1) {
		t.Errorf("Reached(%d), Reached(%d) = %v, %v, want true, false", last, last+1, boltstore.Reached(s, last), boltstore.Reached(s, last+1))
	}
}

func TestWhatIsOverIsRemoved(t *testing.T) {
	t.Parallel()
	c := testclock.New()
	s := open(t, filepath.Join(t.TempDir(), "bot.db"), boltstore.WithClock(c.Now))
	q, kv := must(s.Queue("x", 0))(t), must(s.KV("x"))(t)
	ctx := t.Context()
	for i := range 200 {
		must(kv.Put(ctx, fmt.Sprint(i%150), nil, time.Hour))(t)
		if err := q.Push(ctx, storage.Item{ID: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
		if err := q.Ack(ctx, must(q.Pull(ctx, time.Hour))(t)); err != nil {
			t.Fatal(err)
		}
	}
	if n := boltstore.Entries(s); n < 2*150+2*200 {
		t.Errorf("%d entries in the file, want the values, the ids and their lists", n)
	}
	c.Advance(storage.AckedFor + time.Second)
	for range 100 { // each commit cleans a little
		if err := s.Ping(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if n := boltstore.Entries(s); n != 0 {
		t.Errorf("%d entries left in the file, want none", n)
	}
}
