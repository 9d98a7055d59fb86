package web

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/wecombot/wecombot/simulator"
)

//go:embed assets
var assets embed.FS

type options struct {
	hints    []string
	hosts    []string
	language string
	log      *slog.Logger
}

// Option sets one choice of Handler; the last one wins.
type Option func(*options)

// WithHints sets what an empty conversation offers to say. Default: 你好, 帮助.
func WithHints(texts ...string) Option { return func(o *options) { o.hints = texts } }

// WithHosts adds names that may stand in the Host header. Default: localhost and loopback addresses.
func WithHosts(names ...string) Option { return func(o *options) { o.hosts = names } }

// WithLanguage sets the page's language where the reader has not chosen one: "zh-CN" or "en". Default "zh-CN".
func WithLanguage(tag string) Option { return func(o *options) { o.language = tag } }

// WithLogger sets where refused requests are logged. Default: silence.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// page serves the files and the API.
type page struct {
	srv *simulator.Server
	opt options
}

// Handler serves the chat page of a simulator.
func Handler(srv *simulator.Server, opts ...Option) http.Handler {
	o := options{hints: []string{"你好", "帮助"}, language: "zh-CN", log: slog.New(slog.DiscardHandler)}
	for _, opt := range opts {
		opt(&o)
	}
	p := &page{srv: srv, opt: o}
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the directory is embedded
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", noCache(http.FileServerFS(files)))
	mux.HandleFunc("GET /api/state", p.state)
	mux.HandleFunc("GET /api/conversation", p.conversation)
	mux.HandleFunc("POST /api/say", p.say)
	mux.HandleFunc("POST /api/event", p.event)
	mux.HandleFunc("POST /api/press", p.press)
	mux.HandleFunc("POST /api/upload", p.upload)
	mux.HandleFunc("GET /api/events", p.events)
	mux.HandleFunc("GET /api/wire", p.wire)
	mux.HandleFunc("POST /api/fault", p.addFault)
	mux.HandleFunc("DELETE /api/fault", p.clearFaults)
	mux.HandleFunc("GET /api/media", p.media)
	return p.guard(mux)
}

// noCache lets a new build of botd show its own page.
func noCache(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		h.ServeHTTP(w, r)
	})
}
