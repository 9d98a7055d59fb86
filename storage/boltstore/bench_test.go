package boltstore_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
)

// The benchmarks report "ratio": the rate at which the store takes pushes or puts, over the rate at which bbolt alone
// commits the same records in groups of the same average size, in the same file system and the same run.

var body = make([]byte, 600) // a text callback or answer

func BenchmarkPush(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "bot.db"))
			q, err := s.Queue("outbox", 1<<40)
			if err != nil {
				b.Fatal(err)
			}
			measure(b, s, writers, pushKey, func(n int64) error {
				return q.Push(context.Background(), storage.Item{ID: fmt.Sprintf("message-%d", n), Lane: fmt.Sprintf("user-%d", n%500), Body: body})
			})
		})
	}
}

func BenchmarkPut(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "bot.db"))
			kv, err := s.KV("sessions")
			if err != nil {
				b.Fatal(err)
			}
			measure(b, s, writers, putKey, func(n int64) error {
				_, err := kv.Put(context.Background(), string(putKey(n)), body, 0)
				return err
			})
		})
	}
}

func pushKey(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
func putKey(n int64) []byte  { return fmt.Appendf(nil, "user-%08d", n) }

// rounds is how often ours and bbolt alone take turns: whatever else the machine does then meets both. The ratio is the
// median of all turns.
const rounds = 16

// measure writes b.N records from several goroutines, and lets bbolt alone write as many in groups of the same size.
func measure(b *testing.B, s storage.Store, writers int, key func(int64) []byte, write func(n int64) error) {
	if err := write(0); err != nil { // what is made once
		b.Fatal(err)
	}
	alone := openAlone(b, key)
	b.ReportAllocs()
	b.ResetTimer()
	b.StopTimer()
	var ours, theirs time.Duration
	var ratios []float64
	groups := 0
	for round := range rounds {
		from, to := int64(b.N*round/rounds), int64(b.N*(round+1)/rounds)
		if from == to {
			continue
		}
		before := boltstore.Commits(s)
		b.StartTimer()
		our := together(b, writers, from, to, write)
		b.StopTimer()
		commits := max(boltstore.Commits(s)-before, 1)
		their := alone(from, to, max((to-from)/int64(commits), 1))
		ours, theirs, groups = ours+our, theirs+their, groups+commits
		ratios = append(ratios, their.Seconds()/our.Seconds())
	}
	slices.Sort(ratios)
	b.ReportMetric(float64(b.N)/ours.Seconds(), "writes/s")
	b.ReportMetric(float64(b.N)/theirs.Seconds(), "bbolt-writes/s")
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(float64(b.N)/float64(groups), "group")
}

// together writes the records after from, up to to.
func together(b *testing.B, writers int, from, to int64, write func(n int64) error) time.Duration {
	var n atomic.Int64
	n.Store(from)
	var wg sync.WaitGroup
	start := time.Now()
	for range writers {
		wg.Go(func() {
			for i := n.Add(1); i <= to; i = n.Add(1) {
				if err := write(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// openAlone opens a bbolt file as the store does, to write to it without the store.
func openAlone(b *testing.B, key func(int64) []byte) func(from, to, group int64) time.Duration {
	db, err := bolt.Open(filepath.Join(b.TempDir(), "alone.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	name, record := []byte("records"), make([]byte, len(body)+50) // with what the store keeps beside a body
	return func(from, to, group int64) time.Duration {
		start := time.Now()
		for i := from; i < to; i += group {
			err := db.Update(func(tx *bolt.Tx) error {
				bucket, err := tx.CreateBucketIfNotExists(name)
				for n := i + 1; n <= min(i+group, to) && err == nil; n++ {
					err = bucket.Put(key(n), record)
				}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start)
	}
}
