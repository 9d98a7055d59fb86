package trace

import (
	"cmp"
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/wecombot/wecombot/storage"
)

// ErrNotFound is returned for a message that left no trace, or whose trace is too old.
var ErrNotFound = errors.New("trace: not found")

// Recorder collects the traces of messages. Close it to write the last ones.
type Recorder struct {
	kv  storage.KV
	ttl time.Duration
	max int
	now func() time.Time

	flushing sync.Mutex // one flush at a time: an older copy must not overwrite a newer one

	mu    sync.Mutex
	byID  map[string]*list.Element // of *live
	order *list.List               // oldest first
	dirty map[string]*live

	wake chan struct{}
	stop chan struct{}
	done chan struct{}
}

type live struct {
	rec Record
}

type options struct {
	ttl   time.Duration
	max   int
	flush time.Duration
	now   func() time.Time
}

// Option sets one choice of NewRecorder.
type Option func(*options)

// WithTTL sets how long a trace is kept in the store. Default 72 h.
func WithTTL(d time.Duration) Option { return func(o *options) { o.ttl = d } }

// WithMax sets how many traces are kept in memory. Default 4,096.
func WithMax(n int) Option { return func(o *options) { o.max = n } }

// WithClock sets the clock. Default time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// NewRecorder starts a recorder that writes to kv.
func NewRecorder(kv storage.KV, opts ...Option) *Recorder {
	o := options{ttl: 72 * time.Hour, max: 4096, flush: 250 * time.Millisecond, now: time.Now}
	for _, opt := range opts {
		opt(&o)
	}
	r := &Recorder{
		kv: kv, ttl: o.ttl, max: o.max, now: o.now,
		byID: map[string]*list.Element{}, order: list.New(), dirty: map[string]*live{},
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go r.run(o.flush)
	return r
}

// Begin starts (or finds) the trace of a message; head names it.
func (r *Recorder) Begin(head Record, s Step) { r.add(head, s) }

// Add appends a step to the trace of a message. A message that was never begun (its trace is of before a restart) gets
// a new piece, which is merged with the stored one when written.
func (r *Recorder) Add(id string, s Step) { r.add(Record{ID: id}, s) }

func (r *Recorder) add(head Record, s Step) {
	if r == nil || head.ID == "" {
		return
	}
	if s.At.IsZero() {
		s.At = r.now()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.find(head)
	l.rec.add(s)
	if len(r.dirty) < r.max {
		r.dirty[head.ID] = l
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *Recorder) find(head Record) *live {
	if e, ok := r.byID[head.ID]; ok {
		l := e.Value.(*live)
		if l.rec.App == "" && head.App != "" {
			steps := l.rec.Steps
			l.rec, l.rec.Steps = head, steps
		}
		return l
	}
	for r.order.Len() >= r.max {
		oldest := r.order.Front()
		delete(r.byID, oldest.Value.(*live).rec.ID)
		r.order.Remove(oldest)
	}
	l := &live{rec: head}
	if l.rec.Received.IsZero() {
		l.rec.Received = r.now()
	}
	r.byID[head.ID] = r.order.PushBack(l)
	return l
}

func (r *Recorder) run(every time.Duration) {
	defer close(r.done)
	t := time.NewTimer(every)
	defer t.Stop()
	for {
		select {
		case <-r.stop:
			r.flush()
			return
		case <-r.wake:
		}
		t.Reset(every) // gather what follows into one write
		select {
		case <-r.stop:
			r.flush()
			return
		case <-t.C:
			r.flush()
		}
	}
}

// flush writes what changed. A store that fails costs traces, nothing else.
func (r *Recorder) flush() {
	r.flushing.Lock()
	defer r.flushing.Unlock()
	r.mu.Lock()
	batch := make([]Record, 0, len(r.dirty))
	for _, l := range r.dirty {
		c := l.rec
		c.Steps = slices.Clone(c.Steps)
		batch = append(batch, c)
	}
	clear(r.dirty)
	r.mu.Unlock()
	var wg sync.WaitGroup
	slots := make(chan struct{}, 16) // written together, so that a committing store takes them in one commit
	for _, rec := range batch {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			r.write(rec)
		}()
	}
	wg.Wait()
}

func (r *Recorder) write(rec Record) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if rec.App == "" { // steps after a restart: the beginning is in the store
		if old, err := r.load(ctx, rec.ID); err == nil {
			rec = merge(old, rec)
		}
	}
	b, err := json.Marshal(rec)
	if err != nil {
		return
	}
	_, _ = r.kv.Put(ctx, rec.ID, b, r.ttl)
}

func merge(old, newer Record) Record {
	seen := map[string]bool{}
	key := func(s Step) string { return strconv.FormatInt(s.At.UnixNano(), 36) + string(s.What) } // not String: what was stored has lost its monotonic part
	for _, s := range old.Steps {
		seen[key(s)] = true
	}
	for _, s := range newer.Steps {
		if !seen[key(s)] {
			old.add(s)
		}
	}
	return old
}

func (r *Recorder) load(ctx context.Context, id string) (Record, error) {
	e, err := r.kv.Get(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return Record{}, ErrNotFound
	}
	if err != nil {
		return Record{}, fmt.Errorf("load trace %s: %w", id, err)
	}
	var rec Record
	if err := json.Unmarshal(e.Value, &rec); err != nil {
		return Record{}, fmt.Errorf("load trace %s: %w", id, err)
	}
	return rec, nil
}

// Get returns one trace by its id.
func (r *Recorder) Get(ctx context.Context, id string) (Record, error) {
	r.flush()
	return r.load(ctx, id)
}

// Last returns the newest traces, newest first; user filters by member unless empty.
func (r *Recorder) Last(ctx context.Context, user string, n int) ([]Record, error) {
	r.flush()
	var all []Record
	for e, err := range r.kv.Scan(ctx, "") {
		if err != nil {
			return nil, fmt.Errorf("scan traces: %w", err)
		}
		var rec Record
		if json.Unmarshal(e.Value, &rec) == nil && (user == "" || rec.User == user) {
			all = append(all, rec)
		}
	}
	slices.SortFunc(all, func(a, b Record) int { return cmp.Compare(b.Received.UnixNano(), a.Received.UnixNano()) })
	return all[:min(n, len(all))], nil
}

// Close writes what is left and stops.
func (r *Recorder) Close() {
	close(r.stop)
	<-r.done
}
