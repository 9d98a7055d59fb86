package simulator

import (
	"slices"
	"strings"
)

// getUser is GET user/get (doc 90196).
func getUser(c *call) (fields, *refusal) {
	id := c.query.Get("userid")
	if id == "" {
		return nil, refuse(codeNoUserID, "userid missing")
	}
	m := c.corp.members[strings.ToLower(id)]
	if m == nil {
		return nil, refuse(codeNoUser, "userid not found")
	}
	if !c.app.sees(c.corp, m) {
		return nil, refuse(codeNoPermission, "no privilege to access this member")
	}
	return c.showUser(m), nil
}

// userFields is a member as user/get and user/list show him. Mobile, email and the like are not shown to apps created
// since 2022-06; we never show them.
func (c *corp) userFields(m *Member) fields {
	leads := make([]int, len(m.Departments))
	leaders := []string{}
	if m.Leader != "" {
		leaders = append(leaders, m.Leader)
	}
	if slices.ContainsFunc(c.memberOrder, func(id string) bool { return strings.EqualFold(c.members[id].Leader, m.UserID) }) {
		leads[0] = 1
	}
	return fields{
		"userid": m.UserID, "name": m.Name, "alias": m.Alias, "department": m.Departments,
		"order": make([]int, len(m.Departments)), "position": m.Position, "is_leader_in_dept": leads,
		"direct_leader": leaders, "main_department": m.Departments[0], "status": 1, "extattr": fields{"attrs": []any{}},
	}
}
