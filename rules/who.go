package rules

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/router"
)

// Audience is a group of members: those named, and those of the departments and tags.
type Audience struct {
	Users       []string
	Departments []int
	Tags        []int
}

// whoSpec is an audience as it is written.
type whoSpec struct {
	Where       strictyaml.Where
	Users       []string `yaml:"users" doc:"user ids"`
	Departments []int    `yaml:"departments" doc:"department ids"`
	Tags        []int    `yaml:"tags" doc:"tag ids"`
	Roles       []string `yaml:"roles" doc:"roles of bot.yaml"`
}

// UnmarshalYAML takes user ids too.
func (w *whoSpec) UnmarshalYAML(n *strictyaml.Node) {
	type plain whoSpec
	if n.Kind() != strictyaml.Mapping {
		w.Where.Pos = n.Pos()
		n.Into(&w.Users)
		return
	}
	if n.Into((*plain)(w)) && len(w.Users)+len(w.Departments)+len(w.Tags)+len(w.Roles) == 0 {
		n.Report("name users, departments, tags or roles", "%s names nobody", n.Name())
	}
}

// JSONSchema describes both forms.
func (w *whoSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&w.Users), b.Struct(w))
}

// audience resolves the roles.
func (c *compiler) audience(w *whoSpec) Audience {
	a := Audience{slices.Clone(w.Users), slices.Clone(w.Departments), slices.Clone(w.Tags)}
	for i, name := range w.Roles {
		role, ok := c.options.Roles[name]
		if !ok {
			known := slices.Sorted(maps.Keys(c.options.Roles))
			hint := "bot.yaml has no roles"
			if near := nearest.Name(name, known); near != "" {
				hint = "did you mean " + strconv.Quote(near) + "?"
			} else if len(known) > 0 {
				hint = "bot.yaml has " + strings.Join(known, ", ")
			}
			c.report(w.Where.Item("roles", i), hint, "there is no role %q", name)
		}
		a.Users = append(a.Users, role.Users...)
		a.Departments = append(a.Departments, role.Departments...)
		a.Tags = append(a.Tags, role.Tags...)
	}
	return a
}

// who is true for members of the audience. Only one that names departments or tags needs the member's record.
func (c *compiler) who(a Audience) router.Matcher {
	from := router.From(a.Users...)
	if len(a.Departments)+len(a.Tags) == 0 {
		return from
	}
	group := &group{Audience: a, tree: c.options.Tree}
	if len(a.Users) == 0 {
		return group
	}
	return router.Or(from, group)
}

// group matches members of departments and tags.
type group struct {
	Audience
	tree func(ctx context.Context, department int) ([]int, error)
}

var _ router.Explainer = (*group)(nil)

// Match reads the member's record. One that cannot be read is nobody's; that is logged.
func (g *group) Match(ctx context.Context, q *router.Request) (map[string]string, bool) {
	u, err := member(ctx, q)
	ok := false
	if err == nil && u != nil {
		ok, err = g.holds(ctx, u)
	}
	if err != nil && q.Log != nil {
		q.Log.WarnContext(ctx, "who: the directory cannot be read", "user", q.From, "err", err)
	}
	return nil, ok
}

func (g *group) holds(ctx context.Context, u *router.User) (bool, error) {
	for _, tag := range u.Tags {
		if slices.Contains(g.Tags, tag) {
			return true, nil
		}
	}
	for _, d := range u.Departments {
		if slices.Contains(g.Departments, d) {
			return true, nil
		}
	}
	if g.tree == nil || len(g.Departments) == 0 {
		return false, nil
	}
	for _, d := range u.Departments {
		above, err := g.tree(ctx, d)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(above, func(d int) bool { return slices.Contains(g.Departments, d) }) {
			return true, nil
		}
	}
	return false, nil
}

// Explain names the groups, and those that the member is in.
func (g *group) Explain(ctx context.Context, q *router.Request) router.Part {
	p := router.Part{Kind: "who", Want: groupNames(g.Departments, g.Tags)}
	if u, err := member(ctx, q); err != nil {
		p.Error = err.Error()
	} else if u != nil {
		p.Got = strings.Join(groupNames(u.Departments, u.Tags), " ")
	}
	return p
}

func groupNames(departments, tags []int) []string {
	var names []string
	for _, d := range departments {
		names = append(names, "department:"+strconv.Itoa(d))
	}
	for _, t := range tags {
		names = append(names, "tag:"+strconv.Itoa(t))
	}
	return names
}

// member is the sender's record; nil where there is no directory.
func member(ctx context.Context, q *router.Request) (*router.User, error) {
	if q.User == nil {
		return nil, nil
	}
	return q.User(ctx)
}
