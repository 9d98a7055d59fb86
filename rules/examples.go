package rules

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// source is what a rule was compiled from, kept for checks.
type source struct {
	name     string
	where    strictyaml.Where
	match    *match
	raw      *strictyaml.Node
	set      ordered[*strictyaml.Text]
	form     string    // that it starts
	audience *Audience // nil: everybody
	window   *window   // nil: always
	priority int
	goOn     bool // continue
	yes, no  []example
}

// working is the time of examples that name none: a Wednesday morning, the same in every check.
func working(zone *time.Location) time.Time { return time.Date(2026, 3, 4, 10, 0, 0, 0, zone) }

// CheckExamples routes the examples and not_examples of all rules, and returns a problem for each that another rule
// answers, or its own. Nothing is executed. An example is said by a member whom its rule is for, at a time at which it
// holds.
func (s *Set) CheckExamples() []strictyaml.Problem {
	dry, err := s.dryTable()
	if err != nil || s.Table == nil {
		return nil // Load has reported it
	}
	var problems []strictyaml.Problem
	for i := range s.sources {
		r := &s.sources[i]
		for _, e := range r.yes {
			if matched := dry.route(r, e); !slices.Contains(matched, r.name) {
				problems = append(problems, e.Say.Pos.Problem("the example %q of %q is answered by %s", e.Say.Value, r.name, nameList(matched)).
					WithHint("%s", hintFor(matched)))
			}
		}
		for _, e := range r.no {
			if slices.Contains(dry.route(r, e), r.name) {
				problems = append(problems, e.Say.Pos.Problem("%q is a not_example of %q, which answers it", e.Say.Value, r.name).
					WithHint("narrow the rule's match, or delete it from not_examples"))
			}
		}
	}
	strictyaml.Sort(problems, s.Files...)
	return problems
}

func nameList(names []string) string {
	if len(names) == 0 {
		return "no rule"
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}

func hintFor(matched []string) string {
	if len(matched) == 0 {
		return "widen the rule's match, or say as whom and when the example holds: {say: …, as: …, at: …}"
	}
	return "give the rule a higher priority, or narrow the other one"
}

// dry is the table with handlers that do nothing and a clock of its own.
type dry struct {
	table *router.Table
	now   time.Time
	zone  *time.Location
}

// dryTable takes the matchers over: their expressions are adopted by scopes with another clock, not compiled again.
func (s *Set) dryTable() (*dry, error) {
	d := &dry{}
	clock := func() time.Time { return d.now }
	o := s.options
	o.Previous, o.Now = s, clock
	c := newCompiler(o)
	c.values, c.calendar, d.zone = s.Vars, s.calendar, c.location
	c.base = c.sight("", nil)
	var rules []router.Rule
	for i := range s.sources {
		src := &s.sources[i]
		m := c.match(src.match)
		if src.audience != nil {
			m = router.And(m, c.who(*src.audience))
		}
		if src.window != nil {
			w := *src.window
			w.now = clock
			m = router.And(m, &w)
		}
		rules = append(rules, router.Rule{Name: src.name, Match: m, Handler: silent, Priority: src.priority, Continue: src.goOn})
	}
	for _, r := range s.options.Routes {
		r.Handler = silent
		rules = append(rules, r)
	}
	var err error
	d.table, err = router.NewTable(rules, nil)
	return d, err
}

var silent = router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { return nil, nil })

// route returns the rules that an example's message runs.
func (d *dry) route(r *source, e example) []string {
	q := &router.Request{Message: &message.Message{Type: message.TypeText, From: e.As, Text: e.Say.Value, ID: 1}}
	member := &router.User{ID: e.As}
	if a := r.audience; a != nil && e.As == "" {
		member.ID = "example"
		if len(a.Users) > 0 {
			member.ID = a.Users[0]
		}
		member.Departments, member.Tags = a.Departments[:min(1, len(a.Departments))], a.Tags[:min(1, len(a.Tags))]
	}
	q.From = member.ID
	q.User = func(context.Context) (*router.User, error) { return member, nil }
	switch {
	case !e.at.IsZero():
		d.now = e.at
	case r.window != nil:
		d.now = r.window.sample(working(r.window.zone))
	default:
		d.now = working(d.zone)
	}
	q.CreateTime = d.now.Unix()
	_, matched, _ := d.table.Handle(context.Background(), q)
	return matched
}
