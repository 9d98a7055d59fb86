package reply

import "slices"

// MiniNotice is a notice of a mini-program (小程序通知). The app must be bound to it; it cannot go to "@all".
type MiniNotice struct{ body miniNoticeBody }

type miniNoticeBody struct {
	AppID       string     `json:"appid"`
	Page        string     `json:"page,omitempty"`
	Title       string     `json:"title"`
	Description string     `json:"description,omitempty"`
	Emphasize   bool       `json:"emphasis_first_item,omitempty"`
	Items       []miniItem `json:"content_item,omitempty"`
}

type miniItem struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// MiniProgramNotice has a title of 4 to 12 characters.
func MiniProgramNotice(appID, title string) MiniNotice {
	return MiniNotice{miniNoticeBody{AppID: appID, Title: title}}
}

// Page is what opens, at most 1,024 bytes.
func (m MiniNotice) Page(path string) MiniNotice { m.body.Page = path; return m }

// Description has 4 to 12 characters.
func (m MiniNotice) Description(s string) MiniNotice { m.body.Description = s; return m }

// EmphasizeFirst shows the first item larger.
func (m MiniNotice) EmphasizeFirst() MiniNotice { m.body.Emphasize = true; return m }

// Item adds a line, at most 10: a key of about 10 characters, a value of about 30.
func (m MiniNotice) Item(key, value string) MiniNotice {
	m.body.Items = append(slices.Clip(m.body.Items), miniItem{key, value})
	return m
}

// Units renders the notice.
func (m MiniNotice) Units(o Options) ([]Unit, error) {
	b := m.body
	var c check
	c.need("miniprogram_notice.appid", b.AppID, 0)
	c.need("miniprogram_notice.title", b.Title, 0)
	c.bytes("miniprogram_notice.page", b.Page, 1024)
	c.over("miniprogram_notice.content_item", len(b.Items), 10, "items")
	if err := c.err(); err != nil {
		return nil, err
	}
	plain := []string{b.Title, b.Description}
	for _, item := range b.Items {
		plain = append(plain, item.Key+"："+item.Value)
	}
	u := Unit{MsgType: "miniprogram_notice", Body: bodyOf(b), Plain: lines(plain...)}
	u.Fallback = u.Plain
	return o.deliver(u, false)
}

// MiniCard is a mini-program as a message; only school notices (TargetSchool) carry it.
type MiniCard struct {
	body  miniCardBody
	thumb Media
}

type miniCardBody struct {
	AppID    string `json:"appid"`
	Title    string `json:"title,omitempty"`
	Thumb    string `json:"thumb_media_id"`
	PagePath string `json:"pagepath"`
}

// MiniProgram opens pagePath of the mini-program; thumb is a picture of 520×416.
func MiniProgram(appID, pagePath string, thumb Media) MiniCard {
	return MiniCard{miniCardBody{AppID: appID, PagePath: pagePath, Thumb: thumb.ID}, thumb}
}

// Title is at most 64 bytes.
func (m MiniCard) Title(s string) MiniCard { m.body.Title = s; return m }

// Units renders the mini-program.
func (m MiniCard) Units(o Options) ([]Unit, error) {
	var c check
	c.need("miniprogram.appid", m.body.AppID, 0)
	c.need("miniprogram.pagepath", m.body.PagePath, 0)
	c.bytes("miniprogram.title", m.body.Title, 64)
	c.add(m.thumb.check("miniprogram.thumb", "image", o))
	if err := c.err(); err != nil {
		return nil, err
	}
	u := Unit{MsgType: "miniprogram", Body: bodyOf(m.body), Media: uploads("image", []Media{m.thumb})}
	u.Plain = "[" + o.say("小程序", "mini-program") + "] " + m.body.Title
	return o.deliver(u, false)
}
