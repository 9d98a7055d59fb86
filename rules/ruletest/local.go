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
	"log/slog"
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
	"github.com/wecombot/wecombot/plugins"
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
	// Plugins makes the app's plugins for a case; nil: it has none.
	Plugins func(h plugins.Host) (*plugins.App, error)

	loaded *rules.Set // so that each case need not compile everything again
}

// Open is for Run. A rules file with a problem is an error.
func (l *Local) Open(c *Case) (Bot, error) {
	b := &localBot{
		c: c, now: c.At.Time, sessions: map[string]map[string]any{}, ids: map[string]bool{}, decided: map[string]bool{}, buttons: map[string][]button{}, timers: map[int]timer{},
	}
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
	b.engine = dialog.New(dialogs, dialog.WithClock(b.clock), dialog.WithLocation(o.Location), dialog.WithLanguage(o.Language), dialog.WithMembers(b.members))
	o.Now, o.State, o.Sender, o.HTTP, o.Forms, o.Previous = b.clock, state, b, b, rules.NewForms(b.engine), l.loaded
	o.Rand = func() float64 { return 0 }
	if err := b.plug(l, &o); err != nil {
		return nil, err
	}
	set, problems := rules.Load(l.Files, o)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	b.set, b.app, l.loaded = set, o.App, set
	return b, b.runDue(context.Background()) // schedules are due from here on
}

type localBot struct {
	c       *Case
	app     string
	set     *rules.Set
	store   storage.Store
	engine  *dialog.Engine
	plugged *plugins.App // nil: none

	mu       sync.Mutex
	now      time.Time
	id       uint64
	sessions map[string]map[string]any
	ids      map[string]bool
	decided  map[string]bool     // messages with cards, by id
	timers   map[int]timer       // by number; 0 is the rules' schedules
	timer    int                 // number of the last one
	buttons  map[string][]button // of the cards that a member sees last
	sent     []Sent              // since the last step
	called   error               // a call that the case does not know
	failed   error               // of schedules, since time passed last
}

// Close ends the conversation.
func (b *localBot) Close() error {
	var err error
	if b.plugged != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closing)
		defer cancel()
		err = b.plugged.Close(ctx)
	}
	return errors.Join(err, b.store.Close())
}

// Do plays one step. It takes a second, since two clicks of one second are one click.
func (b *localBot) Do(ctx context.Context, user string, s Step) (Answer, error) {
	if err := b.Advance(ctx, time.Second); err != nil {
		return Answer{}, err
	}
	b.id++
	var a Answer
	if s.says() {
		var err error
		if a, err = b.handle(ctx, user, b.message(user, s)); err != nil {
			return a, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a.told(user, b.sent)
	b.sent = nil
	return a, b.called
}

// told adds what was sent besides the answer: to others, or to the member himself, who reads it before the answer.
func (a *Answer) told(user string, sent []Sent) {
	var lines []string
	for _, s := range sent {
		if slices.Equal(s.To, []string{user}) {
			lines = append(lines, s.Text)
		} else {
			a.Sent = append(a.Sent, s)
		}
	}
	if a.Text != "" {
		lines = append(lines, a.Text)
	}
	a.Text = strings.Join(lines, "\n")
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

	card string // id of the message that the card was sent as; "" for an answer
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

// clicked is the message with the card whose button has the key; "" where there is none.
func (b *localBot) clicked(user, key string) string {
	for _, x := range b.buttons[user] {
		if x.Key == key {
			return x.card
		}
	}
	return ""
}

// see remembers the buttons that a member sees.
func (b *localBot) see(user string, units []reply.Unit, card string) {
	var seen []button
	for _, u := range units {
		var body struct {
			Buttons []button `json:"button_list"`
		}
		if u.MsgType != "template_card" || json.Unmarshal(u.Body, &body) != nil {
			continue
		}
		for _, x := range body.Buttons {
			x.card = card
			seen = append(seen, x)
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
	q := &router.Request{
		Message: m, App: b.app, Attempt: 1, Log: slog.New(slog.DiscardHandler), Session: session{b, user},
		User: func(context.Context) (*router.User, error) { return b.user(user), nil },
	}
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
	if r == nil {
		return a, nil
	}
	units, err := r.Units(reply.Options{})
	if err != nil {
		return a, err
	}
	b.see(user, units, "")
	if card := b.clicked(user, m.Key); card != "" && slices.ContainsFunc(units, changesCard) {
		b.mu.Lock()
		b.decided[card] = true
		b.mu.Unlock()
	}
	a.Text = read(units)
	return a, nil
}

func changesCard(u reply.Unit) bool { return strings.HasPrefix(u.MsgType, "update_") }

// read is what a member reads. What becomes of a card that was clicked counts only when nothing is said.
func read(units []reply.Unit) string {
	var lines, changed []string
	for _, u := range units {
		if changesCard(u) {
			changed = append(changed, u.Plain)
		} else {
			lines = append(lines, u.Plain)
		}
	}
	if lines == nil {
		lines = changed
	}
	return strings.Join(lines, "\n")
}

// user is a member as the directory knows him; everybody is in the root department at least.
func (b *localBot) user(id string) *router.User {
	u := b.c.Members[id]
	if len(u.Departments) == 0 {
		u.Departments = []int{1}
	}
	return &router.User{ID: id, Name: cmp.Or(u.Name, id), Departments: u.Departments, Tags: u.Tags, Leader: u.Leader, Position: u.Position}
}

// members finds members of the case by account or name.
func (b *localBot) members(_ context.Context, name string) ([]router.User, error) {
	var found []router.User
	for _, id := range slices.Sorted(maps.Keys(b.c.Members)) {
		if u := b.user(id); strings.EqualFold(id, name) || u.Name == name {
			found = append(found, *u)
		}
	}
	return found, nil
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
