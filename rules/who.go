package rules

import (
	"fmt"
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

// matcher is true for members of the audience. Only one that names departments or tags needs the member's record.
func (c *compiler) who(a Audience) router.Matcher {
	var any []router.Matcher
	if len(a.Users) > 0 {
		any = append(any, router.From(a.Users...))
	}
	for _, group := range []struct {
		name string
		ids  []int
	}{{"departments", a.Departments}, {"tags", a.Tags}} {
		if len(group.ids) == 0 {
			continue
		}
		src := fmt.Sprintf("any(user.%s, # in %s)", group.name, strings.Join(strings.Fields(fmt.Sprint(group.ids)), ", "))
		e, err := c.base.Condition(src)
		if err != nil {
			c.report(strictyaml.Pos{}, "", "who: %v", err) // too many ids for one expression
			continue
		}
		any = append(any, e.Matcher())
	}
	if len(any) == 1 {
		return any[0]
	}
	return router.Or(any...)
}
