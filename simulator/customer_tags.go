package simulator

import (
	"slices"
)

// tagsOf are the tags of a relation as externalcontact/get shows them.
func (c *corp) tagsOf(f Follow) []fields {
	out := []fields{}
	for _, id := range f.Tags {
		if g, t := c.findCustomerTag(id); t != nil {
			kind := 1 // the corp's
			if g.strategy != 0 {
				kind = 3
			}
			out = append(out, fields{"group_name": g.name, "tag_name": t.name, "tag_id": t.id, "type": kind})
		}
	}
	return out
}

func (c *corp) findCustomerTag(id string) (*tagGroup, *customerTag) {
	for _, g := range c.tagGroups {
		for i := range g.tags {
			if g.tags[i].id == id {
				return g, &g.tags[i]
			}
		}
	}
	return nil, nil
}

func (g *tagGroup) fields() fields {
	tags := []fields{}
	for _, t := range g.tags {
		tags = append(tags, fields{"id": t.id, "name": t.name, "create_time": t.created, "order": t.order})
	}
	f := fields{"group_id": g.id, "group_name": g.name, "create_time": g.created, "order": g.order, "tag": tags}
	if g.strategy != 0 {
		f["strategy_id"] = g.strategy
	}
	return f
}

// listCustomerTags is POST externalcontact/get_corp_tag_list (doc 92117) and get_strategy_tag_list (doc 94882). Tags come
// before groups where both are asked for.
func listCustomerTags(c *call) (fields, *refusal) {
	tags, groups, strategy := c.in.texts("tag_id"), c.in.texts("group_id"), c.in.int("strategy_id")
	out := []fields{}
	for _, g := range c.corp.tagGroups {
		hasTag := slices.ContainsFunc(g.tags, func(t customerTag) bool { return slices.Contains(tags, t.id) })
		switch {
		case (g.strategy != 0) != c.in.has("strategy_id"), strategy != 0 && g.strategy != strategy:
		case len(tags) > 0 && !hasTag:
		case len(tags) == 0 && len(groups) > 0 && !slices.Contains(groups, g.id):
		default:
			out = append(out, g.fields())
		}
	}
	return fields{"tag_group": out}, nil
}

// addCustomerTag is POST externalcontact/add_corp_tag and add_strategy_tag: into a group that is named by its id or its
// name, which is made where there is none.
func addCustomerTag(c *call) (fields, *refusal) {
	strategy := c.in.int("strategy_id")
	i := slices.IndexFunc(c.corp.tagGroups, func(g *tagGroup) bool {
		if id := c.in.text("group_id"); id != "" {
			return g.id == id
		}
		return g.name == c.in.text("group_name") && g.strategy == strategy
	})
	now := c.s.opt.now().Unix()
	var g *tagGroup
	switch {
	case i >= 0:
		g = c.corp.tagGroups[i]
	case c.in.text("group_id") != "":
		return nil, refuse(codeTagID, "invalid group_id")
	case c.in.text("group_name") == "":
		return nil, refuse(codeEmpty, "group_id and group_name are both empty")
	default:
		g = &tagGroup{id: "et" + c.s.newID(""), name: c.in.text("group_name"), created: now, order: c.in.int("order"), strategy: strategy}
	}
	for _, t := range c.in.objects("tag") {
		if slices.ContainsFunc(g.tags, func(o customerTag) bool { return o.name == t.text("name") }) {
			return nil, refusef(codeTagExists, "tag %q existed", t.text("name"))
		}
	}
	added := *g // as the answer shows it: the new tags only
	added.tags = nil
	for _, t := range c.in.objects("tag") {
		added.tags = append(added.tags, customerTag{id: "et" + c.s.newID(""), name: t.text("name"), created: now, order: t.int("order")})
	}
	g.tags = append(g.tags, added.tags...)
	if i < 0 {
		c.corp.tagGroups = append(c.corp.tagGroups, g)
		c.customerTagChanged("create", "tag_group", g.id)
	}
	for _, t := range added.tags {
		c.customerTagChanged("create", "tag", t.id)
	}
	return fields{"tag_group": added.fields()}, nil
}

// editCustomerTag is POST externalcontact/edit_corp_tag and edit_strategy_tag, of a tag or a group.
func editCustomerTag(c *call) (fields, *refusal) {
	id := c.in.text("id")
	if _, t := c.corp.findCustomerTag(id); t != nil {
		c.editNamed(&t.name, &t.order)
		c.customerTagChanged("update", "tag", id)
		return fields{}, nil
	}
	for _, g := range c.corp.tagGroups {
		if g.id == id {
			c.editNamed(&g.name, &g.order)
			c.customerTagChanged("update", "tag_group", id)
			return fields{}, nil
		}
	}
	return nil, refuse(codeTagID, "invalid tag id")
}

func (c *call) editNamed(name *string, order *int64) {
	if c.in.text("name") != "" {
		*name = c.in.text("name")
	}
	if c.in.has("order") {
		*order = c.in.int("order")
	}
}

// deleteCustomerTag is POST externalcontact/del_corp_tag and del_strategy_tag. A group goes with its last tag.
func deleteCustomerTag(c *call) (fields, *refusal) {
	tags, groups := c.in.texts("tag_id"), c.in.texts("group_id")
	if len(tags)+len(groups) == 0 {
		return nil, refuse(codeEmpty, "tag_id and group_id are both empty")
	}
	for _, id := range tags {
		if _, t := c.corp.findCustomerTag(id); t == nil {
			return nil, refuse(codeTagID, "invalid tag_id")
		}
	}
	for _, g := range c.corp.tagGroups {
		if slices.Contains(groups, g.id) {
			for _, t := range g.tags {
				tags = append(tags, t.id)
			}
		}
		g.tags = slices.DeleteFunc(g.tags, func(t customerTag) bool { return slices.Contains(tags, t.id) })
	}
	c.corp.tagGroups = slices.DeleteFunc(c.corp.tagGroups, func(g *tagGroup) bool {
		gone := len(g.tags) == 0
		if gone {
			c.customerTagChanged("delete", "tag_group", g.id)
		}
		return gone
	})
	for _, p := range c.corp.customers {
		for i := range p.Follows {
			p.Follows[i].Tags = slices.DeleteFunc(p.Follows[i].Tags, func(id string) bool { return slices.Contains(tags, id) })
		}
	}
	for _, id := range tags {
		c.customerTagChanged("delete", "tag", id)
	}
	return fields{}, nil
}

func (c *call) customerTagChanged(change, kind, id string) {
	c.notify("change_external_tag", CDATA("Id", id), CDATA("TagType", kind), CDATA("ChangeType", change))
}

// markCustomer is POST externalcontact/mark_tag (doc 92118).
func markCustomer(c *call) (fields, *refusal) {
	f, no := c.follow(c.in.text("userid"), c.in.text("external_userid"))
	if no != nil {
		return nil, no
	}
	add, remove := c.in.texts("add_tag"), c.in.texts("remove_tag")
	if len(add)+len(remove) == 0 {
		return nil, refuse(codeEmpty, "add_tag and remove_tag are both empty")
	}
	for _, id := range slices.Concat(add, remove) {
		if _, t := c.corp.findCustomerTag(id); t == nil {
			return nil, refuse(codeTagID, "invalid tag id")
		}
	}
	f.Tags = slices.DeleteFunc(f.Tags, func(id string) bool { return slices.Contains(remove, id) || slices.Contains(add, id) })
	f.Tags = append(f.Tags, add...)
	c.notify("change_external_contact", CDATA("ChangeType", "edit_external_contact"), CDATA("UserID", f.User), CDATA("ExternalUserID", c.in.text("external_userid")))
	return fields{}, nil
}
