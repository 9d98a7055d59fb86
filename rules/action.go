package rules

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// step is one part of an action.
type step struct {
	name   string // of its effect, within the action
	effect func(ctx context.Context, t *turn) (map[string]any, error)
	reply  func(t *turn) (r reply.Reply, stop bool) // stop: the rest of the action is left out
}

// silent reports whether the action does nothing but answer: it may be tried without consequences.
func (a *action) silent() bool {
	return a.HTTP == nil && a.Run == nil && a.Set == nil && a.Send == nil && a.Call == nil && a.Human == nil && a.Form.IsZero()
}

// does reports whether anything is asked for, right or wrong.
func (a *action) does() bool {
	return a.HTTP != nil || a.Run != nil || a.Set != nil || a.Send != nil || a.Reply != nil || a.OneOf != nil ||
		a.Call != nil || a.Human != nil || !a.Form.IsZero()
}

// steps compiles an action in the order in which it is done: what is called gives what is remembered, sent and said.
func (c *compiler) steps(a *action, s *sight) []step {
	var steps []step
	if a.HTTP != nil {
		steps = append(steps, c.http(a.HTTP, s))
		s = s.with(c, "response", responseNames())
	}
	if a.Run != nil {
		if a.HTTP != nil {
			c.report(a.Run.Where.Pos, "use two rules, the first with continue: true", "http and run in one action")
		}
		steps = append(steps, c.run(a.Run, s))
		s = s.with(c, "response", responseNames())
	}
	if len(a.Set) > 0 {
		steps = append(steps, c.set(a.Set, s))
	}
	for i := range a.Send {
		steps = append(steps, c.send(&a.Send[i], i, s))
	}
	if a.Human != nil {
		steps = append(steps, c.transfer(a.Human, s))
	}
	if a.Call != nil {
		steps = append(steps, c.handler(a.Call, s))
	}
	for _, r := range []*replySpec{a.Reply, a.OneOf.asReply()} {
		if r == nil {
			continue
		}
		m := c.reply(r, s)
		steps = append(steps, step{reply: func(t *turn) (reply.Reply, bool) { return m(t), false }})
	}
	return steps
}

// asReply is a rule's one_of as a reply.
func (o *oneOfSpec) asReply() *replySpec {
	if o == nil {
		return nil
	}
	return &replySpec{pos: o.Where.Pos, body: &replyBody{OneOf: o}}
}

// perform runs the steps and collects what they say.
func (t *turn) perform(steps []step) (reply.Reply, error) {
	var replies []reply.Reply
	for _, s := range steps {
		if s.effect != nil {
			if err := t.do(s); err != nil {
				return join(replies), err
			}
		}
		if s.reply == nil {
			continue
		}
		r, stop := s.reply(t)
		if t.err != nil {
			return join(replies), t.err
		}
		if r != nil {
			replies = append(replies, r)
		}
		if stop {
			break
		}
	}
	return join(replies), nil
}

func join(replies []reply.Reply) reply.Reply {
	switch len(replies) {
	case 0:
		return nil
	case 1:
		return replies[0]
	}
	return reply.List(replies...)
}

// action compiles what to do; nil when nothing is asked for or something is wrong.
func (c *compiler) action(a *action, s *sight) router.Handler {
	before := len(c.problems)
	steps := c.steps(a, s)
	var form router.Handler
	if !a.Form.IsZero() {
		form = c.startForm(a.Form)
	}
	if len(c.problems) > before || len(steps) == 0 && form == nil {
		return nil
	}
	app := c.options.App
	return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		t := &turn{ctx: ctx, q: q, app: app}
		r, err := t.perform(steps)
		if err != nil || form == nil {
			return r, err
		}
		first, err := form.Handle(ctx, q)
		return join(slices.DeleteFunc([]reply.Reply{r, first}, func(r reply.Reply) bool { return r == nil })), err
	})
}

// set compiles session values. They are stored together, after all were computed.
func (c *compiler) set(values ordered[*strictyaml.Text], s *sight) step {
	exprs := make([]*router.Expr, len(values))
	for i, v := range values {
		if !varName.MatchString(v.name) {
			c.report(v.pos, "use letters, digits and _", "session.%s cannot be a name", v.name)
		}
		if v.value == nil {
			continue
		}
		before := len(c.problems)
		exprs[i] = c.value(*v.value, s)
		if len(c.problems) > before && bareWord.MatchString(v.value.Value) {
			c.problems[before].Hint = `set takes expressions: a text is written "'` + v.value.Value + `'"`
		}
	}
	return step{name: "set", effect: func(ctx context.Context, t *turn) (map[string]any, error) {
		m := make(map[string]any, len(values))
		for i, v := range values {
			m[v.name] = nil // deletes
			if exprs[i] != nil {
				m[v.name] = t.value(exprs[i])
			}
		}
		switch {
		case t.err != nil:
			return nil, t.err
		case t.q.Session == nil:
			return nil, errors.New("set: there is no session")
		}
		return nil, t.q.Session.Set(ctx, m)
	}}
}

// bareWord is a text that somebody forgot to put in quotes within the quotes of YAML.
var bareWord = regexp.MustCompile(`^[\pL_][\pL\pN_-]*$`)

// handlerSpec names a plugin's handler.
type handlerSpec struct {
	Where strictyaml.Where
	Name  strictyaml.Text           `yaml:"name,required" doc:"as the plugin registered it"`
	With  ordered[*strictyaml.Text] `yaml:"with" doc:"values for it, beside the captures"`
}

// UnmarshalYAML takes a name too.
func (h *handlerSpec) UnmarshalYAML(n *strictyaml.Node) {
	type plain handlerSpec
	if n.Kind() == strictyaml.Mapping {
		n.Into((*plain)(h))
		return
	}
	n.Into(&h.Name)
}

// JSONSchema describes both forms.
func (h *handlerSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&h.Name), b.Struct(h))
}

func (c *compiler) handler(spec *handlerSpec, s *sight) step {
	handler, ok := c.options.Handlers[spec.Name.Value]
	if !ok && !spec.Name.IsZero() {
		known := slices.Sorted(maps.Keys(c.options.Handlers))
		hint := "no plugin of this app registers handlers"
		if near := nearest.Name(spec.Name.Value, known); near != "" {
			hint = "did you mean " + strconv.Quote(near) + "?"
		} else if len(known) > 0 {
			hint = "there are " + strings.Join(known, ", ")
		}
		c.report(spec.Name.Pos, hint, "there is no handler %q", spec.Name.Value)
	}
	with := make([]named[text], len(spec.With))
	for i, v := range spec.With {
		with[i] = named[text]{name: v.name, value: c.text(v.value, s)}
	}
	return step{reply: func(t *turn) (reply.Reply, bool) {
		q := *t.q
		if len(with) > 0 {
			q.Vars = maps.Clone(q.Vars)
			if q.Vars == nil {
				q.Vars = map[string]string{}
			}
			for _, v := range with {
				q.Vars[v.name] = t.text(v.value)
			}
		}
		if t.err != nil {
			return nil, true
		}
		r, err := handler.Handle(t.ctx, &q)
		if err != nil {
			t.fail(err)
		}
		return r, false
	}}
}
