package rules

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
)

// Sender delivers messages that are no answers.
type Sender interface {
	// Send accepts a message for delivery; it is durable when Send returns. A second one with the same ID is the same
	// message, delivered once.
	Send(ctx context.Context, o Outgoing) error
}

// Outgoing is a message to others than the one who wrote.
type Outgoing struct {
	ID    string
	App   string
	To    Recipients
	Reply reply.Reply
}

// Recipients are all of those named.
type Recipients struct {
	All         bool // everyone who sees the app
	Users       []string
	Departments []int
	Tags        []int
	Chat        string // a group chat that the app created
}

// Nobody reports whether there is no recipient.
func (r Recipients) Nobody() bool {
	return !r.All && r.Chat == "" && len(r.Users)+len(r.Departments)+len(r.Tags) == 0
}

// toSpec are recipients as they are written.
type toSpec struct {
	Where       strictyaml.Where
	Users       []strictyaml.Text `yaml:"users" doc:"user ids; {{ user.leader }} is the member's leader"`
	Departments []int             `yaml:"departments" doc:"department ids"`
	Tags        []int             `yaml:"tags" doc:"tag ids"`
	Roles       []string          `yaml:"roles" doc:"roles of bot.yaml"`
	All         bool              `yaml:"all" doc:"everyone who sees the app"`
	Chat        *strictyaml.Text  `yaml:"chat" doc:"id of a group chat that the app created"`
}

// UnmarshalYAML takes user ids too.
func (to *toSpec) UnmarshalYAML(n *strictyaml.Node) {
	type plain toSpec
	if n.Kind() != strictyaml.Mapping {
		to.Where.Pos = n.Pos()
		n.Into(&to.Users)
	} else if !n.Into((*plain)(to)) {
		return
	}
	if !to.All && to.Chat == nil && len(to.Users)+len(to.Departments)+len(to.Tags)+len(to.Roles) == 0 {
		n.Report("name users, departments, tags, roles, a chat, or all: true", "%s names nobody", n.Name())
	}
}

// JSONSchema describes both forms.
func (to *toSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&to.Users), b.Struct(to))
}

// recipients compiles who gets a message.
func (c *compiler) recipients(to *toSpec, s *sight) func(t *turn) Recipients {
	if to == nil { // reported while decoding
		to = new(toSpec)
	}
	group := c.audience(&whoSpec{Where: to.Where, Roles: to.Roles})
	users, chat := c.texts(to.Users, s), c.text(to.Chat, s)
	return func(t *turn) Recipients {
		r := Recipients{All: to.All, Chat: t.text(chat)}
		for _, u := range append(t.texts(users), group.Users...) {
			if u != "" && !slices.Contains(r.Users, u) {
				r.Users = append(r.Users, u)
			}
		}
		r.Departments = append(slices.Clone(to.Departments), group.Departments...)
		r.Tags = append(slices.Clone(to.Tags), group.Tags...)
		return r
	}
}

// sendSpec is a message to others: recipients beside a reply's keys, or beside reply.
type sendSpec struct {
	To    *toSpec
	Reply *replySpec
}

// UnmarshalYAML splits the mapping.
func (x *sendSpec) UnmarshalYAML(n *strictyaml.Node) {
	if n.Kind() != strictyaml.Mapping {
		n.Mismatch("{to: …, text: …}")
		return
	}
	if n.Has("reply") {
		var p sendWithReply
		n.Into(&p)
		x.To, x.Reply = p.To, p.Reply
		return
	}
	var p sendInline
	ok := n.Into(&p)
	x.To, x.Reply = p.To, &replySpec{pos: n.Pos(), body: &p.replyBody}
	if ok {
		p.replyBody.oneType(n)
	}
}

type sendWithReply struct {
	To    *toSpec    `yaml:"to,required" doc:"user ids, or {users, departments, tags, roles, chat, all}"`
	Reply *replySpec `yaml:"reply,required" doc:"what is sent"`
}

type sendInline struct {
	To        *toSpec `yaml:"to,required" doc:"user ids, or {users, departments, tags, roles, chat, all}"`
	replyBody `yaml:",inline"`
}

// JSONSchema describes both forms.
func (x *sendSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Struct(&sendInline{}), b.Struct(&sendWithReply{}))
}

// sendSpecs is one message or several.
type sendSpecs []sendSpec

// send compiles one message; i tells several of an action apart.
func (c *compiler) send(x *sendSpec, i int, s *sight) step {
	if x.To == nil || x.Reply == nil {
		return step{}
	}
	to, make := c.recipients(x.To, s), c.reply(x.Reply, s)
	name := "send" + strconv.Itoa(i)
	return step{name: name, effect: func(ctx context.Context, t *turn) (map[string]any, error) {
		r, err := t.make(make)
		if err != nil {
			return nil, err
		}
		return nil, c.deliver(ctx, Outgoing{ID: t.id(name), App: t.app, To: to(t), Reply: r})
	}}
}

func (c *compiler) deliver(ctx context.Context, o Outgoing) error {
	switch {
	case o.To.Nobody():
		return errors.New("send: there is nobody to send to")
	case c.options.Sender == nil:
		return errors.New("send: nothing is set up to send with")
	}
	return c.options.Sender.Send(ctx, o)
}
