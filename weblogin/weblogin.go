package weblogin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/wecombot/wecombot/wecom"
)

const (
	minKey     = 32               // bytes
	stateLife  = 10 * time.Minute // of a login under way
	stateLimit = 5                // logins under way in one browser
)

// Errors that the page of WithErrorPage is told, beside those of package wecom.
var (
	ErrState  = errors.New("weblogin: this login was not begun in this browser, or too long ago")
	ErrUsed   = errors.New("weblogin: this login was used already")
	ErrMember = errors.New("weblogin: not a member of the corp")
)

// User is who logged in.
type User struct {
	UserID string               `json:"userid"`           // "CorpId/userid" for a member of a linked corp
	Detail *wecom.VisitorDetail `json:"detail,omitempty"` // with WithDetail, when the member agreed
	At     time.Time            `json:"at"`               // of the login
}

// Once says whether something happens for the first time. The id is forgotten after life.
type Once interface {
	First(ctx context.Context, id string, life time.Duration) (bool, error)
}

// Login is the login of one app's members at one site.
type Login struct {
	options
	client *wecom.Client
	agent  int64
	base   string // scheme://host
	secure bool
	keys   keys
	home   http.Handler
}

type options struct {
	path    string
	session time.Duration
	detail  bool
	once    Once
	now     func() time.Time
	log     *slog.Logger
	fail    func(http.ResponseWriter, *http.Request, error)
}

// Option sets one choice of New; the last one wins.
type Option func(*options)

// WithPath sets where Handler stands. Default "/login".
func WithPath(p string) Option { return func(o *options) { o.path = p } }

// WithSession sets how long a login is valid. Default 12 h.
func WithSession(d time.Duration) Option { return func(o *options) { o.session = d } }

// WithDetail asks members in the client for their avatar, mobile number and the like. Default: only who they are, which
// asks nobody anything.
func WithDetail() Option { return func(o *options) { o.detail = true } }

// WithOnce sets what remembers used logins. Default: this process.
func WithOnce(once Once) Option { return func(o *options) { o.once = once } }

// WithClock sets what tells the time of logins and sessions. Default time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithLogger sets where failed logins are noted. Default: silence.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithErrorPage sets what a visitor sees whose login failed: ErrState, ErrUsed, ErrMember, or an error of package wecom.
// Default: a sentence in Chinese and English with a link to try again.
func WithErrorPage(page func(w http.ResponseWriter, r *http.Request, err error)) Option {
	return func(o *options) { o.fail = page }
}

// New returns the login of an app's members at a site, whose address is scheme://host without a path. The key, at least
// 32 random bytes, signs cookies: whoever has it can log in as anybody.
func New(client *wecom.Client, agentID int64, site string, key []byte, opts ...Option) (*Login, error) {
	o := options{path: "/login", session: 12 * time.Hour, now: time.Now, log: slog.New(slog.DiscardHandler)}
	for _, set := range opts {
		set(&o)
	}
	u, err := url.Parse(site)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil:
		return nil, errors.New("weblogin: the site must be https://host, without a path")
	case client == nil || agentID <= 0:
		return nil, errors.New("weblogin: a client and the app's agent id are needed")
	case len(key) < minKey:
		return nil, fmt.Errorf("weblogin: the key must have %d bytes at least, it has %d", minKey, len(key))
	case o.path != path.Clean(o.path) || !strings.HasPrefix(o.path, "/") || o.path == "/":
		return nil, errors.New(`weblogin: the path must be like "/login"`)
	case o.session <= 0:
		return nil, errors.New("weblogin: a session needs a length")
	}
	l := &Login{
		options: o, client: client, agent: agentID, base: u.Scheme + "://" + u.Host, secure: u.Scheme == "https", keys: newKeys(key),
	}
	if l.once == nil {
		l.once = &memory{now: o.now}
	}
	if l.fail == nil {
		l.fail = l.errorPage
	}
	l.home = l.routes()
	return l, nil
}

// Handler serves /login/start, /login/callback and POST /login/logout.
func (l *Login) Handler() http.Handler { return l.home }

// URL is the link that begins a login and comes back to a path of this site.
func (l *Login) URL(returnTo string) string {
	return l.path + "/start?" + url.Values{"return": {returnTo}}.Encode()
}

func (l *Login) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+l.path+"/start", l.start)
	mux.HandleFunc("GET "+l.path+"/callback", l.callback)
	mux.Handle("POST "+l.path+"/logout", http.NewCrossOriginProtection().Handler(http.HandlerFunc(l.logout)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer") // the callback's address holds the code
		mux.ServeHTTP(w, r)
	})
}
