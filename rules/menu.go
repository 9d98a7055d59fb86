package rules

import (
	"context"
	"slices"
	"strings"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// MenuItem is an entry of the app's menu (自定义菜单, doc 90231), checked against the platform's limits.
type MenuItem struct {
	Name     string     `json:"name"`
	Type     string     `json:"type,omitempty"` // "" for a parent
	Key      string     `json:"key,omitempty"`
	URL      string     `json:"url,omitempty"`
	AppID    string     `json:"appid,omitempty"`
	Page     string     `json:"pagepath,omitempty"`
	Children []MenuItem `json:"sub_button,omitempty"`
}

// Limits of doc 90231.
const (
	maxMenu         = 3
	maxSubMenu      = 5
	maxMenuName     = 16   // bytes, of the first level
	maxSubMenuName  = 40   // bytes, below
	maxMenuKey      = 128  // bytes
	maxMenuURL      = 1024 // bytes
	menuClick       = "click"
	menuView        = "view"
	menuMiniProgram = "view_miniprogram"
)

// menuSpec is an entry as it is written.
type menuSpec struct {
	Where    strictyaml.Where
	Name     string     `yaml:"name,required" doc:"at most 16 bytes, below a parent 40"`
	Key      string     `yaml:"key" doc:"of the event that a click sends: a rule matches it, or it names a rule or a form; FORM.cancel gives the form up"`
	URL      string     `yaml:"url" doc:"opens this page instead"`
	AppID    string     `yaml:"appid" doc:"opens this mini-program instead"`
	Page     string     `yaml:"page" doc:"of the mini-program"`
	Type     string     `yaml:"type" enum:"click|view|scancode_push|scancode_waitmsg|pic_sysphoto|pic_photo_or_album|pic_weixin|location_select|view_miniprogram" doc:"default: click with key, view with url, view_miniprogram with appid"`
	Children []menuSpec `yaml:"children" doc:"1 to 5 entries"`
}

// menu compiles the menu of the app.
func (l *loader) menu(at strictyaml.Pos, items []menuSpec) []MenuItem {
	if len(items) == 0 || len(items) > maxMenu {
		l.report(at, "put more below a parent, as children", "a menu has 1 to %d entries, this one %d", maxMenu, len(items))
	}
	return l.menuItems(items, maxMenuName)
}

func (l *loader) menuItems(items []menuSpec, nameLimit int) []MenuItem {
	out := make([]MenuItem, len(items))
	for i := range items {
		x := &items[i]
		if len(x.Name) > nameLimit {
			l.report(x.Where.Of("name"), "a Chinese character has 3 bytes", "the name %q has %d bytes, at most %d", x.Name, len(x.Name), nameLimit)
		}
		out[i] = MenuItem{Name: x.Name, Key: x.Key, URL: x.URL, AppID: x.AppID, Page: x.Page, Type: x.kind()}
		if x.Where.Has("children") {
			out[i].Children = l.menuChildren(x, nameLimit)
			continue
		}
		l.menuTarget(x)
	}
	return out
}

func (l *loader) menuChildren(x *menuSpec, nameLimit int) []MenuItem {
	switch {
	case nameLimit != maxMenuName:
		l.report(x.Where.Key("children"), "a menu has two levels", "children of a child")
	case len(x.Children) == 0 || len(x.Children) > maxSubMenu:
		l.report(x.Where.Of("children"), "", "a parent has 1 to %d children, this one %d", maxSubMenu, len(x.Children))
	case x.kind() != "":
		l.report(x.Where.Pos, "a click on it opens the children", "a parent cannot have key, url, appid or type")
	}
	return l.menuItems(x.Children, maxSubMenuName)
}

// kind is the type that is given, or the one that the other keys imply.
func (x *menuSpec) kind() string {
	switch {
	case x.Type != "":
		return x.Type
	case x.Key != "":
		return menuClick
	case x.AppID != "":
		return menuMiniProgram
	case x.URL != "":
		return menuView
	}
	return ""
}

func (l *loader) menuTarget(x *menuSpec) {
	switch kind := x.kind(); {
	case kind == "":
		l.report(x.Where.Pos, "add key, url or children", "the entry %q does nothing", x.Name)
	case kind == menuView && x.URL == "":
		l.report(x.Where.Pos, "add url", "the entry %q opens nothing", x.Name)
	case kind == menuMiniProgram && (x.AppID == "" || x.Page == ""):
		l.report(x.Where.Pos, "add appid and page", "the entry %q opens no mini-program", x.Name)
	case kind != menuView && kind != menuMiniProgram && x.Key == "":
		l.report(x.Where.Pos, "add key", "the entry %q needs a key", x.Name)
	case x.Key != "" && x.URL != "":
		l.report(x.Where.Of("url"), "choose one", "the entry %q has a key and a url", x.Name)
	case len(x.Key) > maxMenuKey:
		l.report(x.Where.Of("key"), "", "the key has %d bytes, at most %d", len(x.Key), maxMenuKey)
	case len(x.URL) > maxMenuURL:
		l.report(x.Where.Of("url"), "", "the url has %d bytes, at most %d", len(x.URL), maxMenuURL)
	}
	if x.Key != "" {
		l.menuKeys = append(l.menuKeys, named[string]{x.Key, x.Where.Of("key"), x.kind()})
	}
}

// events are what the menu's types send (doc 90240).
var menuEvents = map[string]string{
	menuClick: "click", "scancode_push": "scancode_push", "scancode_waitmsg": "scancode_waitmsg", "pic_sysphoto": "pic_sysphoto",
	"pic_photo_or_album": "pic_photo_or_album", "pic_weixin": "pic_weixin", "location_select": "location_select",
}

// bindKeys returns the rules with those that the menu implies: a key that no rule matches, and that is the name of a
// form or of a rule, starts it; "FORM.cancel" gives the form up. Any other key that no rule matches is reported.
func (l *loader) bindKeys(rules []router.Rule) []router.Rule {
	for _, k := range l.menuKeys {
		q := &router.Request{Message: &message.Message{Type: message.TypeEvent, Event: menuEvents[k.value], Key: k.name}, App: l.options.App}
		bound := l.keys[k.name]
		for i := 0; i < len(rules) && !bound; i++ {
			_, bound = rules[i].Match.Match(context.Background(), q)
		}
		if bound {
			continue
		}
		clicked := router.And(router.Type(message.TypeEvent), router.Key(k.name))
		rule := router.Rule{Name: k.name + " (menu)", Match: clicked, Source: k.pos.String()}
		if i := slices.IndexFunc(rules, func(r router.Rule) bool { return r.Name == k.name }); i >= 0 {
			rule.Handler = rules[i].Handler
			rule.Match = router.And(append([]router.Matcher{clicked}, l.restricted[k.name]...)...)
		} else if f := l.formsByName[k.name]; f != nil {
			rule.Handler = l.options.Forms.starter(l.options, f)
		} else if form, ok := strings.CutSuffix(k.name, ".cancel"); ok && l.formsByName[form] != nil {
			nothing := reply.Text(sayNoForm.In(l.options.Language)) // a form that is filled in takes the click itself
			rule.Handler = router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { return nothing, nil })
		} else {
			l.report(k.pos, "add a rule with match: {key: "+k.name+"}, or name a rule or a form", "no rule matches the key %q", k.name)
			continue
		}
		rules = append(rules, rule)
	}
	return rules
}
