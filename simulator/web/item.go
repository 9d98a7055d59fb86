package web

import (
	"encoding/json"
	"regexp"
	"slices"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

// Item is an entry of a conversation.
type Item struct {
	Seq  int64     `json:"seq"`  // order; also identifies the entry
	Kind string    `json:"kind"` // "said" by the member, "seen" by him, "lost": accepted, but not shown
	Time time.Time `json:"time"`
	Corp string    `json:"corp"`
	App  int64     `json:"app"` // agent id
	User string    `json:"user"`
	Type string    `json:"type"`           // of the message
	Text string    `json:"text"`           // plain
	HTML string    `json:"html,omitempty"` // safe to insert; where the type has markup

	Delivery *simulator.Delivery `json:"delivery,omitempty"` // said
	Way      simulator.Way       `json:"way,omitempty"`      // seen, like the rest
	Body     json.RawMessage     `json:"body,omitempty"`
	Card     *simulator.Card     `json:"card,omitempty"`
	Cut      bool                `json:"cut,omitempty"`
	Recalled bool                `json:"recalled,omitempty"`
	Answers  int64               `json:"answers,omitempty"` // the delivery that a passive reply answers
	Chat     string              `json:"chat,omitempty"`    // id of the group chat
	Reason   string              `json:"reason,omitempty"`  // lost
	Detail   string              `json:"detail,omitempty"`
}

// Change is what the event stream carries: exactly one of its fields, or Reload.
type Change struct {
	Item   *Item           `json:"item,omitempty"`
	Call   *simulator.Call `json:"call,omitempty"`
	Reload bool            `json:"reload,omitempty"` // read the state anew: the company changed, or events were missed
}

func saidItem(d simulator.Delivery) *Item {
	return &Item{
		Seq: d.Seq, Kind: "said", Time: d.Time, Corp: d.CorpID, App: d.AgentID, User: d.User, Type: d.Type, Text: d.Note,
		HTML: saidHTML(d), Body: saidBody(d), Delivery: &d,
	}
}

// mediaID finds the media of an image, voice or video message.
var mediaID = regexp.MustCompile(`<MediaId><!\[CDATA\[([^\]<>]*)\]\]></MediaId>`)

// saidBody lets the page show what a member sent with the means it shows answers with.
func saidBody(d simulator.Delivery) json.RawMessage {
	m := mediaID.FindStringSubmatch(d.Plaintext)
	if m == nil {
		return nil
	}
	body, err := json.Marshal(map[string]string{"media_id": m[1]})
	if err != nil {
		return nil
	}
	return body
}

func saidHTML(d simulator.Delivery) string {
	if d.Type == "text" {
		return simulator.TextHTML(d.Note)
	}
	return ""
}

func seenItem(srv *simulator.Server, e simulator.Seen) *Item {
	i := &Item{
		Seq: e.Seq, Kind: "seen", Time: e.Time, Corp: e.CorpID, App: e.AgentID, User: e.User, Type: e.Type, Text: e.Text,
		HTML: seenHTML(srv, e), Way: e.Way, Body: e.Body, Card: e.Card, Cut: e.Cut, Recalled: e.Recalled, Answers: e.Delivery,
		Chat: e.ChatID,
	}
	if e.Recalled {
		i.HTML, i.Text, i.Body, i.Card = "", "", nil, nil
	}
	return i
}

// seenHTML renders the types that have markup of their own.
func seenHTML(srv *simulator.Server, e simulator.Seen) string {
	var b struct {
		Content     string `json:"content"`
		Description string `json:"description"`
	}
	if json.Unmarshal(e.Body, &b) != nil {
		return ""
	}
	if e.ChatID != "" {
		b.Content = srv.Mentions(e.CorpID, b.Content)
	}
	switch e.Type {
	case "text":
		return simulator.TextHTML(b.Content)
	case "markdown":
		return simulator.MarkdownHTML(b.Content)
	case "textcard":
		return simulator.CardHTML(b.Description)
	}
	return ""
}

func lostItem(l simulator.Lost) *Item {
	return &Item{
		Seq: l.Seq, Kind: "lost", Time: l.Time, Corp: l.CorpID, App: l.AgentID, User: l.User, Type: l.Type, Text: l.Text,
		Chat: l.ChatID, Reason: string(l.Reason), Detail: l.Detail,
	}
}

// change turns an event into what the page needs of it; nil when that is nothing.
func change(srv *simulator.Server, e simulator.Event) *Change {
	switch e.Kind {
	case simulator.EventDelivery:
		return &Change{Item: saidItem(*e.Delivery)}
	case simulator.EventSeen:
		return &Change{Item: seenItem(srv, *e.Seen)}
	case simulator.EventLost:
		return &Change{Item: lostItem(*e.Lost)}
	case simulator.EventCall:
		return &Change{Call: e.Call}
	}
	return &Change{Reload: true}
}

// place is where a conversation happens: an app, or a group chat.
type place struct {
	corp string
	app  int64
	chat string // "" for the conversation with the app itself
}

func (p place) holds(corp string, app int64, chat string) bool {
	return corp == p.corp && chat == p.chat && (p.chat != "" || app == p.app)
}

// conversationOf collects what a member said and sees in a place, in order.
func conversationOf(srv *simulator.Server, p place, user string) []*Item {
	items := []*Item{}
	for _, d := range srv.Deliveries() {
		if p.holds(d.CorpID, d.AgentID, "") && d.User == user {
			items = append(items, saidItem(d))
		}
	}
	who := p.corp + "/" + user
	for _, e := range srv.Inbox(who) {
		if p.holds(e.CorpID, e.AgentID, e.ChatID) {
			items = append(items, seenItem(srv, e))
		}
	}
	for _, l := range srv.Lost(who) {
		if p.holds(l.CorpID, l.AgentID, l.ChatID) {
			items = append(items, lostItem(l))
		}
	}
	slices.SortFunc(items, func(a, b *Item) int { return int(a.Seq - b.Seq) })
	return items
}
