package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	oteltrace "go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/trace"
)

// Bot serves the callbacks of its apps. Make one with New.
type Bot struct {
	options
	box      *outbox.Outbox
	metrics  *metrics
	tracer   oteltrace.Tracer
	inbox    *inbox
	ledger   *ledger
	lanes    *lanes
	guard    *guard
	sessions storage.KV
	handler  http.Handler
	cards    keyed

	mu     sync.RWMutex
	apps   map[string]*app
	suites map[string]*Suite

	draining atomic.Bool
	base     context.Context // of handlers; ends when Close gives up on them
	cut      context.CancelFunc
}

type options struct {
	log            *slog.Logger
	rec            *trace.Recorder
	reg            prometheus.Registerer
	tracers        oteltrace.TracerProvider
	replyWithin    time.Duration
	handlerTimeout time.Duration
	maxBody        int64
	maxRuns        int
	maxLane        int
	language       string
	now            func() time.Time
	breaker        Breaker
	sessionTTL     time.Duration
	replicas       bool
}

// Option sets one choice of New; the last one wins.
type Option func(*options)

// WithLogger sets the log. Default: silence.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithRecorder sets where messages are traced. Default: nowhere.
func WithRecorder(r *trace.Recorder) Option { return func(o *options) { o.rec = r } }

// WithMetrics registers the bot's metrics. Default: none.
func WithMetrics(r prometheus.Registerer) Option { return func(o *options) { o.reg = r } }

// WithTracerProvider sets where OpenTelemetry spans go. Default: nowhere.
func WithTracerProvider(p oteltrace.TracerProvider) Option { return func(o *options) { o.tracers = p } }

// WithReplyWithin sets how long a callback may wait for its answer. The platform hangs up after 5 s. Default 4 s.
func WithReplyWithin(d time.Duration) Option { return func(o *options) { o.replyWithin = d } }

// WithHandlerTimeout sets how long one handler may run, however its answer leaves. Default 5 min.
func WithHandlerTimeout(d time.Duration) Option { return func(o *options) { o.handlerTimeout = d } }

// WithMaxBody bounds a callback's body, in bytes. Default 1 MiB.
func WithMaxBody(n int64) Option { return func(o *options) { o.maxBody = n } }

// WithMaxRuns bounds the messages that are handled or wait for their turn; more are refused with 503. Default 4,096.
func WithMaxRuns(n int) Option { return func(o *options) { o.maxRuns = n } }

// WithMaxLane bounds the messages of one member that wait for their turn. Default 64.
func WithMaxLane(n int) Option { return func(o *options) { o.maxLane = n } }

// WithLanguage sets the language of the bot's own sentences, zh-CN or en. Default zh-CN.
func WithLanguage(lang string) Option { return func(o *options) { o.language = lang } }

// WithBreaker sets when a failing rule is switched off for a while. Default: 5 failures in a row, 30 s.
func WithBreaker(b Breaker) Option { return func(o *options) { o.breaker = b } }

// WithSessionTTL sets how long a member's session values are kept after the last change. Default 30 days.
func WithSessionTTL(d time.Duration) Option { return func(o *options) { o.sessionTTL = d } }

// New opens the bot's parts in store. box takes the active answers.
func New(store storage.Store, box *outbox.Outbox, opts ...Option) (*Bot, error) {
	b := &Bot{
		options: options{
			log: slog.New(slog.DiscardHandler), tracers: noop.NewTracerProvider(),
			replyWithin: 4 * time.Second, handlerTimeout: 5 * time.Minute, maxBody: 1 << 20,
			maxRuns: 4096, maxLane: 64, language: "zh-CN", now: time.Now,
			breaker: Breaker{Failures: 5, Pause: 30 * time.Second, Running: 512}, sessionTTL: 30 * 24 * time.Hour,
		},
		box: box, apps: map[string]*app{}, suites: map[string]*Suite{},
	}
	for _, opt := range opts {
		opt(&b.options)
	}
	if b.replyWithin <= 0 || b.replyWithin >= platformTimeout {
		return nil, fmt.Errorf("bot: reply_within is %s: it must lie between 0 and the platform's %s", b.replyWithin, platformTimeout)
	}
	b.base, b.cut = context.WithCancel(context.Background())
	b.tracer = b.tracers.Tracer("wecombot/bot")
	b.lanes = newLanes(b.maxRuns, b.maxLane)
	b.guard = newGuard(b.breaker, b)
	queue, err := store.Queue(outbox.Inbox, 0)
	if err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	done, err := store.KV("answered")
	if err != nil {
		return nil, fmt.Errorf("open answered: %w", err)
	}
	if b.sessions, err = store.KV("sessions"); err != nil {
		return nil, fmt.Errorf("open sessions: %w", err)
	}
	b.inbox = newInbox(b, queue)
	if b.ledger, err = openLedger(b.base, done, b.now, b.log); err != nil {
		return nil, err
	}
	underway, err := box.Underway(b.base)
	if err != nil {
		b.ledger.close()
		return nil, err
	}
	b.ledger.restoreAnswers(underway)
	b.metrics = newMetrics(b.reg, b)
	b.handler = b.routes()
	return b, nil
}

// platformTimeout is when the platform hangs up (doc 90238).
const platformTimeout = 5 * time.Second

// Handler serves /callback/{app} and /suite/{suite}.
func (b *Bot) Handler() http.Handler { return b.handler }

// Start begins to work off what an earlier process left in the inbox. When it returns, messages that come now are behind
// those. Call it after SetApp and SetTable, and before Handler serves.
func (b *Bot) Start() { b.inbox.start() }

// Ready reports whether new callbacks are accepted.
func (b *Bot) Ready() bool { return !b.draining.Load() }

// InFlight counts the messages that are handled or wait for their turn.
func (b *Bot) InFlight() int { return b.lanes.running() }

// Drain refuses new callbacks; the platform sends them again later. Running ones go on.
func (b *Bot) Drain() { b.draining.Store(true) }

// Close drains, waits for running handlers until ctx ends, then cuts them off. What was accepted and is not done stays
// in the inbox for the next start.
func (b *Bot) Close(ctx context.Context) {
	b.Drain()
	b.inbox.stop()
	b.lanes.close()
	done := make(chan struct{})
	go func() { b.lanes.runs.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		b.log.Warn("handlers cut off at shutdown", "running", b.InFlight())
	}
	b.cut()
	b.inbox.release()
	b.ledger.close()
}

var errDraining = errors.New("bot: shutting down")
