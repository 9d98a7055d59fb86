package simulator

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listUsers is GET user/list (doc 90201), simpleUsers GET user/simplelist (doc 90200).
func listUsers(c *call) (fields, *refusal) { return c.userList(c.showUser) }

func simpleUsers(c *call) (fields, *refusal) {
	return c.userList(func(m *Member) fields {
		return fields{"userid": m.UserID, "name": m.Name, "department": m.Departments}
	})
}

func (c *call) userList(show func(*Member) fields) (fields, *refusal) {
	id, no := c.departmentID("department_id", true)
	if no != nil {
		return nil, no
	}
	deep := c.query.Get("fetch_child") == "1"
	found := c.corp.membersWhere(func(m *Member) bool {
		in := slices.Contains(m.Departments, id) || deep && c.corp.inDepartment(m, id)
		return in && c.app.sees(c.corp, m)
	})
	list := []fields{}
	for _, m := range found {
		list = append(list, show(m))
	}
	return fields{"userlist": list}, nil
}

// departmentID reads a department of the query; 0 where there is none.
func (c *call) departmentID(name string, need bool) (int, *refusal) {
	text := c.query.Get(name)
	if text == "" && !need {
		return 0, nil
	}
	id, err := strconv.Atoi(text)
	if err != nil {
		return 0, refusef(codeArgument, "%s missing or not a number", name)
	}
	if c.corp.departments[id] == nil {
		return 0, refuse(codeNoDepartment, "department not found")
	}
	return id, nil
}

// userIDs is POST user/list_id (doc 96067): every member once per department.
func userIDs(c *call) (fields, *refusal) {
	var r struct {
		Cursor string `json:"cursor"`
		Limit  number `json:"limit"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	var all []fields
	for _, m := range c.corp.membersWhere(func(m *Member) bool { return c.app.sees(c.corp, m) }) {
		for _, d := range m.Departments {
			all = append(all, fields{"userid": m.UserID, "department": d})
		}
	}
	page, next, no := pageOf(all, r.Cursor, int(r.Limit), 10_000)
	if no != nil {
		return nil, no
	}
	return fields{"dept_user": page, "next_cursor": next}, nil
}

// pageOf cuts a page out of a list; the cursor is opaque to clients.
func pageOf[T any](all []T, cursor string, limit, most int) ([]T, string, *refusal) {
	from := 0
	if cursor != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(cursor, "cursor"))
		if err != nil || n < 0 || n > len(all) {
			return nil, "", refuse(50100, "invalid cursor")
		}
		from = n
	}
	if limit <= 0 || limit > most {
		limit = most
	}
	to := min(from+limit, len(all))
	next := ""
	if to < len(all) {
		next = "cursor" + strconv.Itoa(to)
	}
	return slices.Concat([]T{}, all[from:to]), next, nil // never null in JSON
}

// userByMobile is POST user/getuserid (doc 95402).
func userByMobile(c *call) (fields, *refusal) {
	var r struct {
		Mobile string `json:"mobile"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	for _, m := range c.corp.members {
		if r.Mobile != "" && m.Mobile == r.Mobile && c.app.sees(c.corp, m) {
			return fields{"userid": m.UserID}, nil
		}
	}
	return nil, refuse(46004, "user no exist")
}

// listDepartments is GET department/list (doc 90208), simpleDepartments GET department/simplelist (doc 95350).
func listDepartments(c *call) (fields, *refusal) {
	found, no := c.departmentsBelow()
	if no != nil {
		return nil, no
	}
	list := []fields{}
	for _, d := range found {
		list = append(list, c.corp.departmentFields(d))
	}
	return fields{"department": list}, nil
}

func simpleDepartments(c *call) (fields, *refusal) {
	found, no := c.departmentsBelow()
	if no != nil {
		return nil, no
	}
	list := []fields{}
	for _, d := range found {
		list = append(list, fields{"id": d.ID, "parentid": d.ParentID, "order": d.order})
	}
	return fields{"department_id": list}, nil
}

// departmentsBelow lists a department and what is below it, or all that the app sees.
func (c *call) departmentsBelow() ([]*Department, *refusal) {
	top, no := c.departmentID("id", false)
	if no != nil {
		return nil, no
	}
	var out []*Department
	for _, id := range slices.Sorted(maps.Keys(c.corp.departments)) {
		visible := c.app.seesRoot() || slices.ContainsFunc(c.app.Departments, func(d int) bool { return c.corp.below(id, d) })
		if visible && (top == 0 || c.corp.below(id, top)) {
			out = append(out, c.corp.departments[id])
		}
	}
	return out, nil
}

// getDepartment is GET department/get (doc 95351).
func getDepartment(c *call) (fields, *refusal) {
	id, no := c.departmentID("id", true)
	if no != nil {
		return nil, no
	}
	return fields{"department": c.corp.departmentFields(c.corp.departments[id])}, nil
}

func (c *corp) departmentFields(d *Department) fields {
	leaders := []string{}
	for _, m := range c.membersWhere(func(m *Member) bool { return m.Departments[0] == d.ID }) {
		leads := slices.ContainsFunc(c.memberOrder, func(id string) bool { return strings.EqualFold(c.members[id].Leader, m.UserID) })
		if leads {
			leaders = append(leaders, m.UserID)
		}
	}
	return fields{"id": d.ID, "name": d.Name, "name_en": d.nameEn, "parentid": d.ParentID, "order": d.order, "department_leader": leaders}
}

// listTags is GET tag/list (doc 90216).
func listTags(c *call) (fields, *refusal) {
	list := []fields{}
	for _, id := range slices.Sorted(maps.Keys(c.corp.tags)) {
		list = append(list, fields{"tagid": id, "tagname": c.corp.tags[id].Name})
	}
	return fields{"taglist": list}, nil
}

// getTag is GET tag/get (doc 90213).
func getTag(c *call) (fields, *refusal) {
	text := c.query.Get("tagid")
	if text == "" {
		return nil, refuse(codeNoTagID, "tagid missing")
	}
	id, err := strconv.Atoi(text)
	t := c.corp.tags[id]
	if err != nil || t == nil {
		return nil, refuse(codeTagID, "invalid tagid")
	}
	users := []fields{}
	for _, u := range t.Users {
		if m := c.corp.members[strings.ToLower(u)]; m != nil && c.app.sees(c.corp, m) {
			users = append(users, fields{"userid": m.UserID, "name": m.Name})
		}
	}
	return fields{"tagname": t.Name, "userlist": users, "partylist": slices.Concat([]int{}, t.Departments)}, nil
}

// getAgent is GET agent/get, listAgents GET agent/list (doc 90227).
func getAgent(c *call) (fields, *refusal) {
	if no := c.agentOfQuery(); no != nil {
		return nil, no
	}
	users := []fields{}
	for _, u := range c.app.Users {
		users = append(users, fields{"userid": u})
	}
	parties := c.app.Departments
	if len(c.app.Users)+len(parties)+len(c.app.Tags) == 0 {
		parties = []int{1}
	}
	f := fields{
		"agentid": c.app.AgentID, "name": c.app.Name, "description": "", "square_logo_url": "", "close": 0,
		"allow_userinfos": fields{"user": users}, "allow_partys": fields{"partyid": parties},
		"allow_tags": fields{"tagid": c.app.Tags}, "redirect_domain": "", "report_location_flag": 0,
		"isreportenter": 1, "home_url": "",
	}
	return f.with(c.app.settings), nil
}

func listAgents(c *call) (fields, *refusal) {
	return fields{"agentlist": []fields{{"agentid": c.app.AgentID, "name": c.app.Name, "square_logo_url": ""}}}, nil
}

// ticket is GET get_jsapi_ticket and ticket/get: a constant per app is enough to sign a page (doc 90506).
func ticket(c *call) (fields, *refusal) {
	return fields{"ticket": "ticket-" + c.corp.id + "-" + strconv.FormatInt(c.app.AgentID, 10), "expires_in": 7200}, nil
}

// statistics is POST message/get_statistics (doc 92369).
func statistics(c *call) (fields, *refusal) {
	var r struct {
		TimeType number `json:"time_type"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	day := c.s.opt.now().AddDate(0, 0, -int(r.TimeType)).Format(time.DateOnly)
	return fields{"statistics": []fields{{"agentid": c.app.AgentID, "app_name": c.app.Name, "count": c.app.sentOn[day]}}}, nil
}
