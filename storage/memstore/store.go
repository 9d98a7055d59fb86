package memstore

import (
	"context"
	"sync"
	"time"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

type store struct {
	clock  func() time.Time
	closed chan struct{}

	mu     sync.Mutex
	kvs    map[string]*kv
	queues map[string]*queue
}

// Option changes what New makes.
type Option func(*store)

// WithClock sets the clock by which values and leases end. Default time.Now.
func WithClock(now func() time.Time) Option { return func(s *store) { s.clock = now } }

// New returns an empty store.
func New(opts ...Option) storage.Store {
	s := &store{
		clock:  time.Now,
		closed: make(chan struct{}),
		kvs:    map[string]*kv{},
		queues: map[string]*queue{},
	}
	for _, o := range opts {
		o(s)
	}
	return s
}

func (s *store) KV(name string) (storage.KV, error) {
	if err := storage.CheckName(name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kvs[name] == nil {
		s.kvs[name] = &kv{store: s, entries: map[string]entry{}}
	}
	return s.kvs[name], nil
}

func (s *store) Queue(name string, limit int) (storage.Queue, error) {
	if err := storage.CheckName(name); err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = storage.DefaultLimit
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[name]
	if q == nil {
		q = newQueue(s)
		s.queues[name] = q
	}
	q.setLimit(limit)
	return q, nil
}

func (s *store) Ping(ctx context.Context) error { return s.check(ctx) }

func (s *store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isClosed() {
		close(s.closed)
	}
	return nil
}

// check is the first thing every call does.
func (s *store) check(ctx context.Context) error {
	if s.isClosed() {
		return storage.ErrClosed
	}
	return ctx.Err()
}

func (s *store) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

func (s *store) now() int64 { return lanes.Stamp(s.clock()) }
