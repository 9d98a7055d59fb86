package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// HomeCorpID is the id of the corp that apps and members belong to when neither says otherwise.
const HomeCorpID = "ww5100a7e0000000c0"

// Server is the platform. All methods are safe for concurrent use.
type Server struct {
	// URL is the API's base address, "http://127.0.0.1:41235": what a client takes instead of
	// https://qyapi.weixin.qq.com. Empty with WithoutListener.
	URL string

	opt    options
	routes map[string]route
	http   *http.Server
	client *http.Client

	stop    context.Context // ends at Close: whatever hangs lets go
	cancel  context.CancelFunc
	serving sync.WaitGroup

	mu      sync.Mutex
	home    *corp
	corps   map[string]*corp
	apps    map[appKey]*app
	order   []*app // in the order they were added
	tokens  map[string]*token
	wrong   map[string]*wrongSecrets // by caller's address
	calls   ring[Call]
	faults  []*fault
	feed    ring[Event]
	changed chan struct{} // closed and replaced at every change

	deliveries ring[*delivery]
	lost       ring[Lost]
	seq        int64 // of messages in inboxes
	eventSeq   int64
	callSeq    int64
	deliverSeq int64
	msgSeq     uint64                  // MsgId of what members send
	idSeq      int64                   // of ids that the platform hands out
	busy       int                     // deliveries under way
	messages   map[string]*sentMessage // by msgid
	sent       []*sentMessage          // the same, oldest first
	codes      map[string]*responseCode
	login      login
	suites     map[string]*suite            // by id
	answers    map[string][]json.RawMessage // set by Answer, by path
	robots     map[string]*robot            // by key
	pictures   map[string]*media
}

// New starts a platform on a free port of the loopback interface. Like httptest.NewServer it panics when it cannot
// listen; Open returns the error instead.
func New(opts ...Option) *Server {
	s, err := Open(opts...)
	if err != nil {
		panic(err)
	}
	return s
}

// Open starts a platform.
func Open(opts ...Option) (*Server, error) {
	o := defaults()
	for _, opt := range opts {
		opt(&o)
	}
	s := newServer(o)
	if o.noListener {
		return s, nil
	}
	l := o.listener
	if l == nil {
		var err error
		if l, err = net.Listen("tcp", o.addr); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
	}
	s.URL = "http://" + l.Addr().String()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.serving.Go(func() {
		if err := s.http.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			o.log.Error("simulator stopped serving", "err", err)
		}
	})
	return s, nil
}

func newServer(o options) *Server {
	s := &Server{
		opt:        o,
		routes:     served(),
		corps:      map[string]*corp{},
		apps:       map[appKey]*app{},
		tokens:     map[string]*token{},
		wrong:      map[string]*wrongSecrets{},
		messages:   map[string]*sentMessage{},
		codes:      map[string]*responseCode{},
		login:      newLogin(),
		suites:     map[string]*suite{},
		answers:    map[string][]json.RawMessage{},
		robots:     map[string]*robot{},
		pictures:   map[string]*media{},
		changed:    make(chan struct{}),
		msgSeq:     firstMsgID,
		calls:      ring[Call]{limit: o.history},
		feed:       ring[Event]{limit: o.history},
		deliveries: ring[*delivery]{limit: o.history},
		lost:       ring[Lost]{limit: o.history},
	}
	s.home = newCorp("", o.now)
	s.client = callbackClient(o.transport)
	s.stop, s.cancel = context.WithCancel(context.Background())
	return s
}

// Close ends the platform: open connections are cut, deliveries under way fail.
func (s *Server) Close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	if s.http != nil {
		_ = s.http.Close() // connections that hang on purpose must not keep us
	}
	s.serving.Wait()
	s.client.CloseIdleConnections()
}

// touch tells whoever waits that something changed. The lock is held.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait returns when cond holds, or with ctx's error. cond is asked again after every change on the platform: a call,
// an attempt, a message that arrived.
func (s *Server) Wait(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-s.stop.Done():
			return http.ErrServerClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Quiet waits until no delivery is under way.
func (s *Server) Quiet(ctx context.Context) error {
	return s.Wait(ctx, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.busy == 0
	})
}
