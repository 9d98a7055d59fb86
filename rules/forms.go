package rules

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Forms runs the forms of all apps on one dialog engine. It keeps the versions that members are in the middle of: a form
// finishes on the version it was started with, over reloads and restarts. Safe for concurrent use.
type Forms struct {
	engine *dialog.Engine

	mu   sync.Mutex
	defs map[string]*definedForm // by formKey
}

// definedForm is a version of a form that the engine knows.
type definedForm struct {
	def   *dialog.Definition
	saved time.Time // when its source was last stored
}

// NewForms returns the forms of an engine.
func NewForms(e *dialog.Engine) *Forms { return &Forms{engine: e, defs: map[string]*definedForm{}} }

// formKey names a version of a form, in the store too.
func formKey(app, name, version string) string { return "form/" + app + "/" + name + "/" + version }

// renewal is how often a version's source is stored again, so that it outlives the forms started since.
const renewal = time.Hour

// define makes a version known to the engine; one that is known stays as it is.
func (fs *Forms) define(app string, f *form) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	key := formKey(app, f.name, f.version)
	if fs.defs[key] != nil {
		return
	}
	k := f.talk
	opts := []dialog.DefineOption{
		dialog.Version(app + "/" + f.version), dialog.Timeout(f.spec.Timeout), dialog.Keep(f.spec.Keep), dialog.OnCommand(k.interrupt),
	}
	if k.help != nil {
		opts = append(opts, dialog.Help(k.help))
	}
	fs.defs[key] = &definedForm{def: fs.engine.Define(f.name, k.run, opts...)}
}

var errNoForms = errors.New("forms need a dialog engine")

// starter is the handler that begins a form. Its version is stored first.
func (fs *Forms) starter(o Options, f *form) router.Handler {
	return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		if fs == nil {
			return nil, errNoForms
		}
		key := formKey(o.App, f.name, f.version)
		fs.mu.Lock()
		d := fs.defs[key]
		due := d != nil && o.Now().Sub(d.saved) >= renewal
		fs.mu.Unlock()
		if d == nil {
			return nil, errNoForms
		}
		if due {
			if _, err := o.State.Put(ctx, key, f.source, f.spec.Keep+2*renewal); err != nil {
				return nil, err
			}
			fs.mu.Lock()
			d.saved = o.Now()
			fs.mu.Unlock()
		}
		return d.def.Handle(ctx, q)
	})
}

// restore defines the stored versions that members may be in the middle of. One that cannot be compiled any more is left
// out: its members are told that the form has changed.
func (fs *Forms) restore(o Options) error {
	prefix := "form/" + o.App + "/"
	for e, err := range o.State.Scan(context.Background(), prefix) {
		if err != nil {
			return err
		}
		name, version, _ := strings.Cut(strings.TrimPrefix(e.Key, prefix), "/")
		fs.mu.Lock()
		known := fs.defs[e.Key] != nil
		fs.mu.Unlock()
		if known {
			continue
		}
		if f := storedForm(o, name, version, e.Value); f != nil {
			fs.define(o.App, f)
		}
	}
	return nil
}

// storedForm compiles a stored version; nil when that is not possible.
func storedForm(o Options, name, version string, raw []byte) *form {
	var src formSource
	if json.Unmarshal(raw, &src) != nil {
		return nil
	}
	spec := new(formSpec)
	if strictyaml.Decode(src.File, src.Form, spec, strictyaml.Options{}) != nil {
		return nil
	}
	o.Previous = nil
	c := newCompiler(o)
	maps.Copy(c.values, src.Vars)
	c.base = c.sight("", nil)
	f := &form{name: name, spec: spec, version: version, source: raw}
	if f.talk = c.talk(f); f.talk == nil {
		return nil
	}
	return f
}

// rule stands first in the table: what a dialog waits for is no command, whatever it looks like.
func (fs *Forms) rule(s *Set) router.Rule {
	return fs.engine.Rule(router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		r, _, err := s.Table.Handle(ctx, q)
		return r, err
	}))
}

// startForm is the handler that begins a form; a form that does not exist is reported.
func (c *compiler) startForm(name strictyaml.Text) router.Handler {
	f := c.formsByName[name.Value]
	if f == nil {
		known := slices.Sorted(maps.Keys(c.formsByName))
		hint := "write it under forms:"
		if near := nearest.Name(name.Value, known); near != "" {
			hint = "did you mean " + strconv.Quote(near) + "?"
		} else if len(known) > 0 {
			hint = "there are " + strings.Join(known, ", ")
		}
		c.report(name.Pos, hint, "there is no form %q", name.Value)
		return nil
	}
	return c.options.Forms.starter(c.options, f)
}
