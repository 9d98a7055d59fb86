package wecom_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/wecom"
)

// platform is a small stand-in behind real HTTP: it hands out tokens, knows which are alive, and answers a path with
// what was queued for it, else with {"errcode":0}.
type platform struct {
	*httptest.Server
	secrets map[string]bool

	mu       sync.Mutex
	life     int // seconds
	minted   int
	tokens   map[string]string // alive: token → secret
	queued   map[string][]func(http.ResponseWriter, *http.Request)
	calls    map[string]int
	bodies   []string
	slowMint chan struct{} // when set, token requests wait for it
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{
		secrets: map[string]bool{"s3cret": true, "other-s3cret": true},
		life:    7200,
		tokens:  map[string]string{},
		queued:  map[string][]func(http.ResponseWriter, *http.Request){},
		calls:   map[string]int{},
	}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// client of the secret, quick to retry and logging to w where that is given.
func (p *platform) client(t *testing.T, secret string, opts ...wecom.Option) *wecom.Client {
	t.Helper()
	opts = append([]wecom.Option{
		wecom.WithBaseURL(p.URL),
		wecom.WithBackoff(time.Millisecond),
		// net/http repeats a GET by itself when a connection kept alive turns out to be dead: not what is counted here.
		wecom.WithHTTPClient(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}),
	}, opts...)
	c, err := wecom.NewClient("ww1", secret, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.calls[r.URL.Path]++
	p.bodies = append(p.bodies, string(body))
	var answer func(http.ResponseWriter, *http.Request)
	if q := p.queued[r.URL.Path]; len(q) > 0 {
		answer, p.queued[r.URL.Path] = q[0], q[1:]
	}
	wait := p.slowMint
	p.mu.Unlock()

	switch q := r.URL.Query(); {
	case answer != nil:
		answer(w, r)
	case r.URL.Path == "/cgi-bin/gettoken":
		if wait != nil {
			<-wait
		}
		p.mint(w, q.Get("corpsecret"))
	case !p.alive(q.Get("access_token")):
		reply(40014, "invalid access_token "+q.Get("access_token"))(w, r)
	default:
		fmt.Fprintf(w, `{"errcode":0,"errmsg":"ok","userid":%q,"name":%q}`, q.Get("userid"), p.owner(q.Get("access_token")))
	}
}

func (p *platform) mint(w http.ResponseWriter, secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.secrets[secret] {
		fmt.Fprintf(w, `{"errcode":40001,"errmsg":"invalid credential %s"}`, secret)
		return
	}
	token := ""
	for alive, of := range p.tokens { // as long as one is alive, it is handed out again
		if of == secret {
			token = alive
		}
	}
	if token == "" {
		p.minted++
		token = fmt.Sprintf("token-%d", p.minted)
		p.tokens[token] = secret
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": p.life})
}

func (p *platform) alive(token string) bool { return p.owner(token) != "" }

func (p *platform) owner(token string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tokens[token]
}

func (p *platform) revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.tokens)
}

func (p *platform) queue(path string, answers ...func(http.ResponseWriter, *http.Request)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queued[path] = append(p.queued[path], answers...)
}

func (p *platform) count(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[path]
}

func (p *platform) lastBody() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bodies[len(p.bodies)-1]
}

// refuse answers with a code, reply with a text too.
func refuse(code int) func(http.ResponseWriter, *http.Request) { return reply(code, "refused") }

func reply(code int, msg string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"errcode":%d,"errmsg":%q}`, code, msg) }
}

// drop ends the connection after the request was read.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// logs collects what is logged.
type logs struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logs) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
