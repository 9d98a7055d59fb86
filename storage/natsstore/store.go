package natsstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wecombot/wecombot/storage"
)

const (
	tryTimeout = 3 * time.Second  // of one request
	patience   = 10 * time.Second // over all tries of a call
	farewell   = 2 * time.Second  // for what Close lets end
)

var errURL = fmt.Errorf("%w: not a NATS URL", storage.ErrInvalid)

type store struct {
	nc       *nats.Conn
	js       jetstream.JetStream
	prefix   string
	replicas int
	log      *slog.Logger
	every    uint64        // commands between two snapshots, at least
	apart    time.Duration // and time
	closed   chan struct{}
	janitor  janitor

	workMu sync.Mutex // guards closed being closed
	work   sync.WaitGroup

	mu     sync.Mutex
	kvs    map[string]*kv
	queues map[string]*queue
}

// Option changes how Open opens.
type Option func(*store)

// WithLogger sets where trouble is told that no caller gets to hear of. Default nowhere.
func WithLogger(log *slog.Logger) Option { return func(s *store) { s.log = log } }

// Open connects to the servers at a URL.
func Open(rawURL string, opts ...Option) (storage.Store, error) {
	s := &store{
		log:    slog.New(slog.DiscardHandler),
		every:  10_000,
		apart:  3 * patience, // the log is kept for longer than a call waits
		closed: make(chan struct{}),
		kvs:    map[string]*kv{},
		queues: map[string]*queue{},
	}
	for _, o := range opts {
		o(s)
	}
	servers, err := s.parse(rawURL)
	if err != nil {
		return nil, err
	}
	s.nc, err = nats.Connect(servers,
		nats.Name("wecombot"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250*time.Millisecond), // callers wait, ten seconds at most
		nats.ReconnectBufSize(-1),                // what is sent much later than its caller waited could meet a body that was cleaned up
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			s.log.WarnContext(context.Background(), "nats", "error", err)
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("nats: connect: %w", err)
	}
	if s.js, err = jetstream.New(s.nc); err != nil {
		s.nc.Close()
		return nil, fmt.Errorf("nats: %w", err)
	}
	s.background(s.tidy)
	return s, nil
}

var prefixRule = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// parse takes the URL apart into what NATS reads and what we do.
func (s *store) parse(rawURL string) (servers string, err error) {
	servers, rawQuery, _ := strings.Cut(rawURL, "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return "", errURL
	}
	for server := range strings.SplitSeq(servers, ",") {
		if u, err := url.Parse(strings.TrimSpace(server)); err != nil || u.Host == "" {
			return "", errURL // err shows the URL
		}
	}
	s.prefix, s.replicas = "wecombot", 1
	for name, values := range query {
		switch name {
		case "prefix":
			s.prefix = values[0]
		case "replicas":
			s.replicas, err = strconv.Atoi(values[0])
		default:
			return "", fmt.Errorf("%w: it knows prefix and replicas", errURL)
		}
	}
	if err != nil || s.replicas < 1 || s.replicas > 5 || !prefixRule.MatchString(s.prefix) {
		return "", fmt.Errorf("%w: prefix is of [A-Za-z0-9_-], replicas from 1 to 5", errURL)
	}
	return servers, nil
}

func (s *store) KV(name string) (storage.KV, error) {
	if err := storage.CheckName(name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kvs[name] == nil {
		k, err := newKV(s, token(name))
		if err != nil {
			return nil, fmt.Errorf("kv %s: %w", name, err)
		}
		s.kvs[name] = k
	}
	return s.kvs[name], nil
}

func (s *store) Queue(name string, limit int) (storage.Queue, error) {
	if err := storage.CheckName(name); err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = storage.DefaultLimit
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[name]
	if q == nil {
		var err error
		if q, err = newQueue(s, token(name)); err != nil {
			return nil, fmt.Errorf("queue %s: %w", name, err)
		}
		s.queues[name] = q
	}
	q.limit.Store(int64(limit))
	return q, nil
}

// token is a name as a part of subjects and streams; names hold no underscore.
func token(name string) string { return strings.ReplaceAll(name, ".", "_") }

// Ping stores something: a server that only answers is not enough.
func (s *store) Ping(ctx context.Context) error {
	if err := s.check(ctx); err != nil {
		return err
	}
	kv, err := s.KV("botd.ping")
	if err != nil {
		return err
	}
	_, err = kv.Put(ctx, "ping", nil, 0)
	return err
}

func (s *store) Close() error {
	s.workMu.Lock()
	again := s.isClosed()
	if !again {
		close(s.closed)
	}
	s.workMu.Unlock()
	if again {
		return nil
	}
	s.mu.Lock()
	for _, q := range s.queues {
		q.reading.Stop()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.work.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(farewell):
	}
	s.nc.Close()
	return nil
}

// background does what goes on after its call has returned; Close waits for it. false: the store is closed.
func (s *store) background(fn func()) bool {
	s.workMu.Lock()
	defer s.workMu.Unlock()
	if s.isClosed() {
		return false
	}
	s.work.Go(fn)
	return true
}

// check is the first thing every call does.
func (s *store) check(ctx context.Context) error {
	if s.isClosed() {
		return storage.ErrClosed
	}
	return ctx.Err()
}

func (s *store) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// stream opens a stream, new where it has to be. One that is there is taken as the operator has set it up.
func (s *store) stream(name string, perSubject int64, subjects ...string) (jetstream.Stream, error) {
	var st jetstream.Stream
	err := s.try(context.Background(), "open stream "+name, func(ctx context.Context) (err error) {
		if st, err = s.js.Stream(ctx, name); errors.Is(err, jetstream.ErrStreamNotFound) {
			st, err = s.js.CreateStream(ctx, jetstream.StreamConfig{
				Name: name, Subjects: subjects, MaxMsgsPerSubject: perSubject, Replicas: s.replicas,
				// AllowDirect stays off: a replica that lags would not know what was just written.
			})
		}
		return err
	})
	return st, err
}

// publish stores a message, once, however often it has to be sent.
func (s *store) publish(ctx context.Context, msg *nats.Msg, id string, opts ...jetstream.PublishOpt) (seq uint64, err error) {
	err = s.try(ctx, "publish", func(ctx context.Context) error {
		ack, err := s.js.PublishMsg(ctx, msg, append(opts, jetstream.WithMsgID(id))...)
		if err == nil {
			seq = ack.Sequence
		}
		return err
	})
	return seq, err
}

// try repeats a request until it gets an answer.
func (s *store) try(ctx context.Context, op string, request func(context.Context) error) error {
	end := time.Now().Add(patience)
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		once, cancel := context.WithTimeout(ctx, tryTimeout)
		err := request(once)
		cancel()
		switch {
		case err == nil || refused(err):
			return err
		case s.isClosed():
			return storage.ErrClosed
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(end):
			return fmt.Errorf("nats: %s: %w", op, err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// refused tells that JetStream has answered: to ask again would be of no use.
func refused(err error) bool {
	var je jetstream.JetStreamError
	return errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) || errors.As(err, &je) && je.APIError() != nil && je.APIError().Code != 503
}

// overtaken tells that the subject has another last message than was expected.
func overtaken(err error) bool {
	var je jetstream.JetStreamError
	if !errors.As(err, &je) || je.APIError() == nil {
		return false
	}
	code := je.APIError().ErrorCode
	return code == jetstream.JSErrCodeStreamWrongLastSequence || code == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}
