package dialog

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
	"github.com/wecombot/wecombot/storage/memstore"
)

// BenchmarkTurn is the last question of a dialog of 20 steps: load, replay of 19 answers, the answer, store.
func BenchmarkTurn(b *testing.B) {
	store := memstore.New()
	defer store.Close()
	kv, err := store.KV("dialogs")
	if err != nil {
		b.Fatal(err)
	}
	benchmarkTurn(b, kv)
}

// BenchmarkTurnOnDisk is BenchmarkTurn with a store that syncs each turn to the disk.
func BenchmarkTurnOnDisk(b *testing.B) {
	store, err := boltstore.Open(filepath.Join(b.TempDir(), "botd.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	kv, err := store.KV("dialogs")
	if err != nil {
		b.Fatal(err)
	}
	benchmarkTurn(b, kv)
}

func benchmarkTurn(b *testing.B, kv storage.KV) {
	e := New(kv)
	def := e.Define("twenty", func(d *D) (reply.Reply, error) {
		for i := range 21 {
			if _, err := d.AskInt(fmt.Sprintf("第 %d 个问题：要几个？", i)); err != nil {
				return nil, err
			}
		}
		return reply.Text("完"), nil
	})
	handler := e.Middleware()(def)
	say := func(id int, text string) {
		m := &message.Message{From: "zhangsan", To: "ww1", Type: message.TypeText, ID: uint64(id), Text: text}
		if _, err := handler.Handle(b.Context(), &router.Request{Message: m, App: "hr"}); err != nil {
			b.Fatal(err)
		}
	}
	for i := range 20 {
		say(i, fmt.Sprint(i))
	}
	saved, err := kv.Get(b.Context(), recordKey("hr", "zhangsan"))
	if err != nil {
		b.Fatal(err)
	}
	if rec, err := parseState(saved.Value); err != nil || len(rec.steps) != 19 {
		b.Fatalf("%d steps, %v", len(rec.steps), err)
	}
	b.ReportAllocs()
	i := 100
	for b.Loop() {
		i++
		say(i, "7")
		b.StopTimer()
		if _, err := kv.Put(b.Context(), saved.Key, saved.Value, 0); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(len(saved.Value)), "B/record")
}

// TestMillion measures what the dialogs of a million members weigh on disk, and what a look-up among them costs:
//
//	WECOMBOT_MILLION=1 go test -run TestMillion -v ./handlers/dialog
func TestMillion(t *testing.T) { //nolint:paralleltest // it measures
	if os.Getenv("WECOMBOT_MILLION") == "" {
		t.Skip("takes minutes; set WECOMBOT_MILLION to measure")
	}
	path := filepath.Join(t.TempDir(), "botd.db")
	store, err := boltstore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	kv, err := store.KV("dialogs")
	if err != nil {
		t.Fatal(err)
	}
	e := New(kv)
	e.Define("leave", leave(new([]string)))
	const members = 1_000_000
	bytes := 0
	began := time.Now()
	var wg sync.WaitGroup
	var failed atomic.Int64
	for w := range 256 {
		wg.Go(func() {
			for i := w; i < members; i += 256 {
				st := &state{version: version{name: "leave"}, id: uint64(i), started: 1795255200, asked: 1795255260, last: uint64(i), pending: 7, text: "请假", steps: []step{
					{kind: kindAnswer, mark: 1, at: 1795255230, data: []byte("3")},
					{kind: kindAnswer, mark: 2, at: 1795255240, data: []byte(`"年假"`)},
				}}
				rec := record{state: st, key: recordKey("hr", fmt.Sprintf("member-%07d", i))}
				if err := e.save(t.Context(), &rec, 24*time.Hour); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if failed.Load() > 0 {
		t.Fatalf("%d saves failed", failed.Load())
	}
	took := time.Since(began)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	const lookups = 20_000
	began = time.Now()
	for i := range lookups {
		rec, err := e.load(t.Context(), recordKey("hr", fmt.Sprintf("member-%07d", rand.IntN(members))))
		if err != nil || rec.state == nil {
			t.Fatal(i, err)
		}
		bytes += len(rec.append(nil))
	}
	each := time.Since(began) / lookups
	began = time.Now()
	e.notify = func(context.Context, Notice) error { return nil }
	if err := e.loadTimers(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d dialogs: %d MiB on disk, %d B a record, written in %v; look-up and decode %v; deadlines found in %v",
		members, info.Size()>>20, bytes/lookups, took, each, time.Since(began))
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkNoDialog is what every other message of the app pays.
func BenchmarkNoDialog(b *testing.B) {
	store := memstore.New()
	defer store.Close()
	kv, err := store.KV("dialogs")
	if err != nil {
		b.Fatal(err)
	}
	next := router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { return nil, nil })
	handler := New(kv).Middleware()(next)
	q := &router.Request{Message: &message.Message{From: "zhangsan", Type: message.TypeText, Text: "hi"}, App: "hr", Log: slog.New(slog.DiscardHandler)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := handler.Handle(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}
