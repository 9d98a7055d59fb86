package simulator

import (
	"encoding/json"
	"strings"
)

// Limits of an app's menu (doc 90231), bytes of UTF-8.
const (
	maxMenuButtons = 3
	maxSubButtons  = 5
	maxMenuName    = 16
	maxSubName     = 40
	maxMenuKey     = 128
	maxMenuURL     = 1024
)

// MenuItem is a button of an app's menu.
type MenuItem struct {
	Type      string     `json:"type,omitempty"` // click, view, scancode_push … ; empty where there are sub-buttons
	Name      string     `json:"name"`
	Key       string     `json:"key,omitempty"`
	URL       string     `json:"url,omitempty"`
	PagePath  string     `json:"pagepath,omitempty"`
	AppID     string     `json:"appid,omitempty"`
	SubButton []MenuItem `json:"sub_button,omitempty"`
}

// Menu returns an app's menu; nil when it has none.
func (s *Server) Menu(a App) []MenuItem {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.findApp(a); found != nil {
		return found.menu
	}
	return nil
}

// createMenu is POST menu/create (doc 90231).
func createMenu(c *call) (fields, *refusal) {
	if no := c.agentOfQuery(); no != nil {
		return nil, no
	}
	var r struct {
		Button []MenuItem `json:"button"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	if len(r.Button) < 1 || len(r.Button) > maxMenuButtons {
		return nil, refusef(40016, "invalid button size %d, want 1 to %d", len(r.Button), maxMenuButtons)
	}
	for _, b := range r.Button {
		if no := b.check(false); no != nil {
			return nil, no
		}
	}
	c.app.menu = r.Button
	c.s.publish(Event{Kind: EventCompany})
	return fields{}, nil
}

// getMenu is GET menu/get (doc 90232).
func getMenu(c *call) (fields, *refusal) {
	if no := c.agentOfQuery(); no != nil {
		return nil, no
	}
	if c.app.menu == nil {
		return nil, refuse(codeMenuMissing, "menu no exist")
	}
	return fields{"button": c.app.menu}, nil
}

// deleteMenu is GET menu/delete (doc 90233).
func deleteMenu(c *call) (fields, *refusal) {
	if no := c.agentOfQuery(); no != nil {
		return nil, no
	}
	c.app.menu = nil
	c.s.publish(Event{Kind: EventCompany})
	return fields{}, nil
}

// agentOfQuery checks agentid where it stands in the query.
func (c *call) agentOfQuery() *refusal {
	text := c.query.Get("agentid")
	if text == "" {
		return refuse(codeNoAgentID, "agentid missing")
	}
	var id number
	if json.Unmarshal([]byte(text), &id) != nil {
		return refuse(codeBadAgentID, "invalid agentid")
	}
	return c.checkAgent(&id)
}

// check finds what is wrong with a button; the codes of sub-buttons are seven higher.
func (b MenuItem) check(sub bool) *refusal {
	shift, nameLimit := 0, maxMenuName
	if sub {
		shift, nameLimit = 7, maxSubName
	}
	if b.Name == "" || len(b.Name) > nameLimit {
		return refusef(40018+shift, "invalid name %q, want 1 to %d bytes", b.Name, nameLimit)
	}
	if len(b.SubButton) > 0 {
		return b.checkSub(sub)
	}
	switch b.Type {
	case "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select":
		if b.Key == "" || len(b.Key) > maxMenuKey {
			return refusef(40019+shift, "invalid key of %q, want 1 to %d bytes", b.Name, maxMenuKey)
		}
	case "view":
		if !strings.HasPrefix(b.URL, "http://") && !strings.HasPrefix(b.URL, "https://") || len(b.URL) > maxMenuURL {
			return refusef(40020+shift, "invalid url of %q", b.Name)
		}
	case "view_miniprogram":
		if b.PagePath == "" || b.AppID == "" {
			return refusef(codeArgument, "pagepath or appid of %q missing", b.Name)
		}
	default:
		return refusef(40017+shift, "invalid type %q of %q", b.Type, b.Name)
	}
	return nil
}

func (b MenuItem) checkSub(sub bool) *refusal {
	if sub {
		return refuse(40022, "invalid menu level")
	}
	if len(b.SubButton) > maxSubButtons {
		return refusef(40023, "%d sub-buttons, at most %d", len(b.SubButton), maxSubButtons)
	}
	for _, s := range b.SubButton {
		if no := s.check(true); no != nil {
			return no
		}
	}
	return nil
}
