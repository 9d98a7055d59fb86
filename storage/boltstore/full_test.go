//go:build unix

package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
)

// A limit on the size of files is a full disk that needs no root; it holds for a whole process, so it gets one.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	if out, err := child(t, "full", filepath.Join(t.TempDir(), "bot.db"), "").Output(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func fullChild(file string) {
	setLimit := func(soft uint64) {
		var lim syscall.Rlimit
		check(syscall.Getrlimit(syscall.RLIMIT_FSIZE, &lim))
		lim.Cur = soft
		check(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &lim))
	}
	s, err := boltstore.Open(file)
	check(err)
	outOfSpace(s, syscall.EFBIG, func(full bool) {
		if full {
			setLimit(512 << 10)
		} else {
			setLimit(64 << 20)
		}
	})
	check(s.Close())
}

func TestDiskFullForReal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := mountTmpfs(dir, 1<<20); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	s := open(t, filepath.Join(dir, "bot.db"))
	outOfSpace(s, syscall.ENOSPC, func(full bool) {
		if !full {
			check(remountTmpfs(dir, 64<<20))
		}
	})
	check(s.Close())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// outOfSpace fills the store, looks at it while it is full, and goes on when there is room again; then it compares what
// is there with what was acknowledged.
func outOfSpace(s storage.Store, want error, disk func(full bool)) {
	ctx := context.Background()
	q, err := s.Queue("x", 0)
	check(err)
	kv, err := s.KV("x")
	check(err)
	check(q.Push(ctx, storage.Item{ID: "first", Lane: "other"}))
	held, err := q.Pull(ctx, 1<<40)
	check(err)

	waiting := waitingPull(s)

	disk(true)
	body := make([]byte, 20_000)
	var kept []string
	refused := 0
	for i := 0; refused < 20; i++ {
		id := fmt.Sprint(i)
		err := q.Push(ctx, storage.Item{ID: id, Lane: "a", Body: body}, storage.Item{ID: id + "b", Lane: "a", Body: body})
		switch {
		case err == nil:
			kept = append(kept, id, id+"b")
		case !is(err, want):
			panic(fmt.Sprintf("Push on a full disk: %v, want %v", err, want))
		default:
			refused++
			expect(q, len(kept))
		}
	}
	if _, err := kv.Create(ctx, "big", make([]byte, storage.MaxValue), 0); !is(err, want) {
		panic(fmt.Sprintf("Create on a full disk: %v, want %v", err, want))
	}
	if _, err := kv.Get(ctx, "big"); !errors.Is(err, storage.ErrNotFound) {
		panic(fmt.Sprintf("Get of what was refused: %v", err))
	}

	disk(false)
	check(s.Ping(ctx))
	expect(q, len(kept))
	check(q.Ack(ctx, held))
	_, err = kv.Create(ctx, "big", make([]byte, storage.MaxValue), 0)
	check(err)
	check(q.Push(ctx, storage.Item{ID: "last", Lane: "a"}))
	var got []string
	for range len(kept) + 1 {
		l, err := q.Pull(ctx, 1<<40)
		check(err)
		check(q.Ack(ctx, l))
		got = append(got, l.ID)
	}
	if !slices.Equal(got, append(kept, "last")) {
		panic(fmt.Sprintf("pulled %q, acknowledged were %q", got, kept))
	}
	y, err := s.Queue("y", 0)
	check(err)
	check(y.Push(ctx, storage.Item{ID: "new", Lane: "b"}))
	if id := <-waiting; id != "new" {
		panic(fmt.Sprintf("the waiting Pull got %q", id))
	}
}

// waitingPull waits in a queue whose only item expires while the disk is full.
func waitingPull(s storage.Store) <-chan string {
	ctx := context.Background()
	y, err := s.Queue("y", 0)
	check(err)
	soon := time.Now().Add(10 * time.Millisecond)
	check(y.Push(ctx, storage.Item{ID: "expires", Lane: "a", NotBefore: soon.Add(time.Hour), Expires: soon, Body: make([]byte, 100_000)}))
	got := make(chan string)
	go func() {
		for {
			l, err := y.Pull(ctx, time.Hour)
			if err == nil {
				got <- l.ID
				return
			}
			time.Sleep(time.Millisecond) // a worker's pause after an error
		}
	}()
	return got
}

// is compares the text, too: bbolt wraps only some of the system's errors.
func is(err, want error) bool {
	return errors.Is(err, want) || err != nil && strings.HasSuffix(err.Error(), want.Error())
}

func expect(q storage.Queue, n int) {
	st, err := q.Stats(context.Background())
	check(err)
	ls, err := q.Pending(context.Background(), 0)
	check(err)
	if st.Leased != 1 || st.Ready+st.Waiting != n || len(ls) != n+1 {
		panic(fmt.Sprintf("Stats = %+v and %d pending, want %d and one leased", st, len(ls), n))
	}
}
