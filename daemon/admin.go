package daemon

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/trace"
)

// admin is the operator's listener. Health is open to everybody who can connect; the rest asks for the token, where there
// is one, and for a name of this machine, where there is none: a page elsewhere must not reach it through a browser.
func (n *node) admin(addr net.Addr) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", n.readyz)
	guarded := http.NewServeMux()
	guarded.Handle("GET /metrics", promhttp.HandlerFor(n.reg, promhttp.HandlerOpts{}))
	guarded.HandleFunc("GET /console", n.console)
	guarded.HandleFunc("POST /console/retry", n.consoleChange((*outbox.Outbox).Retry))
	guarded.HandleFunc("POST /console/drop", n.consoleChange((*outbox.Outbox).Drop))
	guarded.HandleFunc("GET /api/outbox", n.listOutbox)
	guarded.HandleFunc("POST /api/outbox/retry", n.changeOutbox((*outbox.Outbox).Retry))
	guarded.HandleFunc("POST /api/outbox/drop", n.changeOutbox((*outbox.Outbox).Drop))
	guarded.HandleFunc("GET /api/trace", n.traces)
	n.ruleAPI(guarded)
	n.suiteAPI(guarded)
	mux.Handle("/", n.authorized(addr, guarded))
	return mux
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// readyz says whether callbacks are accepted: not while stopping, and not while the store cannot commit.
func (n *node) readyz(w http.ResponseWriter, r *http.Request) {
	if !n.bot.Ready() {
		plain(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := n.store.Ping(ctx); err != nil {
		n.log.Error("not ready: the store cannot commit", "err", err)
		plain(w, http.StatusServiceUnavailable, "the store cannot commit")
		return
	}
	plain(w, http.StatusOK, "ok")
}

func (n *node) authorized(addr net.Addr, next http.Handler) http.Handler {
	token := n.cfg.Server.AdminToken.Reveal()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token == "" && !localHost(r.Host) {
			plain(w, http.StatusForbidden, "the admin listener answers under localhost only")
			return
		}
		if token != "" && !hasToken(r, token) {
			w.Header().Set("WWW-Authenticate", `Basic realm="botd"`)
			plain(w, http.StatusUnauthorized, "the admin token is missing or wrong")
			return
		}
		if r.Method != http.MethodGet && !sameOrigin(r) {
			plain(w, http.StatusForbidden, "cross-origin requests are refused")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hasToken takes the token as a bearer token, or as the password of basic authentication for browsers.
func hasToken(r *http.Request, token string) bool {
	got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		_, got, _ = r.BasicAuth()
	}
	return subtle.ConstantTimeCompare([]byte(got), []byte(token)) == 1
}

func localHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return loopback(strings.Trim(host, "[]"))
}

func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // not a browser
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

func (n *node) listOutbox(w http.ResponseWriter, r *http.Request) {
	list := n.box.List
	if r.FormValue("state") == "dead" {
		list = n.box.Dead
	}
	entries, err := list(r.Context(), number(r, "limit", 1000))
	respond(w, entries, err)
}

func (n *node) changeOutbox(change func(*outbox.Outbox, context.Context, string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("id")
		err := change(n.box, r.Context(), id)
		n.audit(r, err, "id", id)
		respond(w, map[string]string{"id": id}, err)
	}
}

// consoleChange is changeOutbox for a form: it leads back to the page.
func (n *node) consoleChange(change func(*outbox.Outbox, context.Context, string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := change(n.box, r.Context(), r.FormValue("id")); err != nil && !errors.Is(err, storage.ErrNotFound) {
			respond(w, nil, err)
			return
		}
		http.Redirect(w, r, "/console", http.StatusSeeOther)
	}
}

func (n *node) traces(w http.ResponseWriter, r *http.Request) {
	found, err := findTraces(r.Context(), n.rec, r.FormValue("id"), r.FormValue("user"), number(r, "limit", 1))
	respond(w, found, err)
}

// findTraces looks up one trace by id, or the newest ones.
func findTraces(ctx context.Context, rec *trace.Recorder, id, user string, limit int) ([]trace.Record, error) {
	if id != "" && id != "last" {
		one, err := rec.Get(ctx, id)
		return []trace.Record{one}, err
	}
	return rec.Last(ctx, user, limit)
}

func number(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.FormValue(name))
	if err != nil || n < 1 {
		return otherwise
	}
	return min(n, 10_000)
}

func respond(w http.ResponseWriter, v any, err error) {
	switch {
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, trace.ErrNotFound):
		plain(w, http.StatusNotFound, err.Error())
	case errors.Is(err, storage.ErrConflict):
		plain(w, http.StatusConflict, err.Error())
	case err != nil:
		plain(w, http.StatusInternalServerError, err.Error())
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
}
