package memstore

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

type entry struct {
	value   []byte
	rev     uint64
	expires int64 // unix ns; 0: never
}

type kv struct {
	store *store

	mu      sync.Mutex
	entries map[string]entry
	rev     uint64
	writes  int // since the last sweep
}

func (k *kv) Get(ctx context.Context, key string) (storage.Entry, error) {
	if err := k.check(ctx, storage.CheckKey(key)); err != nil {
		return storage.Entry{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.live(key)
	if !ok {
		return storage.Entry{}, storage.ErrNotFound
	}
	return storage.Entry{Key: key, Value: bytes.Clone(e.value), Rev: e.rev}, nil
}

func (k *kv) Put(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	return k.write(ctx, key, value, ttl, func(entry, bool) error { return nil })
}

func (k *kv) Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	return k.write(ctx, key, value, ttl, func(_ entry, there bool) error {
		if there {
			return storage.ErrExists
		}
		return nil
	})
}

func (k *kv) Update(ctx context.Context, key string, value []byte, ttl time.Duration, rev uint64) (uint64, error) {
	return k.write(ctx, key, value, ttl, func(e entry, there bool) error {
		if !there || e.rev != rev {
			return storage.ErrConflict
		}
		return nil
	})
}

func (k *kv) write(ctx context.Context, key string, value []byte, ttl time.Duration, may func(entry, bool) error) (uint64, error) {
	if err := k.check(ctx, storage.CheckWrite(key, value, ttl)); err != nil {
		return 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := may(k.live(key)); err != nil {
		return 0, err
	}
	k.sweep()
	k.rev++
	e := entry{value: bytes.Clone(value), rev: k.rev}
	if ttl > 0 {
		e.expires = lanes.After(k.store.now(), ttl)
	}
	k.entries[key] = e
	return e.rev, nil
}

func (k *kv) Delete(ctx context.Context, key string) error {
	if err := k.check(ctx, storage.CheckKey(key)); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.entries, key)
	return nil
}

func (k *kv) Scan(ctx context.Context, prefix string) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		if err := k.check(ctx, nil); err != nil {
			yield(storage.Entry{}, err)
			return
		}
		for _, key := range k.keys(prefix) {
			e, err := k.Get(ctx, key)
			if errors.Is(err, storage.ErrNotFound) { // since we listed it
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (k *kv) keys(prefix string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var keys []string
	for key := range k.entries {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func (k *kv) check(ctx context.Context, invalid error) error {
	if err := k.store.check(ctx); err != nil {
		return err
	}
	return invalid
}

func (k *kv) live(key string) (entry, bool) {
	e, ok := k.entries[key]
	if !ok || k.over(e) {
		return entry{}, false
	}
	return e, true
}

func (k *kv) over(e entry) bool { return e.expires != 0 && e.expires <= k.store.now() }

// sweep forgets what has expired, after as many writes as there are entries: a constant cost per write.
func (k *kv) sweep() {
	if k.writes++; k.writes <= len(k.entries) {
		return
	}
	k.writes = 0
	for key, e := range k.entries {
		if k.over(e) {
			delete(k.entries, key)
		}
	}
}
