package plugins_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/plugintest"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/wecom"
)

// probe is a plugin that a test makes of functions; what is nil it does not have.
type probe struct {
	env      plugins.Env
	mount    func(r *router.Router)
	commands []command.Command
	start    func(ctx context.Context) error
	close    func() error
}

func (p *probe) Mount(r *router.Router) {
	if p.mount != nil {
		p.mount(r)
	}
}
func (p *probe) Commands() []command.Command { return p.commands }
func (p *probe) Start(ctx context.Context) error {
	if p.start == nil {
		return nil
	}
	return p.start(ctx)
}

func (p *probe) Close() error {
	if p.close == nil {
		return nil
	}
	return p.close()
}

type config struct {
	Word  string   `yaml:"word" default:"hello"`
	Count int      `yaml:"count" min:"1" max:"9" default:"3"`
	Hosts []string `yaml:"hosts"`
	Send  bool     `yaml:"send"`
	Bad   bool     `yaml:"bad"`
}

func (c *config) Validate() error {
	if c.Bad {
		return errors.New("bad is bad")
	}
	return nil
}

func (c *config) Needs() plugins.Needs {
	n := plugins.Needs{Hosts: c.Hosts, API: []string{"user/*"}}
	if c.Send {
		n.Send = plugins.ToMembers | plugins.ToTags
	}
	return n
}

// add registers a probe that make furnishes.
func add(id string, make func(p *probe, c config)) func(r *plugins.Registry) {
	return func(r *plugins.Registry) {
		plugins.Add(r, id, func(e plugins.Env, c config) (plugins.Plugin, error) {
			p := &probe{env: e}
			make(p, c)
			return p, nil
		})
	}
}

func both(fs ...func(r *plugins.Registry)) func(r *plugins.Registry) {
	return func(r *plugins.Registry) {
		for _, f := range fs {
			f(r)
		}
	}
}

func answer(words, text string) func(r *router.Router) {
	return func(r *router.Router) {
		r.HandleFunc(router.Exact(words), func(context.Context, *router.Request) (reply.Reply, error) { return reply.Text(text), nil })
	}
}

func hello(word string) command.Command {
	return command.New(word, "says it", func(context.Context, *router.Request, struct{}) (reply.Reply, error) {
		return reply.Text("/" + word), nil
	})
}

func TestConfig(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, add("probe", func(p *probe, c config) {
		p.mount = answer("x", fmt.Sprint(c.Word, c.Count))
	}))
	b.Refuses("probe", "wrd: hi\ncount: 10", `config:1:1: unknown key "wrd"`)
	b.Refuses("probe", "wrd: hi\ncount: 10", "config:2:8")
	b.Refuses("probe", "bad: true", "plugin probe: bad is bad")
	b.Refuses("prob", "", `plugin prob: no plugin "prob" (did you mean "probe"?)`)
	b.Load("probe", "word: hi")
	b.User("zhangsan").Says("x").Expect("hi3")
	if err := b.Registry.Check(plugins.Wanted{ID: "probe", Config: plugins.YAML("count: x")}); err == nil {
		t.Error("Check of a wrong type: no error")
	}
	if s, err := b.Registry.Schema("probe"); err != nil || !strings.Contains(string(s), `"word"`) {
		t.Errorf("Schema = %s, %v", s, err)
	}
}

func TestRegistryPanicsOnMistakes(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"probe", "Probe", "", "1x", strings.Repeat("x", 33)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Add(%q): no panic", id)
				}
			}()
			r := plugins.NewRegistry()
			add("probe", nil)(r)
			add(id, nil)(r)
		}()
	}
}

func TestDuplicateCommandsNameBoth(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, both(
		add("first", func(p *probe, _ config) { p.commands = []command.Command{hello("say")} }),
		add("second", func(p *probe, _ config) { p.commands = []command.Command{hello("Say")} }),
	))
	_, err := b.Registry.Open(b.Host, plugins.Wanted{ID: "first"}, plugins.Wanted{ID: "second"})
	if err == nil || !strings.Contains(err.Error(), "/Say of second is already a command of first") {
		t.Errorf("Open = %v, want both plugins in the error", err)
	}
	if _, err := b.Registry.Open(b.Host, plugins.Wanted{ID: "first"}, plugins.Wanted{ID: "first"}); err == nil {
		t.Error("one plugin twice: no error")
	}
}

func TestRoutesOfTwoPlugins(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, both(
		add("first", func(p *probe, _ config) { p.mount = answer("hi", "first") }),
		add("second", func(p *probe, _ config) { p.mount = answer("hi", "second") }),
		add("third", func(p *probe, _ config) {
			p.mount = func(r *router.Router) {
				r.Add(router.Rule{Name: "rest", Match: router.Type(message.TypeText), Priority: plugins.Fallback,
					Handler: router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { return reply.Text("rest"), nil })})
			}
			p.commands = []command.Command{hello("say")}
		}),
	))
	b.Load("third", "")
	b.Load("first", "")
	b.Load("second", "")
	u := b.User("zhangsan")
	u.Says("hi").Expect("first")
	u.Says("ho").Expect("rest")
	u.Says("/say").Expect("/say")
	if err := b.App().Unload(t.Context(), "first"); err != nil {
		t.Fatal(err)
	}
	u.Says("hi").Expect("暂时不可用") // until the table is built again
	var names []string
	for _, r := range b.App().Rules() {
		names = append(names, r.Name)
	}
	if got := strings.Join(names, ", "); got != "command, unknown command, third: rest, second: exact hi" {
		t.Errorf("rules after Unload: %s", got)
	}
	if err := b.App().Unload(t.Context(), "first"); err == nil {
		t.Error("Unload twice: no error")
	}
	if err := b.App().Load(plugins.Wanted{ID: "first"}); err != nil {
		t.Errorf("Load again: %v", err)
	}
}

func TestStartOfOneDoesNotHarmOthers(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, both(
		add("good", func(p *probe, _ config) { p.mount = answer("good", "fine") }),
		add("fails", func(p *probe, _ config) {
			p.mount = answer("fails", "never")
			p.commands = []command.Command{hello("fails")}
			p.start = func(context.Context) error { return errors.New("no connection") }
		}),
		add("panics", func(p *probe, _ config) {
			p.mount = answer("panics", "never")
			p.start = func(context.Context) error { panic("ouch") }
		}),
		add("hangs", func(p *probe, _ config) {
			p.mount = answer("hangs", "never")
			p.start = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		}),
	))
	app, err := b.Registry.Open(b.Host, plugins.Wanted{ID: "good"}, plugins.Wanted{ID: "fails"}, plugins.Wanted{ID: "panics"}, plugins.Wanted{ID: "hangs"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = app.Start(ctx)
	for _, want := range []string{"plugin fails: start: no connection", "plugin panics: start: panicked", "plugin hangs: start: context deadline exceeded"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Start = %v, want %q", err, want)
		}
	}
	table, err := router.NewTable(app.Rules(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"good": "fine", "fails": "暂时不可用", "/fails": "暂时不可用", "panics": "暂时不可用", "hangs": "暂时不可用"} {
		q := &router.Request{Message: &message.Message{Type: message.TypeText, Text: text}}
		r, _, err := table.Handle(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		units, err := r.Units(reply.Options{})
		if err != nil || !strings.Contains(units[0].Plain, want) {
			t.Errorf("%s: %v, %v, want %q", text, units, err, want)
		}
	}
	if err := app.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestCloseTakesEverythingBack(t *testing.T) {
	t.Parallel()
	var ended atomic.Bool
	var closed []string
	make := func(p *probe, _ config) {
		p.env.Go("loop", func(ctx context.Context) { <-ctx.Done(); ended.Store(true) })
		p.env.Go("panics", func(context.Context) { panic("ouch") })
		p.env.Every("tick", time.Minute, func(context.Context) error { return nil })
		if _, err := p.env.Cron("cron", "0 9 * * *", func(context.Context) error { return nil }); err != nil {
			t.Error(err)
		}
		p.env.Define("form", func(d *dialog.D) (reply.Reply, error) {
			s, err := d.Ask("a?")
			return reply.Text(s), err
		})
		p.close = func() error { closed = append(closed, p.env.ID); return nil }
	}
	b := plugintest.New(t, both(add("first", make), add("second", make)))
	b.Load("first", "")
	b.Load("second", "")
	b.Restart() // fails if a timer is left, or a dialog is still defined
	if !ended.Load() {
		t.Error("the goroutine did not end")
	}
	if got := strings.Join(closed, " "); got != "first second first" {
		t.Errorf("closed %q: want the last one first", got)
	}
	if !strings.Contains(b.Log(), "ouch") || !strings.Contains(b.Log(), "plugin=first") {
		t.Errorf("log %q, want the panic and its plugin", b.Log())
	}
}

func TestLeaksAreNamed(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	b := plugintest.New(t, add("leaky", func(p *probe, _ config) {
		for range 2 {
			p.env.Go("poll", func(context.Context) { <-release })
		}
		p.env.Go("fetch", func(context.Context) { <-release })
	}))
	app, err := b.Registry.Open(b.Host, plugins.Wanted{ID: "leaky"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := app.Close(ctx); err == nil || err.Error() != "plugin leaky: still running: fetch, poll (2)" {
		t.Errorf("Close = %v, want the leaks by name", err)
	}
	close(release)
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	var ran []string
	b := plugintest.New(t, add("probe", func(p *probe, _ config) {
		note := func(name string) func(context.Context) error {
			return func(context.Context) error {
				ran = append(ran, name+p.env.Clock().Format(" 02 15:04"))
				return fmt.Errorf("%s failed", name)
			}
		}
		p.env.At("once", plugintest.Start.Add(30*time.Minute), note("once"))
		p.env.At("past", plugintest.Start.Add(-time.Hour), note("past"))
		stop := p.env.At("stopped", plugintest.Start.Add(time.Minute), note("stopped"))
		stop()
		p.env.Every("every", 20*time.Minute, note("every"))
		if _, err := p.env.Cron("cron", "45 10 * * *", note("cron")); err != nil {
			t.Error(err)
		}
		if _, err := p.env.Cron("never", "0 0 31 2 *", note("never")); err == nil {
			t.Error("a cron expression that never comes: no error")
		}
		if _, err := p.env.Cron("wrong", "x", note("wrong")); err == nil {
			t.Error("a wrong cron expression: no error")
		}
	}))
	b.Load("probe", "")
	b.Advance(time.Hour)
	want := "past 21 10:00, every 21 10:20, once 21 10:30, every 21 10:40, cron 21 10:45, every 21 11:00"
	if got := strings.Join(ran, ", "); got != want {
		t.Errorf("ran %s\nwant %s", got, want)
	}
	if !strings.Contains(b.Log(), "once failed") {
		t.Errorf("log %q, want the failure", b.Log())
	}
	b.Advance(23 * time.Hour)
	if got := ran[len(ran)-1]; got != "every 22 10:00" {
		t.Errorf("last run %s", got)
	}
}

func TestDialogs(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, add("probe", func(p *probe, _ config) {
		ask := p.env.Define("who", func(d *dialog.D) (reply.Reply, error) {
			u, err := d.AskMember("谁？")
			if err != nil {
				return nil, err
			}
			same, err := p.env.Members(d.Context(), u.ID)
			return reply.Text(fmt.Sprint(u.Name, len(same))), err
		})
		p.mount = func(r *router.Router) { r.Handle(router.Exact("开始"), ask) }
	}))
	b.Load("probe", "")
	u := b.User("boss")
	u.Says("开始").Expect("谁？")
	b.Restart()
	b.Advance(9 * time.Minute)
	if sent := b.Sent(); len(sent) != 0 {
		t.Errorf("sent %+v before the time is over", sent)
	}
	b.Advance(2 * time.Minute)
	if sent := b.Sent(); len(sent) != 1 || sent[0].To.User != "boss" || !strings.Contains(sent[0].Text, "继续") {
		t.Errorf("sent %+v, want one notice", sent)
	}
	u.Says("继续").Expect("谁？")
	u.Says("张三").Expect("张三1")
	u.Says("张三").ExpectNone()
}

func TestSend(t *testing.T) {
	t.Parallel()
	var env plugins.Env
	b := plugintest.New(t, add("probe", func(p *probe, _ config) { env = p.env }))
	b.Load("probe", "send: true")
	ctx := t.Context()
	users := make([]string, 1001)
	for i := range users {
		users[i] = fmt.Sprint("u", i)
	}
	for _, m := range []plugins.Message{
		{ID: "1", To: plugins.Member("zhangsan"), Reply: reply.Text("一"), At: plugintest.Start.Add(time.Hour)},
		{ID: "1", To: plugins.Member("zhangsan"), Reply: reply.Text("again")},
		{To: plugins.To{Users: []string{"a", "b"}, Tags: []int{3, 4}}, Reply: reply.Text("二")},
		{To: plugins.To{Users: users}, Reply: reply.Text("三")},
	} {
		if err := env.Send(ctx, m); err != nil {
			t.Error(err)
		}
	}
	sent := b.Sent()
	if len(sent) != 4 {
		t.Fatalf("sent %d messages, want 4", len(sent))
	}
	if s := sent[0]; s.To.User != "zhangsan" || s.Text != "一" || !s.At.Equal(plugintest.Start.Add(time.Hour)) || s.ID != "plugin/hr/probe/1/0" {
		t.Errorf("first: %+v", s)
	}
	if s := sent[1]; s.To.User != "a|b" || s.To.Tag != "3|4" {
		t.Errorf("second: %+v", s)
	}
	if s := sent[3]; s.To.User != "u1000" {
		t.Errorf("the 1001st member: %+v", s.To)
	}
	for what, m := range map[string]plugins.Message{
		"an undeclared department": {To: plugins.To{Departments: []int{1}}, Reply: reply.Text("x")},
		"undeclared everyone":      {To: plugins.To{Users: []string{"a"}, Everyone: true}, Reply: reply.Text("x")},
		"an undeclared chat":       {To: plugins.To{Chat: "c"}, Reply: reply.Text("x")},
	} {
		if err := env.Send(ctx, m); !errors.Is(err, plugins.ErrNotDeclared) {
			t.Errorf("%s: %v, want ErrNotDeclared", what, err)
		}
	}
	if err := env.Send(ctx, plugins.Message{Reply: reply.Text("x")}); err == nil {
		t.Error("to nobody: no error")
	}
	if len(b.Sent()) != 0 {
		t.Error("something refused was sent")
	}
}

func TestHostsAreEnforced(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
			return
		}
		io.WriteString(w, "ok")
	}))
	t.Cleanup(target.Close)
	var env plugins.Env
	b := plugintest.New(t, add("probe", func(p *probe, _ config) { env = p.env }))
	b.Load("probe", "hosts: ["+plugins.HostOf(target.URL)+`, "169.254.169.254", "*.example.org"]`)
	get := func(url string) error {
		resp, err := env.HTTP.Get(url)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	if err := get(target.URL); err != nil {
		t.Errorf("a declared host: %v", err)
	}
	for _, url := range []string{"http://elsewhere.example/", target.URL + "/away", "http://example.org/", "http://127.0.0.1:1/"} {
		if err := get(url); !errors.Is(err, plugins.ErrNotDeclared) {
			t.Errorf("%s: %v, want ErrNotDeclared", url, err)
		}
	}
	if err := get("http://169.254.169.254/latest/meta-data/"); err == nil || !strings.Contains(err.Error(), "not to be reached") {
		t.Errorf("a metadata address: %v, want it refused", err)
	}
}

func TestAPIIsEnforced(t *testing.T) {
	t.Parallel()
	var called []string
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called = append(called, r.URL.Path)
		io.WriteString(w, `{"errcode":0,"errmsg":"ok","access_token":"t","expires_in":7200,"userid":"zhangsan"}`)
	}))
	t.Cleanup(platform.Close)
	var env plugins.Env
	b := plugintest.New(t, add("probe", func(p *probe, _ config) { env = p.env }))
	b.Host.Client = func(secret string, wrap func(http.RoundTripper) http.RoundTripper) (*wecom.Client, error) {
		return wecom.NewClient("ww1", cmp.Or(secret, "secret"), wecom.WithBaseURL(platform.URL), wecom.WithRetry(0), wecom.WithHTTPClient(&http.Client{Transport: wrap(nil)}))
	}
	b.Load("probe", "")
	if _, err := env.Client.Users.Get(t.Context(), "zhangsan"); err != nil {
		t.Errorf("a declared operation: %v", err)
	}
	if err := env.Client.Do(t.Context(), "GET", "/cgi-bin/menu/delete", nil, nil, nil); !errors.Is(err, plugins.ErrNotDeclared) {
		t.Errorf("an undeclared operation: %v, want ErrNotDeclared", err)
	}
	if got := strings.Join(called, " "); got != "/cgi-bin/gettoken /cgi-bin/user/get" {
		t.Errorf("called %s", got)
	}
}

func TestKeySpacesAreApart(t *testing.T) {
	t.Parallel()
	envs := map[string]plugins.Env{}
	keep := func(p *probe, _ config) { envs[p.env.App[:2]+p.env.ID] = p.env }
	registry := plugins.NewRegistry()
	both(add("first", keep), add("second", keep))(registry)
	store := memstore.New()
	defer store.Close()
	for _, app := range []string{"hr", "it", "hr" + strings.Repeat("x", 60), "it" + strings.Repeat("x", 60)} {
		a, err := registry.Open(plugins.Host{App: app, Store: store}, plugins.Wanted{ID: "first"}, plugins.Wanted{ID: "second"})
		if err != nil {
			t.Fatalf("app %s: %v", app, err)
		}
		defer a.Close(t.Context())
		for _, e := range envs {
			if e.App != app {
				continue
			}
			if _, err := e.KV.Create(t.Context(), "k", nil, 0); errors.Is(err, storage.ErrExists) {
				t.Errorf("%s of %s shares its keys", e.ID, app)
			}
		}
	}
	if _, err := registry.Open(plugins.Host{}); err == nil {
		t.Error("a host without app and store: no error")
	}
}

func TestCatalogFollowsRoles(t *testing.T) {
	t.Parallel()
	type helper struct {
		probe
		plugins.Helper
	}
	b := plugintest.New(t, func(r *plugins.Registry) {
		plugins.Add(r, "probe", func(e plugins.Env, _ config) (plugins.Plugin, error) {
			return &helper{probe{env: e, commands: []command.Command{hello("say"), command.New("stop", "ends", func(context.Context, *router.Request, struct{}) (reply.Reply, error) { return nil, nil }, command.Roles("admin"))}},
				helps{{Say: "在吗", Does: "问好"}, {Say: "关机", Does: "关", Roles: []string{"admin"}}}}, nil
		})
	})
	b.Host.Examples = func(context.Context, *router.Request) ([]plugins.Help, error) {
		return []plugins.Help{{Say: "wifi"}}, nil
	}
	b.Load("probe", "")
	for user, want := range map[string]string{
		"zhangsan": "[{/say says it []} {在吗 问好 []} {wifi  []}]",
		"boss":     "[{/say says it []} {/stop ends []} {在吗 问好 []} {关机 关 [admin]} {wifi  []}]",
	} {
		got, err := b.App().Catalog(t.Context(), &router.Request{Message: &message.Message{From: user}})
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("Catalog for %s = %v, %v\nwant %s", user, got, err, want)
		}
	}
}

type helps []plugins.Help

func (h helps) Help() []plugins.Help { return h }
