package daemon

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/wecombot/wecombot/internal/assembly"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/storage/memstore"
)

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
		if strings.Contains(err.Error(), "plugin "+p.ID+":") {
			ps = append(ps, p.Pos.Problem("%s", err))
		}
	}
	return ps
}

// collect finds every problem in a tree of errors.
func collect(err error, ps *[]strictyaml.Problem) {
	var p strictyaml.Problem
	if direct, ok := err.(strictyaml.Problem); ok { //nolint:errorlint // the tree is walked by hand to find them all
		*ps = append(*ps, direct)
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
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
		App: a.Name, Store: memstore.New(), Dir: filepath.Dir(cfg.Path), Language: cfg.Language, Location: cfg.Location, Roles: assembly.Roles(cfg.audiences(), nil), Outbox: nowhere{},
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
