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
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/handlers"
	"github.com/wecombot/wecombot/message"
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

type timer struct {
	at time.Time
	f  func()
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
		Clock: b.Now, Timer: b.at, Outbox: outboxFunc(b.push),
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

// Now is the app's time.
func (b *Bot) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *Bot) at(at time.Time, f func()) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.timer++
	n := b.timer
	b.timers[n] = timer{at, f}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.timers, n)
	}
}

// Advance moves the clock, and runs what becomes due on the way, at its time.
func (b *Bot) Advance(d time.Duration) {
	b.T.Helper()
	until := b.Now().Add(d)
	for {
		f, ok := b.due(until)
		if !ok {
			break
		}
		f()
	}
	b.mu.Lock()
	b.now = until
	b.mu.Unlock()
}

// due takes the next timer up to a time, and sets the clock to it.
func (b *Bot) due(until time.Time) (func(), bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	keys := slices.SortedFunc(maps.Keys(b.timers), func(x, y int) int {
		return cmp.Or(b.timers[x].at.Compare(b.timers[y].at), cmp.Compare(x, y))
	})
	if len(keys) == 0 || b.timers[keys[0]].at.After(until) {
		return nil, false
	}
	next := b.timers[keys[0]]
	delete(b.timers, keys[0])
	if next.at.After(b.now) {
		b.now = next.at
	}
	return next.f, true
}

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

func (b *Bot) route(ctx context.Context, q *router.Request) (reply.Reply, error) {
	r, _, err := b.table.Handle(ctx, q)
	return r, err
}

// User is a member.
func (b *Bot) User(id string) *User { return &User{b, id} }

// User is a member who writes to the app.
type User struct {
	bot *Bot
	id  string
}

// Says sends a text.
func (u *User) Says(text string) Answer {
	u.bot.T.Helper()
	return u.Sends("<MsgType>text</MsgType><Content>"+escape(text)+"</Content>", fmt.Sprintf("%s says %q", u.id, text))
}

// Clicks clicks a button of a card, with the options that are chosen.
func (u *User) Clicks(key string, options ...string) Answer {
	u.bot.T.Helper()
	var chosen strings.Builder
	for _, o := range options {
		chosen.WriteString("<OptionId>" + escape(o) + "</OptionId>")
	}
	return u.Sends("<MsgType>event</MsgType><Event>template_card_event</Event><EventKey>"+escape(key)+"</EventKey><TaskId>t</TaskId><ResponseCode>c</ResponseCode>"+
		"<SelectedItems><SelectedItem><QuestionKey>vote</QuestionKey><OptionIds>"+chosen.String()+"</OptionIds></SelectedItem></SelectedItems>",
		fmt.Sprintf("%s clicks %q", u.id, key))
}

// Sends sends a message with these elements; what is for messages of failures.
func (u *User) Sends(elements, what string) Answer {
	b := u.bot
	b.T.Helper()
	b.mu.Lock()
	b.ids++
	doc := fmt.Sprintf("<xml><ToUserName>ww1</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime>%s<MsgId>%d</MsgId><AgentID>1</AgentID></xml>",
		escape(u.id), b.now.Unix(), elements, b.ids)
	b.mu.Unlock()
	m, err := message.Parse([]byte(doc))
	if err != nil {
		b.T.Fatal(err)
	}
	q := &router.Request{Message: m, App: b.Host.App, Attempt: 1, Log: b.Host.Log, User: func(context.Context) (*router.User, error) {
		if u := b.Users[m.From]; u != nil {
			return u, nil
		}
		return nil, fmt.Errorf("no member %s", m.From)
	}}
	r, err := b.route(b.T.Context(), q)
	a := Answer{t: b.T, what: what, Err: err, Reply: r}
	if r != nil {
		if a.Units, err = r.Units(reply.Options{}); err != nil {
			b.T.Errorf("%s: the answer cannot be rendered: %v", what, err)
		}
		a.Text = plain(a.Units)
	}
	return a
}

func escape(s string) string {
	var out bytes.Buffer
	if err := xml.EscapeText(&out, []byte(s)); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.String()
}

func plain(us []reply.Unit) string {
	lines := make([]string, len(us))
	for i, u := range us {
		lines[i] = u.Plain
	}
	return strings.Join(lines, "\n")
}

// Answer is what a member was answered.
type Answer struct {
	Text  string // of all units, one per line
	Units []reply.Unit
	Reply reply.Reply
	Err   error

	t    *testing.T
	what string
}

// Expect fails the test unless the answer contains every part.
func (a Answer) Expect(parts ...string) Answer {
	a.t.Helper()
	if a.Err != nil {
		a.t.Fatalf("%s: %v", a.what, a.Err)
	}
	for _, p := range parts {
		if !strings.Contains(a.Text, p) {
			a.t.Fatalf("%s: answer\n%s\nwant it to contain %q", a.what, a.Text, p)
		}
	}
	return a
}

// ExpectNot fails the test if the answer contains one of the parts.
func (a Answer) ExpectNot(parts ...string) Answer {
	a.t.Helper()
	for _, p := range parts {
		if strings.Contains(a.Text, p) {
			a.t.Fatalf("%s: answer\n%s\nwant it not to contain %q", a.what, a.Text, p)
		}
	}
	return a
}

// ExpectNone fails the test if there was an answer.
func (a Answer) ExpectNone() {
	a.t.Helper()
	if a.Err != nil || a.Reply != nil {
		a.t.Fatalf("%s: answer %q, %v, want none", a.what, a.Text, a.Err)
	}
}
