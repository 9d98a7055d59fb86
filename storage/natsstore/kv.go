package natsstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/wecombot/wecombot/storage"
)

// kv is one name's values: a stream that keeps the last message of each subject, a subject for each key. The message's
// sequence is the revision.
type kv struct {
	store  *store
	stream jetstream.Stream
	prefix string // of subjects

	mu    sync.Mutex
	large *blobs // values too large for one message; opened when first needed
	name  string
}

const (
	expiresHeader = "Wecombot-Expires" // unix ns
	partsHeader   = "Wecombot-Parts"   // JSON of []part: the value is there
)

func newKV(s *store, name string) (*kv, error) {
	prefix := s.prefix + ".kv." + name + "."
	st, err := s.stream(s.prefix+"_kv_"+name, 1, prefix+">")
	if err != nil {
		return nil, err
	}
	k := &kv{store: s, stream: st, prefix: prefix, name: name}
	s.janitor.adopt(k)
	return k, nil
}

// largeValues opens the stream of large values; nil when there is none and none is to be made.
func (k *kv) largeValues(ctx context.Context, create bool) (*blobs, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.large != nil {
		return k.large, nil
	}
	name := k.store.prefix + "_kvlarge_" + k.name
	if !create {
		err := k.store.try(ctx, "open stream", func(ctx context.Context) error { _, err := k.store.js.Stream(ctx, name); return err })
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	b, err := newBlobs(k.store, name, k.store.prefix+".kvlarge."+k.name)
	if err != nil {
		return nil, err
	}
	k.large = &b
	return k.large, nil
}

// record is a stored value.
type record struct {
	seq     uint64
	expires int64 // unix ns; 0: never
	parts   []part
	value   []byte
}

func (r record) live(now time.Time) bool {
	return r.seq != 0 && (r.expires == 0 || now.UnixNano() < r.expires)
}

// last reads the newest message of a key; seq 0: there is none.
func (k *kv) last(ctx context.Context, key string) (record, error) {
	var msg *jetstream.RawStreamMsg
	err := k.store.try(ctx, "get", func(ctx context.Context) (err error) {
		msg, err = k.stream.GetLastMsgForSubject(ctx, k.prefix+encodeKey(key))
		return err
	})
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return record{}, nil
	case err != nil:
		return record{}, err
	}
	r := record{seq: msg.Sequence, value: msg.Data}
	r.expires, r.parts, err = readHeader(msg.Header)
	return r, err
}

func readHeader(h nats.Header) (expires int64, parts []part, err error) {
	if v := h.Get(expiresHeader); v != "" {
		if expires, err = strconv.ParseInt(v, 10, 64); err != nil {
			return 0, nil, errForeign
		}
	}
	if v := h.Get(partsHeader); v != "" {
		if err = json.Unmarshal([]byte(v), &parts); err != nil {
			return 0, nil, errForeign
		}
	}
	return expires, parts, nil
}

var errForeign = errors.New("nats: a value that this store did not write")

func (k *kv) Get(ctx context.Context, key string) (storage.Entry, error) {
	if err := k.check(ctx, storage.CheckKey(key)); err != nil {
		return storage.Entry{}, err
	}
	for range 5 {
		r, err := k.last(ctx, key)
		if err != nil {
			return storage.Entry{}, err
		}
		if !r.live(time.Now()) {
			return storage.Entry{}, storage.ErrNotFound
		}
		if r.parts != nil {
			large, err := k.largeValues(ctx, true)
			if err != nil {
				return storage.Entry{}, err
			}
			if r.value, err = large.get(ctx, r.parts); errors.Is(err, errBlob) {
				continue // it was overwritten while we read
			} else if err != nil {
				return storage.Entry{}, err
			}
		}
		return storage.Entry{Key: key, Value: r.value, Rev: r.seq}, nil
	}
	return storage.Entry{}, errBlob
}

func (k *kv) Put(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	if err := k.check(ctx, storage.CheckWrite(key, value, ttl)); err != nil {
		return 0, err
	}
	return k.write(ctx, key, value, ttl)
}

func (k *kv) Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	if err := k.check(ctx, storage.CheckWrite(key, value, ttl)); err != nil {
		return 0, err
	}
	for over := uint64(0); ; { // the sequence of an expired value that we write over
		rev, err := k.write(ctx, key, value, ttl, jetstream.WithExpectLastSequencePerSubject(over))
		if !overtaken(err) {
			return rev, err
		}
		r, err := k.last(ctx, key)
		if err != nil {
			return 0, err
		}
		if r.live(time.Now()) {
			return 0, storage.ErrExists
		}
		over = r.seq
	}
}

func (k *kv) Update(ctx context.Context, key string, value []byte, ttl time.Duration, rev uint64) (uint64, error) {
	if err := k.check(ctx, storage.CheckWrite(key, value, ttl)); err != nil {
		return 0, err
	}
	r, err := k.last(ctx, key)
	if err != nil {
		return 0, err
	}
	if r.seq != rev || !r.live(time.Now()) {
		return 0, storage.ErrConflict
	}
	next, err := k.write(ctx, key, value, ttl, jetstream.WithExpectLastSequencePerSubject(rev))
	if overtaken(err) {
		return 0, storage.ErrConflict
	}
	return next, err
}

// write stores a value. The parts of a large one that it replaces, or that is refused, are left to the janitor.
func (k *kv) write(ctx context.Context, key string, value []byte, ttl time.Duration, opts ...jetstream.PublishOpt) (uint64, error) {
	msg := nats.NewMsg(k.prefix + encodeKey(key))
	var expires int64
	if ttl > 0 {
		if at := time.Now().Add(ttl); at.Year() < 2262 {
			expires = at.UnixNano()
			msg.Header.Set(expiresHeader, strconv.FormatInt(expires, 10))
		}
	}
	if len(value)+msgExtra <= int(k.store.nc.MaxPayload()) {
		msg.Data = value
	} else if err := k.putLarge(ctx, msg, value); err != nil {
		return 0, err
	}
	seq, err := k.store.publish(ctx, msg, nuid.Next(), opts...)
	if err == nil && expires != 0 {
		k.store.janitor.expect(k, seq, expires)
	}
	return seq, err
}

func (k *kv) putLarge(ctx context.Context, msg *nats.Msg, value []byte) error {
	large, err := k.largeValues(ctx, true)
	if err != nil {
		return err
	}
	parts, err := large.put(ctx, value)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(parts[0])
	msg.Header.Set(partsHeader, string(raw))
	return err
}

// Delete deletes the message itself, so that nothing is left of the key, not even a mark.
func (k *kv) Delete(ctx context.Context, key string) error {
	if err := k.check(ctx, storage.CheckKey(key)); err != nil {
		return err
	}
	for before := uint64(0); ; {
		r, err := k.last(ctx, key)
		if err != nil || r.seq == 0 {
			return err
		}
		err = k.store.try(ctx, "delete", func(ctx context.Context) error { return k.stream.DeleteMsg(ctx, r.seq) })
		if err == nil {
			return nil
		}
		if !refused(err) || r.seq == before {
			return err
		}
		before = r.seq // refused because somebody wrote or deleted meanwhile: look again
	}
}

func (k *kv) check(ctx context.Context, invalid error) error {
	if err := k.store.check(ctx); err != nil {
		return err
	}
	return invalid
}

// encodeKey makes one subject token of a key: what is not [A-Za-z0-9_-] becomes =XX.
func encodeKey(key string) string {
	var b strings.Builder
	for i := range len(key) {
		c := key[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

func decodeKey(token string) (string, bool) {
	var b strings.Builder
	for {
		plain, rest, more := strings.Cut(token, "=")
		b.WriteString(plain)
		if !more {
			return b.String(), true
		}
		if len(rest) < 2 {
			return "", false
		}
		c, err := strconv.ParseUint(rest[:2], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		token = rest[2:]
	}
}
