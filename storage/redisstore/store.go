package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/wecombot/wecombot/storage"
)

var (
	errURL   = fmt.Errorf("%w: not a Redis URL", storage.ErrInvalid)
	errQueue = errors.New("a Redis store has no queues of its own: give it a local store for them, or use NATS")
)

type store struct {
	client *redis.Client
	queues storage.Store // may be nil
	prefix string
	closed atomic.Bool
}

// Open connects to the server at a URL. Queues come from queues, which the returned store closes with itself; nil: there
// are none. It does not wait for the server: Ping does.
func Open(rawURL string, queues storage.Store) (storage.Store, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errURL // err shows the URL
	}
	query := u.Query()
	prefix := cmp.Or(query.Get("prefix"), "wecombot:")
	query.Del("prefix")
	u.RawQuery = query.Encode()
	o, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, errURL
	}
	o.ContextTimeoutEnabled = true
	// Otherwise every new connection asks for notices that only the vendor's cloud sends.
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &store{client: redis.NewClient(o), queues: queues, prefix: prefix}, nil
}

func (s *store) KV(name string) (storage.KV, error) {
	if err := storage.CheckName(name); err != nil {
		return nil, err
	}
	return &kv{store: s, prefix: s.prefix + name + ":"}, nil // names hold no colon: no key belongs to two
}

func (s *store) Queue(name string, limit int) (storage.Queue, error) {
	if s.queues == nil {
		return nil, fmt.Errorf("queue %s: %w", name, errQueue)
	}
	return s.queues.Queue(name, limit)
}

// Ping writes: a server that only answers is not enough.
func (s *store) Ping(ctx context.Context) error {
	if err := s.check(ctx); err != nil {
		return err
	}
	if err := s.client.Set(ctx, s.prefix+"ping", "", time.Minute).Err(); err != nil {
		return s.wrap("ping", err)
	}
	if s.queues != nil {
		return s.queues.Ping(ctx)
	}
	return nil
}

func (s *store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	err := s.client.Close()
	if s.queues != nil {
		err = errors.Join(err, s.queues.Close())
	}
	return err
}

// check is the first thing every call does.
func (s *store) check(ctx context.Context) error {
	if s.closed.Load() {
		return storage.ErrClosed
	}
	return ctx.Err()
}

func (s *store) wrap(op string, err error) error {
	if errors.Is(err, redis.ErrClosed) || s.closed.Load() {
		return storage.ErrClosed
	}
	return fmt.Errorf("redis: %s: %w", op, err)
}
