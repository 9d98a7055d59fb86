package simulator

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of departments (doc 90205) and tags (doc 90210).
const (
	maxDepartmentName   = 64 // characters
	maxDepartmentLevels = 15
	maxTagName          = 32 // characters
)

// createDepartment is POST department/create (doc 90205).
func createDepartment(c *call) (fields, *refusal) {
	d := &Department{CorpID: c.corp.id, ID: int(c.in.int("id")), ParentID: int(c.in.int("parentid"))}
	switch {
	case c.in.has("id") && d.ID <= 1:
		return nil, refuse(codeNoDepartment, "id must be greater than 1")
	case d.ID != 0 && c.corp.departments[d.ID] != nil:
		return nil, refuse(codeDepartmentExists, "department existed")
	}
	if d.ID == 0 {
		d.ID = slices.Max(slices.Collect(maps.Keys(c.corp.departments))) + 1
	}
	if no := c.setDepartment(d); no != nil {
		return nil, no
	}
	c.corp.departments[d.ID] = d
	c.contactChanged("create_party", Number("Id", int64(d.ID)), CDATA("Name", d.Name), CDATA("ParentId", strconv.Itoa(d.ParentID)), Number("Order", d.order))
	return fields{"id": d.ID, "errmsg": "created"}, nil
}

// updateDepartment is POST department/update (doc 90206).
func updateDepartment(c *call) (fields, *refusal) {
	old := c.corp.departments[int(c.in.int("id"))]
	if old == nil {
		return nil, refuse(codeDepartment, "department not found")
	}
	d := *old
	if c.in.has("parentid") {
		d.ParentID = int(c.in.int("parentid"))
	}
	if no := c.setDepartment(&d); no != nil {
		return nil, no
	}
	c.corp.departments[d.ID] = &d
	elements := []Element{Number("Id", int64(d.ID))}
	if c.in.has("name") {
		elements = append(elements, CDATA("Name", d.Name))
	}
	if d.ParentID != old.ParentID {
		elements = append(elements, CDATA("ParentId", strconv.Itoa(d.ParentID)))
	}
	c.contactChanged("update_party", elements...)
	return fields{"errmsg": "updated"}, nil
}

// setDepartment puts the fields of the call into a department, or says what is wrong with one.
func (c *call) setDepartment(d *Department) *refusal {
	if c.in.has("name") {
		d.Name = c.in.text("name")
	}
	if c.in.has("name_en") {
		d.nameEn = c.in.text("name_en")
	}
	if c.in.has("order") {
		d.order = c.in.int("order")
	}
	twin := func(o *Department) bool { return o.ID != d.ID && o.ParentID == d.ParentID && o.Name == d.Name }
	switch {
	case d.Name == "" || utf8.RuneCountInString(d.Name) > maxDepartmentName:
		return refuse(codeDepartmentName, "invalid length of the department's name")
	case strings.ContainsAny(d.Name, `\:*?"<>|｜`):
		return refuse(codeDepartmentChars, "invalid character in the department's name")
	case d.ID == 1:
		return nil
	case c.corp.departments[d.ParentID] == nil:
		return refuse(codeDepartmentParent, "parent department not found")
	case c.corp.below(d.ParentID, d.ID):
		return refuse(codeDepartmentLoop, "a department cannot be below itself")
	case c.corp.level(d.ParentID) >= maxDepartmentLevels:
		return refusef(codeDepartmentDeep, "more than %d levels", maxDepartmentLevels)
	case slices.ContainsFunc(slices.Collect(maps.Values(c.corp.departments)), twin):
		return refuse(codeDepartmentExists, "department existed")
	}
	return nil
}

// level counts the departments from the root to d.
func (c *corp) level(d int) int {
	n := 1
	for ; d != 1 && n <= len(c.departments); n++ {
		d = c.departments[d].ParentID
	}
	return n
}

// deleteDepartment is GET department/delete (doc 90207).
func deleteDepartment(c *call) (fields, *refusal) {
	id, no := c.departmentID("id", true)
	if no != nil {
		return nil, refuse(codeDepartment, "department not found")
	}
	switch {
	case id == 1:
		return nil, refuse(codeDepartmentRoot, "the root cannot be deleted")
	case slices.ContainsFunc(slices.Collect(maps.Values(c.corp.departments)), func(d *Department) bool { return d.ParentID == id }):
		return nil, refuse(codeDepartmentBelow, "there are departments below it")
	case len(c.corp.membersWhere(func(m *Member) bool { return slices.Contains(m.Departments, id) })) > 0:
		return nil, refuse(codeDepartmentUsers, "there are members in it")
	}
	delete(c.corp.departments, id)
	c.contactChanged("delete_party", Number("Id", int64(id)))
	return fields{"errmsg": "deleted"}, nil
}

// createTag is POST tag/create (doc 90210). The tag belongs to the app.
func createTag(c *call) (fields, *refusal) {
	t := &Tag{CorpID: c.corp.id, ID: int(c.in.int("tagid")), Name: c.in.text("tagname"), owner: c.app.AgentID}
	switch {
	case t.ID < 0 || t.ID > 0 && c.corp.tags[t.ID] != nil:
		return nil, refuse(codeTagID, "invalid tagid")
	case t.ID == 0:
		t.ID = slices.Max(append(slices.Collect(maps.Keys(c.corp.tags)), 0)) + 1
	}
	if no := c.checkTag(t); no != nil {
		return nil, no
	}
	c.corp.tags[t.ID] = t
	c.s.publish(Event{Kind: EventCompany})
	return fields{"tagid": t.ID, "errmsg": "created"}, nil
}

func (c *call) checkTag(t *Tag) *refusal {
	twin := func(o *Tag) bool { return o.ID != t.ID && o.Name == t.Name }
	switch {
	case utf8.RuneCountInString(t.Name) > maxTagName:
		return refuse(codeTagName, "invalid length of the tag's name")
	case slices.ContainsFunc(slices.Collect(maps.Values(c.corp.tags)), twin):
		return refuse(codeTagExists, "tag existed")
	}
	return nil
}

// tag finds a tag that the app may change.
func (c *call) tag(id int) (*Tag, *refusal) {
	t := c.corp.tags[id]
	switch {
	case t == nil:
		return nil, refuse(codeTagID, "invalid tagid")
	case t.owner != 0 && t.owner != c.app.AgentID && !c.app.ContactSync:
		return nil, refuse(codeNoPermission, "the tag belongs to another app")
	}
	return t, nil
}

// updateTag is POST tag/update (doc 90211).
func updateTag(c *call) (fields, *refusal) {
	old, no := c.tag(int(c.in.int("tagid")))
	if no != nil {
		return nil, no
	}
	t := *old
	t.Name = c.in.text("tagname")
	if no := c.checkTag(&t); no != nil {
		return nil, no
	}
	c.corp.tags[t.ID] = &t
	c.s.publish(Event{Kind: EventCompany})
	return fields{"errmsg": "updated"}, nil
}

// deleteTag is GET tag/delete (doc 90212).
func deleteTag(c *call) (fields, *refusal) {
	id, _ := strconv.Atoi(c.query.Get("tagid")) // checked by the specification
	t, no := c.tag(id)
	if no != nil {
		return nil, no
	}
	delete(c.corp.tags, t.ID)
	c.s.publish(Event{Kind: EventCompany})
	return fields{"errmsg": "deleted"}, nil
}

// addTagUsers is POST tag/addtagusers (doc 90214).
func addTagUsers(c *call) (fields, *refusal) {
	return c.changeTag(func(t *Tag, users []string, parties []int) []Element {
		for _, u := range users {
			t.Users = append(withoutID(t.Users, u), u)
		}
		for _, p := range parties {
			if !slices.Contains(t.Departments, p) {
				t.Departments = append(slices.Clone(t.Departments), p)
			}
		}
		return []Element{CDATA("AddUserItems", strings.Join(users, ",")), CDATA("AddPartyItems", joinInts(parties))}
	})
}

// removeTagUsers is POST tag/deltagusers (doc 90215).
func removeTagUsers(c *call) (fields, *refusal) {
	return c.changeTag(func(t *Tag, users []string, parties []int) []Element {
		t.Users = slices.DeleteFunc(slices.Clone(t.Users), func(u string) bool { return hasID(users, u) })
		t.Departments = slices.DeleteFunc(slices.Clone(t.Departments), func(p int) bool { return slices.Contains(parties, p) })
		return []Element{CDATA("DelUserItems", strings.Join(users, ",")), CDATA("DelPartyItems", joinInts(parties))}
	})
}

// changeTag sorts out who does not exist, and changes the tag for the rest.
func (c *call) changeTag(change func(t *Tag, users []string, parties []int) []Element) (fields, *refusal) {
	old, no := c.tag(int(c.in.int("tagid")))
	if no != nil {
		return nil, no
	}
	users, parties := c.in.texts("userlist"), c.in.ints("partylist")
	switch {
	case len(users)+len(parties) == 0:
		return nil, refuse(codeEmpty, "userlist and partylist are both empty")
	case len(users) > 1000 || len(parties) > 100:
		return nil, refuse(codeParameter, "more than 1000 users or 100 departments")
	}
	var wrongUsers []string
	var wrongParties []int
	var known []string
	for _, u := range users {
		if m := c.corp.members[strings.ToLower(u)]; m != nil {
			known = append(known, m.UserID)
		} else {
			wrongUsers = append(wrongUsers, u)
		}
	}
	parties = slices.DeleteFunc(parties, func(p int) bool {
		if c.corp.departments[p] == nil {
			wrongParties = append(wrongParties, p)
			return true
		}
		return false
	})
	if len(known)+len(parties) == 0 {
		return nil, refuse(codeTagAllInvalid, "all users and departments are invalid")
	}
	t := *old
	elements := change(&t, known, parties)
	c.corp.tags[t.ID] = &t
	c.contactChanged("update_tag", append([]Element{Number("TagId", int64(t.ID))}, elements...)...)
	f := fields{}
	if len(wrongUsers) > 0 {
		f["invalidlist"] = strings.Join(wrongUsers, "|")
	}
	if len(wrongParties) > 0 {
		f["invalidparty"] = wrongParties
	}
	return f, nil
}
