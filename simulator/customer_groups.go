package simulator

import (
	"slices"
)

// listGroups is POST externalcontact/groupchat/list (doc 92120).
func listGroups(c *call) (fields, *refusal) {
	owners := c.in.object("owner_filter").texts("userid_list")
	all := []fields{}
	for _, id := range c.corp.groupOrder {
		if len(owners) == 0 || hasID(owners, c.corp.groups[id].Owner) {
			all = append(all, fields{"chat_id": id, "status": 0})
		}
	}
	if c.in.int("status_filter") != 0 { // none waits to be handed over
		all = all[:0]
	}
	page, next, no := pageOf(all, c.in.text("cursor"), int(c.in.int("limit")), 1000)
	if no != nil {
		return nil, no
	}
	return fields{"group_chat_list": page, "next_cursor": next}, nil
}

func (c *call) group(id string) (*CustomerGroup, *refusal) {
	if g := c.corp.groups[id]; g != nil {
		return g, nil
	}
	return nil, refuse(40050, "invalid chatid")
}

// getGroup is POST externalcontact/groupchat/get (doc 92122).
func getGroup(c *call) (fields, *refusal) {
	g, no := c.group(c.in.text("chat_id"))
	if no != nil {
		return nil, no
	}
	members := []fields{}
	add := func(id, name, union string, kind int) {
		m := fields{"userid": id, "type": kind, "join_time": g.Since, "join_scene": 1, "invitor": fields{"userid": g.Owner}, "group_nickname": ""}
		if c.in.int("need_name") == 1 {
			m["name"] = name
		}
		if union != "" {
			m["unionid"] = union
		}
		members = append(members, m)
	}
	for _, id := range g.Members {
		if m, no := c.member(id); no == nil {
			add(m.UserID, m.Name, "", 1)
		}
	}
	for _, id := range g.Customers {
		name, union := "", ""
		if p := c.corp.customers[id]; p != nil {
			name, union = p.Name, p.UnionID
		}
		add(id, name, union, 2)
	}
	return fields{"group_chat": fields{
		"chat_id": g.ID, "name": g.Name, "owner": g.Owner, "create_time": g.Since, "notice": g.Notice, "member_list": members,
		"admin_list": []fields{}, "member_version": foreignID("v", c.corp, g.ID),
	}}, nil
}

// transferGroups is POST externalcontact/groupchat/onjob_transfer (doc 95703) and groupchat/transfer (doc 92127).
func transferGroups(c *call) (fields, *refusal) {
	to, no := c.member(c.in.text("new_owner"))
	if no != nil {
		return nil, no
	}
	failed := []fields{}
	for _, id := range c.in.texts("chat_id_list") {
		g, no := c.group(id)
		if no != nil {
			failed = append(failed, fields{"chat_id": id, "errcode": no.code, "errmsg": no.detail})
			continue
		}
		g.Owner = to.UserID
		if !hasID(g.Members, to.UserID) {
			g.Members = append(slices.Clone(g.Members), to.UserID)
		}
		c.notify("change_external_chat", CDATA("ChatId", id), CDATA("ChangeType", "update"), CDATA("UpdateDetail", "change_owner"))
	}
	return fields{"failed_chat_list": failed}, nil
}

// handover is a customer that went from one member to another.
type handover struct {
	from, to, customer string
	at                 int64
}

// transferCustomers is POST externalcontact/transfer_customer (doc 92125) and resigned/transfer_customer (doc 94081). The
// customer agrees at once.
func transferCustomers(c *call) (fields, *refusal) {
	out := []fields{}
	for _, id := range c.in.texts("external_userid") {
		no := c.handOver(id)
		if no != nil && no.code == codeNoUser {
			return nil, no
		}
		code := 0
		if no != nil {
			code = no.code
		}
		out = append(out, fields{"external_userid": id, "errcode": code})
	}
	return fields{"customer": out}, nil
}

// transferCustomer is the older POST externalcontact/transfer.
func transferCustomer(c *call) (fields, *refusal) {
	return fields{}, c.handOver(c.in.text("external_userid"))
}

func (c *call) handOver(customer string) *refusal {
	to, no := c.member(c.in.text("takeover_userid"))
	if no != nil {
		return no
	}
	p, no := c.customer(customer)
	if no != nil {
		return no
	}
	from := c.in.text("handover_userid")
	i := slices.IndexFunc(p.Follows, func(f Follow) bool { return sameID(f.User, from) })
	if i < 0 {
		return refuse(codeNoCustomer, "not external contact")
	}
	p.Follows = slices.DeleteFunc(p.Follows, func(f Follow) bool { return sameID(f.User, to.UserID) })
	if i = slices.IndexFunc(p.Follows, func(f Follow) bool { return sameID(f.User, from) }); i >= 0 {
		p.Follows[i].User = to.UserID
	}
	c.corp.handovers = append(c.corp.handovers, handover{from, to.UserID, customer, c.s.opt.now().Unix()})
	return nil
}

// transferResult is POST externalcontact/transfer_result (doc 94088) and resigned/transfer_result (doc 94082).
func transferResult(c *call) (fields, *refusal) {
	all := []fields{}
	for _, h := range c.corp.handovers {
		if sameID(h.from, c.in.text("handover_userid")) && sameID(h.to, c.in.text("takeover_userid")) {
			all = append(all, fields{"external_userid": h.customer, "status": 1, "takeover_time": h.at})
		}
	}
	page, next, no := pageOf(all, c.in.text("cursor"), 0, 1000)
	if no != nil {
		return nil, no
	}
	return fields{"customer": page, "next_cursor": next}, nil
}

// unassigned is POST externalcontact/get_unassigned_list (doc 92124): customers of members who left.
func unassigned(c *call) (fields, *refusal) {
	all := []fields{}
	for _, id := range c.corp.customerOrder {
		for _, f := range c.corp.customers[id].Follows {
			if _, no := c.member(f.User); no != nil {
				all = append(all, fields{"handover_userid": f.User, "external_userid": id, "dimission_time": c.s.opt.now().Unix()})
			}
		}
	}
	page, next, no := pageOf(all, c.in.text("cursor"), int(c.in.int("page_size")), 1000)
	if no != nil {
		return nil, no
	}
	return fields{"info": page, "is_last": next == "", "next_cursor": next}, nil
}
