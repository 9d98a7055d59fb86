package router_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// withUser gives q a directory that counts how often it is asked.
func withUser(q *router.Request, u *router.User, err error) (*router.Request, *int) {
	calls := 0
	q.User = func(context.Context) (*router.User, error) { calls++; return u, err }
	return q, &calls
}

func TestTheMembersRecordIsReadOnceAndOnlyWhereUsed(t *testing.T) {
	t.Parallel()
	s := testScope()
	tb := table(t,
		router.Rule{Name: "id", Match: condition(t, s, `user.id == "lisi" || user.id in vars.admins && msg.text == "no"`), Handler: say("")},
		router.Rule{Name: "other words", Match: router.And(router.Keyword("薪资"), condition(t, s, `user.name == "张三"`)), Handler: say("")},
		router.Rule{Name: "one", Match: router.And(router.Keyword("假"), condition(t, s, `user.name == "李四"`)), Handler: say("")},
		router.Rule{Name: "two", Match: router.And(router.Keyword("假"), condition(t, s, `2 in user.departments`)), Handler: say("two")},
	)
	for in, want := range map[string]int{"假": 1, "hello": 0, "薪": 0} {
		q, calls := withUser(text(in), &router.User{Name: "张三", Departments: []int{2}}, nil)
		if _, _, err := tb.Handle(context.Background(), q); err != nil || *calls != want {
			t.Errorf("%q asked the directory %d times (%v), want %d", in, *calls, err, want)
		}
	}
}

func TestAFailingDirectoryIsAskedOnce(t *testing.T) {
	t.Parallel()
	tb := table(t,
		router.Rule{Name: "one", Match: router.MustExpr(`user.name == "张三"`), Handler: say("one")},
		router.Rule{Name: "not", Match: router.Not(router.MustExpr(`user.name == "张三"`)), Handler: say("not")},
		router.Rule{Name: "rest", Match: router.Any(), Handler: say("rest")},
	)
	q, calls := withUser(text("x"), nil, errors.New("60011 no privilege"))
	var log bytes.Buffer
	q.Log = slog.New(slog.NewTextHandler(&log, nil))
	if r, _, err := tb.Handle(context.Background(), q); said(t, r) != "rest" || err != nil || *calls != 1 {
		t.Errorf("Handle = %q, %v after %d calls; want rest after 1", said(t, r), err, *calls)
	}
	if got := tb.Failures(); got["one"] != 1 || got["not"] != 1 {
		t.Errorf("Failures = %v", got)
	}
	if !strings.Contains(log.String(), "60011 no privilege") || !strings.Contains(log.String(), "route=one") {
		t.Errorf("the log does not say why: %s", &log)
	}
}

func TestWithoutADirectoryTheRecordIsEmpty(t *testing.T) {
	t.Parallel()
	m := router.MustExpr(`user.id == "zhangsan" && user.name == "" && user.department == 0 && len(user.tags) == 0`)
	if _, ok := m.Match(context.Background(), text("x")); !ok {
		t.Error("user is not empty without a directory")
	}
}

// memory is a Session for tests of this package; storage has the real one.
type memory struct {
	mu     sync.Mutex
	values map[string]any
	reads  int
}

func (m *memory) All(context.Context) (map[string]any, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	return maps.Clone(m.values), nil
}

func (m *memory) Set(_ context.Context, values map[string]any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.Copy(m.values, values)
	return nil
}

func TestARuleSeesWhatAnEarlierOneSet(t *testing.T) {
	t.Parallel()
	tb := table(t,
		router.Rule{Name: "no", Match: router.MustExpr(`session.who == "李四"`), Handler: say("")},
		router.Rule{Name: "set", Match: router.MustExpr(`session.who == nil`), Continue: true, Handler: router.HandlerFunc(
			func(ctx context.Context, q *router.Request) (reply.Reply, error) {
				return nil, q.Session.Set(ctx, map[string]any{"who": "张三"})
			})},
		router.Rule{Name: "get", Match: router.MustExpr(`session.who == "张三"`), Handler: say("hello")},
	)
	q, mem := text("x"), &memory{values: map[string]any{}}
	q.Session = mem
	if r, _, err := tb.Handle(context.Background(), q); said(t, r) != "hello" || err != nil {
		t.Errorf("Handle = %q, %v; want hello", said(t, r), err)
	}
	if mem.reads != 2 {
		t.Errorf("the session was read %d times, want 2: at first and after the handler", mem.reads)
	}
}

func TestLogsAndErrorsDoNotQuoteTheMessage(t *testing.T) {
	t.Parallel()
	const secret = "我的密码是 hunter2"
	for _, src := range []string{
		`int(msg.text) > 1`, `float(lower(msg.text)) > 1`, `date(msg.text) > now`, `duration(msg.text).Hours() > 1`,
		`fromJSON(msg.text) == 1`, `{"a": 1}[msg.text] > 1`, `fromBase64(msg.text) == ""`, `[1][len(msg.text)] == 1`, `session[msg.text].x == 1`,
		`get(session, "x").y > msg.text`,
	} {
		var log bytes.Buffer
		q := text(secret)
		q.Log = slog.New(slog.NewTextHandler(&log, nil))
		tb := table(t, router.Rule{Name: "r", Match: router.MustExpr(src), Handler: say("")})
		if _, matched, err := tb.Handle(context.Background(), q); matched != nil || err != nil {
			t.Errorf("%s: Handle ran %v, %v", src, matched, err)
		}
		if e, err := new(router.Scope).Value(src); err == nil {
			_, err := e.Eval(context.Background(), q, nil)
			if errors.Unwrap(err) == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v; want the engine's words below and ours above", src, err)
			}
		}
		if tb.Failures()["r"] != 1 || log.Len() == 0 || strings.Contains(log.String(), "hunter2") {
			t.Errorf("%s: failures %v, log %s", src, tb.Failures(), &log)
		}
	}
}

// Fields of a message are found where each kind of message has them.
func TestMessageFields(t *testing.T) {
	t.Parallel()
	const head = `<xml><ToUserName>ww1</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1700000000</CreateTime>`
	for _, c := range []struct{ xml, cond string }{
		{`<MsgType>image</MsgType><PicUrl>http://p/1</PicUrl><MediaId>m1</MediaId><MsgId>5</MsgId>`, `msg.url == "http://p/1" && msg.media_id == "m1" && msg.id == 5`},
		{`<MsgType>link</MsgType><Title>T</Title><Url>http://u</Url><PicUrl>http://p</PicUrl>`, `msg.url == "http://u" && msg.title == "T"`},
		{`<MsgType>location</MsgType><Location_X>23.5</Location_X><Location_Y>113.25</Location_Y><Label>广州</Label>`, `msg.latitude == 23.5 && msg.longitude == 113.25 && msg.label == "广州"`},
		{`<MsgType>event</MsgType><Event>LOCATION</Event><Latitude>1.5</Latitude><Longitude>2</Longitude>`, `msg.event == "location" && msg.latitude == 1.5 && msg.longitude == 2.0`},
		{`<MsgType>event</MsgType><Event>scancode_push</Event><EventKey>k</EventKey><ScanCodeInfo><ScanResult>R</ScanResult></ScanCodeInfo>`, `msg.field("ScanCodeInfo/ScanResult") == "R" && msg.key == "k" && msg.field("None") == ""`},
		{`<MsgType>event</MsgType><Event>change_external_chat</Event><ChatId>c1</ChatId>`, `msg.chat == "c1" && msg.from == "zhangsan"`},
		{`<MsgType>text</MsgType><Content>x</Content>`, `msg.time.Hour() == 6 && msg.time.Year() == 2023`},
	} {
		m := condition(t, &router.Scope{Location: time.FixedZone("CST", 8*3600)}, c.cond)
		if _, ok := m.Match(context.Background(), parsed(t, head+c.xml+`</xml>`)); !ok {
			t.Errorf("%s does not hold of %s", c.cond, c.xml)
		}
	}
}

func TestOnlyCandidatesAreEvaluated(t *testing.T) {
	t.Parallel()
	asked := &counting{}
	s := testScope()
	var rules []router.Rule
	for _, m := range []router.Matcher{
		router.Keyword("年假"), router.Exact("年假"), router.Prefix("年"), router.Event("click"), router.Key("k"), router.KeyPrefix("k."), router.From("lisi"),
		router.Type("image"), condition(t, s, `msg.type == "image"`), condition(t, s, `lower(msg.text) contains "vpn"`), condition(t, s, `"lisi" == user.id || msg.event in ["view"]`),
		condition(t, s, `msg.key startsWith "menu." && now.Hour() > 1`), condition(t, s, `not (msg.type != "voice")`), condition(t, s, `msg.text matches "(?i)(vpn|密码)\\d+"`),
		condition(t, s, `any(["a1", "b1"], msg.text contains #)`), condition(t, s, `msg.from in vars.limits || msg.text == vars.office.city`),
	} {
		rules = append(rules, router.Rule{Name: router.Fold(string(rune('a' + len(rules)))), Match: router.And(asked, m), Handler: say("")})
	}
	tb := table(t, rules...)
	if _, matched, _ := tb.Handle(context.Background(), text("今天天气")); matched != nil || asked.n != 1 {
		t.Errorf("%d rules were evaluated (%v ran), want one: a list that is not of texts guards nothing", asked.n, matched)
	}
}

// counting matches all and counts.
type counting struct{ n int }

func (c *counting) Match(context.Context, *router.Request) (map[string]string, bool) {
	c.n++
	return nil, true
}

func TestNeverMatch(t *testing.T) {
	t.Parallel()
	tb := table(t,
		router.Rule{Name: "both", Match: router.And(router.Type("image"), router.Keyword("x")), Handler: say("")},
		router.Rule{Name: "false", Match: router.MustExpr(`msg.type == "text" && msg.type == "event"`), Handler: say("")},
		router.Rule{Name: "fine", Match: router.MustExpr(`msg.type == "text" || msg.type == "event"`), Handler: say("")},
	)
	if got := strings.Join(tb.NeverMatch(), " "); got != "both false" {
		t.Errorf("NeverMatch = %q, want both false", got)
	}
}

func TestATableServesManyAtOnce(t *testing.T) {
	t.Parallel()
	tb := table(t,
		router.Rule{Name: "a", Match: router.And(router.Prefix("a"), router.MustExpr(`args.rest contains "x" && now.Year() > 2000`)), Handler: router.HandlerFunc(
			func(_ context.Context, q *router.Request) (reply.Reply, error) {
				return reply.Text(q.Vars["rest"]), nil
			})},
		router.Rule{Name: "b", Match: router.MustExpr(`any(split(msg.text, ","), # == "b")`), Handler: say("b")},
	)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				for in, want := range map[string]string{"aＸx1": "Ｘx1", "c,b": "b", "c": ""} {
					if r, _, err := tb.Handle(context.Background(), text(in)); said(t, r) != want || err != nil {
						t.Errorf("Handle(%q) = %q, %v; want %q", in, said(t, r), err, want)
					}
				}
			}
		})
	}
	wg.Wait()
}
