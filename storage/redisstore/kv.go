package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wecombot/wecombot/storage"
)

// kv is one name's values. A value is stored after its revision: 8 bytes, drawn at random for each write. So no counter
// has to be shared, and a write that is tried again can tell its own first try from somebody else's.
type kv struct {
	store  *store
	prefix string
}

const revBytes = 8

// writeIf sets KEYS[1] to ARGV[2]..ARGV[3] for ARGV[4] milliseconds (0: for ever) if its revision is ARGV[1] ("": absent).
// It answers 1 also when the revision already is the new one: then the answer to the first try was lost.
var writeIf = redis.NewScript(`
local old = redis.call('GETRANGE', KEYS[1], 0, 7)
if old == ARGV[2] then return 1 end
if old ~= ARGV[1] then return 0 end
if ARGV[4] == '0' then
	redis.call('SET', KEYS[1], ARGV[2] .. ARGV[3])
else
	redis.call('SET', KEYS[1], ARGV[2] .. ARGV[3], 'PX', ARGV[4])
end
return 1`)

func (k *kv) Get(ctx context.Context, key string) (storage.Entry, error) {
	if err := k.check(ctx, storage.CheckKey(key)); err != nil {
		return storage.Entry{}, err
	}
	raw, err := k.store.client.Get(ctx, k.prefix+key).Bytes()
	if errors.Is(err, redis.Nil) {
		return storage.Entry{}, storage.ErrNotFound
	}
	if err != nil {
		return storage.Entry{}, k.store.wrap("get", err)
	}
	return entry(key, raw)
}

func entry(key string, raw []byte) (storage.Entry, error) {
	if len(raw) < revBytes {
		return storage.Entry{}, errors.New("redis: a value that this store did not write")
	}
	return storage.Entry{Key: key, Value: raw[revBytes:], Rev: binary.BigEndian.Uint64(raw)}, nil
}

func (k *kv) Put(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	if err := k.check(ctx, storage.CheckWrite(key, value, ttl)); err != nil {
		return 0, err
	}
	rev, raw := newRev()
	if err := k.store.client.Set(ctx, k.prefix+key, append(raw, value...), wholeMillis(ttl)).Err(); err != nil {
		return 0, k.store.wrap("put", err)
	}
	return rev, nil
}

func (k *kv) Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	return k.writeIf(ctx, key, value, ttl, nil, storage.ErrExists)
}

func (k *kv) Update(ctx context.Context, key string, value []byte, ttl time.Duration, rev uint64) (uint64, error) {
	return k.writeIf(ctx, key, value, ttl, binary.BigEndian.AppendUint64(nil, rev), storage.ErrConflict)
}

func (k *kv) writeIf(ctx context.Context, key string, value []byte, ttl time.Duration, old []byte, refused error) (uint64, error) {
	if err := k.check(ctx, storage.CheckWrite(key, value, ttl)); err != nil {
		return 0, err
	}
	rev, raw := newRev()
	ok, err := writeIf.Run(ctx, k.store.client, []string{k.prefix + key}, old, raw, value, wholeMillis(ttl).Milliseconds()).Bool()
	switch {
	case err != nil:
		return 0, k.store.wrap("write", err)
	case !ok:
		return 0, refused
	}
	return rev, nil
}

func newRev() (uint64, []byte) {
	rev := max(rand.Uint64(), 1)
	return rev, binary.BigEndian.AppendUint64(nil, rev)
}

// wholeMillis is a ttl as Redis counts: whole milliseconds, so that a short one does not become "for ever", and no more
// than it can add to its clock.
func wholeMillis(ttl time.Duration) time.Duration {
	const tooLong = 100 * 365 * 24 * time.Hour
	return min((ttl + time.Millisecond - 1).Truncate(time.Millisecond), tooLong)
}

func (k *kv) Delete(ctx context.Context, key string) error {
	if err := k.check(ctx, storage.CheckKey(key)); err != nil {
		return err
	}
	if err := k.store.client.Del(ctx, k.prefix+key).Err(); err != nil {
		return k.store.wrap("delete", err)
	}
	return nil
}

const scanPage = 128 // keys asked for in one round trip

func (k *kv) Scan(ctx context.Context, prefix string) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		keys, err := k.keys(ctx, prefix)
		if err != nil {
			yield(storage.Entry{}, err)
			return
		}
		for page := range slices.Chunk(keys, scanPage) {
			entries, err := k.entries(ctx, page)
			if err != nil {
				yield(storage.Entry{}, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// keys returns Redis keys in order. Redis lists them in none, and some twice.
func (k *kv) keys(ctx context.Context, prefix string) ([]string, error) {
	if err := k.store.check(ctx); err != nil {
		return nil, err
	}
	var keys []string
	it := k.store.client.Scan(ctx, 0, globEscaper.Replace(k.prefix+prefix)+"*", 1000).Iterator()
	for it.Next(ctx) {
		keys = append(keys, it.Val())
	}
	if err := it.Err(); err != nil {
		return nil, k.store.wrap("scan", err)
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

var globEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)

// entries returns what is still there of a page of keys.
func (k *kv) entries(ctx context.Context, keys []string) ([]storage.Entry, error) {
	if err := k.store.check(ctx); err != nil {
		return nil, err
	}
	values, err := k.store.client.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, k.store.wrap("scan", err)
	}
	var out []storage.Entry
	for i, v := range values {
		raw, ok := v.(string)
		if !ok { // gone since it was listed
			continue
		}
		e, err := entry(strings.TrimPrefix(keys[i], k.prefix), []byte(raw))
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (k *kv) check(ctx context.Context, invalid error) error {
	if err := k.store.check(ctx); err != nil {
		return err
	}
	return invalid
}
