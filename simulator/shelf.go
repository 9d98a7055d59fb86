package simulator

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/wecom/spec"
)

// shelf keeps objects by id, in the order they were put there. What is on it is never changed, only replaced.
type shelf struct {
	items map[string]fields
	order []string
}

func (s *shelf) put(id string, item fields) {
	if s.items == nil {
		s.items = map[string]fields{}
	}
	if s.items[id] == nil {
		s.order = append(s.order, id)
	}
	s.items[id] = item
}

func (s *shelf) get(id string) fields { return s.items[id] }

func (s *shelf) remove(id string) bool {
	if s.items[id] == nil {
		return false
	}
	delete(s.items, id)
	s.order = slices.DeleteFunc(s.order, func(x string) bool { return x == id })
	return true
}

func (s *shelf) all() []fields {
	out := []fields{}
	for _, id := range s.order {
		out = append(out, s.items[id])
	}
	return out
}

// some are those of the ids that are there.
func (s *shelf) some(ids []string) []fields {
	out := []fields{}
	for _, id := range ids {
		if item := s.items[id]; item != nil {
			out = append(out, item)
		}
	}
	return out
}

// keptKind is a kind of object that calls only add, read, change and delete: the paths that do (empty: none), and the field
// that holds its id. Everything else follows from the specification.
type keptKind struct {
	id                             string
	add, get, list, update, remove string
	link                           string // field with an address that the platform makes up
}

var keptKinds = []keptKind{
	{
		id: "config_id", add: "externalcontact/add_contact_way", get: "externalcontact/get_contact_way", list: "externalcontact/list_contact_way",
		update: "externalcontact/update_contact_way", remove: "externalcontact/del_contact_way", link: "qr_code",
	},
	{
		id: "config_id", add: "externalcontact/groupchat/add_join_way", get: "externalcontact/groupchat/get_join_way",
		update: "externalcontact/groupchat/update_join_way", remove: "externalcontact/groupchat/del_join_way", link: "qr_code",
	},
	{
		id: "strategy_id", add: "externalcontact/customer_strategy/create", get: "externalcontact/customer_strategy/get",
		list: "externalcontact/customer_strategy/list", update: "externalcontact/customer_strategy/edit", remove: "externalcontact/customer_strategy/del",
	},
	{
		id: "strategy_id", add: "externalcontact/moment_strategy/create", get: "externalcontact/moment_strategy/get",
		list: "externalcontact/moment_strategy/list", update: "externalcontact/moment_strategy/edit", remove: "externalcontact/moment_strategy/del",
	},
	{
		id: "template_id", add: "externalcontact/group_welcome_template/add", get: "externalcontact/group_welcome_template/get",
		update: "externalcontact/group_welcome_template/edit", remove: "externalcontact/group_welcome_template/del",
	},
	{
		id: "link_id", add: "externalcontact/customer_acquisition/create_link", get: "externalcontact/customer_acquisition/get",
		list: "externalcontact/customer_acquisition/list_link", update: "externalcontact/customer_acquisition/update_link",
		remove: "externalcontact/customer_acquisition/delete_link", link: "url",
	},
	{
		id: "product_id", add: "externalcontact/add_product_album", get: "externalcontact/get_product_album",
		list: "externalcontact/get_product_album_list", update: "externalcontact/update_product_album", remove: "externalcontact/delete_product_album",
	},
	{
		id: "rule_id", add: "externalcontact/add_intercept_rule", get: "externalcontact/get_intercept_rule",
		list: "externalcontact/get_intercept_rule_list", update: "externalcontact/update_intercept_rule", remove: "externalcontact/del_intercept_rule",
	},
	{id: "open_kfid", add: "kf/account/add", list: "kf/account/list", update: "kf/account/update", remove: "kf/account/del", link: "avatar"},
	{
		id: "group_id", add: "kf/knowledge/add_group", list: "kf/knowledge/list_group", update: "kf/knowledge/mod_group",
		remove: "kf/knowledge/del_group",
	},
	{
		id: "intent_id", add: "kf/knowledge/add_intent", list: "kf/knowledge/list_intent", update: "kf/knowledge/mod_intent",
		remove: "kf/knowledge/del_intent",
	},
}

// shelfCalls are the calls of all kinds.
func shelfCalls() map[string]handler {
	all := map[string]handler{}
	for i := range keptKinds {
		k := &keptKinds[i]
		for path, h := range map[string]func(*spec.Operation) handler{
			k.add: k.adding, k.get: k.getting, k.list: k.listing, k.update: k.updating, k.remove: k.removing,
		} {
			if path == "" {
				continue
			}
			op := spec.Find("POST", path)
			if op == nil {
				op = spec.Find("GET", path)
			}
			all[path] = h(op)
		}
	}
	return all
}

func (k *keptKind) shelf(c *call) *shelf {
	if c.corp.shelves[k.add] == nil {
		c.corp.shelves[k.add] = &shelf{}
	}
	return c.corp.shelves[k.add]
}

func (k *keptKind) adding(op *spec.Operation) handler {
	return func(c *call) (fields, *refusal) {
		id := c.s.newID("")
		shown := any(id)
		if k.numeric() {
			c.s.idSeq++
			id, shown = strconv.FormatInt(c.s.idSeq, 10), c.s.idSeq
		}
		item := c.in.with(fields{k.id: shown, "create_time": c.s.opt.now().Unix()})
		if k.link != "" {
			item[k.link] = "https://work.weixin.qq.com/" + k.link + "/" + url.PathEscape(id)
		}
		k.shelf(c).put(id, item)
		return shaped(op.Answer, item, true), nil
	}
}

// numeric tells whether ids are numbers.
func (k *keptKind) numeric() bool {
	for _, f := range spec.Find("POST", k.remove).Body {
		if f.Name == k.id {
			return f.Kind == spec.Int
		}
	}
	return false
}

// find is the object that a call names.
func (k *keptKind) find(c *call) (string, fields, *refusal) {
	id := c.in.text(k.id)
	if k.numeric() {
		id = strconv.FormatInt(c.in.int(k.id), 10)
	}
	item := k.shelf(c).get(id)
	if item == nil {
		return "", nil, refusef(codeArgument, "invalid %s", k.id)
	}
	return id, item, nil
}

func (k *keptKind) getting(op *spec.Operation) handler {
	return func(c *call) (fields, *refusal) {
		_, item, no := k.find(c)
		if no != nil {
			return nil, no
		}
		return shaped(op.Answer, item, true), nil
	}
}

func (k *keptKind) removing(*spec.Operation) handler {
	return func(c *call) (fields, *refusal) {
		id, _, no := k.find(c)
		if no != nil {
			return nil, no
		}
		k.shelf(c).remove(id)
		return fields{}, nil
	}
}

// updating replaces what the call names. Ranges come as what is added and what is taken away.
func (k *keptKind) updating(*spec.Operation) handler {
	return func(c *call) (fields, *refusal) {
		id, item, no := k.find(c)
		if no != nil {
			return nil, no
		}
		changed := item.with(c.in)
		if c.in.has("range_add") || c.in.has("range_del") {
			gone := c.in.list("range_del")
			left := slices.DeleteFunc(slices.Clone(item.list("range")), func(v any) bool {
				return slices.ContainsFunc(gone, func(g any) bool { return sameJSON(g, v) })
			})
			changed["range"] = append(left, c.in.list("range_add")...)
		}
		k.shelf(c).put(id, changed)
		return fields{}, nil
	}
}

func sameJSON(a, b any) bool { return string(encode(a)) == string(encode(b)) }

// listing shows a page of the objects that have what the call asks for.
func (k *keptKind) listing(op *spec.Operation) handler {
	var list *spec.Field
	for i := range op.Answer {
		if op.Answer[i].List {
			list = &op.Answer[i]
		}
	}
	return func(c *call) (fields, *refusal) {
		all := slices.DeleteFunc(k.shelf(c).all(), func(item fields) bool {
			for name, v := range c.in {
				if strings.HasSuffix(name, "_id") && !sameJSON(item[name], v) {
					return true
				}
			}
			return false
		})
		items := []any{}
		for _, item := range all {
			if list.Kind == spec.Object {
				items = append(items, shaped(list.Fields(), item, false))
			} else {
				items = append(items, item[k.id])
			}
		}
		return k.page(c, op, list.Name, items)
	}
}

func (k *keptKind) page(c *call, op *spec.Operation, name string, items []any) (fields, *refusal) {
	switch p := op.Paging; {
	case p == nil:
		return fields{name: items}, nil
	case p.Next == "": // by offset
		from := min(max(int(c.in.int(p.Ask)), 0), len(items))
		to := len(items)
		if n := int(c.in.int(p.Size)); n > 0 {
			to = min(from+n, to)
		}
		return fields{name: items[from:to]}, nil
	default:
		page, next, no := pageOf(items, c.in.text(p.Ask), int(c.in.int("limit")), 1000)
		if no != nil {
			return nil, no
		}
		f := fields{name: page, p.Next: next}
		if p.More != "" {
			f[p.More] = 0
			if next != "" {
				f[p.More] = 1
			}
		}
		return f, nil
	}
}

// shaped is what an answer shows of an object. At the top, a field that the object does not have may hold the object.
func shaped(answer []spec.Field, item fields, top bool) fields {
	out := fields{}
	for i := range answer {
		f := &answer[i]
		switch {
		case item.has(f.Name):
			out[f.Name] = item[f.Name]
		case top && f.Kind == spec.Object && !f.List:
			if inner := shaped(f.Fields(), item, false); len(inner) > 0 {
				out[f.Name] = inner
			}
		}
	}
	return out
}
