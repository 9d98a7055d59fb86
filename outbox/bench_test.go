package outbox_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/storage/boltstore"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/wecom"
)

// BenchmarkPush reports "ratio": the rate at which the outbox takes answers durably, over the rate at which bbolt alone
// commits records of the same size in groups of the same average size, on the same disk and in the same run.
func BenchmarkPush(b *testing.B) {
	for _, c := range []struct{ writers, batch int }{{1, 1}, {64, 1}, {256, 1}, {1, 64}} {
		b.Run(fmt.Sprintf("writers=%d/batch=%d", c.writers, c.batch), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "bot.db")
			store, err := boltstore.Open(file)
			if err != nil {
				b.Fatal(err)
			}
			box, err := outbox.New(store, outbox.WithLimit(1<<40))
			if err != nil {
				b.Fatal(err)
			}
			var n atomic.Int64
			push := func() error {
				ds := make([]outbox.Delivery, c.batch)
				for i := range ds {
					ds[i] = answer(n.Add(1))
				}
				return box.Push(context.Background(), ds...)
			}
			if err := push(); err != nil { // what is made once
				b.Fatal(err)
			}
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range c.writers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						if err := push(); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			ours := b.Elapsed()
			b.StopTimer()
			if err := store.Close(); err != nil {
				b.Fatal(err)
			}
			pushes := b.N * c.batch
			group := max(pushes/max(commits(b, file), 1), 1)
			alone := bboltAlone(b, pushes, group)
			b.ReportMetric(float64(pushes)/ours.Seconds(), "pushes/s")
			b.ReportMetric(float64(pushes)/alone.Seconds(), "bbolt-pushes/s")
			b.ReportMetric(alone.Seconds()/ours.Seconds(), "ratio")
			b.ReportMetric(float64(group), "group")
		})
	}
}

var sentence = strings.Repeat("年假还剩三天，请在系统里提交申请。", 3)

func answer(n int64) outbox.Delivery {
	body, err := json.Marshal(map[string]string{"content": fmt.Sprintf("%d %s", n, sentence)})
	if err != nil {
		panic(err)
	}
	return outbox.Delivery{
		ID: fmt.Sprintf("%032x/a", n), App: "hr", To: outbox.To{User: fmt.Sprint("user-", n%500)}, Trace: fmt.Sprintf("%010x", n),
		Units: []reply.Unit{{MsgType: "text", Body: body, Plain: sentence}},
	}
}

// commits is how many transactions the file has seen: bbolt numbers them.
func commits(b *testing.B, file string) int {
	b.Helper()
	db, err := bolt.Open(file, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	var id int
	if err := db.View(func(tx *bolt.Tx) error { id = tx.ID(); return nil }); err != nil {
		b.Fatal(err)
	}
	return id
}

func bboltAlone(b *testing.B, n, group int) time.Duration {
	b.Helper()
	db, err := bolt.Open(filepath.Join(b.TempDir(), "alone.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	record := make([]byte, recordSize(b))
	write := func(from, to int) error {
		return db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("records"))
			for i := from; i < to && err == nil; i++ {
				err = bucket.Put(binary.BigEndian.AppendUint64(nil, uint64(i)), record)
			}
			return err
		})
	}
	if err := write(0, 1); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for i := 1; i <= n; i += group {
		if err := write(i, min(i+group, n+1)); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// recordSize is what an answer needs in the store.
func recordSize(b *testing.B) int {
	b.Helper()
	store := memstore.New()
	defer store.Close()
	box, err := outbox.New(store)
	if err != nil {
		b.Fatal(err)
	}
	if err := box.Push(context.Background(), answer(1)); err != nil {
		b.Fatal(err)
	}
	q, err := store.Queue("outbox", 0)
	if err != nil {
		b.Fatal(err)
	}
	ls, err := q.Pending(context.Background(), 1)
	if err != nil || len(ls) != 1 {
		b.Fatal(err)
	}
	return len(ls[0].Body) + len(ls[0].ID) + len(ls[0].Lane) + 40
}

// BenchmarkAnswerDuringBroadcast measures how long an answer takes from its push until the member sees it, on a platform
// that needs 20 ms for a call, alone and while a broadcast goes to 5,000 members one by one.
func BenchmarkAnswerDuringBroadcast(b *testing.B) {
	for _, members := range []int{0, 5000} {
		b.Run(fmt.Sprintf("broadcast=%d", members), func(b *testing.B) {
			sim := simulator.New()
			defer sim.Close()
			simulator.Demo(sim)
			app := sim.AddApp(simulator.App{})
			for i := range members {
				sim.AddMember(simulator.Member{UserID: fmt.Sprint("b", i)})
			}
			for i := range b.N {
				sim.AddMember(simulator.Member{UserID: fmt.Sprint("m", i)})
			}
			sim.Inject(simulator.Slow(20 * time.Millisecond).On("message/send"))
			client, err := wecom.NewClient(app.CorpID, app.Secret, wecom.WithBaseURL(sim.URL))
			if err != nil {
				b.Fatal(err)
			}
			store, err := boltstore.Open(filepath.Join(b.TempDir(), "bot.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			box, err := outbox.New(store)
			if err != nil {
				b.Fatal(err)
			}
			box.SetApp("hr", outbox.App{Client: client, AgentID: app.AgentID})
			box.Start()
			ctx, cancel := context.WithCancel(context.Background())
			defer box.Close(ctx)
			defer cancel()
			for i := range members {
				d := answer(int64(1_000_000 + i))
				d.To.User, d.Broadcast = fmt.Sprint("b", i), true
				if err := box.Push(ctx, d); err != nil {
					b.Fatal(err)
				}
			}
			var took []time.Duration
			b.ResetTimer()
			for i := range b.N {
				d := answer(int64(i))
				d.To.User = fmt.Sprint("m", i)
				start := time.Now()
				if err := box.Push(ctx, d); err != nil {
					b.Fatal(err)
				}
				if _, err := sim.WaitFor(ctx, d.To.User, 1); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			b.StopTimer()
			left, err := box.List(ctx, 0)
			if err != nil {
				b.Fatal(err)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(len(left)), "broadcast-left")
		})
	}
}
