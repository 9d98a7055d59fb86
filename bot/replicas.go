package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wecombot/wecombot/storage"
)

// Between machines that share a store a message is claimed in the store, not only in memory: the platform's attempts may
// reach different machines.

const (
	claimLife  = 30 * time.Second // of a claim whose machine went away; longer than the platform's attempts are apart
	claimCheck = 50 * time.Millisecond
)

// sharedClaim is the state of a message in the store.
type sharedClaim struct {
	State   claimState `json:"s"`
	Passive []byte     `json:"p,omitempty"`
}

type claimState string

const (
	claimRunning  claimState = "running"
	claimDeferred claimState = "deferred" // in the inbox; its answer goes active
	claimDone     claimState = "done"
)

// WithReplicas says that other machines serve the same apps over the same store. Default false.
func WithReplicas(on bool) Option { return func(o *options) { o.replicas = on } }

func claimKey(key string) string { return "claim/" + key }

// claimShared claims a run's message among machines. mine is false when another machine has it; then out is what its run
// said, if that is known before the deadline.
func (b *Bot) claimShared(ctx context.Context, r *run) (mine bool, out outcome, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.replyWithin)
	defer cancel()
	running, err := json.Marshal(sharedClaim{State: claimRunning})
	if err != nil {
		return false, out, err
	}
	for {
		_, err := b.ledger.kv.Create(ctx, claimKey(r.key), running, claimLife)
		if err == nil {
			return true, out, nil
		}
		if !errors.Is(err, storage.ErrExists) {
			return false, out, fmt.Errorf("claim: %w", err)
		}
		e, err := b.ledger.kv.Get(ctx, claimKey(r.key))
		var c sharedClaim
		switch {
		case errors.Is(err, storage.ErrNotFound):
			continue // its time was over just now
		case err != nil:
			return false, out, fmt.Errorf("claim: %w", err)
		case json.Unmarshal(e.Value, &c) != nil:
			return false, out, errors.New("claim: unreadable")
		case c.State == claimDone:
			return false, outcome{passive: c.Passive}, nil
		case c.State == claimDeferred:
			return false, outcome{deferred: true}, nil
		}
		select {
		case <-ctx.Done(): // the platform asks again
			return false, outcome{err: errors.New("another machine is handling it")}, nil
		case <-time.After(claimCheck):
		}
	}
}

// tellOthers stores what became of a run, for attempts that reach other machines.
func (r *run) tellOthers(c sharedClaim) {
	if !r.b.replicas {
		return
	}
	value, err := json.Marshal(c)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		_, err = r.b.ledger.kv.Put(ctx, claimKey(r.key), value, remember)
	}
	if err != nil {
		r.b.log.Error("other machines do not know about a message", "app", r.app.Name, "trace", r.id, "err", err)
	}
}

// unclaim takes a claim back that could not begin, so that the next attempt may, on whatever machine.
func (r *run) unclaim() {
	if !r.b.replicas {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if err := r.b.ledger.kv.Delete(ctx, claimKey(r.key)); err != nil {
		r.b.log.Error("claim not taken back", "app", r.app.Name, "trace", r.id, "err", err)
	}
}
