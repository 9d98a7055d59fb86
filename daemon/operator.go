package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/trace"
)

// operator is what the commands that look into a store work with: the running daemon, or, when none runs, the store
// itself.
type operator interface {
	outbox(ctx context.Context, dead bool) ([]outbox.Entry, error)
	change(ctx context.Context, action, id string) error // retry or drop
	traces(ctx context.Context, id, user string, limit int) ([]trace.Record, error)
	suites(ctx context.Context, cfg *Config) ([]suiteInfo, error)
	ticket(ctx context.Context, s *Suite) (string, error)
	corpToken(ctx context.Context, cfg *Config, app string) (corpToken, error)
	close()
}

// operate asks the daemon of the configuration; only if nothing listens there it opens the store.
func operate(ctx context.Context, cfg *Config) (operator, error) {
	r := newRemote(cfg)
	err := r.get(ctx, "/healthz", nil, nil)
	if err == nil {
		return r, nil
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return nil, err
	}
	store, err := openStore(cfg, slog.New(slog.DiscardHandler))
	if errors.Is(err, storage.ErrLocked) {
		return nil, fmt.Errorf("%w: a daemon seems to run, but not with admin %s", err, cfg.Server.Admin)
	}
	if err != nil {
		return nil, err
	}
	return openLocal(store)
}

func adminURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// remote talks to a running daemon's admin listener.
type remote struct {
	base, token string
	http        *http.Client
}

func newRemote(cfg *Config) *remote {
	return &remote{base: adminURL(cfg.Server.Admin), token: cfg.Server.AdminToken.Reveal(), http: &http.Client{Timeout: 10 * time.Second}}
}

func (r *remote) close() {}

func (r *remote) get(ctx context.Context, path string, q url.Values, out any) error {
	return r.call(ctx, http.MethodGet, path+"?"+q.Encode(), out)
}

func (r *remote) call(ctx context.Context, method, path string, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, nil)
	if err != nil {
		return err
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	res, err := r.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the running daemon at %s: %w", r.base, errors.Unwrap(err)) // without the query
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1024))
		return fmt.Errorf("the running daemon says %s: %s", res.Status, strings.TrimSpace(string(text)))
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

func (r *remote) outbox(ctx context.Context, dead bool) (es []outbox.Entry, err error) {
	q := url.Values{}
	if dead {
		q.Set("state", "dead")
	}
	return es, r.get(ctx, "/api/outbox", q, &es)
}

func (r *remote) change(ctx context.Context, action, id string) error {
	return r.call(ctx, http.MethodPost, "/api/outbox/"+action+"?"+url.Values{"id": {id}}.Encode(), nil)
}

func (r *remote) traces(ctx context.Context, id, user string, limit int) (rs []trace.Record, err error) {
	q := url.Values{"id": {id}, "user": {user}, "limit": {fmt.Sprint(limit)}}
	return rs, r.get(ctx, "/api/trace", q, &rs)
}

// local opens the store of a daemon that does not run.
type local struct {
	store storage.Store
	box   *outbox.Outbox
	rec   *trace.Recorder
}

func openLocal(store storage.Store) (*local, error) {
	kv, err := store.KV("traces")
	if err != nil {
		store.Close()
		return nil, err
	}
	box, err := outbox.New(store)
	if err != nil {
		store.Close()
		return nil, err
	}
	return &local{store: store, box: box, rec: trace.NewRecorder(kv)}, nil
}

func (l *local) close() {
	l.rec.Close()
	l.store.Close()
}

func (l *local) outbox(ctx context.Context, dead bool) ([]outbox.Entry, error) {
	if dead {
		return l.box.Dead(ctx, 1000)
	}
	return l.box.List(ctx, 1000)
}

func (l *local) change(ctx context.Context, action, id string) error {
	if action == "retry" {
		return l.box.Retry(ctx, id)
	}
	return l.box.Drop(ctx, id)
}

func (l *local) traces(ctx context.Context, id, user string, limit int) ([]trace.Record, error) {
	return findTraces(ctx, l.rec, id, user, limit)
}
