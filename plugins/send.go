package plugins

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
)

// Outbox delivers; *outbox.Outbox does.
type Outbox interface {
	Push(ctx context.Context, ds ...outbox.Delivery) error
}

// To is receivers of a message; all who are named get it, once.
type To struct {
	Users       []string `yaml:"users" doc:"user ids"`
	Departments []int    `yaml:"departments" doc:"department ids"`
	Tags        []int    `yaml:"tags" doc:"tag ids"`
	Everyone    bool     `yaml:"everyone" doc:"all who can see the app"`
	Chat        string   `yaml:"chat" doc:"chatid of a group chat that the app made"`
}

// Member is one member as receiver.
func Member(id string) To { return To{Users: []string{id}} }

// Targets are the kinds of receivers that are named: what Needs.Send has to allow.
func (t To) Targets() Targets {
	var ts Targets
	for kind, named := range map[Targets]bool{
		ToMembers: len(t.Users) > 0, ToDepartments: len(t.Departments) > 0, ToTags: len(t.Tags) > 0, ToEveryone: t.Everyone, ToChats: t.Chat != "",
	} {
		if named {
			ts |= kind
		}
	}
	return ts
}

// Message is something that a plugin says of its own accord.
type Message struct {
	// ID makes the message one: a second one with the same ID within a day is not sent. "" is a new one each time.
	ID    string
	To    To
	Reply reply.Reply
	At    time.Time // not before; zero: now
	// Broadcast says that answers to members go first. Receivers other than single members always do.
	Broadcast bool
}

// Receivers of one call of message/send (doc 90236).
const (
	maxUsers       = 1000
	maxDepartments = 100
	maxTags        = 100
)

// Send hands a message to the outbox and returns when it is durable.
func (e Env) Send(ctx context.Context, m Message) error {
	targets := m.To.Targets()
	switch {
	case targets == 0 || m.Reply == nil:
		return errors.New("send: nobody, or nothing to say")
	case targets&^e.needs.Send != 0:
		return fmt.Errorf("send: a kind of receiver: %w", ErrNotDeclared)
	case e.host.Outbox == nil:
		return errors.New("send: this bot has no way out")
	}
	id := m.ID
	if id == "" {
		id = rand.Text()
	}
	var ds []outbox.Delivery
	for i, to := range m.To.split() {
		o := reply.Options{}
		if to.Chat != "" {
			o.Target = reply.TargetChat
		}
		units, err := m.Reply.Units(o)
		if err != nil {
			return fmt.Errorf("send: %w", err)
		}
		ds = append(ds, outbox.Delivery{
			ID: fmt.Sprintf("plugin/%s/%s/%s/%d", e.App, e.ID, id, i), App: e.App, To: to, Units: units,
			Broadcast: m.Broadcast || len(m.To.Users) != 1 || targets != ToMembers, NotBefore: m.At,
		})
	}
	return e.host.Outbox.Push(ctx, ds...)
}

// split makes calls of the receivers, each within the platform's limits. Who is named twice over, by his department and
// his tag, gets one message only within one call, so there is one call where possible.
func (t To) split() []outbox.To {
	if t.Chat != "" {
		return append(To{t.Users, t.Departments, t.Tags, t.Everyone, ""}.split(), outbox.To{Chat: t.Chat})
	}
	if t.Everyone {
		return []outbox.To{{User: "@all"}}
	}
	users, parties, tags := chunks(t.Users, maxUsers), chunks(numbers(t.Departments), maxDepartments), chunks(numbers(t.Tags), maxTags)
	out := make([]outbox.To, max(len(users), len(parties), len(tags)))
	for i := range out {
		out[i] = outbox.To{User: nth(users, i), Party: nth(parties, i), Tag: nth(tags, i)}
	}
	return out
}

func chunks(ids []string, n int) (out []string) {
	for c := range slices.Chunk(ids, n) {
		out = append(out, strings.Join(c, "|"))
	}
	return out
}

func nth(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

func numbers(ids []int) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.Itoa(id)
	}
	return out
}
