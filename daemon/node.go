package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/wecombot/wecombot/bot"
	"github.com/wecombot/wecombot/internal/assembly"
	"github.com/wecombot/wecombot/internal/secret"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/trace"
	"github.com/wecombot/wecombot/wecom"
)

// node is one running daemon: the parts, put together as the configuration says.
type node struct {
	cfg   *Config
	log   *slog.Logger
	reg   *prometheus.Registry
	store storage.Store
	rec   *trace.Recorder
	box   *outbox.Outbox
	bot   *bot.Bot
	began time.Time

	flushSpans func(context.Context) error

	history history

	reread    func() (*Config, []strictyaml.Problem) // the configuration as it is on disk now
	reloading sync.Mutex
	reloads   *prometheus.CounterVec
	stale     prometheus.Gauge
	stopWork  context.CancelFunc
	wg        sync.WaitGroup

	registry *plugins.Registry
	suites   *suites // nil: none are configured
	started  bool    // guarded by reloading, once there are suites

	mu       sync.RWMutex
	apps     map[string]*assembly.App
	sets     map[string]*ruleSet  // by app, the ones that answer
	problems []strictyaml.Problem // of the last reload
}

// ruleSet is a compiled rule set and the files it was made of.
type ruleSet struct {
	*rules.Set
	files map[string][]byte
}

// newNode opens the store and assembles the parts; nothing runs before start. Problems of rules are printed to stderr.
func newNode(cfg *Config, reg *plugins.Registry, log *slog.Logger, stderr io.Writer) (*node, error) {
	store, err := openStore(cfg, log)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	n := &node{cfg: cfg, log: log, store: store, began: time.Now(), sets: map[string]*ruleSet{},
		registry: reg, apps: map[string]*assembly.App{}, reread: func() (*Config, []strictyaml.Problem) {
			if cfg.dev {
				return loadDev(cfg.Path)
			}
			return LoadConfig(cfg.Path)
		}}
	if err := n.assemble(stderr); err != nil {
		n.close(context.Background())
		return nil, err
	}
	return n, nil
}

func (n *node) assemble(stderr io.Writer) error {
	n.reg = prometheus.NewRegistry()
	n.reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	n.reloads = prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "wecombot", Name: "rules_reloads_total", Help: "Reloads of the rules by result."}, []string{"result"})
	n.stale = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "wecombot", Name: "rules_stale", Help: "1 while the files on disk have an error and older rules answer."})
	n.reg.MustRegister(n.reloads, n.stale)
	traces, err := n.store.KV("traces")
	if err != nil {
		return fmt.Errorf("open traces: %w", err)
	}
	n.rec = trace.NewRecorder(traces)
	revisions, err := n.store.KV("revisions")
	if err != nil {
		return fmt.Errorf("open revisions: %w", err)
	}
	n.history = history{revisions}
	spans, flush, err := openTracing(n.cfg.Tracing)
	if err != nil {
		return err
	}
	n.flushSpans = flush
	n.box, err = outbox.New(n.store, outbox.WithTracerProvider(spans), outbox.WithLogger(n.log), outbox.WithRecorder(n.rec), outbox.WithMetrics(n.reg))
	if err != nil {
		return err
	}
	s := n.cfg.Server
	n.bot, err = bot.New(n.store, n.box, bot.WithTracerProvider(spans), bot.WithLogger(n.log), bot.WithRecorder(n.rec), bot.WithMetrics(n.reg),
		bot.WithReplyWithin(s.ReplyWithin), bot.WithMaxBody(int64(s.MaxBody)), bot.WithLanguage(n.cfg.Language), bot.WithReplicas(n.cfg.shared()))
	if err != nil {
		return err
	}
	var problems []strictyaml.Problem
	for _, a := range n.cfg.Apps {
		ps, err := n.addApp(a, nil)
		if err != nil {
			return fmt.Errorf("app %s: %w", a.Name, err)
		}
		problems = append(problems, ps...)
	}
	if len(problems) > 0 {
		printProblems(stderr, problems)
		return errFound
	}
	if len(n.cfg.Suites) > 0 {
		if n.suites, err = openSuites(n); err != nil {
			return err
		}
	}
	return nil
}

func printProblems(w io.Writer, ps []strictyaml.Problem) {
	for _, p := range ps {
		fmt.Fprintln(w, p)
	}
}

// addApp joins one app to the bot and the outbox, and loads its rules. connect, if not nil, makes its client.
func (n *node) addApp(a App, connect func(...wecom.Option) (*wecom.Client, error)) ([]strictyaml.Problem, error) {
	app, err := assembly.Open(assembly.Host{
		Store: n.store, Outbox: n.box, Bot: n.bot, Registry: n.registry, Log: n.log, Language: n.cfg.Language, Location: n.cfg.Location,
		Dir: filepath.Dir(n.cfg.Path), Roles: n.cfg.audiences(), Replicas: n.cfg.shared(),
	}, assembly.Settings{
		Name: a.Name, CorpID: a.CorpID, AgentID: int64(a.AgentID), Secret: a.Secret.Reveal(), Token: a.Token.Reveal(), Keys: reveal(a.EncodingAESKey),
		APIBase: a.APIBase, Ride: a.ReplyMode == "ride", Notice: a.Notice, Tags: n.cfg.usesTags(a), Plugins: wanted(a),
		WeChatReaders: rules.Audience{Users: a.WeChatReaders.Users, Departments: a.WeChatReaders.Departments, Tags: a.WeChatReaders.Tags},
		Connect:       connect,
	})
	var broken *assembly.PluginError
	if errors.As(err, &broken) {
		return pluginProblems(a, broken.Err), nil
	}
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.apps[a.Name] = app
	n.mu.Unlock()
	set, problems := n.load(n.cfg, a, nil)
	if len(problems) > 0 {
		return problems, nil
	}
	return nil, n.use(a.Name, set)
}

// compile compiles an app's rules from their files' content.
func (n *node) compile(cfg *Config, a App, files map[string][]byte, previous *ruleSet) (*ruleSet, []strictyaml.Problem) {
	off, err := n.history.off(context.Background(), a.Name)
	if err != nil {
		n.log.Error("switched-off rules are not known", "app", a.Name, "err", err)
	}
	app := n.app(a.Name)
	if app == nil {
		return &ruleSet{Set: &rules.Set{}}, []strictyaml.Problem{a.Where.Pos.Problem("the app %s does not run", a.Name)}
	}
	o := cfg.ruleOptions(a)
	o.ReadFile, o.Off = reader(files), off
	if previous != nil {
		o.Previous = previous.Set
	}
	set, problems := app.Load(a.RuleFiles, o)
	return &ruleSet{set, files}, problems
}

// app is a running app; nil where there is none of that name.
func (n *node) app(name string) *assembly.App {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.apps[name]
}

func (n *node) allApps() map[string]*assembly.App {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return maps.Clone(n.apps)
}

// running is what the apps are configured as, those of suites after the others.
func (n *node) running() []App { return append(slices.Clone(n.cfg.Apps), n.suites.running()...) }

// removeApp takes an app out. Messages under way finish.
func (n *node) removeApp(ctx context.Context, name string) {
	app := n.app(name)
	if app != nil {
		app.StopSchedules()
	}
	n.bot.RemoveApp(name)
	n.box.RemoveApp(name)
	n.mu.Lock()
	delete(n.apps, name)
	delete(n.sets, name)
	n.mu.Unlock()
	if app == nil {
		return
	}
	if err := app.Close(ctx); err != nil {
		n.log.Warn("plugins left something running", "app", name, "err", err)
	}
}

// ruleOptions are what the configuration says about an app's rules.
func (c *Config) ruleOptions(a App) rules.Options {
	return rules.Options{
		App: a.Name, Language: c.Language, Location: c.Location, Vars: a.Vars, Roles: c.audiences(), HTTPAllow: c.HTTPAllow, AllowRun: c.AllowRun,
	}
}

// audiences are the roles as rules and plugins ask for them.
func (c *Config) audiences() map[string]rules.Audience {
	roles := make(map[string]rules.Audience, len(c.Roles))
	for name, r := range c.Roles {
		roles[name] = rules.Audience{Users: r.Users, Departments: r.Departments, Tags: r.Tags}
	}
	return roles
}

// use swaps an app's rules.
func (n *node) use(app string, set *ruleSet) error {
	if err := n.app(app).Use(set.Set); err != nil {
		return err
	}
	if err := n.history.save(context.Background(), app, set.Revision, set.files); err != nil {
		n.log.Error("revision not kept", "app", app, "err", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sets[app] = set
	return nil
}

// newClient makes the API client of one app, for a command.
func newClient(a App, log *slog.Logger) (*wecom.Client, error) {
	return wecom.NewClient(a.CorpID, a.Secret.Reveal(), wecom.WithBaseURL(a.APIBase), wecom.WithLogger(log))
}

func reveal(ss []secret.Secret) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = s.Reveal()
	}
	return out
}

func (n *node) start() {
	n.box.Start()
	for name, app := range n.allApps() {
		if err := app.Start(context.Background()); err != nil {
			n.log.Error("plugins not available", "app", name, "err", err)
		}
	}
	n.bot.Start()
	ctx, cancel := context.WithCancel(context.Background())
	n.stopWork = cancel
	if n.suites != nil {
		n.reloading.Lock()
		n.started = true
		n.reloading.Unlock()
		n.suites.run(ctx)
	}
	if err := n.watch(ctx); err != nil {
		n.log.Error("rules are not reloaded when they change", "err", err)
	}
}

// close ends the parts in the order that loses nothing: first what produces, then what delivers, then the store.
func (n *node) close(ctx context.Context) {
	if n.stopWork != nil {
		n.stopWork()
		n.wg.Wait()
	}
	if n.suites != nil {
		n.suites.close()
	}
	for _, app := range n.allApps() {
		app.StopSchedules()
	}
	if n.bot != nil {
		n.bot.Close(ctx)
	}
	for name, app := range n.allApps() {
		if err := app.Close(ctx); err != nil {
			n.log.Warn("plugins left something running", "app", name, "err", err)
		}
	}
	if n.box != nil {
		n.box.Close(ctx)
	}
	if n.rec != nil {
		n.rec.Close()
	}
	if n.flushSpans != nil {
		if err := n.flushSpans(ctx); err != nil {
			n.log.Warn("spans not exported", "err", err)
		}
	}
	if err := n.store.Close(); err != nil {
		n.log.Error("close store", "err", err)
	}
}

// idle reports whether no message is being handled and no answer waits. What was meant for later does not count.
func (n *node) idle(ctx context.Context) bool {
	waiting, err := n.box.List(ctx, 1000)
	soon := time.Now().Add(time.Second)
	busy := slices.ContainsFunc(waiting, func(e outbox.Entry) bool { return e.Attempt > 0 || e.Next.Before(soon) })
	return err == nil && !busy && n.bot.InFlight() == 0
}

// usesTags tells whether anything of an app may ask for members' tags. A rules file that has the words is enough.
func (c *Config) usesTags(a App) bool {
	for _, r := range c.Roles {
		if len(r.Tags) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(a.RuleFiles, func(f string) bool {
		b, err := os.ReadFile(f)
		return err == nil && (bytes.Contains(b, []byte("user.tags")) || bytes.Contains(b, []byte("who")) && bytes.Contains(b, []byte("tags")))
	})
}
