package natsstore_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/storage"
)

func BenchmarkQueue(b *testing.B) {
	for _, workers := range []int{1, 64} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			q, err := open(b, server(b)).Queue("x", 0)
			if err != nil {
				b.Fatal(err)
			}
			ctx, body := context.Background(), make([]byte, 600)
			var n atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for range workers {
				wg.Go(func() {
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) { // push one, do one
						if err := q.Push(ctx, storage.Item{ID: fmt.Sprint(i), Lane: fmt.Sprint(i % 500), Body: body}); err != nil {
							b.Error(err)
							return
						}
						l, err := q.Pull(ctx, time.Minute)
						if err == nil {
							err = q.Ack(ctx, l)
						}
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "items/s")
		})
	}
}
