package natsstore

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wecombot/wecombot/storage"
)

const (
	scanPage    = 128 // values read ahead
	readAtATime = 16
)

func (k *kv) Scan(ctx context.Context, prefix string) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		keys, err := k.keys(ctx, prefix)
		if err != nil {
			yield(storage.Entry{}, err)
			return
		}
		for page := range slices.Chunk(keys, scanPage) {
			entries, err := each(page, func(key string) (storage.Entry, error) { return k.Get(ctx, key) })
			for i, e := range entries {
				if errors.Is(err[i], storage.ErrNotFound) { // gone since it was listed
					continue
				}
				if !yield(e, err[i]) || err[i] != nil {
					return
				}
			}
		}
	}
}

// keys lists the live keys in order.
func (k *kv) keys(ctx context.Context, prefix string) ([]string, error) {
	if err := k.store.check(ctx); err != nil {
		return nil, err
	}
	var keys []string
	now := time.Now()
	err := k.store.list(ctx, k.stream, func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
		key, ok := decodeKey(strings.TrimPrefix(m.Subject(), k.prefix))
		expires, _, err := readHeader(m.Headers())
		if ok && err == nil && strings.HasPrefix(key, prefix) && (record{seq: meta.Sequence.Stream, expires: expires}).live(now) {
			keys = append(keys, key)
		}
	})
	if err != nil {
		if k.store.isClosed() {
			err = storage.ErrClosed
		}
		return nil, err
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// each calls fn for all of in, some at a time, and returns what it returned in the same order.
func each[In, Out any](in []In, fn func(In) (Out, error)) ([]Out, []error) {
	out, errs := make([]Out, len(in)), make([]error, len(in))
	slots := make(chan struct{}, readAtATime)
	var wg sync.WaitGroup
	for i := range in {
		slots <- struct{}{}
		wg.Go(func() {
			out[i], errs[i] = fn(in[i])
			<-slots
		})
	}
	wg.Wait()
	return out, errs
}
