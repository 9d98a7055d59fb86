package handlers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Role is a group of members (成员): those named, and those of the departments and tags. The zero value is nobody.
type Role struct {
	Users       []string
	Departments []int // with their sub-departments, where Tree knows them
	Tags        []int
	// Tree gives the departments above one; nil: only the department itself counts.
	Tree func(ctx context.Context, department int) ([]int, error)
}

// Has reports whether the sender belongs to the role. His record is fetched only if his name does not decide it.
func (r Role) Has(ctx context.Context, q *router.Request) (bool, error) {
	// User ids are compared without case (doc 90238).
	if slices.ContainsFunc(r.Users, func(id string) bool { return strings.EqualFold(id, q.From) }) {
		return true, nil
	}
	if len(r.Departments)+len(r.Tags) == 0 || q.User == nil {
		return false, nil
	}
	u, err := q.User(ctx)
	if err != nil {
		return false, fmt.Errorf("look up %s: %w", q.From, err)
	}
	if slices.ContainsFunc(u.Tags, func(t int) bool { return slices.Contains(r.Tags, t) }) {
		return true, nil
	}
	for _, d := range u.Departments {
		if in, err := r.within(ctx, d); in || err != nil {
			return in, err
		}
	}
	return false, nil
}

func (r Role) within(ctx context.Context, department int) (bool, error) {
	if len(r.Departments) == 0 {
		return false, nil
	}
	above := []int{department}
	if r.Tree != nil {
		more, err := r.Tree(ctx, department)
		if err != nil {
			return false, fmt.Errorf("departments above %d: %w", department, err)
		}
		above = append(above, more...)
	}
	return slices.ContainsFunc(above, func(d int) bool { return slices.Contains(r.Departments, d) }), nil
}

// Roles are roles by name.
type Roles map[string]Role

// Role is the named role; nobody if there is none of that name, so that a slip of the pen opens nothing.
func (rs Roles) Role(name string) Role { return rs[name] }

// Has reports whether the sender has one of the named roles.
func (rs Roles) Has(ctx context.Context, q *router.Request, names ...string) (bool, error) {
	for _, n := range names {
		if ok, err := rs[n].Has(ctx, q); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// Names are the roles' names, sorted.
func (rs Roles) Names() []string { return slices.Sorted(maps.Keys(rs)) }

// Allow lets only members of the role through; everybody else gets refusal. When it cannot be known, nobody gets through.
func Allow(who Role, refusal reply.Reply) router.Middleware {
	return func(next router.Handler) router.Handler {
		return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			ok, err := who.Has(ctx, q)
			switch {
			case err != nil:
				return nil, err
			case !ok:
				return refusal, nil
			}
			return next.Handle(ctx, q)
		})
	}
}
