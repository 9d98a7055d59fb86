package plugins

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
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
	ds, err := outbox.Receivers(m.To).Deliveries(m.Reply, outbox.Delivery{
		ID: fmt.Sprintf("plugin/%s/%s/%s", e.App, e.ID, id), App: e.App,
		Broadcast: m.Broadcast || len(m.To.Users) != 1 || targets != ToMembers, NotBefore: m.At,
	})
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return e.host.Outbox.Push(ctx, ds...)
}
