package router

import (
	"context"
	"maps"
	"strings"
)

// And matches when all of ms do; each sees the captures of those before it, and all captures count.
func And(ms ...Matcher) Matcher { return and(ms) }

// Or matches when one of ms does; the captures are those of the first.
func Or(ms ...Matcher) Matcher { return or(ms) }

// Not matches when m does not. An expression that fails matches neither way.
func Not(m Matcher) Matcher { return not{m} }

type and []Matcher

func (ms and) Match(ctx context.Context, q *Request) (map[string]string, bool) {
	vars, ok, _ := ms.test(ctx, q)
	return vars, ok
}

func (ms and) test(ctx context.Context, q *Request) (map[string]string, bool, error) {
	var all map[string]string
	for _, m := range ms {
		vars, ok, err := test(ctx, m, q)
		if !ok || err != nil {
			return nil, false, err
		}
		all, q = capture(all, vars, q)
	}
	return all, true, nil
}

// capture adds vars to all, and gives a request in which the matchers to come see them.
func capture(all, vars map[string]string, q *Request) (map[string]string, *Request) {
	if len(vars) == 0 {
		return all, q
	}
	if all == nil {
		all = vars
	} else {
		all = maps.Clone(all)
		maps.Copy(all, vars)
	}
	seen := *q
	seen.Vars = all
	if len(q.Vars) > 0 {
		seen.Vars = maps.Clone(q.Vars)
		maps.Copy(seen.Vars, all)
	}
	return all, &seen
}

func (ms and) guard() guard {
	g := anything
	for _, m := range ms {
		g = g.and(guardOf(m))
	}
	return g
}

func (ms and) String() string { return join(ms, " and ") }

type or []Matcher

func (ms or) Match(ctx context.Context, q *Request) (map[string]string, bool) {
	vars, ok, _ := ms.test(ctx, q)
	return vars, ok
}

func (ms or) test(ctx context.Context, q *Request) (map[string]string, bool, error) {
	var failed error
	for _, m := range ms {
		vars, ok, err := test(ctx, m, q)
		if ok && err == nil {
			return vars, true, nil
		}
		if failed == nil {
			failed = err
		}
	}
	return nil, false, failed
}

func (ms or) guard() guard {
	g := nothing
	for _, m := range ms {
		g = g.or(guardOf(m))
	}
	return g
}

func (ms or) String() string { return join(ms, " or ") }

type not struct{ m Matcher }

func (n not) Match(ctx context.Context, q *Request) (map[string]string, bool) {
	_, ok, _ := n.test(ctx, q)
	return nil, ok
}

func (n not) test(ctx context.Context, q *Request) (map[string]string, bool, error) {
	_, ok, err := test(ctx, n.m, q)
	return nil, !ok && err == nil, err
}

func (n not) guard() guard   { return anything }
func (n not) String() string { return "not " + describe(n.m) }

func join(ms []Matcher, sep string) string {
	parts := make([]string, len(ms))
	for i, m := range ms {
		parts[i] = describe(m)
	}
	return "(" + strings.Join(parts, sep) + ")"
}
