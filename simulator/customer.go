package simulator

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Customer is a person outside the corp whom members added (外部联系人).
type Customer struct {
	CorpID  string   `json:"corp_id,omitempty"`
	ID      string   `json:"external_userid"` // default: a new one
	Name    string   `json:"name"`
	Type    int      `json:"type"` // 1 of WeChat (default), 2 of WeCom
	Gender  int      `json:"gender"`
	UnionID string   `json:"unionid,omitempty"`
	Follows []Follow `json:"follow_user"` // by whom, in the order they were added
}

// Follow is one member's relation to a customer.
type Follow struct {
	User        string   `json:"userid"`
	Remark      string   `json:"remark"`
	Description string   `json:"description"`
	Company     string   `json:"remark_corp_name,omitempty"`
	Mobiles     []string `json:"remark_mobiles"`
	Tags        []string `json:"-"` // ids
	State       string   `json:"state,omitempty"`
	AddWay      int      `json:"add_way"`
	Since       int64    `json:"createtime"` // unix seconds; default: now
}

// CustomerGroup is a group chat with customers (客户群).
type CustomerGroup struct {
	CorpID    string
	ID        string // default: a new one
	Name      string
	Owner     string // user id
	Notice    string
	Members   []string // user ids
	Customers []string // external user ids
	Since     int64    // unix seconds; default: now
}

// tagGroup is a group of customer tags (企业客户标签).
type tagGroup struct {
	id, name       string
	created, order int64
	strategy       int64 // 0: the corp's
	tags           []customerTag
}

type customerTag struct {
	id, name       string
	created, order int64
}

// AddCustomer adds or replaces a customer, without telling anybody.
func (s *Server) AddCustomer(p Customer) Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keepCustomer(s.corpFor(p.CorpID, false), p)
}

func (s *Server) keepCustomer(c *corp, p Customer) Customer {
	p.CorpID, p.Type = c.id, cmp.Or(p.Type, 1)
	if p.ID == "" {
		p.ID = "wm" + s.newID("")
	}
	p.Follows = slices.Clone(p.Follows)
	for i := range p.Follows {
		p.Follows[i].Since = cmp.Or(p.Follows[i].Since, s.opt.now().Unix())
	}
	if c.customers[p.ID] == nil {
		c.customerOrder = append(c.customerOrder, p.ID)
	}
	c.customers[p.ID] = &p
	s.publish(Event{Kind: EventCompany})
	return p
}

// Customers returns the customers of all corps, in the order they were added.
func (s *Server) Customers() []Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Customer
	for _, c := range s.allCorps() {
		for _, id := range c.customerOrder {
			p := *c.customers[id]
			p.Follows = slices.Clone(p.Follows)
			out = append(out, p)
		}
	}
	return out
}

// AddCustomerGroup adds or replaces a group chat with customers.
func (s *Server) AddCustomerGroup(g CustomerGroup) CustomerGroup {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corpFor(g.CorpID, false)
	g.CorpID, g.Since = c.id, cmp.Or(g.Since, s.opt.now().Unix())
	if g.ID == "" {
		g.ID = "wr" + s.newID("")
	}
	if c.groups[g.ID] == nil {
		c.groupOrder = append(c.groupOrder, g.ID)
	}
	c.groups[g.ID] = &g
	return g
}

// Befriend lets a customer and a member add each other, and tells the corp's apps (add_external_contact) with
// the welcome code, which it returns. The state is that of the contact way, if there was one.
func (s *Server) Befriend(user string, p Customer, state string) (Customer, string) {
	s.mu.Lock()
	corp, id := s.locate(user)
	if m := corp.members[id]; m != nil {
		id = m.UserID
	}
	p.Follows = append(slices.Clone(p.Follows), Follow{User: id, State: state, AddWay: 1})
	p = s.keepCustomer(corp, p)
	code := s.newID("welcome")
	corp.welcome[code] = s.opt.now().Add(welcomeLife)
	c := &call{s: s, corp: corp}
	elements := []Element{CDATA("ChangeType", "add_external_contact"), CDATA("UserID", id), CDATA("ExternalUserID", p.ID), CDATA("WelcomeCode", code)}
	if state != "" {
		elements = append(elements, CDATA("State", state))
	}
	c.notify("change_external_contact", elements...)
	s.mu.Unlock()
	for _, do := range c.later {
		do()
	}
	return p, code
}

const welcomeLife = 20 * time.Second // doc 92137

// customerCalls are the calls about customers, their tags and their groups.
func customerCalls() map[string]handler {
	return map[string]handler{
		"externalcontact/get_follow_user_list":       followers,
		"externalcontact/list":                       customersOf,
		"externalcontact/get":                        getCustomer,
		"externalcontact/batch/get_by_user":          customersOfUsers,
		"externalcontact/remark":                     remarkCustomer,
		"externalcontact/mark_tag":                   markCustomer,
		"externalcontact/get_corp_tag_list":          listCustomerTags,
		"externalcontact/add_corp_tag":               addCustomerTag,
		"externalcontact/edit_corp_tag":              editCustomerTag,
		"externalcontact/del_corp_tag":               deleteCustomerTag,
		"externalcontact/get_strategy_tag_list":      listCustomerTags,
		"externalcontact/add_strategy_tag":           addCustomerTag,
		"externalcontact/edit_strategy_tag":          editCustomerTag,
		"externalcontact/del_strategy_tag":           deleteCustomerTag,
		"externalcontact/transfer_customer":          transferCustomers,
		"externalcontact/transfer_result":            transferResult,
		"externalcontact/resigned/transfer_customer": transferCustomers,
		"externalcontact/resigned/transfer_result":   transferResult,
		"externalcontact/transfer":                   transferCustomer,
		"externalcontact/get_unassigned_list":        unassigned,
		"externalcontact/groupchat/list":             listGroups,
		"externalcontact/groupchat/get":              getGroup,
		"externalcontact/groupchat/onjob_transfer":   transferGroups,
		"externalcontact/groupchat/transfer":         transferGroups,
		"externalcontact/send_welcome_msg":           sendWelcome,
		"externalcontact/convert_to_openid":          customerToOpenID,
		"externalcontact/contact_list":               servedCustomers,
		"idconvert/unionid_to_external_userid":       unionIDToCustomer,
	}
}

// customer finds a customer whom somebody follows.
func (c *call) customer(id string) (*Customer, *refusal) {
	p := c.corp.customers[id]
	switch {
	case p == nil:
		return nil, refuse(codeCustomer, "invalid external userid")
	case len(p.Follows) == 0:
		return nil, refuse(codeNoCustomer, "not external contact")
	}
	return p, nil
}

// follow finds a member's relation to a customer.
func (c *call) follow(user, customer string) (*Follow, *refusal) {
	if _, no := c.member(user); no != nil {
		return nil, no
	}
	p, no := c.customer(customer)
	if no != nil {
		return nil, no
	}
	for i := range p.Follows {
		if sameID(p.Follows[i].User, user) {
			return &p.Follows[i], nil
		}
	}
	return nil, refuse(codeNoCustomer, "not external contact")
}

// followers is GET externalcontact/get_follow_user_list (doc 92571): who may have customers; here everybody may.
func followers(c *call) (fields, *refusal) {
	ids := []string{}
	for _, m := range c.corp.membersWhere(func(m *Member) bool { return c.app.sees(c.corp, m) }) {
		ids = append(ids, m.UserID)
	}
	return fields{"follow_user": ids}, nil
}

// customersOf is GET externalcontact/list (doc 92113).
func customersOf(c *call) (fields, *refusal) {
	if _, no := c.member(c.query.Get("userid")); no != nil {
		return nil, no
	}
	ids := c.corp.followedBy(c.query.Get("userid"))
	if len(ids) == 0 {
		return nil, refuse(codeNoCustomer, "not external contact")
	}
	return fields{"external_userid": ids}, nil
}

func (c *corp) followedBy(user string) []string {
	ids := []string{}
	for _, id := range c.customerOrder {
		if slices.ContainsFunc(c.customers[id].Follows, func(f Follow) bool { return sameID(f.User, user) }) {
			ids = append(ids, id)
		}
	}
	return ids
}

// getCustomer is GET externalcontact/get (doc 92114).
func getCustomer(c *call) (fields, *refusal) {
	p, no := c.customer(c.query.Get("external_userid"))
	if no != nil {
		return nil, no
	}
	follows := []fields{}
	for _, f := range p.Follows {
		show := f.fields()
		show["tags"] = c.corp.tagsOf(f)
		follows = append(follows, show)
	}
	page, next, no := pageOf(follows, c.query.Get("cursor"), 0, 500)
	if no != nil {
		return nil, no
	}
	return fields{"external_contact": p.fields(), "follow_user": page, "next_cursor": next}, nil
}

func (p *Customer) fields() fields {
	return fields{"external_userid": p.ID, "name": p.Name, "type": p.Type, "gender": p.Gender, "unionid": p.UnionID, "avatar": ""}
}

func (f *Follow) fields() fields {
	return fields{
		"userid": f.User, "remark": f.Remark, "description": f.Description, "createtime": f.Since, "remark_corp_name": f.Company,
		"remark_mobiles": slices.Concat([]string{}, f.Mobiles), "add_way": f.AddWay, "oper_userid": f.User, "state": f.State,
	}
}

// customersOfUsers is POST externalcontact/batch/get_by_user (doc 92994).
func customersOfUsers(c *call) (fields, *refusal) {
	users := c.in.texts("userid_list")
	if len(users) == 0 || len(users) > 100 {
		return nil, refusef(codeParameter, "%d users, 1 to 100", len(users))
	}
	var all []fields
	for _, u := range users {
		if _, no := c.member(u); no != nil {
			return nil, no
		}
		for _, id := range c.corp.followedBy(u) {
			p := c.corp.customers[id]
			for _, f := range p.Follows {
				if sameID(f.User, u) {
					info := f.fields()
					info["tag_id"] = slices.Concat([]string{}, f.Tags)
					all = append(all, fields{"external_contact": p.fields(), "follow_info": info})
				}
			}
		}
	}
	if len(all) == 0 {
		return nil, refuse(codeNoCustomer, "not external contact")
	}
	page, next, no := pageOf(all, c.in.text("cursor"), int(c.in.int("limit")), 100)
	if no != nil {
		return nil, no
	}
	return fields{"external_contact_list": page, "next_cursor": next}, nil
}

// remarkCustomer is POST externalcontact/remark (doc 92115).
func remarkCustomer(c *call) (fields, *refusal) {
	f, no := c.follow(c.in.text("userid"), c.in.text("external_userid"))
	if no != nil {
		return nil, no
	}
	for name, to := range map[string]*string{"remark": &f.Remark, "description": &f.Description, "remark_company": &f.Company} {
		if c.in.has(name) {
			*to = c.in.text(name)
		}
	}
	if c.in.has("remark_mobiles") {
		f.Mobiles = slices.DeleteFunc(c.in.texts("remark_mobiles"), func(m string) bool { return m == "" }) // [""] clears
	}
	c.notify("change_external_contact", CDATA("ChangeType", "edit_external_contact"), CDATA("UserID", f.User), CDATA("ExternalUserID", c.in.text("external_userid")))
	return fields{}, nil
}

// sendWelcome is POST externalcontact/send_welcome_msg (doc 92137): the code works once, for 20 seconds.
func sendWelcome(c *call) (fields, *refusal) {
	code := c.in.text("welcome_code")
	until, ok := c.corp.welcome[code]
	switch {
	case !ok || !c.s.opt.now().Before(until):
		return nil, refuse(codeWelcome, "invalid welcome code")
	case !c.in.has("text") && len(c.in.list("attachments")) == 0:
		return nil, refuse(codeEmpty, "text and attachments are both empty")
	}
	delete(c.corp.welcome, code)
	return fields{}, nil
}

func customerToOpenID(c *call) (fields, *refusal) {
	p, no := c.customer(c.in.text("external_userid"))
	if no != nil {
		return nil, no
	}
	return fields{"openid": foreignID("o", c.corp, p.ID)}, nil
}

// servedCustomers is POST externalcontact/contact_list (doc 99434).
func servedCustomers(c *call) (fields, *refusal) {
	all := []fields{}
	for _, id := range c.corp.customerOrder {
		p := c.corp.customers[id]
		for _, f := range p.Follows {
			all = append(all, fields{"is_customer": true, "tmp_openid": foreignID("tmp", c.corp, id), "external_userid": id, "name": p.Name, "follow_userid": f.User, "add_time": f.Since})
		}
	}
	page, next, no := pageOf(all, c.in.text("cursor"), int(c.in.int("limit")), 1000)
	if no != nil {
		return nil, no
	}
	return fields{"info_list": page, "next_cursor": next}, nil
}

// unionIDToCustomer is POST idconvert/unionid_to_external_userid (doc 95900).
func unionIDToCustomer(c *call) (fields, *refusal) {
	for _, id := range c.corp.customerOrder {
		if p := c.corp.customers[id]; p.UnionID == c.in.text("unionid") && p.UnionID != "" {
			return fields{"external_userid": id}, nil
		}
	}
	return fields{"pending_id": foreignID("p", c.corp, strings.ToLower(c.in.text("unionid")))}, nil
}
