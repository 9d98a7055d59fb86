package simulator

import (
	"slices"
	"strings"
)

// sees reports whether a member is in the app's visible scope.
func (a *app) sees(c *corp, m *Member) bool {
	if len(a.Users)+len(a.Departments)+len(a.Tags) == 0 {
		return true
	}
	if slices.ContainsFunc(a.Users, func(u string) bool { return strings.EqualFold(u, m.UserID) }) {
		return true
	}
	if slices.ContainsFunc(a.Departments, func(d int) bool { return c.inDepartment(m, d) }) {
		return true
	}
	return slices.ContainsFunc(a.Tags, func(t int) bool { return c.hasTag(m, t) })
}

// seesRoot reports whether the whole corp is in the scope, which app group chats ask for (48002).
func (a *app) seesRoot() bool {
	return len(a.Users)+len(a.Departments)+len(a.Tags) == 0 || slices.Contains(a.Departments, 1)
}

// inDepartment reports whether m is in department d or below it.
func (c *corp) inDepartment(m *Member, d int) bool {
	return slices.ContainsFunc(m.Departments, func(own int) bool { return c.below(own, d) })
}

// below reports whether department id is d or one of its descendants. The walk is bounded: a test may have made a loop.
func (c *corp) below(id, d int) bool {
	for range len(c.departments) + 1 {
		if id == d {
			return true
		}
		dep := c.departments[id]
		if dep == nil || id == 1 {
			return false
		}
		id = dep.ParentID
	}
	return false
}

func (c *corp) hasTag(m *Member, tag int) bool {
	t := c.tags[tag]
	if t == nil {
		return false
	}
	return slices.ContainsFunc(t.Users, func(u string) bool { return strings.EqualFold(u, m.UserID) }) ||
		slices.ContainsFunc(t.Departments, func(d int) bool { return c.inDepartment(m, d) })
}

// membersWhere returns members in the order they were added.
func (c *corp) membersWhere(keep func(*Member) bool) []*Member {
	var out []*Member
	for _, id := range c.memberOrder {
		if m := c.members[id]; keep(m) {
			out = append(out, m)
		}
	}
	return out
}
