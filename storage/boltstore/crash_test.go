//go:build unix

package boltstore_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
)

// The test binary runs itself again as the process that is killed or runs out of space.
func TestMain(m *testing.M) {
	switch os.Getenv("BOLTSTORE_TEST_CHILD") {
	case "crash":
		crashChild(os.Getenv("BOLTSTORE_TEST_FILE"), os.Getenv("BOLTSTORE_TEST_ROUND"))
	case "full":
		fullChild(os.Getenv("BOLTSTORE_TEST_FILE"))
	default:
		os.Exit(m.Run())
	}
}

func child(t *testing.T, what, file, round string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BOLTSTORE_TEST_CHILD="+what, "BOLTSTORE_TEST_FILE="+file, "BOLTSTORE_TEST_ROUND="+round)
	cmd.Stderr = os.Stderr
	return cmd
}

// crashChild works until it is killed and says what has returned: "put|push|pull|ack id".
func crashChild(file, round string) {
	s, err := boltstore.Open(file)
	if err != nil {
		panic(err)
	}
	q, err := s.Queue("x", 0)
	if err != nil {
		panic(err)
	}
	kv, err := s.KV("x")
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%04d", round, w, i)
				check(q.Push(ctx, storage.Item{ID: id, Lane: fmt.Sprint(w), Body: []byte(id)}))
				fmt.Println("push", id)
				_, err := kv.Put(ctx, id, []byte(id), 0)
				check(err)
				fmt.Println("put", id)
			}
		})
	}
	for range 3 {
		wg.Go(func() {
			for {
				l, err := q.Pull(ctx, time.Hour)
				check(err)
				fmt.Println("pull", l.ID)
				if rand.N(3) == 0 {
					check(q.Retry(ctx, l, time.Time{}))
					continue
				}
				check(q.Ack(ctx, l))
				fmt.Println("ack", l.ID)
			}
		})
	}
	wg.Wait()
}

func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "bot.db")
	said := map[string]map[string]int{"put": {}, "push": {}, "pull": {}, "ack": {}}
	for round := range 5 {
		killed(t, file, round, said)
		compare(t, file, said)
	}
}

// killed runs a child for a while and collects what it said.
func killed(t *testing.T, file string, round int, said map[string]map[string]int) {
	t.Helper()
	cmd := child(t, "crash", file, fmt.Sprint(round))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := 100 + rand.N(400)
	in := bufio.NewScanner(out)
	for n := 0; in.Scan(); n++ {
		if what, id, ok := strings.Cut(in.Text(), " "); ok && said[what] != nil {
			said[what][id]++
		}
		if n == kill {
			cmd.Process.Kill()
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("child: %v, want killed", err)
	}
}

func compare(t *testing.T, file string, said map[string]map[string]int) {
	t.Helper()
	s := open(t, file)
	defer s.Close()
	q, kv := must(s.Queue("x", 0))(t), must(s.KV("x"))(t)
	ctx := t.Context()
	for id := range said["put"] {
		if e, err := kv.Get(ctx, id); err != nil || string(e.Value) != id {
			t.Errorf("value of %s after the kill: %q, %v", id, e.Value, err)
		}
	}
	pending := map[string]bool{}
	last := map[string]string{}
	for _, l := range must(q.Pending(ctx, 0))(t) {
		pending[l.ID] = true
		if string(l.Body) != l.ID || !l.Until.IsZero() {
			t.Errorf("pending %s: body %q, leased until %v", l.ID, l.Body, l.Until)
		}
		if l.ID <= last[l.Lane] {
			t.Errorf("lane %s: %s after %s", l.Lane, l.ID, last[l.Lane])
		}
		last[l.Lane] = l.ID
		if l.Attempt < said["pull"][l.ID] {
			t.Errorf("%s was pulled %d times before the kill, attempt is %d", l.ID, said["pull"][l.ID], l.Attempt)
		}
		if said["ack"][l.ID] > 0 {
			t.Errorf("%s was acknowledged and is pending", l.ID)
		}
	}
	before := must(q.Stats(ctx))(t)
	for id := range said["push"] {
		if err := q.Push(ctx, storage.Item{ID: id, Lane: "again"}); err != nil {
			t.Fatal(err)
		}
	}
	if after := must(q.Stats(ctx))(t); after != before {
		t.Errorf("Stats = %+v, after pushing the same ids again %+v: some were lost", before, after)
	}
}
