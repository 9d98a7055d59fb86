package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// contactCalls are the calls that change the address book, and those that look people up in it.
func contactCalls() map[string]handler {
	return map[string]handler{
		"user/create":      writing(createUser),
		"user/update":      writing(updateUser),
		"user/delete":      writing(deleteUser),
		"user/batchdelete": writing(deleteUsers),
		"user/authsucc":    confirmJoin,

		"user/get_userid_by_email":   userByEmail,
		"user/convert_to_openid":     userToOpenID,
		"user/convert_to_userid":     openIDToUser,
		"batch/userid_to_openuserid": usersToOpenUsers,
		"batch/openuserid_to_userid": openUsersToUsers,
		"batch/invite":               invite,
		"user/get_active_stat":       activeUsers,
		"department/create":          writing(createDepartment),
		"department/update":          writing(updateDepartment),
		"department/delete":          writing(deleteDepartment),
		"tag/create":                 createTag,
		"tag/update":                 updateTag,
		"tag/delete":                 deleteTag,
		"tag/addtagusers":            addTagUsers,
		"tag/deltagusers":            removeTagUsers,
		"batch/syncuser":             writing(startImport("sync_user")),
		"batch/replaceuser":          writing(startImport("replace_user")),
		"batch/replaceparty":         writing(startImport("replace_party")),
		"batch/getresult":            importResult,
		"export/simple_user":         startExport,
		"export/user":                startExport,
		"export/department":          startExport,
		"export/taguser":             startExport,
		"export/get_result":          exportResult,
		"sync/contact_sync_success":  func(*call) (fields, *refusal) { return fields{}, nil },
	}
}

// writing lets only the contact-sync secret through.
func writing(h handler) handler {
	return func(c *call) (fields, *refusal) {
		if !c.app.ContactSync {
			return nil, refuse(codeForbidden, "api forbidden: only 通讯录同步 may change the address book")
		}
		return h(c)
	}
}

var (
	userIDChars = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$`)
	mobileChars = regexp.MustCompile(`^(\+[0-9]{1,4}[ -]?)?[0-9]{5,20}$`)
)

// Fields of a member with a place of their own in Member, and those that only user/create and user/update know.
var (
	hiddenFields = []string{"mobile", "email", "biz_mail", "gender", "avatar", "thumb_avatar", "qr_code", "address"}
	shownFields  = []string{
		"telephone", "extattr", "external_profile", "external_position", "order", "is_leader_in_dept", "main_department", "enable",
		"english_name", "biz_mail_alias", "nickname",
	}
)

// createUser is POST user/create (doc 90195).
func createUser(c *call) (fields, *refusal) {
	id := c.in.text("userid")
	switch {
	case !userIDChars.MatchString(id):
		return nil, refuse(codeUserID, "invalid userid")
	case c.corp.members[strings.ToLower(id)] != nil:
		return nil, refuse(codeUserExists, "userid existed")
	case c.in.text("mobile") == "" && c.in.text("email") == "":
		return nil, refuse(codeNoAddress, "mobile and email are both empty")
	}
	m := &Member{CorpID: c.corp.id, UserID: id, Reader: ReadsWeCom, Departments: []int{1}, profile: fields{}}
	if no := c.setUser(m); no != nil {
		return nil, no
	}
	c.corp.members[strings.ToLower(id)] = m
	c.corp.memberOrder = append(c.corp.memberOrder, strings.ToLower(id))
	c.contactChanged("create_user", c.userElements(m, c.in)...)
	return fields{"errmsg": "created"}, nil
}

// updateUser is POST user/update (doc 90197). What is left out stays.
func updateUser(c *call) (fields, *refusal) {
	old, no := c.member(c.in.text("userid"))
	if no != nil {
		return nil, no
	}
	m := *old
	m.profile = old.profile.with(nil)
	if no := c.setUser(&m); no != nil {
		return nil, no
	}
	elements := c.userElements(&m, c.in)
	if id := c.in.text("new_userid"); id != "" && !sameID(id, m.UserID) {
		switch {
		case !userIDChars.MatchString(id):
			return nil, refuse(codeUserID, "invalid new_userid")
		case c.corp.members[strings.ToLower(id)] != nil:
			return nil, refuse(codeUserExists, "new_userid existed")
		}
		c.corp.rename(old.UserID, id)
		m.UserID = id
		elements = append(elements, CDATA("NewUserID", id))
	}
	c.corp.members[strings.ToLower(m.UserID)] = &m
	c.contactChanged("update_user", elements...)
	return fields{"errmsg": "updated"}, nil
}

// rename gives a member another id, in tags and as a leader too. His messages go with him.
func (c *corp) rename(from, to string) {
	a, b := strings.ToLower(from), strings.ToLower(to)
	delete(c.members, a)
	c.memberOrder[slices.Index(c.memberOrder, a)] = b
	if box := c.inbox[a]; box != nil {
		c.inbox[b] = box
		delete(c.inbox, a)
	}
	for id, m := range c.members {
		if sameID(m.Leader, from) {
			changed := *m
			changed.Leader = to
			c.members[id] = &changed
		}
	}
	for id, t := range c.tags {
		if hasID(t.Users, from) {
			changed := *t
			changed.Users = append(withoutID(t.Users, from), to)
			c.tags[id] = &changed
		}
	}
}

// setUser puts the fields of the call into a member, or says what is wrong with one.
func (c *call) setUser(m *Member) *refusal {
	if no := c.setAddresses(m); no != nil {
		return no
	}
	if c.in.has("name") {
		if m.Name = c.in.text("name"); m.Name == "" || utf8.RuneCountInString(m.Name) > 64 {
			return refuse(codeUserName, "invalid name")
		}
	}
	if c.in.has("alias") {
		m.Alias = c.in.text("alias")
	}
	if c.in.has("position") {
		if m.Position = c.in.text("position"); utf8.RuneCountInString(m.Position) > 128 {
			return refuse(codeArgument, "position is over 128 characters")
		}
	}
	if no := c.setDepartments(m); no != nil {
		return no
	}
	if c.in.has("direct_leader") {
		m.Leader = ""
		for _, id := range c.in.texts("direct_leader") {
			leader, no := c.member(id)
			if no != nil {
				return no
			}
			m.Leader = leader.UserID
		}
	}
	if id := c.in.text("avatar_mediaid"); id != "" {
		if _, no := c.corp.findMedia(id, "image"); no != nil {
			return no
		}
		m.profile["avatar"] = c.s.URL + "/avatar/" + id
	}
	for _, name := range slices.Concat(shownFields, []string{"gender", "biz_mail", "address"}) {
		if c.in.has(name) {
			m.profile[name] = c.in[name]
		}
	}
	return nil
}

// setAddresses checks that a mobile number and a mail address belong to one member only.
func (c *call) setAddresses(m *Member) *refusal {
	taken := func(same func(*Member) bool) bool {
		return len(c.corp.membersWhere(func(o *Member) bool { return !sameID(o.UserID, m.UserID) && same(o) })) > 0
	}
	if c.in.has("mobile") {
		m.Mobile = c.in.text("mobile")
		switch {
		case m.Mobile == "":
		case !mobileChars.MatchString(m.Mobile):
			return refuse(codeMobile, "invalid mobile")
		case taken(func(o *Member) bool { return o.Mobile == m.Mobile }):
			return refuse(codeMobileExists, "mobile existed")
		}
	}
	if c.in.has("email") {
		m.Email = c.in.text("email")
		switch {
		case m.Email == "":
		case len(m.Email) < 6 || len(m.Email) > 64 || !strings.Contains(m.Email, "@"):
			return refuse(codeEmail, "invalid email")
		case taken(func(o *Member) bool { return strings.EqualFold(o.Email, m.Email) }):
			return refuse(codeEmailExists, "email existed")
		}
	}
	return nil
}

// setDepartments reads the departments. The root takes who is given none that exists.
func (c *call) setDepartments(m *Member) *refusal {
	if c.in.has("department") {
		ids := c.in.ints("department")
		if len(ids) > 100 {
			return refuse(codeUserDepartments, "more than 100 departments")
		}
		for _, list := range []string{"order", "is_leader_in_dept"} {
			if n := len(c.in.list(list)); n > 0 && n != len(ids) {
				return refusef(codeParameter, "%s has %d entries for %d departments", list, n, len(ids))
			}
		}
		ids = slices.DeleteFunc(ids, func(id int) bool { return c.corp.departments[id] == nil })
		if len(ids) == 0 {
			ids = []int{1}
		}
		m.Departments = ids
	}
	if main := int(c.in.int("main_department")); main != 0 && !slices.Contains(m.Departments, main) {
		return refuse(codeNoDepartment, "main_department is none of the member's departments")
	}
	return nil
}

// userElements is a member as change_contact tells him: what the call named.
func (c *call) userElements(m *Member, in fields) []Element {
	es := []Element{CDATA("UserID", m.UserID)}
	text := func(name, field string) {
		if in.has(field) {
			es = append(es, CDATA(name, in.text(field)))
		}
	}
	text("Name", "name")
	if in.has("department") {
		es = append(es, CDATA("Department", joinInts(m.Departments)))
	}
	if in.has("main_department") {
		es = append(es, Number("MainDepartment", in.int("main_department")))
	}
	if in.has("is_leader_in_dept") {
		es = append(es, CDATA("IsLeaderInDept", joinInts(in.ints("is_leader_in_dept"))))
	}
	if in.has("direct_leader") {
		es = append(es, CDATA("DirectLeader", m.Leader))
	}
	text("Position", "position")
	text("Mobile", "mobile")
	if n, err := strconv.ParseInt(in.text("gender"), 10, 64); err == nil {
		es = append(es, Number("Gender", n))
	}
	text("Email", "email")
	text("BizMail", "biz_mail")
	es = append(es, Number("Status", m.status()))
	text("Alias", "alias")
	text("Telephone", "telephone")
	text("Address", "address")
	return es
}

// status is 1 for an active member, 2 for a disabled one. Nobody has to be invited here.
func (m *Member) status() int64 {
	if m.profile.has("enable") && m.profile.int("enable") == 0 {
		return 2
	}
	return 1
}

// showUser is a member as reads show him. Mobile, email and the like are not shown to apps created since 2022-06.
func (c *call) showUser(m *Member) fields {
	f := c.corp.userFields(m).with(m.profile.only(shownFields...))
	f["status"] = m.status()
	if !c.app.ContactSync {
		return f
	}
	f["mobile"], f["email"] = m.Mobile, m.Email
	return f.with(m.profile.only(hiddenFields...))
}

// member finds a member.
func (c *call) member(id string) (*Member, *refusal) {
	if m := c.corp.members[strings.ToLower(id)]; m != nil {
		return m, nil
	}
	return nil, refuse(codeNoUser, "userid not found")
}

// deleteUser is GET user/delete (doc 90198).
func deleteUser(c *call) (fields, *refusal) {
	m, no := c.member(c.query.Get("userid"))
	if no != nil {
		return nil, no
	}
	c.removeUser(m)
	return fields{"errmsg": "deleted"}, nil
}

// deleteUsers is POST user/batchdelete (doc 90199): all or none.
func deleteUsers(c *call) (fields, *refusal) {
	ids := c.in.texts("useridlist")
	if len(ids) == 0 || len(ids) > 200 {
		return nil, refusef(codeUserListTooBig, "%d users, 1 to 200", len(ids))
	}
	var ms []*Member
	for _, id := range ids {
		m, no := c.member(id)
		if no != nil {
			return nil, no
		}
		ms = append(ms, m)
	}
	for _, m := range ms {
		c.removeUser(m)
	}
	return fields{"errmsg": "deleted"}, nil
}

func (c *call) removeUser(m *Member) {
	id := strings.ToLower(m.UserID)
	if c.corp.members[id] == nil {
		return // named twice
	}
	delete(c.corp.members, id)
	c.corp.memberOrder = slices.DeleteFunc(c.corp.memberOrder, func(x string) bool { return x == id })
	for n, t := range c.corp.tags {
		if hasID(t.Users, id) {
			changed := *t
			changed.Users = withoutID(t.Users, id)
			c.corp.tags[n] = &changed
		}
	}
	c.contactChanged("delete_user", CDATA("UserID", m.UserID))
}

// confirmJoin is GET user/authsucc: nobody waits for it here.
func confirmJoin(c *call) (fields, *refusal) {
	_, no := c.member(c.query.Get("userid"))
	return fields{}, no
}

// userByEmail is POST user/get_userid_by_email (doc 95895).
func userByEmail(c *call) (fields, *refusal) {
	field := "biz_mail"
	if c.in.int("email_type") == 2 {
		field = "email"
	}
	for _, m := range c.corp.membersWhere(func(m *Member) bool { return c.app.sees(c.corp, m) }) {
		mail := m.text("biz_mail")
		if field == "email" || mail == "" {
			mail = m.Email
		}
		if strings.EqualFold(mail, c.in.text("email")) {
			return fields{"userid": m.UserID}, nil
		}
	}
	return nil, refuse(46004, "user no exist")
}

// foreignID is a member's id for others: the same for the same member, and not to be read.
func foreignID(kind string, c *corp, id string) string {
	sum := sha256.Sum256([]byte(kind + c.id + "/" + strings.ToLower(id)))
	return kind + hex.EncodeToString(sum[:14])
}

// userToOpenID and openIDToUser are doc 90202.
func userToOpenID(c *call) (fields, *refusal) {
	m, no := c.member(c.in.text("userid"))
	if no != nil {
		return nil, no
	}
	return fields{"openid": foreignID("o", c.corp, m.UserID)}, nil
}

func openIDToUser(c *call) (fields, *refusal) {
	for _, id := range c.corp.memberOrder {
		if foreignID("o", c.corp, id) == c.in.text("openid") {
			return fields{"userid": c.corp.members[id].UserID}, nil
		}
	}
	return nil, refuse(codeNoUser, "openid not found")
}

// usersToOpenUsers and openUsersToUsers are docs 97062 and 95884.
func usersToOpenUsers(c *call) (fields, *refusal) {
	pairs, wrong := []fields{}, []string{}
	for _, id := range c.in.texts("userid_list") {
		m := c.corp.members[strings.ToLower(id)]
		if m == nil {
			wrong = append(wrong, id)
			continue
		}
		pairs = append(pairs, fields{"userid": m.UserID, "open_userid": foreignID("wo", c.corp, id)})
	}
	return fields{"open_userid_list": pairs, "invalid_userid_list": wrong}, nil
}

func openUsersToUsers(c *call) (fields, *refusal) {
	pairs, wrong := []fields{}, []string{}
	for _, open := range c.in.texts("open_userid_list") {
		i := slices.IndexFunc(c.corp.memberOrder, func(id string) bool { return foreignID("wo", c.corp, id) == open })
		if i < 0 {
			wrong = append(wrong, open)
			continue
		}
		pairs = append(pairs, fields{"userid": c.corp.members[c.corp.memberOrder[i]].UserID, "open_userid": open})
	}
	return fields{"userid_list": pairs, "invalid_open_userid_list": wrong}, nil
}

// invite is POST batch/invite (doc 90975).
func invite(c *call) (fields, *refusal) {
	users, parties, tags := c.in.texts("user"), c.in.ints("party"), c.in.ints("tag")
	switch {
	case len(users)+len(parties)+len(tags) == 0:
		return nil, refuse(codeNoReceiver, "user, party and tag are all empty")
	case len(users) > maxUsers:
		return nil, refusef(codeUserListTooBig, "%d users, at most %d", len(users), maxUsers)
	}
	return fields{
		"invaliduser":  slices.DeleteFunc(users, func(id string) bool { return c.corp.members[strings.ToLower(id)] != nil }),
		"invalidparty": slices.DeleteFunc(parties, func(id int) bool { return c.corp.departments[id] != nil }),
		"invalidtag":   slices.DeleteFunc(tags, func(id int) bool { return c.corp.tags[id] != nil }),
	}, nil
}

func activeUsers(c *call) (fields, *refusal) {
	return fields{"active_cnt": len(c.corp.members)}, nil
}

func joinInts(ids []int) string {
	s := make([]string, len(ids))
	for i, id := range ids {
		s[i] = strconv.Itoa(id)
	}
	return strings.Join(s, ",")
}
