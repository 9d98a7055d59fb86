package assembly

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/wecombot/wecombot/bot"
	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/handlers"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
)

// memberTime is how long a member's record is kept before it is fetched again.
const memberTime = time.Hour

// Host is what the apps of one process share. All but the transports must be set.
type Host struct {
	Store    storage.Store
	Outbox   *outbox.Outbox
	Bot      *bot.Bot
	Registry *plugins.Registry
	Log      *slog.Logger
	Language string
	Location *time.Location
	Dir      string // that paths in plugins' configurations are relative to
	Roles    map[string]rules.Audience
	Replicas bool // other machines serve the same apps over the same store

	API     http.RoundTripper // to the platform; nil: the network
	Outside http.RoundTripper // to the hosts that plugins reach; nil: the network, but for link-local addresses
}

// Settings are what one app is made of.
type Settings struct {
	Name, CorpID string
	AgentID      int64
	Secret       string
	Token        string
	Keys         []string // EncodingAESKey, several while it is being changed
	APIBase      string
	Notice       string // see bot.App
	Ride         bool   // answer on the third attempt: see bot.App
	Tags         bool   // members' tags matter: see bot.NewDirectory
	Plugins      []plugins.Wanted

	WeChatReaders rules.Audience // who reads in WeChat, where neither markdown nor cards are shown

	// Connect makes the client of an app that has no secret of its own; nil: by Secret.
	Connect func(opts ...wecom.Option) (*wecom.Client, error)
}

// App is one app at work. It is safe for concurrent use.
type App struct {
	Name    string
	Plugins *plugins.App

	host      Host
	directory *bot.Directory
	forms     *rules.Forms
	state     storage.KV

	mu     sync.Mutex
	set    *rules.Set
	wake   chan struct{} // the schedules changed
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// Open joins an app to the bot and the outbox and makes its plugins. It answers nothing before Use.
func Open(h Host, s Settings) (*App, error) {
	crypter, err := crypto.New(s.Token, s.Keys, s.CorpID)
	if err != nil {
		return nil, err
	}
	client, err := h.client(s, s.Secret, nil)
	if err != nil {
		return nil, err
	}
	directory, err := bot.NewDirectory(h.Store, s.Name, client, memberTime, s.Tags, h.Log)
	if err != nil {
		return nil, err
	}
	a := &App{Name: s.Name, host: h, directory: directory, wake: make(chan struct{}, 1), set: &rules.Set{}}
	if a.state, err = h.Store.KV("rules"); err != nil {
		return nil, fmt.Errorf("open rules: %w", err)
	}
	err = h.Bot.SetApp(bot.App{Name: s.Name, CorpID: s.CorpID, AgentID: s.AgentID, Crypter: crypter, Ride: s.Ride, Notice: s.Notice, Directory: directory, Client: client})
	if err != nil {
		return nil, err
	}
	h.Outbox.SetApp(s.Name, outbox.App{Client: client, AgentID: s.AgentID, ReadsInWeChat: readers(s.WeChatReaders, directory)})
	a.Plugins, err = h.Registry.Open(plugins.Host{
		App: s.Name, Store: h.Store, Dir: h.Dir, Log: h.Log, Language: h.Language, Location: h.Location, Outbox: h.Outbox,
		Roles: Roles(h.Roles, directory.Ancestors), Members: directory.Members, Examples: a.examples, AskRule: a.askRule,
		Transport: h.Outside, Replicas: h.Replicas,
		Client: func(secret string, wrap func(http.RoundTripper) http.RoundTripper) (*wecom.Client, error) {
			return h.client(s, cmp.Or(secret, s.Secret), wrap)
		},
	}, s.Plugins...)
	if err != nil {
		return nil, &PluginError{err}
	}
	a.forms = rules.NewForms(a.Plugins.Engine())
	return a, nil
}

// readers tells who reads in WeChat; nil when nobody is said to.
func readers(who rules.Audience, d *bot.Directory) func(context.Context, string) bool {
	if len(who.Users)+len(who.Departments)+len(who.Tags) == 0 {
		return nil
	}
	role := handlers.Role{Users: who.Users, Departments: who.Departments, Tags: who.Tags, Tree: d.Ancestors}
	return func(ctx context.Context, user string) bool {
		q := &router.Request{
			Message: &message.Message{From: user},
			User:    func(ctx context.Context) (*router.User, error) { return d.User(ctx, user) },
		}
		in, err := role.Has(ctx, q)
		return err == nil && in
	}
}

// PluginError is what is wrong with an app's plugins.
type PluginError struct{ Err error }

func (e *PluginError) Error() string { return e.Err.Error() }

// Unwrap returns the errors of the plugins, joined.
func (e *PluginError) Unwrap() error { return e.Err }

// Roles are roles as handlers ask for them. ancestors finds the departments above one; nil: a department is itself only.
func Roles(named map[string]rules.Audience, ancestors func(ctx context.Context, department int) ([]int, error)) handlers.Roles {
	roles := handlers.Roles{}
	for name, r := range named {
		roles[name] = handlers.Role{Users: r.Users, Departments: r.Departments, Tags: r.Tags, Tree: ancestors}
	}
	return roles
}

// Load compiles rules files with what the app has: o needs only what the configuration says.
func (a *App) Load(files []string, o rules.Options) (*rules.Set, []strictyaml.Problem) {
	o.Middleware, o.Sender, o.State = a.around, sender{a.host.Outbox}, a.state
	o.Tree, o.Departments = a.directory.Ancestors, a.departments
	o.Handlers, o.Routes, o.Forms = a.Plugins.Handlers(), a.Plugins.Rules(), a.forms
	return rules.Load(files, o)
}

// around guards every rule but the one that all dialogs share: one failing form must not switch off the others. A panic
// there is still one failed reply.
func (a *App) around(next router.Handler) router.Handler {
	guarded := a.host.Bot.Guard()(next)
	return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		if q.Route == dialogRule {
			return next.Handle(ctx, q)
		}
		return guarded.Handle(ctx, q)
	})
}

const dialogRule = "dialog" // name of the engine's rule

// departments is the directory as rules' forms ask it.
func (a *App) departments(ctx context.Context, name string) ([]rules.Department, error) {
	found, err := a.directory.Departments(ctx, name)
	var out []rules.Department
	for _, x := range found {
		out = append(out, rules.Department{ID: x.ID, Name: x.Name})
	}
	return out, err
}

// examples are what the rules files say that they answer.
func (a *App) examples(context.Context, *router.Request) ([]plugins.Help, error) {
	a.mu.Lock()
	set := a.set
	a.mu.Unlock()
	var help []plugins.Help
	for _, r := range set.Rules {
		if len(r.Examples) > 0 && !r.Off {
			help = append(help, plugins.Help{Say: r.Examples[0], Does: r.Name})
		}
	}
	return help, nil
}

// Use makes a rule set answer.
func (a *App) Use(set *rules.Set) error {
	if err := a.host.Bot.SetTable(a.Name, set.Table, set.Revision); err != nil {
		return err
	}
	a.mu.Lock()
	a.set = set
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
	return nil
}

// Start starts the plugins, and what runs by the clock. An error is of plugins that are not available; the rest runs.
func (a *App) Start(ctx context.Context) error {
	err := a.Plugins.Start(ctx)
	work, cancel := context.WithCancel(context.Background())
	a.cancel = cancel
	a.wg.Go(func() { a.runSchedules(work) })
	return err
}

// StopSchedules ends what runs by the clock: the first thing to end, since it produces.
func (a *App) StopSchedules() {
	if a.cancel != nil {
		a.cancel()
		a.wg.Wait()
	}
}

// Changed takes notice of a change of the address book that came by another way than the app's callback.
func (a *App) Changed(ctx context.Context, m *message.Message) error {
	return a.directory.Changed(ctx, m)
}

// Close takes the plugins out. What they leave running is in the error.
func (a *App) Close(ctx context.Context) error {
	a.StopSchedules()
	return a.Plugins.Close(ctx)
}
