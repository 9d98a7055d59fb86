package boltstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

type store struct {
	path    string
	timeout time.Duration
	clock   func() time.Time
	log     *slog.Logger
	db      atomic.Pointer[bolt.DB]
	inbox   inbox
	done    chan struct{} // closed when the committer has ended
	closing sync.Once

	mu     sync.Mutex // guards queues
	queues map[string]*queue

	c committer
}

// Option changes how Open opens.
type Option func(*store)

// WithTimeout sets how long Open waits for another process to release the file. Default 2 s.
func WithTimeout(d time.Duration) Option { return func(s *store) { s.timeout = d } }

// WithClock sets the clock by which values and leases end. Default time.Now.
func WithClock(now func() time.Time) Option { return func(s *store) { s.clock = now } }

// WithLogger sets where trouble is told that no caller gets to hear of: cleaning up that failed. Default nowhere.
func WithLogger(log *slog.Logger) Option { return func(s *store) { s.log = log } }

// Open opens or creates the file at path. storage.ErrLocked: another process has it.
func Open(path string, opts ...Option) (storage.Store, error) {
	s := &store{
		path:    path,
		timeout: 2 * time.Second,
		clock:   time.Now,
		log:     slog.New(slog.DiscardHandler),
		done:    make(chan struct{}),
		queues:  map[string]*queue{},
		inbox:   inbox{wake: make(chan struct{}, 1)},
	}
	for _, o := range opts {
		o(s)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db, err := s.openFile()
	if err != nil {
		return nil, err
	}
	s.db.Store(db)
	s.c = committer{store: s, token: rand.Uint64()} // leases of an earlier process must not fit
	if err := s.c.findSpaces(); err != nil {
		db.Close()
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	go s.c.run()
	return s, nil
}

func (s *store) openFile() (*bolt.DB, error) {
	db, err := bolt.Open(s.path, 0o600, &bolt.Options{
		Timeout:        max(s.timeout, time.Millisecond), // 0 would wait for ever
		FreelistType:   bolt.FreelistMapType,
		NoFreelistSync: true, // writing it made every commit slower the more the file had once held; reading the file at Open replaces it
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("open store %s: %w%s", s.path, storage.ErrLocked, s.owner())
	case err != nil:
		return nil, fmt.Errorf("open store %s: %w", s.path, err)
	}
	// Who owns the file is a courtesy to people; a full disk must not keep the store from opening.
	_ = os.WriteFile(s.pidFile(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
	return db, nil
}

func (s *store) pidFile() string { return s.path + ".pid" }

// owner names the process that has the file, if it said so.
func (s *store) owner() string {
	raw, err := os.ReadFile(s.pidFile())
	pid := strings.TrimSpace(string(raw))
	if _, bad := strconv.Atoi(pid); err != nil || bad != nil {
		return ""
	}
	return " (process " + pid + ")"
}

func (s *store) KV(name string) (storage.KV, error) {
	if err := storage.CheckName(name); err != nil {
		return nil, err
	}
	return newKV(s, name), nil
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
		q = newQueue(s, name)
		if err := s.look(context.Background(), func() error { return s.c.adopt(q) }); err != nil {
			return nil, fmt.Errorf("queue %s: %w", name, err)
		}
		s.queues[name] = q
	}
	q.limit.Store(int64(limit))
	return q, nil
}

// Ping commits a few bytes.
func (s *store) Ping(ctx context.Context) error {
	return s.change(ctx, 0, func(g *group) error {
		g.put(metaBucket, []byte("ping"), fmt.Append(nil, g.now))
		return nil
	})
}

func (s *store) Close() error {
	var err error
	s.closing.Do(func() {
		s.inbox.close()
		<-s.done
		os.Remove(s.pidFile()) // while the file is still ours
		err = s.db.Load().Close()
	})
	return err
}

// view reads in a transaction of its own.
func (s *store) view(ctx context.Context, read func(tx *bolt.Tx) error) error {
	if s.inbox.isClosed() {
		return storage.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.db.Load().View(read)
	if unusable(err) {
		if s.inbox.isClosed() {
			return storage.ErrClosed
		}
		// The committer opens the file again at its next transaction.
		if err := s.change(ctx, 0, func(*group) error { return nil }); err != nil {
			return err
		}
		err = s.db.Load().View(read)
	}
	return err
}

// unusable tells that bbolt gave up: it lost its mapping of the file.
func unusable(err error) bool {
	return errors.Is(err, bolterrors.ErrInvalidMapping) || errors.Is(err, bolterrors.ErrDatabaseNotOpen)
}

func (s *store) now() int64 { return lanes.Stamp(s.clock()) }
