package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wecombot/wecombot/internal/failpoint"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/storage"
)

const (
	remember    = 15 * time.Minute // the platform's attempts end within 15 s
	rememberMax = 50_000           // of them; at 1,000 a second that is still three times as long as the platform tries
	ledgerFlush = 20 * time.Millisecond
)

// ledger knows which messages are being handled and which are done, so that no attempt of the platform runs a handler
// twice. What is alive is known in memory: after a crash nothing is alive, and a claim without an answer runs again. What
// is done is also written, many at a time and behind the answer, for retries that arrive after a restart.
type ledger struct {
	kv  storage.KV
	now func() time.Time
	log *slog.Logger

	mu    sync.Mutex
	runs  map[string]*run
	order []aged // of done runs, oldest first

	dirty chan done
	stop  chan struct{}
	ended chan struct{}
}

type aged struct {
	key string
	at  time.Time
}

// done is the stored form of a finished run.
type done struct {
	Key     string `json:"k"`
	Passive []byte `json:"p,omitempty"`
}

func openLedger(ctx context.Context, kv storage.KV, now func() time.Time, log *slog.Logger) (*ledger, error) {
	l := &ledger{
		kv: kv, now: now, log: log, runs: map[string]*run{},
		dirty: make(chan done, 4096), stop: make(chan struct{}), ended: make(chan struct{}),
	}
	for e, err := range kv.Scan(ctx, "") {
		if err != nil {
			return nil, fmt.Errorf("read answered messages: %w", err)
		}
		var batch []done
		if json.Unmarshal(e.Value, &batch) != nil {
			continue
		}
		for _, d := range batch {
			l.restore(d)
		}
	}
	go l.write()
	return l, nil
}

// restore puts back a finished run of an earlier process.
func (l *ledger) restore(d done) {
	if len(d.Key) < 10 {
		return
	}
	r := &run{key: d.Key, id: d.Key[:10], done: make(chan struct{}), finished: true, out: outcome{passive: d.Passive}}
	close(r.done)
	if l.runs[d.Key] == nil {
		l.order = append(l.order, aged{d.Key, l.now()})
	}
	l.runs[d.Key] = r
}

// restoreAnswers puts back the runs whose answers an earlier process left in the outbox: the latest word about them.
func (l *ledger) restoreAnswers(answers []outbox.Underway) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range answers {
		if key, ok := strings.CutSuffix(a.ID, answerSuffix); ok {
			l.restore(done{Key: key})
			if r := l.runs[key]; r != nil {
				r.offer = a.Offered
			}
		}
	}
}

// claim returns the run of a key, made by create when there is none; fresh tells the caller to begin it.
func (l *ledger) claim(key string, create func() *run) (r *run, fresh bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.runs[key]; r != nil {
		if r.b == nil { // restored: it needs its surroundings to answer
			full := create()
			full.done, full.finished, full.out, full.rev = r.done, true, r.out, nil
			if r.offer != nil {
				full.out.passive, full.offered = r.offer.AppendPassive(nil, full.header()), true
			}
			full.msg = nil
			l.runs[key] = full
			return full, false
		}
		return r, false
	}
	r = create()
	l.runs[key] = r
	return r, true
}

// forget takes back a claim that could not begin.
func (l *ledger) forget(r *run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.runs[r.key] == r {
		delete(l.runs, r.key)
	}
}

// find returns the run of a key, if it is known.
func (l *ledger) find(key string) *run {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.runs[key]
}

// finish keeps a run's answer for a while.
func (l *ledger) finish(r *run) {
	select {
	case l.dirty <- done{r.key, r.out.passive}:
	default: // the writer is behind; memory still knows
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.order = append(l.order, aged{r.key, now})
	for len(l.order) > 0 && (now.Sub(l.order[0].at) > remember || len(l.order) > rememberMax) {
		delete(l.runs, l.order[0].key)
		l.order = l.order[1:]
	}
}

// write stores finished runs in batches: one commit takes what came within a moment.
func (l *ledger) write() {
	defer close(l.ended)
	for n := 0; ; n++ {
		var batch []done
		select {
		case <-l.stop:
			for batch := l.drain(nil); len(batch) > 0; batch = l.drain(nil) {
				l.put(batch, n)
				n++
			}
			return
		case d := <-l.dirty:
			batch = append(batch, d)
		}
		t := time.NewTimer(ledgerFlush)
		select {
		case <-l.stop:
			t.Stop()
		case <-t.C:
		}
		l.put(l.drain(batch), n)
	}
}

func (l *ledger) drain(batch []done) []done {
	for len(batch) < 1000 {
		select {
		case d := <-l.dirty:
			batch = append(batch, d)
		default:
			return batch
		}
	}
	return batch
}

func (l *ledger) put(batch []done, n int) {
	if len(batch) == 0 {
		return
	}
	b, err := json.Marshal(batch)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	key := strconv.FormatInt(l.now().UnixNano(), 36) + "-" + strconv.Itoa(n)
	if _, err := l.kv.Put(ctx, key, b, remember); err != nil {
		l.log.Warn("answered messages not stored", "count", len(batch), "err", err)
	}
	failpoint.Hit(failpoint.LedgerWritten)
}

func (l *ledger) close() {
	close(l.stop)
	<-l.ended
}
