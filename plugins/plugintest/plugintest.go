// Package plugintest runs plugins in a test: an app around them, members who write to it, and a clock that stands still
// until it is moved.
//
//	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "greet", greet.New) })
//	b.Load("greet", "word: 嗨")
//	b.User("zhangsan").Says("在吗").Expect("嗨，zhangsan")
//
// It is the smallest host that a plugin can have; the daemon's own is tested with the daemon.
package plugintest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/handlers"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
)

// Start is the time at which every test begins: a Saturday.
var Start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.FixedZone("CST", 8*3600))

// Bot is an app with plugins.
type Bot struct {
	T        *testing.T
	Registry *plugins.Registry
	Host     plugins.Host // may be changed before the first Load
	Users    map[string]*router.User

	store  storage.Store
	app    *plugins.App
	table  *router.Table
	wanted []plugins.Wanted

	mu     sync.Mutex
	now    time.Time
	timers map[int]timer
	timer  int
	ids    uint64
	sent   []Sent
	pushed map[string]bool
	fail   int
	log    bytes.Buffer
}

// Sent is something that was said actively.
type Sent struct {
	ID   string
	To   outbox.To
	At   time.Time // not before
	Text string    // what is read in it, a line for each message
	Type string    // msgtype of the first message
	Body string    // JSON of the first message
}

// New is an app without plugins.
func New(t *testing.T, register func(r *plugins.Registry)) *Bot {
	t.Helper()
	b := &Bot{T: t, Registry: plugins.NewRegistry(), now: Start, timers: map[int]timer{}, pushed: map[string]bool{}}
	register(b.Registry)
	b.store = memstore.New(memstore.WithClock(b.Now))
	b.Users = map[string]*router.User{
		"zhangsan": {ID: "zhangsan", Name: "张三", Departments: []int{2}},
		"lisi":     {ID: "lisi", Name: "李四", Departments: []int{3}},
		"boss":     {ID: "boss", Name: "老板", Departments: []int{1}},
	}
	b.Host = plugins.Host{
		App: "hr", Store: b.store, Log: slog.New(slog.NewTextHandler(lockedWriter{b}, nil)), Location: Start.Location(),
		Clock: b.Now, Timer: b.at, Outbox: outboxFunc(b.push), Members: b.members,
		Roles: handlers.Roles{"admin": {Users: []string{"boss"}}},
	}
	t.Cleanup(func() { b.close(); b.store.Close() })
	return b
}

type lockedWriter struct{ b *Bot }

func (w lockedWriter) Write(p []byte) (int, error) {
	w.b.mu.Lock()
	defer w.b.mu.Unlock()
	return w.b.log.Write(p)
}

// Log is what was logged.
func (b *Bot) Log() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

// Load loads and starts one more plugin with a configuration in YAML.
func (b *Bot) Load(id, config string) {
	b.T.Helper()
	b.wanted = append(b.wanted, plugins.Wanted{ID: id, Config: plugins.YAML(config)})
	b.Restart()
}

// Refuses expects that a configuration is refused with an error that contains want.
func (b *Bot) Refuses(id, config, want string) {
	b.T.Helper()
	app, err := b.Registry.Open(b.Host, plugins.Wanted{ID: id, Config: plugins.YAML(config)})
	if err == nil {
		app.Close(b.T.Context())
		b.T.Errorf("%s with %q: no error, want %q", id, config, want)
		return
	}
	if !strings.Contains(err.Error(), want) {
		b.T.Errorf("%s with %q: %v, want %q", id, config, err, want)
	}
}

// Down stops the app, lets time pass, and starts it again.
func (b *Bot) Down(d time.Duration) {
	b.T.Helper()
	b.close()
	b.mu.Lock()
	b.now = b.now.Add(d)
	b.mu.Unlock()
	b.Restart()
}

// FailSends makes the next n pushes into the outbox fail.
func (b *Bot) FailSends(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = n
}

// Restart ends the app and starts it again over the same store.
func (b *Bot) Restart() {
	b.T.Helper()
	b.close()
	app, err := b.Registry.Open(b.Host, b.wanted...)
	if err != nil {
		b.T.Fatal(err)
	}
	b.app = app
	if err := app.Start(b.T.Context()); err != nil {
		b.T.Fatal(err)
	}
	rules := append(app.Rules(), app.Engine().Rule(router.HandlerFunc(b.route)))
	if b.table, err = router.NewTable(rules, nil); err != nil {
		b.T.Fatal(err)
	}
}

func (b *Bot) close() {
	if b.app == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := b.app.Close(ctx); err != nil {
		b.T.Errorf("Close: %v", err)
	}
	b.app = nil
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.timers) > 0 {
		b.T.Errorf("%d timers are left after Close", len(b.timers))
	}
}

// Web is the HTTP handler of a plugin.
func (b *Bot) Web(id string) http.Handler { return b.app.Web(id) }

// App is the plugins at work.
func (b *Bot) App() *plugins.App { return b.app }

type outboxFunc func(ctx context.Context, ds ...outbox.Delivery) error

func (f outboxFunc) Push(ctx context.Context, ds ...outbox.Delivery) error { return f(ctx, ds...) }

func (b *Bot) push(_ context.Context, ds ...outbox.Delivery) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail > 0 {
		b.fail--
		return errors.New("disk full")
	}
	for _, d := range ds {
		if b.pushed[d.ID] {
			continue
		}
		b.pushed[d.ID] = true
		b.sent = append(b.sent, Sent{ID: d.ID, To: d.To, At: d.NotBefore, Text: plain(d.Units), Type: d.Units[0].MsgType, Body: string(d.Units[0].Body)})
	}
	return nil
}

// Sent takes what was said actively since the last call.
func (b *Bot) Sent() []Sent {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.sent
	b.sent = nil
	return out
}

func (b *Bot) members(_ context.Context, name string) ([]router.User, error) {
	var found []router.User
	for _, id := range slices.Sorted(maps.Keys(b.Users)) {
		if u := b.Users[id]; strings.EqualFold(u.ID, name) || u.Name == name {
			found = append(found, *u)
		}
	}
	return found, nil
}

func (b *Bot) route(ctx context.Context, q *router.Request) (reply.Reply, error) {
	r, _, err := b.table.Handle(ctx, q)
	return r, err
}
