package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

const (
	maxBody   = 1 << 20 // bytes of a request
	maxText   = 20_000  // bytes of a text; the client's own limit is below
	wireLines = 200     // of deliveries and of calls, at first
	keepAlive = 15 * time.Second
)

// Member is a member as the page needs him.
type Member struct {
	Corp       string           `json:"corp"`
	User       string           `json:"user"`
	Name       string           `json:"name"`
	Position   string           `json:"position"`
	Department string           `json:"department"`
	Reader     simulator.Reader `json:"reader"`
}

// App is an app as the page needs it: nothing secret.
type App struct {
	Corp        string               `json:"corp"`
	App         int64                `json:"app"` // agent id
	Name        string               `json:"name"`
	CallbackURL string               `json:"callback_url"`
	Menu        []simulator.MenuItem `json:"menu,omitempty"`
}

// Chat is a group chat, of an app or of a robot.
type Chat struct {
	Corp  string   `json:"corp"`
	App   int64    `json:"app"` // agent id; 0 for a robot
	Chat  string   `json:"chat"`
	Name  string   `json:"name"`
	Users []string `json:"users"`
}

// State is the answer of api/state.
type State struct {
	Language string   `json:"language"`
	Members  []Member `json:"members"`
	Apps     []App    `json:"apps"`
	Chats    []Chat   `json:"chats"`
	Hints    []string `json:"hints"`
	Faults   []string `json:"faults"`
	Event    int64    `json:"event"` // number of the last event: the stream goes on after it
}

func (p *page) state(w http.ResponseWriter, _ *http.Request) {
	s := State{
		Language: p.opt.language, Event: p.srv.LastEvent(), Hints: p.opt.hints, Faults: p.srv.Faults(),
		Members: []Member{}, Apps: []App{}, Chats: p.chats(),
	}
	departments := map[string]string{}
	for _, d := range p.srv.Departments() {
		departments[fmt.Sprint(d.CorpID, "/", d.ID)] = d.Name
	}
	for _, m := range p.srv.Members() {
		s.Members = append(s.Members, Member{
			Corp: m.CorpID, User: m.UserID, Name: m.Name, Position: m.Position, Reader: m.Reader,
			Department: departments[fmt.Sprint(m.CorpID, "/", m.Departments[0])],
		})
	}
	for _, a := range p.srv.Apps() {
		s.Apps = append(s.Apps, App{
			Corp: a.CorpID, App: a.AgentID, Name: a.Name, CallbackURL: bareURL(a.CallbackURL), Menu: p.srv.Menu(a),
		})
	}
	answer(w, http.StatusOK, s)
}

// chats lists the groups that members can see: those with a message.
func (p *page) chats() []Chat {
	out := []Chat{}
	for _, c := range p.srv.Chats() {
		if c.Visible {
			out = append(out, Chat{c.CorpID, c.AgentID, c.ID, cmp.Or(c.Name, "群聊"), c.Users})
		}
	}
	for _, r := range p.srv.Robots() {
		out = append(out, Chat{r.CorpID, 0, r.ChatID(), r.Name, r.Users})
	}
	return out
}

// bareURL drops the query, where people put secrets.
func bareURL(u string) string {
	u, _, _ = strings.Cut(u, "?")
	return u
}

func (p *page) conversation(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	where := place{corp: q.Get("corp"), chat: q.Get("chat")}
	user := q.Get("user")
	if where.chat == "" {
		agent, err := strconv.ParseInt(q.Get("app"), 10, 64)
		if err != nil {
			refuse(w, http.StatusBadRequest, "app is not an agent id")
			return
		}
		a, id, err := p.find(q.Get("corp"), agent, user)
		if err != nil {
			refuse(w, http.StatusNotFound, err.Error())
			return
		}
		where.corp, where.app, user = a.CorpID, a.AgentID, id
	}
	event := p.srv.LastEvent() // before reading: a change in between comes twice rather than never
	answer(w, http.StatusOK, map[string]any{"items": conversationOf(p.srv, where, user), "event": event})
}

// find looks an app and a member up. The member's id comes back as the directory spells it.
func (p *page) find(corp string, agent int64, user string) (simulator.App, string, error) {
	for _, a := range p.srv.Apps() {
		if a.AgentID != agent || corp != "" && a.CorpID != corp {
			continue
		}
		for _, m := range p.srv.Members() {
			if m.CorpID == a.CorpID && strings.EqualFold(m.UserID, user) {
				return a, m.UserID, nil
			}
		}
		return a, "", fmt.Errorf("no member %q", user)
	}
	return simulator.App{}, "", fmt.Errorf("no app %d", agent)
}

// order is the body of api/say, api/event and api/press.
type order struct {
	Corp    string             `json:"corp"`
	User    string             `json:"user"`
	App     int64              `json:"app"`
	Text    string             `json:"text"`
	Event   string             `json:"event"`
	Key     string             `json:"key"`
	Task    string             `json:"task"`
	Answers []simulator.Answer `json:"answers"`
}

func (p *page) say(w http.ResponseWriter, r *http.Request) {
	var o order
	if !read(w, r, &o) {
		return
	}
	if strings.TrimSpace(o.Text) == "" || len(o.Text) > maxText {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("text must have 1 to %d bytes", maxText))
		return
	}
	p.start(w, o, simulator.Text(o.Text))
}

func (p *page) event(w http.ResponseWriter, r *http.Request) {
	var o order
	if !read(w, r, &o) {
		return
	}
	m, err := eventMessage(o)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	p.start(w, o, m)
}

// eventMessage makes the events that a person can cause by hand.
func eventMessage(o order) (simulator.Message, error) {
	switch o.Event {
	case "enter_agent":
		return simulator.Enter(), nil
	case "subscribe":
		return simulator.Subscribe(), nil
	case "unsubscribe":
		return simulator.Unsubscribe(), nil
	case "click":
		return simulator.Click(o.Key), nil
	case "view":
		return simulator.View(o.Key), nil
	case "LOCATION":
		return simulator.Located(31.2304, 121.4737, 65), nil
	case "location": // messages, not events: what the client's + menu sends
		return simulator.Location(31.2304, 121.4737, 16, "上海市黄浦区人民大道"), nil
	case "link":
		return simulator.Link("示例页面", "一个分享的链接", "https://example.com/page", ""), nil
	case "scancode_push", "scancode_waitmsg":
		return simulator.Scan(o.Event, o.Key, "https://example.com/qr"), nil
	}
	return simulator.Message{}, fmt.Errorf("unknown event %q", o.Event)
}

// press lets a member press a button of a card.
func (p *page) press(w http.ResponseWriter, r *http.Request) {
	var o order
	if !read(w, r, &o) {
		return
	}
	a, user, err := p.find(o.Corp, o.App, o.User)
	if err != nil {
		refuse(w, http.StatusNotFound, err.Error())
		return
	}
	p.started(w, p.srv.StartPress(a, user, o.Task, o.Key, o.Answers...))
}

func (p *page) start(w http.ResponseWriter, o order, m simulator.Message) {
	a, user, err := p.find(o.Corp, o.App, o.User)
	if err != nil {
		refuse(w, http.StatusNotFound, err.Error())
		return
	}
	p.started(w, p.srv.Start(a, user, m))
}

func (p *page) started(w http.ResponseWriter, d *simulator.Delivery) {
	if d.ID == 0 {
		refuse(w, http.StatusConflict, d.Problem)
		return
	}
	answer(w, http.StatusAccepted, map[string]any{"delivery": saidItem(*d)})
}

func (p *page) wire(w http.ResponseWriter, _ *http.Request) {
	deliveries, calls := p.srv.Deliveries(), p.srv.Calls()
	answer(w, http.StatusOK, map[string]any{
		"deliveries": newest(deliveries, wireLines), "calls": newest(calls, wireLines), "event": p.srv.LastEvent(),
	})
}

func newest[T any](list []T, n int) []T {
	if list == nil {
		return []T{}
	}
	return list[max(0, len(list)-n):]
}

func (p *page) addFault(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Fault string `json:"fault"`
	}
	if !read(w, r, &o) {
		return
	}
	f, err := simulator.ParseFault(o.Fault)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	p.srv.Inject(f)
	answer(w, http.StatusOK, map[string]any{"faults": p.srv.Faults()})
}

func (p *page) clearFaults(w http.ResponseWriter, _ *http.Request) {
	p.srv.ClearFaults()
	answer(w, http.StatusOK, map[string]any{"faults": []string{}})
}

// media serves an upload. What is not a picture, sound or film is a download: a page that an app uploaded must not run
// as ours.
func (p *page) media(w http.ResponseWriter, r *http.Request) {
	name, data, ok := p.srv.Media(r.URL.Query().Get("corp"), r.URL.Query().Get("id"))
	if !ok {
		refuse(w, http.StatusNotFound, "no such media")
		return
	}
	kind := mime.TypeByExtension(strings.ToLower(path.Ext(name)))
	if !inline(kind) {
		kind = "application/octet-stream"
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(data) // the reader may be gone
}

func inline(kind string) bool {
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "video/mp4", "audio/amr":
		return true
	}
	return false
}

// read decodes a request's JSON, or answers why not.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "send application/json")
		return false
	}
	err = json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(into)
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		refuse(w, http.StatusRequestEntityTooLarge, "the body is over 1 MiB")
	case err != nil:
		refuse(w, http.StatusBadRequest, "the body is not the JSON that was expected")
	}
	return err == nil
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader may be gone
}

func refuse(w http.ResponseWriter, status int, why string) {
	answer(w, status, map[string]string{"error": why})
}
