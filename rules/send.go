package rules

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

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
	ID     string
	App    string
	To     Recipients
	Reply  reply.Reply
	After  time.Duration // so much later; 0 is at once
	Unless []Outgoing    // cards: not delivered when one of them is decided by then
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
	later
	pos strictyaml.Pos
}

// later is what a message may have besides its content.
type later struct {
	After    time.Duration `yaml:"after" min:"1s" max:"7d" doc:"so much later; what is inserted is as it was when the rule answered"`
	Escalate *sendSpec     `yaml:"escalate" doc:"of a card: another message, which is sent when nobody has answered by a button for its after"`
}

// UnmarshalYAML splits the mapping.
func (x *sendSpec) UnmarshalYAML(n *strictyaml.Node) {
	x.pos = n.Pos()
	if n.Kind() != strictyaml.Mapping {
		n.Mismatch("{to: …, text: …}")
		return
	}
	if n.Has("reply") {
		var p sendWithReply
		n.Into(&p)
		x.To, x.Reply, x.later = p.To, p.Reply, p.later
		return
	}
	var p sendInline
	ok := n.Into(&p)
	x.To, x.Reply, x.later = p.To, &replySpec{pos: n.Pos(), body: &p.replyBody}, p.later
	if ok {
		p.replyBody.oneType(n)
	}
}

type sendWithReply struct {
	To    *toSpec    `yaml:"to,required" doc:"user ids, or {users, departments, tags, roles, chat, all}"`
	Reply *replySpec `yaml:"reply,required" doc:"what is sent"`
	later `yaml:",inline"`
}

type sendInline struct {
	To        *toSpec `yaml:"to,required" doc:"user ids, or {users, departments, tags, roles, chat, all}"`
	replyBody `yaml:",inline"`
	later     `yaml:",inline"`
}

// JSONSchema describes both forms.
func (x *sendSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Struct(&sendInline{}), b.Struct(&sendWithReply{}))
}

// sendSpecs is one message or several.
type sendSpecs []sendSpec

// outgoing is a compiled sendSpec.
type outgoing struct {
	to    func(t *turn) Recipients
	reply maker
	after time.Duration // since the one before it in the chain
}

// send compiles one message and what it escalates to; i tells several of an action apart.
func (c *compiler) send(x *sendSpec, i int, s *sight) step {
	chain := c.chain(x, s)
	name := "send" + strconv.Itoa(i)
	return step{name: name, effect: func(ctx context.Context, t *turn) (map[string]any, error) {
		var cards []Outgoing
		var after time.Duration
		for n, m := range chain {
			r, err := t.make(m.reply)
			if err != nil {
				return nil, err
			}
			after += m.after
			o := Outgoing{ID: t.id(name), App: t.app, To: m.to(t), Reply: r, After: after, Unless: cards}
			if n > 0 {
				o.ID += "/" + strconv.Itoa(n)
			}
			if t.err != nil {
				return nil, t.err
			}
			if err := c.deliver(ctx, o); err != nil {
				return nil, err
			}
			cards = append(slices.Clip(cards), o)
		}
		return nil, nil
	}}
}

// chain compiles a message and all that it escalates to, the one after the other.
func (c *compiler) chain(x *sendSpec, s *sight) []outgoing {
	var chain []outgoing
	for ; x != nil && x.To != nil && x.Reply != nil; x = x.Escalate {
		chain = append(chain, outgoing{c.recipients(x.To, s), c.reply(x.Reply, s), x.After})
		next := x.Escalate
		switch {
		case next == nil:
		case x.Reply.body == nil || x.Reply.body.Card == nil:
			c.report(next.pos, "send a card with buttons", "escalate waits for a click, and there is no card")
		case next.After == 0 && next.To != nil:
			c.report(next.pos, "write after: 10m", "escalate has no after")
		}
	}
	return chain
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
