package memstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
)

func Example() {
	ctx := context.Background()
	store := memstore.New()
	defer store.Close()
	q, err := store.Queue("outbox", 0)
	if err != nil {
		panic(err)
	}
	first := storage.Item{ID: "1", Lane: "zhangsan", Body: []byte("你好")}
	second := storage.Item{ID: "2", Lane: "zhangsan", Body: []byte("再见")}
	if err := q.Push(ctx, first, second, first); err != nil { // the same id twice is one item
		panic(err)
	}
	for range 2 {
		lease, err := q.Pull(ctx, time.Minute)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s to %s, attempt %d\n", lease.Body, lease.Lane, lease.Attempt)
		if err := q.Ack(ctx, lease); err != nil {
			panic(err)
		}
	}
	// Output:
	// 你好 to zhangsan, attempt 1
	// 再见 to zhangsan, attempt 1
}
