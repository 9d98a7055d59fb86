package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/wecombot/wecombot/internal/failpoint"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/trace"
	"github.com/wecombot/wecombot/wecom"
)

// App is the way out for one app.
type App struct {
	Client  *wecom.Client
	AgentID int64
	// ReadsInWeChat tells whether a member reads in WeChat, where markdown and cards are not shown: he gets their text.
	// nil: nobody does.
	ReadsInWeChat func(ctx context.Context, user string) bool
}

// Outbox delivers. Make one with New, Start it, Close it. Safe for concurrent use.
type Outbox struct {
	answers, broadcasts storage.Queue
	inbox               storage.Queue // for operators only
	log                 *slog.Logger
	rec                 *trace.Recorder
	tracer              oteltrace.Tracer
	metrics             *metrics
	now                 func() time.Time
	backoff             backoff
	workers             int
	cards               Cards
	blobs               storage.KV // spooled files and the ids of uploaded ones

	mu   sync.RWMutex
	apps map[string]App

	pace   *pacer
	offers offers
	ahead  ahead
	twins  *twins
	began  time.Time

	cancel context.CancelFunc // stops pulling
	kill   context.CancelFunc // stops sending
	wg     sync.WaitGroup
}

type options struct {
	log     *slog.Logger
	rec     *trace.Recorder
	reg     prometheus.Registerer
	tracers oteltrace.TracerProvider
	now     func() time.Time
	backoff backoff
	workers int
	limit   int
}

// Option sets one choice of New; the last one wins.
type Option func(*options)

// WithLogger sets the log. Default: silence.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithRecorder sets where the steps of deliveries are traced. Default: nowhere.
func WithRecorder(r *trace.Recorder) Option { return func(o *options) { o.rec = r } }

// WithMetrics registers the outbox's metrics. Default: none.
func WithMetrics(r prometheus.Registerer) Option { return func(o *options) { o.reg = r } }

// WithTracerProvider sets where OpenTelemetry spans go. Default: nowhere.
func WithTracerProvider(p oteltrace.TracerProvider) Option { return func(o *options) { o.tracers = p } }

// WithClock sets the clock of pacing and back-off. Default time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithBackoff sets the first and the longest pause between attempts. Default 1 s and 5 min.
func WithBackoff(first, longest time.Duration) Option {
	return func(o *options) { o.backoff = backoff{first, longest} }
}

// WithWorkers sets how many sends of answers run at once; broadcasts have half as many of their own. Default 16.
func WithWorkers(n int) Option { return func(o *options) { o.workers = n } }

// WithLimit bounds the deliveries that wait, of answers and of broadcasts each. Default 100,000.
func WithLimit(n int) Option { return func(o *options) { o.limit = n } }

// New opens the outbox's queues in store. Nothing is sent before Start.
func New(store storage.Store, opts ...Option) (*Outbox, error) {
	o := options{
		log: slog.New(slog.DiscardHandler), tracers: noop.NewTracerProvider(), now: time.Now,
		backoff: backoff{time.Second, 5 * time.Minute}, workers: 16, limit: 100_000,
	}
	for _, opt := range opts {
		opt(&o)
	}
	answers, err := store.Queue("outbox", o.limit)
	if err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	broadcasts, err := store.Queue("broadcasts", o.limit)
	if err != nil {
		return nil, fmt.Errorf("open broadcasts: %w", err)
	}
	inbox, err := store.Queue(Inbox, 0)
	if err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	paceKV, err := store.KV("pace")
	if err != nil {
		return nil, fmt.Errorf("open pace: %w", err)
	}
	cards, err := store.KV("cards")
	if err != nil {
		return nil, fmt.Errorf("open cards: %w", err)
	}
	blobs, err := store.KV("media")
	if err != nil {
		return nil, fmt.Errorf("open media: %w", err)
	}
	b := &Outbox{
		cards: Cards{cards}, blobs: blobs,
		answers: answers, broadcasts: broadcasts, inbox: inbox,
		log: o.log, rec: o.rec, tracer: o.tracers.Tracer("wecombot/outbox"), now: o.now,
		backoff: o.backoff, workers: max(2, o.workers), apps: map[string]App{}, pace: newPacer(paceKV),
		offers: offers{told: map[string]told{}}, ahead: ahead{lanes: map[string]*unconfirmed{}}, twins: newTwins(), began: o.now(),
	}
	if b.twins.unknown, err = b.pace.before(context.Background(), b.began); err != nil {
		return nil, fmt.Errorf("open pace: %w", err)
	}
	b.metrics = newMetrics(o.reg, b)
	return b, nil
}

// SetApp names the way out for an app; deliveries of an app without one wait.
func (o *Outbox) SetApp(name string, a App) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.apps[name] = a
}

// RemoveApp takes an app away.
func (o *Outbox) RemoveApp(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.apps, name)
}

func (o *Outbox) app(name string) (App, bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	a, ok := o.apps[name]
	return a, ok
}

// Cards are the cards that this outbox sent.
func (o *Outbox) Cards() Cards { return o.cards }

// Push makes deliveries durable: the answers among them all or none, and then the broadcasts. Deliveries to one target go out in the order of the calls.
func (o *Outbox) Push(ctx context.Context, ds ...Delivery) error {
	var answers, broadcasts []storage.Item
	for _, d := range ds {
		if err := o.spool(ctx, d.Units); err != nil {
			return err
		}
		item, err := o.item(d)
		if err != nil {
			return err
		}
		if d.Broadcast {
			broadcasts = append(broadcasts, item)
		} else {
			answers = append(answers, item)
		}
	}
	for _, it := range answers { // before a worker can have delivered it
		if it.NotBefore.Sub(o.now()) < orderTime {
			o.ahead.add(it.Lane, it.ID, o.now())
		}
	}
	if err := o.pushTo(ctx, o.answers, answers); err != nil {
		for _, it := range answers {
			o.ahead.remove(it.Lane, it.ID)
		}
		return err
	}
	if err := o.pushTo(ctx, o.broadcasts, broadcasts); err != nil {
		return err
	}
	for _, d := range ds {
		o.metrics.pushed.WithLabelValues(d.App).Inc()
		o.rec.Add(d.Trace, trace.Step{What: trace.Queued, Parts: len(d.Units)})
	}
	return nil
}

func (o *Outbox) pushTo(ctx context.Context, q storage.Queue, items []storage.Item) error {
	if len(items) == 0 {
		return nil
	}
	if err := q.Push(ctx, items...); err != nil {
		return fmt.Errorf("outbox push: %w", err)
	}
	return nil
}

func (o *Outbox) item(d Delivery) (storage.Item, error) {
	switch {
	case d.ID == "":
		return storage.Item{}, errors.New("outbox: delivery without an id")
	case d.App == "":
		return storage.Item{}, errors.New("outbox: delivery without an app")
	case d.To.Empty():
		return storage.Item{}, errors.New("outbox: delivery without a receiver")
	case len(d.Units) == 0:
		return storage.Item{}, errors.New("outbox: delivery without content")
	}
	careful := o.twins.push(d, o.now()) || o.twins.unknown && o.now().Sub(o.began) < checkMargin
	if d.Expires == 0 {
		d.Expires = 24 * time.Hour
	}
	return storage.Item{
		ID: d.ID, Lane: d.laneAt(o.now()), NotBefore: d.NotBefore, Expires: later(o.now(), d.NotBefore).Add(d.Expires),
		Body: stored{App: d.App, To: d.To, Units: d.Units, Trace: d.Trace, Safe: d.Safe, Task: d.Task, Unless: d.Unless, Offered: d.Offered, Careful: careful}.encode(),
	}, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Start begins to deliver.
func (o *Outbox) Start() {
	pulling, cancel := context.WithCancel(context.Background())
	sending, kill := context.WithCancel(context.Background())
	o.cancel, o.kill = cancel, kill
	o.pace.open(pulling)
	for range o.workers {
		o.wg.Go(func() { o.work(pulling, sending, o.answers, false) })
	}
	for range o.workers / 2 {
		o.wg.Go(func() { o.work(pulling, sending, o.broadcasts, true) })
	}
}

// Close stops pulling, lets running sends end until ctx does, then cuts them off; what is left stays in the store.
func (o *Outbox) Close(ctx context.Context) {
	if o.cancel == nil {
		return
	}
	o.cancel()
	done := make(chan struct{})
	go func() { o.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		o.kill()
		<-done
	}
	o.kill()
	o.pace.close(context.WithoutCancel(ctx), o.now())
}

const leaseTime = 2 * time.Minute // longer than one send with the client's own retries

func (o *Outbox) work(pulling, sending context.Context, q storage.Queue, broadcast bool) {
	for {
		l, err := q.Pull(pulling, leaseTime)
		switch {
		case err == nil:
			failpoint.Hit(failpoint.OutboxPulled)
			o.process(sending, q, l, broadcast)
		case pulling.Err() != nil:
			return
		default:
			o.log.Error("outbox pull", "err", err)
			pause(pulling, time.Second)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
