package boltstore_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
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

// measure writes b.N records from several goroutines, then lets bbolt alone write as many in groups of the same size.
func measure(b *testing.B, s storage.Store, writers int, key func(int64) []byte, write func(n int64) error) {
	if err := write(0); err != nil { // what is made once
		b.Fatal(err)
	}
	before := boltstore.Commits(s)
	var n atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range writers {
		wg.Go(func() {
			for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
				if err := write(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	ours := b.Elapsed()
	b.StopTimer()
	group := max(b.N/max(boltstore.Commits(s)-before, 1), 1)
	alone := bboltAlone(b, group, key)
	b.ReportMetric(float64(b.N)/ours.Seconds(), "writes/s")
	b.ReportMetric(float64(b.N)/alone.Seconds(), "bbolt-writes/s")
	b.ReportMetric(alone.Seconds()/ours.Seconds(), "ratio")
	b.ReportMetric(float64(group), "group")
}

func bboltAlone(b *testing.B, group int, key func(int64) []byte) time.Duration {
	db, err := bolt.Open(filepath.Join(b.TempDir(), "alone.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	name, record := []byte("records"), make([]byte, len(body)+50) // with what the store keeps beside a body
	write := func(from, to int) error {
		return db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists(name)
			for i := from; i < to && err == nil; i++ {
				err = bucket.Put(key(int64(i)), record)
			}
			return err
		})
	}
	if err := write(0, 1); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for i := 1; i <= b.N; i += group {
		if err := write(i, min(i+group, b.N+1)); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}
