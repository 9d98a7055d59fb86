package natsstore

import (
	"context"
	"time"

	"github.com/wecombot/wecombot/storage"
)

// WithSnapshots sets how many commands and how much time there is between two snapshots, at least.
func WithSnapshots(every uint64, apart time.Duration) Option {
	return func(s *store) { s.every, s.apart = every, apart }
}

// Expire and Sweep are the janitor's rounds.
func Expire(s storage.Store, now time.Time) error {
	return s.(*store).expire(context.Background(), now)
}

func Sweep(s storage.Store, age time.Duration) error {
	return s.(*store).sweep(context.Background(), age)
}

// Miss makes a queue miss what happens to its log until the function that it returns is called.
func Miss(q storage.Queue) (goOn func() error) {
	it := q.(*queue)
	it.reading.Stop()
	<-it.reading.Closed()
	return func() error { return it.listen(context.Background()) }
}

// State is what a queue has in memory, as JSON.
func State(q storage.Queue) (string, error) {
	it := q.(*queue)
	if _, err := it.propose(context.Background(), &command{Op: opTick}); err != nil {
		return "", err
	}
	it.mu.Lock()
	defer it.mu.Unlock()
	raw, err := it.m.encode()
	return string(raw), err
}
