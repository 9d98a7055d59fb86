package plugins

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// startTime is what a plugin's Start gets, so that none holds up the others.
const startTime = 30 * time.Second

// Wanted is one entry of an app's `plugins`.
type Wanted struct {
	ID     string
	Config Decoder // nil: empty
}

// App is the plugins of one app. It is safe for concurrent use.
type App struct {
	registry *Registry
	host     *Host
	commands *command.Set
	sweeper  *scope // of the app's own engine; nil when the host runs the engine

	mu        sync.Mutex
	instances []*instance
	sweeping  bool
}

// instance is one plugin at work.
type instance struct {
	id       string
	plugin   Plugin
	rules    []router.Rule
	handlers map[string]router.Handler
	web      http.Handler
	scope    *scope

	mu      sync.Mutex
	started bool
	broken  error // of Start
}

// Open makes the wanted plugins and mounts them. Every plugin that cannot be made is in the error; then nothing is left
// running.
func (r *Registry) Open(h Host, wanted ...Wanted) (*App, error) {
	host, err := h.withDefaults()
	if err != nil {
		return nil, err
	}
	a := &App{registry: r, host: host}
	if host.Dialogs == nil {
		if host.Dialogs, err = host.newEngine(); err != nil {
			return nil, err
		}
		a.sweeper = newScope(host.Log)
	}
	a.commands = command.NewSet(command.WithClock(host.Clock), command.WithLocation(host.Location),
		command.WithLanguage(host.Language), command.WithRoles(host.Roles.Has))
	var errs []error
	for _, w := range wanted {
		if err := a.Load(w); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), startTime)
		defer cancel()
		return nil, errors.Join(err, a.Close(ctx))
	}
	return a, nil
}

// Load makes one more plugin. It serves from the next Rules and Start on.
func (a *App) Load(w Wanted) error {
	if err := a.load(w); err != nil {
		return fmt.Errorf("plugin %s: %w", w.ID, err)
	}
	return nil
}

func (a *App) load(w Wanted) (err error) {
	k, err := a.registry.kind(w.ID)
	if err != nil {
		return err
	}
	if a.find(w.ID) != nil {
		return errors.New("is loaded already")
	}
	config, needs, err := k.decode(w.Config)
	if err != nil {
		return err
	}
	in := &instance{id: w.ID, scope: newScope(a.host.Log.With("plugin", w.ID, "app", a.host.App))}
	defer func() {
		if err != nil {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			err = errors.Join(err, in.scope.close(ctx))
		}
	}()
	env, err := a.host.env(a, w.ID, needs, in.scope)
	if err != nil {
		return err
	}
	if in.plugin, err = k.make(env, config); err != nil {
		return err
	}
	if err := a.mount(in); err != nil {
		if c, ok := in.plugin.(io.Closer); ok {
			err = errors.Join(err, c.Close())
		}
		return err
	}
	a.mu.Lock()
	a.instances = append(a.instances, in)
	a.mu.Unlock()
	return nil
}

// mount collects what the plugin has.
func (a *App) mount(in *instance) error {
	r := router.New()
	r.Use(a.guard(in))
	in.plugin.Mount(r)
	in.rules = r.Rules()
	for i := range in.rules {
		in.rules[i].Name = in.id + ": " + in.rules[i].Name
	}
	if _, err := router.NewTable(in.rules, nil); err != nil {
		return err
	}
	if n, ok := in.plugin.(Named); ok {
		in.handlers = map[string]router.Handler{}
		for name, h := range n.Handlers() {
			in.handlers[in.id+"."+name] = a.guard(in)(h)
		}
	}
	if w, ok := in.plugin.(Web); ok {
		in.web = a.guardWeb(in, w.Web())
	}
	if c, ok := in.plugin.(Commander); ok {
		commands := c.Commands()
		for i := range commands {
			commands[i] = commands[i].With(a.guard(in))
		}
		return a.commands.Add(in.id, commands...)
	}
	return nil
}

// guard stands before every handler of a plugin: it notes that it runs, and answers when the plugin cannot.
func (a *App) guard(in *instance) router.Middleware {
	return func(next router.Handler) router.Handler {
		return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			name := "handler of " + q.Route
			if !in.serves() || !in.scope.enter(name) {
				return reply.Text(a.say("这个功能暂时不可用。", "This is not available at the moment.")), nil
			}
			defer in.scope.leave(name)
			if q.Log != nil {
				q.Log = q.Log.With("plugin", in.id)
			}
			return next.Handle(ctx, q)
		})
	}
}

func (a *App) guardWeb(in *instance, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !in.serves() || !in.scope.enter("web") {
			http.Error(w, "not available", http.StatusServiceUnavailable)
			return
		}
		defer in.scope.leave("web")
		next.ServeHTTP(w, r)
	})
}

func (a *App) say(zh, en string) string { return Env{Language: a.host.Language}.Say(zh, en) }

func (in *instance) serves() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.broken == nil
}

// Rules are the routes of all plugins and their commands, for the app's table; the rule of Engine belongs there too.
func (a *App) Rules() []router.Rule {
	rules := a.commands.Rules()
	for _, in := range a.all() {
		rules = append(rules, in.rules...)
	}
	return rules
}

// Engine is what the plugins' dialogs run on. Who serves the app adds its Rule to the table.
func (a *App) Engine() *dialog.Engine { return a.host.Dialogs }

// Handlers are the handlers that rules files may name, as PLUGIN.NAME.
func (a *App) Handlers() map[string]router.Handler {
	all := map[string]router.Handler{}
	for _, in := range a.all() {
		maps.Copy(all, in.handlers)
	}
	return all
}

// Web is the HTTP handler of a plugin; nil when it has none.
func (a *App) Web(id string) http.Handler {
	if in := a.find(id); in != nil {
		return in.web
	}
	return nil
}

// Start starts the plugins that have not been started. They start side by side; one that fails, or takes longer than 30
// seconds, is in the error and answers that it is not available, and the others serve.
func (a *App) Start(ctx context.Context) error {
	a.sweep()
	all := a.all()
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, in := range all {
		wg.Go(func() { errs[i] = in.start(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// sweepEvery is how often dialogs are looked for that wait in vain: a form may say timeout: 10s, and only what is due costs.
const sweepEvery = 5 * time.Second

// sweep begins to do so, if the engine is the app's own.
func (a *App) sweep() {
	a.mu.Lock()
	again := a.sweeping
	a.sweeping = true
	a.mu.Unlock()
	if a.sweeper != nil && !again {
		e := Env{Log: a.host.Log, Clock: a.host.Clock, host: a.host, scope: a.sweeper}
		e.Every("dialogs", sweepEvery, a.host.Dialogs.Sweep)
	}
}

func (in *instance) start(ctx context.Context) error {
	in.mu.Lock()
	again := in.started
	in.started = true
	in.mu.Unlock()
	s, ok := in.plugin.(Starter)
	if !ok || again {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	done := make(chan error, 1)
	in.scope.run("start", func(context.Context) {
		err := errors.New("panicked")
		defer func() { done <- err }()
		err = s.Start(ctx)
	})
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil {
		return nil
	}
	err = fmt.Errorf("plugin %s: start: %w", in.id, err)
	in.mu.Lock()
	in.broken = err
	in.mu.Unlock()
	return err
}

// Unload takes one plugin out. Its routes answer that it is not available until the table is built again without them.
func (a *App) Unload(ctx context.Context, id string) error {
	in := a.find(id)
	if in == nil {
		return fmt.Errorf("plugin %s: is not loaded", id)
	}
	a.mu.Lock()
	a.instances = slices.DeleteFunc(a.instances, func(other *instance) bool { return other == in })
	a.mu.Unlock()
	a.commands.Remove(id)
	return in.close(ctx)
}

// Close takes all plugins out, the last one first. What they leave running is in the error, by plugin and name.
func (a *App) Close(ctx context.Context) error {
	var errs []error
	for _, in := range slices.Backward(a.all()) {
		errs = append(errs, a.Unload(ctx, in.id))
	}
	if a.sweeper != nil {
		errs = append(errs, a.sweeper.close(ctx))
	}
	return errors.Join(errs...)
}

func (in *instance) close(ctx context.Context) error {
	errs := []error{in.scope.close(ctx)}
	if c, ok := in.plugin.(io.Closer); ok {
		errs = append(errs, c.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("plugin %s: %w", in.id, err)
	}
	return nil
}

func (a *App) all() []*instance {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.instances)
}

func (a *App) find(id string) *instance {
	for _, in := range a.all() {
		if in.id == id {
			return in
		}
	}
	return nil
}
