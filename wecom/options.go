package wecom

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type options struct {
	base    string
	custom  bool // base is not the platform's
	debug   bool
	http    *http.Client
	retries int
	backoff time.Duration
	ban     time.Duration
	log     *slog.Logger
	store   TokenStore
	now     func() time.Time
	jitter  func() float64 // [0,1)
}

// Option sets one choice of NewClient; the last one wins.
type Option func(*options)

// WithBaseURL sets the API host: the simulator's address in development. Default DefaultBaseURL.
func WithBaseURL(u string) Option { return func(o *options) { o.base = u } }

// WithHTTPClient sets the transport. Default: one with a 10 s timeout per attempt. Redirects are never followed: the
// query holds the token.
func WithHTTPClient(h *http.Client) Option { return func(o *options) { o.http = h } }

// WithRetry sets how often a busy answer (class Busy) is tried again; 0 is never. Default 2.
func WithRetry(n int) Option { return func(o *options) { o.retries = n } }

// WithBackoff sets the pause before the first retry; it doubles with every further one, and is varied by a half up or
// down. Default 1 s.
func WithBackoff(d time.Duration) Option { return func(o *options) { o.backoff = d } }

// WithRateBan sets how long the calls of one API fail at once after the platform answered 45009. Default 60 s, the
// length of the platform's ban for a minute limit (doc 90312).
func WithRateBan(d time.Duration) Option { return func(o *options) { o.ban = d } }

// WithLogger sets where calls are logged (debug) and refused calls noted. Default: silence.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithTokenStore shares tokens. Default: memory of this client.
func WithTokenStore(s TokenStore) Option { return func(o *options) { o.store = s } }

// WithClock sets what tells the time of token lives and bans. Default time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithDebug asks the platform to record what it did with every call, for its developer tool. A call may then be made
// five times a minute: never in production.
func WithDebug() Option { return func(o *options) { o.debug = true } }

// newCore returns a core whose log lines carry the pair of key and value.
func newCore(base string, opts []Option, key, value string) (*core, error) {
	o := options{
		base:    base,
		http:    &http.Client{Timeout: 10 * time.Second},
		retries: 2,
		backoff: time.Second,
		ban:     time.Minute,
		log:     slog.New(slog.DiscardHandler),
		now:     time.Now,
		jitter:  rand.Float64,
	}
	for _, set := range opts {
		set(&o)
	}
	u, err := url.Parse(o.base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("wecom: base URL must be http(s)://host")
	}
	if o.retries < 0 || o.backoff < 0 || o.ban < 0 {
		return nil, fmt.Errorf("wecom: retry %d, back-off %v and ban %v must not be negative", o.retries, o.backoff, o.ban)
	}
	o.custom = o.base != base
	o.base = strings.TrimSuffix(o.base, "/")
	o.log = o.log.With(key, value)
	return startCore(o), nil
}
