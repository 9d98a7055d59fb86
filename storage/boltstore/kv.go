package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

// kv is one name's values: key → revision, expiry, value; and, to clean up, expiry+key → nothing.
type kv struct {
	store          *store
	data, expiries string // buckets
}

const (
	kvPrefix     = "kv/"
	expiryPrefix = "kx/"
	kvHeader     = 16 // bytes: revision, expiry in unix ns (0: never); both big endian
)

func newKV(s *store, name string) *kv {
	return &kv{store: s, data: kvPrefix + name, expiries: expiryPrefix + name}
}

func (k *kv) Get(ctx context.Context, key string) (storage.Entry, error) {
	if err := storage.CheckKey(key); err != nil {
		return storage.Entry{}, err
	}
	var e storage.Entry
	err := k.store.view(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(k.data))
		if b == nil {
			return storage.ErrNotFound
		}
		rev, value, ok := live(b.Get([]byte(key)), k.store.now())
		if !ok {
			return storage.ErrNotFound
		}
		e = storage.Entry{Key: key, Value: bytes.Clone(value), Rev: rev}
		return nil
	})
	return e, err
}

// live takes a stored value apart; !ok when it is absent or over.
func live(raw []byte, now int64) (rev uint64, value []byte, ok bool) {
	if len(raw) < kvHeader {
		return 0, nil, false
	}
	if expires := expiryOf(raw); expires != 0 && expires <= now {
		return 0, nil, false
	}
	return binary.BigEndian.Uint64(raw), raw[kvHeader:], true
}

func expiryOf(raw []byte) int64 {
	if len(raw) < kvHeader {
		return 0
	}
	return int64(binary.BigEndian.Uint64(raw[8:]))
}

func (k *kv) Put(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	return k.write(ctx, key, value, ttl, func(uint64) error { return nil })
}

func (k *kv) Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	return k.write(ctx, key, value, ttl, func(has uint64) error {
		if has != 0 {
			return storage.ErrExists
		}
		return nil
	})
}

func (k *kv) Update(ctx context.Context, key string, value []byte, ttl time.Duration, rev uint64) (uint64, error) {
	return k.write(ctx, key, value, ttl, func(has uint64) error {
		if has == 0 || has != rev {
			return storage.ErrConflict
		}
		return nil
	})
}

// write stores a value if may agrees with the revision that is there, 0 for none.
func (k *kv) write(ctx context.Context, key string, value []byte, ttl time.Duration, may func(has uint64) error) (uint64, error) {
	if err := storage.CheckWrite(key, value, ttl); err != nil {
		return 0, err
	}
	name := []byte(key)
	raw := append(make([]byte, kvHeader, kvHeader+len(value)), value...)
	var rev uint64
	err := k.store.change(ctx, len(raw), func(g *group) error {
		old := g.get(k.data, name)
		has, _, _ := live(old, g.now)
		if err := may(has); err != nil {
			return err
		}
		k.unlist(g, name, old)
		rev = g.next(k.data)
		binary.BigEndian.PutUint64(raw, rev)
		if ttl > 0 {
			binary.BigEndian.PutUint64(raw[8:], uint64(lanes.After(g.now, ttl)))
			g.put(k.expiries, append(bytes.Clone(raw[8:16]), name...), nil)
		}
		g.put(k.data, name, raw)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return rev, nil
}

// unlist takes the expiry of an old value out of the list.
func (k *kv) unlist(g *group, name, old []byte) {
	if expiryOf(old) != 0 {
		g.delete(k.expiries, append(bytes.Clone(old[8:16]), name...))
	}
}

func (k *kv) Delete(ctx context.Context, key string) error {
	if err := storage.CheckKey(key); err != nil {
		return err
	}
	name := []byte(key)
	return k.store.change(ctx, 0, func(g *group) error {
		if old := g.get(k.data, name); old != nil {
			k.unlist(g, name, old)
			g.delete(k.data, name)
		}
		return nil
	})
}

// A scan reads page by page: a transaction that stayed open between two steps of the caller would keep the file from
// growing, for ever if the caller writes.
const (
	scanPage      = 256
	scanPageBytes = 1 << 20
)

func (k *kv) Scan(ctx context.Context, prefix string) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		for from, more := []byte(prefix), true; more; {
			var page []storage.Entry
			err := k.store.view(ctx, func(tx *bolt.Tx) error {
				page, from, more = k.page(tx, from, []byte(prefix))
				return nil
			})
			if err != nil {
				yield(storage.Entry{}, fmt.Errorf("scan: %w", err))
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// page reads entries at or after from; next is where the following page starts.
func (k *kv) page(tx *bolt.Tx, from, prefix []byte) (page []storage.Entry, next []byte, more bool) {
	b := tx.Bucket([]byte(k.data))
	if b == nil {
		return nil, nil, false
	}
	now, size := k.store.now(), 0
	c := b.Cursor()
	for key, raw := c.Seek(from); key != nil && bytes.HasPrefix(key, prefix); key, raw = c.Next() {
		if len(page) >= scanPage || size >= scanPageBytes {
			return page, bytes.Clone(key), true
		}
		if rev, value, ok := live(raw, now); ok {
			page = append(page, storage.Entry{Key: string(key), Value: bytes.Clone(value), Rev: rev})
			size += len(key) + len(value)
		}
	}
	return page, nil, false
}
