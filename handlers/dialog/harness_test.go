package dialog

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
)

// bot is an engine in front of a handler, and members who write to it.
type bot struct {
	t      *testing.T
	kv     storage.KV
	define func(e *Engine) *Definition
	opts   []Option
	log    strings.Builder

	mu      sync.Mutex
	now     time.Time
	id      uint64
	notices []Notice

	engine *Engine
	start  *Definition
	table  router.Handler
}

// start is when every test begins: a Saturday.
var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func newBot(t *testing.T, define func(e *Engine) *Definition, opts ...Option) *bot {
	t.Helper()
	b := &bot{t: t, define: define, opts: opts, now: start}
	store := memstore.New(memstore.WithClock(b.clock))
	t.Cleanup(func() { store.Close() })
	kv, err := store.KV("dialogs")
	if err != nil {
		t.Fatal(err)
	}
	b.kv = kv
	b.restart()
	return b
}

func (b *bot) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bot) advance(d time.Duration) {
	b.mu.Lock()
	b.now = b.now.Add(d)
	b.mu.Unlock()
	if err := b.engine.Sweep(b.t.Context()); err != nil {
		b.t.Errorf("Sweep: %v", err)
	}
}

// restart is a new process with the same store.
func (b *bot) restart() {
	opts := append([]Option{
		WithClock(b.clock), WithLocation(time.UTC), WithLogger(slog.New(slog.NewTextHandler(&b.log, nil))),
		WithNotifier(func(_ context.Context, n Notice) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.notices = append(b.notices, n)
			return nil
		}),
	}, b.opts...)
	b.engine = New(b.kv, opts...)
	b.start = b.define(b.engine)
	b.table = b.route()
}

// route is a table of the engine's rule and the app's own: 开始 starts the dialog, everything else is echoed.
func (b *bot) route() router.Handler {
	var table *router.Table
	whole := router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		r, _, err := table.Handle(ctx, q)
		return r, err
	})
	r := router.New()
	r.Add(b.engine.Rule(whole))
	r.HandleFunc(router.Exact("开始", "/开始"), func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		q.Vars = map[string]string{"rest": "现在", "kind": "年假"}
		return b.start.Handle(ctx, q)
	})
	r.HandleFunc(router.Any(), func(_ context.Context, q *router.Request) (reply.Reply, error) {
		return reply.Text("router: " + q.Text + q.Key), nil
	})
	table, err := r.Build()
	if err != nil {
		b.t.Fatal(err)
	}
	return whole
}

// text is a message of a member, as the platform sends it.
func (b *bot) text(text string) *message.Message {
	return b.parse("<MsgType>text</MsgType><Content>" + escape(text) + "</Content>")
}

func (b *bot) parse(body string) *message.Message {
	b.t.Helper()
	b.mu.Lock()
	b.id++
	doc := fmt.Sprintf("<xml><ToUserName>ww1</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>%d</CreateTime>%s<MsgId>%d</MsgId><AgentID>1</AgentID></xml>", b.now.Unix(), body, b.id)
	b.mu.Unlock()
	m, err := message.Parse([]byte(doc))
	if err != nil {
		b.t.Fatalf("Parse: %v", err)
	}
	return m
}

func escape(s string) string {
	var out strings.Builder
	if err := xml.EscapeText(&out, []byte(s)); err != nil {
		panic(err)
	}
	return out.String()
}

// deliver hands one message in and returns what is answered, the messages separated by " | ".
func (b *bot) deliver(app, user string, m *message.Message) (string, error) {
	b.t.Helper()
	one := *m
	one.From = user
	q := &router.Request{Message: &one, App: app, Attempt: 1, Log: slog.New(slog.DiscardHandler)}
	r, err := b.table.Handle(b.t.Context(), q)
	if err != nil || r == nil {
		return "", err
	}
	units, err := r.Units(reply.Options{})
	if err != nil {
		return "", err
	}
	var out []string
	for _, u := range units {
		out = append(out, u.Plain)
	}
	return strings.Join(out, " | "), nil
}

// talk is a conversation of zhangsan: pairs of what he says and what must be in the answer.
func (b *bot) talk(lines ...string) {
	b.t.Helper()
	b.talkAs("hr", "zhangsan", lines...)
}

func (b *bot) talkAs(app, user string, lines ...string) {
	b.t.Helper()
	for i := 0; i < len(lines); i += 2 {
		got, err := b.deliver(app, user, b.text(lines[i]))
		if err != nil {
			b.t.Fatalf("%s says %q: %v", user, lines[i], err)
		}
		b.expect(lines[i], got, lines[i+1])
	}
}

func (b *bot) expect(said, got, want string) {
	b.t.Helper()
	if !strings.Contains(got, want) {
		b.t.Fatalf("after %q: answer %q, want it to contain %q", said, got, want)
	}
}

var errBoom = errors.New("boom")

// leave is the dialog of most tests.
func leave(submitted *[]string) Func {
	return func(d *D) (reply.Reply, error) {
		d.Say(reply.Text("你好"))
		days, err := d.AskInt("请几天？", Between(1, 15))
		if err != nil {
			return nil, err
		}
		kind, err := d.AskChoice("哪种假？", []string{"年假", "病假", "事假"})
		if err != nil {
			return nil, err
		}
		if err := d.Confirm(fmt.Sprintf("%s %d 天，提交吗？", kind, days)); err != nil {
			return nil, err
		}
		id, err := Do(d, "submit", func(context.Context) (string, error) {
			*submitted = append(*submitted, d.Key("submit"))
			return fmt.Sprintf("%s/%s/%d", d.From(), kind, days), nil
		})
		if err != nil {
			return nil, err
		}
		return reply.Text("已提交：" + id), nil
	}
}

func defineLeave(submitted *[]string, opts ...DefineOption) func(e *Engine) *Definition {
	return func(e *Engine) *Definition { return e.Define("leave", leave(submitted), opts...) }
}
