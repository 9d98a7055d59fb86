package ruletest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
)

// Local plays cases to an app's rules in this process: with a clock that stands still, a directory of the case's
// members, and nothing of the outside world. Nothing is shared between cases.
type Local struct {
	Files   []string
	Options rules.Options // of the app; clock, state, sender, forms and HTTP are the case's

	loaded *rules.Set // so that each case need not compile everything again
}

// Open is for Run. A rules file with a problem is an error.
func (l *Local) Open(c *Case) (Bot, error) {
	b := &localBot{c: c, now: c.At.Time, sessions: map[string]map[string]any{}, buttons: map[string][]button{}}
	o := l.Options
	if o.Location == nil {
		o.Location = time.Local
	}
	if b.now.IsZero() {
		b.now = time.Date(2026, 3, 4, 10, 0, 0, 0, o.Location) // a Wednesday
	}
	store := memstore.New(memstore.WithClock(b.clock)) // transfers end, limits start anew as the case's time passes
	b.store = store
	state, err := store.KV("rules")
	if err != nil {
		return nil, err
	}
	dialogs, err := store.KV("dialogs")
	if err != nil {
		return nil, err
	}
	b.engine = dialog.New(dialogs, dialog.WithClock(b.clock), dialog.WithLocation(o.Location), dialog.WithLanguage(o.Language))
	o.Now, o.State, o.Sender, o.HTTP, o.Forms, o.Previous = b.clock, state, b, b, rules.NewForms(b.engine), l.loaded
	o.Rand = func() float64 { return 0 }
	set, problems := rules.Load(l.Files, o)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	b.set, b.app, l.loaded = set, o.App, set
	_, err = set.RunDue(context.Background(), b.now, nil) // schedules are due from here on
	return b, err
}

type localBot struct {
	c      *Case
	app    string
	set    *rules.Set
	store  storage.Store
	engine *dialog.Engine

	mu       sync.Mutex
	now      time.Time
	id       uint64
	sessions map[string]map[string]any
	ids      map[string]bool
	buttons  map[string][]button // of the cards that a member sees last
	sent     []Sent              // since the last step
	called   error               // a call that the case does not know
}

func (b *localBot) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// Advance lets time pass, and schedules run that come due.
func (b *localBot) Advance(ctx context.Context, d time.Duration) error {
	b.mu.Lock()
	b.now = b.now.Add(d)
	b.mu.Unlock()
	_, err := b.set.RunDue(ctx, b.clock(), nil)
	return err
}

// Close ends the conversation.
func (b *localBot) Close() error { return b.store.Close() }

// Do plays one step. It takes a second, since two clicks of one second are one click.
func (b *localBot) Do(ctx context.Context, user string, s Step) (Answer, error) {
	b.mu.Lock()
	b.now = b.now.Add(time.Second)
	b.id++
	b.mu.Unlock()
	var a Answer
	if s.says() {
		var err error
		if a, err = b.handle(ctx, user, b.message(user, s)); err != nil {
			return a, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a.Sent, b.sent = b.sent, nil
	return a, b.called
}

func (b *localBot) message(user string, s Step) *message.Message {
	m := &message.Message{From: user, CreateTime: b.clock().Unix()}
	switch {
	case s.Type != "":
		m = b.media(user, s)
	case s.Say != nil:
		m.Type, m.Text, m.ID = message.TypeText, s.Say.Value, b.id
	default:
		m.Type, m.Event, m.Key = message.TypeEvent, s.Event, s.Click
		if m.Event == "" {
			m.Event, m.Key = b.button(user, s.Click)
		}
	}
	return m
}

// media is a message that is no text. Elements that the step does not give have the values of a picture, a place … that
// somebody sent.
func (b *localBot) media(user string, s Step) *message.Message {
	fields := map[string]string{
		"FromUserName": user, "CreateTime": strconv.FormatInt(b.clock().Unix(), 10), "MsgType": s.Type, "MsgId": strconv.FormatUint(b.id, 10),
	}
	maps.Copy(fields, samples[message.Type(s.Type)])
	maps.Copy(fields, s.Fields)
	var doc strings.Builder
	doc.WriteString("<xml>")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&doc, "<%s>%s</%[1]s>", name, html.EscapeString(fields[name]))
	}
	doc.WriteString("</xml>")
	m, err := message.Parse([]byte(doc.String()))
	if err != nil { // a name that is none
		return &message.Message{From: user, Type: message.Type(s.Type)}
	}
	return m
}

// samples are the elements of messages (doc 90239) that a step need not give.
var samples = map[message.Type]map[string]string{
	message.TypeImage:    {"PicUrl": "https://example.com/picture.jpg", "MediaId": "MEDIA"},
	message.TypeVoice:    {"MediaId": "MEDIA", "Format": "amr"},
	message.TypeVideo:    {"MediaId": "MEDIA", "ThumbMediaId": "THUMB"},
	message.TypeLocation: {"Location_X": "31.2304", "Location_Y": "121.4737", "Scale": "16", "Label": "上海市黄浦区人民大道"},
	message.TypeLink:     {"Title": "标题", "Description": "摘要", "Url": "https://example.com/page"},
}

// button is one of a card.
type button struct {
	Text string `json:"text"`
	Key  string `json:"key"`
}

// button finds what is clicked: a button of the last cards, by its text or key, or else an entry of the menu.
func (b *localBot) button(user, what string) (event, key string) {
	for _, x := range b.buttons[user] {
		if x.Text == what || x.Key == what {
			return "template_card_event", x.Key
		}
	}
	return "click", what
}

// see remembers the buttons that a member sees.
func (b *localBot) see(user string, units []reply.Unit) {
	var seen []button
	for _, u := range units {
		var card struct {
			Buttons []button `json:"button_list"`
		}
		if u.MsgType == "template_card" && json.Unmarshal(u.Body, &card) == nil {
			seen = append(seen, card.Buttons...)
		}
	}
	if seen != nil {
		b.buttons[user] = seen
	}
}

func (b *localBot) handle(ctx context.Context, user string, m *message.Message) (Answer, error) {
	form, err := b.engine.Waiting(ctx, b.app, user)
	if err != nil {
		return Answer{}, err
	}
	q := &router.Request{Message: m, App: b.app, Session: session{b, user}, User: func(context.Context) (*router.User, error) { return b.user(user), nil }}
	r, matched, err := b.set.Table.Handle(ctx, q)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Rules: matched}
	for i, name := range a.Rules {
		if name == "dialog" && form != "" {
			a.Rules[i] = form + "-form"
		}
	}
	units, text, err := read(r)
	b.see(user, units)
	a.Text = text
	return a, err
}

// read is what a member reads in a reply. What becomes of a card that was clicked counts only when nothing is said.
func read(r reply.Reply) ([]reply.Unit, string, error) {
	if r == nil {
		return nil, "", nil
	}
	units, err := r.Units(reply.Options{})
	if err != nil {
		return nil, "", err
	}
	var lines, changed []string
	for _, u := range units {
		if strings.HasPrefix(u.MsgType, "update_") {
			changed = append(changed, u.Plain)
		} else {
			lines = append(lines, u.Plain)
		}
	}
	if lines == nil {
		lines = changed
	}
	return units, strings.Join(lines, "\n"), nil
}

func (b *localBot) user(id string) *router.User {
	u := b.c.Members[id]
	return &router.User{ID: id, Name: cmp.Or(u.Name, id), Departments: u.Departments, Tags: u.Tags, Leader: u.Leader, Position: u.Position}
}

// Send implements rules.Sender.
func (b *localBot) Send(_ context.Context, o rules.Outgoing) error {
	units, text, err := read(o.Reply)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ids[o.ID] {
		return nil
	}
	if b.ids == nil {
		b.ids = map[string]bool{}
	}
	b.ids[o.ID] = true
	for _, user := range b.receivers(o.To) {
		b.see(user, units)
	}
	to := append([]string{}, o.To.Users...)
	for _, d := range o.To.Departments {
		to = append(to, "department:"+strconv.Itoa(d))
	}
	for _, t := range o.To.Tags {
		to = append(to, "tag:"+strconv.Itoa(t))
	}
	if o.To.Chat != "" {
		to = append(to, "chat:"+o.To.Chat)
	}
	if o.To.All {
		to = append(to, "all")
	}
	b.sent = append(b.sent, Sent{to, text})
	return nil
}

// receivers are the members who see a message, as far as the case knows them.
func (b *localBot) receivers(to rules.Recipients) []string {
	users := slices.Clone(to.Users)
	for id, u := range b.c.Members {
		in := func(list, groups []int) bool {
			return slices.ContainsFunc(list, func(x int) bool { return slices.Contains(groups, x) })
		}
		if to.All || in(u.Departments, to.Departments) || in(u.Tags, to.Tags) {
			users = append(users, id)
		}
	}
	return users
}

// RoundTrip implements http.RoundTripper with the case's answers.
func (b *localBot) RoundTrip(r *http.Request) (*http.Response, error) {
	target := r.URL.String()
	if plain, err := url.QueryUnescape(target); err == nil {
		target = plain
	}
	for _, c := range b.c.HTTP {
		if !strings.HasPrefix(target, c.URL) || c.Method != "" && c.Method != r.Method {
			continue
		}
		if c.Fail {
			return nil, errors.New("connection refused")
		}
		body := []byte(c.Text)
		if c.JSON != nil {
			var err error
			if body, err = json.Marshal(c.JSON); err != nil {
				return nil, err
			}
		}
		return &http.Response{StatusCode: c.Status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.called = fmt.Errorf("%s %s is called, and the case's http has no answer for it", r.Method, target)
	return nil, b.called
}

// session is a member's session for the length of a case.
type session struct {
	b    *localBot
	user string
}

func (s session) All(context.Context) (map[string]any, error) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	return maps.Clone(s.b.sessions[s.user]), nil
}

func (s session) Set(_ context.Context, values map[string]any) error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	m := s.b.sessions[s.user]
	if m == nil {
		m = map[string]any{}
		s.b.sessions[s.user] = m
	}
	for k, v := range values {
		if v == nil {
			delete(m, k)
			continue
		}
		m[k] = v
	}
	return nil
}
