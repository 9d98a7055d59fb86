package simulator

import (
	"log/slog"
	"net"
	"net/http"
	"time"
)

type options struct {
	addr        string
	listener    net.Listener
	noListener  bool
	now         func() time.Time
	transport   http.RoundTripper
	callbackFor time.Duration
	retryDelay  time.Duration
	tokenLife   time.Duration
	log         *slog.Logger
	history     int
	dailyQuota  int
	misspelled  bool
}

func defaults() options {
	return options{
		addr:        "127.0.0.1:0",
		now:         time.Now,
		callbackFor: callbackLimit,
		tokenLife:   2 * time.Hour,
		log:         slog.New(slog.DiscardHandler),
		history:     20_000,
	}
}

// Option sets one choice of New; the last one wins.
type Option func(*options)

// WithAddress sets where the API listens. Default "127.0.0.1:0": loopback, a free port.
func WithAddress(addr string) Option { return func(o *options) { o.addr = addr } }

// WithListener serves the API on l, which the server then owns.
func WithListener(l net.Listener) Option { return func(o *options) { o.listener = l } }

// WithoutListener starts no listener: the Server is used as an http.Handler, and its URL is empty.
func WithoutListener() Option { return func(o *options) { o.noListener = true } }

// WithClock sets where the time comes from: token life, limits, CreateTime. Default time.Now. The five seconds of a
// callback are measured by the machine's own clock all the same.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithTransport sets how callbacks travel. Default: direct TCP, no proxy.
func WithTransport(rt http.RoundTripper) Option { return func(o *options) { o.transport = rt } }

// WithCallbackTimeout sets how long an attempt of a callback may take. Default 5 s (doc 90930).
func WithCallbackTimeout(d time.Duration) Option { return func(o *options) { o.callbackFor = d } }

// WithRetryDelay sets the pause before a callback is attempted again. Default 0: the platform comes back at once after
// it cut a connection; how long it waits after a quick failure is not documented.
func WithRetryDelay(d time.Duration) Option { return func(o *options) { o.retryDelay = d } }

// WithTokenLife sets how long an access token is valid. Default 2 h.
func WithTokenLife(d time.Duration) Option { return func(o *options) { o.tokenLife = d } }

// WithLogger sets where calls and deliveries are logged (debug). Default: silence.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithHistory sets how many calls, deliveries, events and messages per member are remembered; older ones are
// forgotten. Default 20,000.
func WithHistory(n int) Option { return func(o *options) { o.history = max(n, 1) } }

// WithDailyQuota sets how many person-messages one app may send a day before message/send answers 45009. On the
// platform it is 200 times the corp's account limit (doc 90312). Default 0: no limit.
func WithDailyQuota(n int) Option { return func(o *options) { o.dailyQuota = n } }

// WithMisspelledOptions spells the chosen options of card events OpitonIds and OpitonId, as the official sample and
// some editions of the platform do. Default: OptionIds and OptionId.
func WithMisspelledOptions() Option { return func(o *options) { o.misspelled = true } }
