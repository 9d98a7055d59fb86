package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/wecombot/wecombot/bot"
	"github.com/wecombot/wecombot/handlers"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/wecom"
)

// openPlugins makes the plugins of an app.
func (n *node) openPlugins(a App, directory *bot.Directory) (*plugins.App, []strictyaml.Problem, error) {
	h := plugins.Host{
		Dir: n.cfg.Resolve("."), Replicas: n.cfg.shared(),
		App: a.Name, Store: n.store, Log: n.log, Language: n.cfg.Language, Location: n.cfg.Location, Outbox: n.box,
		Roles: n.cfg.handlerRoles(directory),
		Client: func(secret string, wrap func(http.RoundTripper) http.RoundTripper) (*wecom.Client, error) {
			return n.pluginClient(a, cmp.Or(secret, a.Secret.Reveal()), wrap)
		},
	}
	app, err := n.registry.Open(h, wanted(a)...)
	if err != nil {
		ps := pluginProblems(a, err)
		if len(ps) == 0 {
			return nil, nil, err
		}
		return nil, ps, nil
	}
	return app, nil, nil
}

// examples are what the rules files say that they answer.
func (n *node) examples(app string) func(context.Context, *router.Request) ([]plugins.Help, error) {
	return func(context.Context, *router.Request) ([]plugins.Help, error) {
		var help []plugins.Help
		for _, r := range n.set(app).Rules {
			if len(r.Examples) > 0 && !r.Off {
				help = append(help, plugins.Help{Say: r.Examples[0], Does: r.Name})
			}
		}
		return help, nil
	}
}

func (n *node) pluginClient(a App, secret string, wrap func(http.RoundTripper) http.RoundTripper) (*wecom.Client, error) {
	kv, err := n.store.KV("tokens")
	if err != nil {
		return nil, fmt.Errorf("open tokens: %w", err)
	}
	return wecom.NewClient(a.CorpID, secret, wecom.WithBaseURL(a.APIBase), wecom.WithLogger(n.log),
		wecom.WithTokenStore(tokenStore{kv}), wecom.WithHTTPClient(&http.Client{Transport: wrap(nil)}))
}

func (c *Config) handlerRoles(directory *bot.Directory) handlers.Roles {
	roles := handlers.Roles{}
	for name, r := range c.Roles {
		role := handlers.Role{Users: r.Users, Departments: r.Departments, Tags: r.Tags}
		if directory != nil {
			role.Tree = directory.Ancestors
		}
		roles[name] = role
	}
	return roles
}

func wanted(a App) []plugins.Wanted {
	var ws []plugins.Wanted
	for _, p := range a.Plugins {
		w := plugins.Wanted{ID: p.ID}
		if p.Config != nil {
			w.Config = plugins.Node(p.Config)
		}
		ws = append(ws, w)
	}
	return ws
}

// pluginProblems are the places of what is wrong with an app's plugins: in their configuration, or else at their entry.
func pluginProblems(a App, err error) []strictyaml.Problem {
	var ps []strictyaml.Problem
	collect(err, &ps)
	if len(ps) > 0 {
		return ps
	}
	for _, p := range a.Plugins {
		return []strictyaml.Problem{p.Pos.Problem("%s", err)}
	}
	return nil
}

// collect finds every problem in a tree of errors.
func collect(err error, ps *[]strictyaml.Problem) {
	var p strictyaml.Problem
	if direct, ok := err.(strictyaml.Problem); ok { //nolint:errorlint // the tree is walked by hand to find them all
		*ps = append(*ps, direct)
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // as above
		for _, e := range many.Unwrap() {
			collect(e, ps)
		}
		return
	}
	if inner := errors.Unwrap(err); inner != nil {
		collect(inner, ps)
		return
	}
	if errors.As(err, &p) {
		*ps = append(*ps, p)
	}
}

// checkPlugins makes the plugins of an app over a store in memory, to find what is wrong with them; they are not
// started, so nothing is called.
func checkPlugins(reg *plugins.Registry, cfg *Config, a App) (*plugins.App, []strictyaml.Problem) {
	var ps []strictyaml.Problem
	for _, p := range a.Plugins {
		w := plugins.Wanted{ID: p.ID}
		if p.Config != nil {
			w.Config = plugins.Node(p.Config)
		}
		if err := reg.Check(w); err != nil {
			before := len(ps)
			collect(err, &ps)
			if len(ps) == before {
				ps = append(ps, p.Pos.Problem("%s", err))
			}
		}
	}
	if len(ps) > 0 {
		return nil, ps
	}
	app, err := reg.Open(plugins.Host{
		Dir: cfg.Resolve("."), App: a.Name, Store: memstore.New(), Language: cfg.Language, Location: cfg.Location, Roles: cfg.handlerRoles(nil), Outbox: nowhere{},
	}, wanted(a)...)
	if err != nil {
		return nil, pluginProblems(a, err)
	}
	return app, nil
}

// nowhere is the outbox of a check.
type nowhere struct{}

// Push implements plugins.Outbox.
func (nowhere) Push(context.Context, ...outbox.Delivery) error {
	return errors.New("nothing is sent while checking")
}

// routes are an app's routes in code: its plugins', and its dialogs'. The dialogs' rule hands what is not for them to the
// table it stands in, which table returns.
func routes(app *plugins.App, table func() *router.Table) []router.Rule {
	next := router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		r, _, err := table().Handle(ctx, q)
		return r, err
	})
	return append(app.Rules(), app.Engine().Rule(next))
}
