package rules_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/rules"
)

// monday is a working Monday at 09:30 in China.
var monday = time.Date(2026, 3, 2, 9, 30, 0, 0, shanghai)

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// desk is a rule set in use: members who write, a clock, sessions, and what was sent to others.
type desk struct {
	t    *testing.T
	set  *rules.Set
	file string
	opts rules.Options
	now  time.Time

	mu       sync.Mutex
	id       uint64
	sessions map[string]map[string]any
	users    map[string]*router.User
	asked    int // how often a member's record was asked for
	sent     []rules.Outgoing
}

// newDesk loads src as the only rules file.
func newDesk(t *testing.T, src string, opts ...func(*rules.Options)) *desk {
	t.Helper()
	d := &desk{t: t, now: monday, file: filepath.Join(t.TempDir(), "rules.yaml"), sessions: map[string]map[string]any{}}
	d.users = map[string]*router.User{
		"zhangsan": {ID: "zhangsan", Name: "张三", Departments: []int{2}, Leader: "lisi"},
		"lisi":     {ID: "lisi", Name: "李四", Departments: []int{1}, Tags: []int{3}},
		"wangwu":   {ID: "wangwu", Name: "王五", Departments: []int{5}},
	}
	d.opts = rules.Options{App: "hr", Location: shanghai, Now: func() time.Time { return d.now }, Sender: d}
	for _, o := range opts {
		o(&d.opts)
	}
	d.load(src)
	return d
}

func (d *desk) load(src string) {
	d.t.Helper()
	write(d.t, d.file, src)
	d.opts.Previous = d.set
	set, problems := rules.Load([]string{d.file}, d.opts)
	for _, p := range problems {
		d.t.Errorf("Load: %v", p)
	}
	if d.t.Failed() {
		d.t.FailNow()
	}
	d.set = set
}

func write(t testing.TB, file, src string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Send makes the desk a rules.Sender: a second message with the same id is the same message.
func (d *desk) Send(_ context.Context, o rules.Outgoing) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.sent {
		if s.ID == o.ID {
			return nil
		}
	}
	d.sent = append(d.sent, o)
	return nil
}

func (d *desk) request(user string, m message.Message) *router.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.id++; m.ID == 0 && m.Type != message.TypeEvent {
		m.ID = d.id
	}
	m.From, m.CreateTime = user, d.now.Unix()
	return &router.Request{Message: &m, App: "hr", Session: session{d, user}, User: func(context.Context) (*router.User, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.asked++
		return d.users[user], nil
	}}
}

// session is a member's session in memory.
type session struct {
	d    *desk
	user string
}

func (s session) All(context.Context) (map[string]any, error) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	return maps.Clone(s.d.sessions[s.user]), nil
}

func (s session) Set(_ context.Context, values map[string]any) error {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if s.d.sessions[s.user] == nil {
		s.d.sessions[s.user] = map[string]any{}
	}
	for k, v := range values {
		if v == nil {
			delete(s.d.sessions[s.user], k)
		} else {
			s.d.sessions[s.user][k] = v
		}
	}
	return nil
}

func (d *desk) handle(q *router.Request) string {
	d.t.Helper()
	r, _, err := d.set.Table.Handle(context.Background(), q)
	if err != nil {
		return "error: " + err.Error()
	}
	return plain(d.t, r)
}

// say is a member's text, and what he reads in the answer.
func (d *desk) say(user, text string) string {
	d.t.Helper()
	return d.handle(d.request(user, message.Message{Type: message.TypeText, Text: text}))
}

func (d *desk) click(user, key string) string {
	d.t.Helper()
	return d.handle(d.request(user, message.Message{Type: message.TypeEvent, Event: "click", Key: key}))
}

// expect compares a conversation: pairs of what zhangsan says and what he reads.
func (d *desk) expect(pairs ...string) {
	d.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := d.say("zhangsan", pairs[i]); got != pairs[i+1] {
			d.t.Errorf("say(%q) = %q, want %q", pairs[i], got, pairs[i+1])
		}
	}
}

// plain is what a person reads in a reply, its parts joined by " | ".
func plain(t *testing.T, r reply.Reply) string {
	t.Helper()
	if r == nil {
		return ""
	}
	units, err := r.Units(reply.Options{})
	if err != nil {
		t.Errorf("Units: %v", err)
	}
	var parts []string
	for _, u := range units {
		parts = append(parts, u.Plain)
	}
	return strings.Join(parts, " | ")
}
