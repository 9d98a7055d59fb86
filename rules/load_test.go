package rules_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wecombot/wecombot/internal/golden"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/rules"
)

func TestMatchAndReply(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
vars: {hr_phone: 8001, admins: [zhangsan]}
rules:
  - name: annual-leave
    match:
      keyword: [年假, annual leave]
      when: 'user.id in vars.admins || now.Hour() < 9'
    reply: {text: '年假 {{ user.name }}，请拨 {{ vars.hr_phone }}'}
  - {name: ping, match: {exact: ping}, reply: pong}
  - {name: weather, match: {prefix: 天气}, reply: '{{ args.rest }}：晴'}
  - {name: order, match: {regex: '^订单\s*(?P<no>\d{4,8})$'}, reply: ['订单 {{ args.no }}', {text: 已发货}]}
  - {name: first, match: {keyword: 报销}, reply: 一般, priority: -1}
  - {name: urgent, match: {keyword: 报销}, reply: 加急, priority: 5, continue: true}
  - {name: hello, match: {event: enter_agent}, reply: 欢迎}
  - {name: leave, match: {key: [leave, 'leave.*']}, reply: '请假{{ args.rest }}'}
  - {name: picture, match: {type: [image, location]}, reply: '收到 {{ msg.type }}'}
  - {name: nothing, match: {exact: 空}, reply: '{{ "" }}好'}
fallback: '没听懂：{{ msg.text }}'
`)
	d.expect(
		"请问 年假 怎么算", "年假 张三，请拨 8001",
		"ANNUAL　ＬＥＡＶＥ?", "年假 张三，请拨 8001",
		"ＰＩＮＧ ", "pong",
		"天气 北京", "北京：晴",
		"订单 12345", "订单 12345 | 已发货",
		"订单 1", "没听懂：订单 1",
		"报销", "加急 | 一般",
		`a <b> & "c"`, `没听懂：a <b> & "c"`,
	)
	if got, want := d.say("lisi", "年假"), "没听懂：年假"; got != want {
		t.Errorf("when is false for lisi: %q, want %q", got, want)
	}
	if d.asked != 2 {
		t.Errorf("the member's record was asked for %d times, want 2: only where user.name is used", d.asked)
	}
	if got := d.click("zhangsan", "leave.sick"); got != "请假.sick" && got != "请假sick" {
		t.Errorf("click with a prefix: %q", got)
	}
	if got := d.click("zhangsan", "none"); got != "" {
		t.Errorf("an event that no rule matches is answered %q", got)
	}
	enter := d.request("zhangsan", message.Message{Type: message.TypeEvent, Event: "enter_agent"})
	if got := d.handle(enter); got != "欢迎" {
		t.Errorf("enter_agent: %q", got)
	}
	if got := d.handle(d.request("zhangsan", message.Message{Type: message.TypeImage})); got != "收到 image" {
		t.Errorf("image: %q", got)
	}
	if len(d.set.Rules) != 10 || d.set.Rules[0].Name != "annual-leave" || !strings.HasSuffix(d.set.Rules[0].Source, "rules.yaml:4:5") {
		t.Errorf("Rules[0] of %d = %+v", len(d.set.Rules), d.set.Rules[0])
	}
}

func TestFilesOfAnAppAreOneSet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")
	write(t, a, "vars: {x: 1}\nrules:\n  - {name: one, match: {exact: one}, reply: '{{ vars.x }} {{ vars.y }} {{ vars.z }}'}\nfallback: a\n")
	write(t, b, "vars: {y: 2}\nrules:\n  - {name: two, match: {exact: two}, reply: '{{ vars.x }}'}\n")
	o := rules.Options{Vars: map[string]any{"z": "three"}}
	set, problems := rules.Load([]string{a, b}, o)
	if problems != nil {
		t.Fatal(problems)
	}
	r, matched, err := set.Table.Handle(context.Background(), &router.Request{Message: &message.Message{Type: "text", Text: "one"}})
	if got := plain(t, r); got != "1 2 three" || err != nil || fmt.Sprint(matched) != "[one]" {
		t.Errorf("vars of both files and of bot.yaml: %q, %v, %v", got, matched, err)
	}
	first := set.Revision
	write(t, b, "vars: {x: 3, z: 4}\nrules:\n  - {name: one, match: {exact: two}, reply: x}\nfallback: b\n")
	set, problems = rules.Load([]string{a, b}, o)
	var got []string
	for _, p := range problems {
		got = append(got, strings.ReplaceAll(p.String(), dir+string(filepath.Separator), ""))
	}
	want := `a.yaml:3:67: unknown name vars.y (did you mean vars.x?)
b.yaml:1:8: the var "x" is already at a.yaml:1:8 (rename one)
b.yaml:1:14: the var "z" is already in the app's vars of bot.yaml (rename it)
b.yaml:3:12: the rule "one" is already at a.yaml:3:12 (rename one)
b.yaml:4:11: a fallback is already at a.yaml:4:11 (an app has one)`
	if strings.Join(got, "\n") != want {
		t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), want)
	}
	if set.Revision == first || len(first) != 12 {
		t.Errorf("revisions %q and %q", first, set.Revision)
	}
	if _, problems := rules.Load([]string{filepath.Join(dir, "none.yaml")}, o); len(problems) != 1 || !strings.HasSuffix(problems[0].String(), "none.yaml: cannot be read: no such file or directory") {
		t.Errorf("a missing file: %v", problems)
	}
}

func TestRoutesInCodeComeAfterRulesAndKeepTheirNames(t *testing.T) {
	t.Parallel()
	code := router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { return reply.Text("code"), nil })
	routes := func(name string) func(*rules.Options) {
		return func(o *rules.Options) {
			o.Routes = []router.Rule{{Name: name, Match: router.Keyword("a"), Handler: code, Source: "poll.go:3"}}
		}
	}
	d := newDesk(t, "rules: [{name: a, match: {exact: a}, reply: rule}]", routes("poll"))
	d.expect("a", "rule", "ab", "code")
	o := d.opts
	routes("a")(&o)
	if _, problems := rules.Load([]string{d.file}, o); len(problems) != 1 || !strings.Contains(problems[0].String(), "poll.go:3") {
		t.Errorf("a route in code with a rule's name: %v", problems)
	}
}

func TestAReloadCompilesWhatChanged(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "vars: {x: 1}\nrules: [{name: a, match: {exact: a, when: 'vars.x > 0'}, reply: '{{ vars.x }}'}]")
	d.expect("a", "1")
	d.load("vars: {x: 2}\nrules: [{name: a, match: {exact: a, when: 'vars.x > 0'}, reply: '{{ vars.x }}'}]")
	d.expect("a", "2")
	d.load("vars: {x: 0}\nrules: [{name: a, match: {exact: a, when: 'vars.x > 0'}, reply: '{{ vars.x }}'}]")
	d.expect("a", "")
}

func TestARuleThatIsOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: a, match: {exact: a}, reply: x}
  - {name: b, match: {keyword: b}, reply: x, examples: [ab]}
  - {name: c, match: {keyword: [c, ab]}, reply: y, examples: [ab]}
fallback: '{{ suggest }}'
`, func(o *rules.Options) { o.Off = map[string]bool{"b": true} })
	d.expect("a", "x", "b", "ab", "ab", "y")
	if len(d.set.Rules) != 3 || !d.set.Rules[1].Off || d.set.Rules[0].Off {
		t.Errorf("Rules = %+v", d.set.Rules)
	}
	if ps := d.set.CheckExamples(); ps != nil {
		t.Errorf("a rule that is off takes an example: %v", ps)
	}
}

// Sets are loaded and swapped while messages are handled: none sees two of them, and nothing is shared that may not be.
func TestReloadsUnderLoad(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "rules: []")
	src := func(n int) string {
		return fmt.Sprintf(`
vars: {n: %d}
rules:
  - {name: first, match: {keyword: a, when: 'vars.n == %d'}, reply: 'v%d', continue: true}
  - {name: second, match: {regex: '^a(?P<x>.*)$'}, reply: '{{ args.x }}v{{ vars.n }}', limit: {times: 1000, every: 1h}}
  - {name: third-%d, match: {exact: b}, one_of: [x, y]}
`, n, n, n, n)
	}
	var current atomic.Pointer[rules.Set]
	d.load(src(0))
	current.Store(d.set)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				q := d.request(fmt.Sprintf("u%d-%d", worker, i), message.Message{Type: message.TypeText, Text: "a"})
				r, _, err := current.Load().Table.Handle(t.Context(), q)
				if err != nil {
					t.Error(err)
					return
				}
				if one, two, _ := strings.Cut(plain(t, r), " | "); one != two {
					t.Errorf("a message sees two versions: %s and %s", one, two)
					return
				}
			}
		})
	}
	for n := range 100 {
		d.load(src(n + 1))
		current.Store(d.set)
	}
	close(stop)
	wg.Wait()
}

func TestSchema(t *testing.T) {
	t.Parallel()
	b, err := rules.Schema()
	if err != nil || !json.Valid(b) {
		t.Fatalf("Schema: %v", err)
	}
	golden.Check(t, *update, "testdata/schema.golden", string(b)+"\n")
}
