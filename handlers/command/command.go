package command

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Command is one command. Its zero value is none; New makes one.
type Command struct {
	name    string
	summary string
	aliases []string
	roles   []string
	hidden  bool
	params  []param
	run     func(ctx context.Context, q *router.Request, l line, e env) (reply.Reply, error)
}

// Option sets one choice of New.
type Option func(*Command)

// Aliases are further names.
func Aliases(names ...string) Option {
	return func(c *Command) { c.aliases = append(c.aliases, names...) }
}

// Roles names who may use the command: members with one of these roles. Default: everybody.
func Roles(names ...string) Option {
	return func(c *Command) { c.roles = append(c.roles, names...) }
}

// Hidden keeps the command out of help and suggestions.
func Hidden() Option { return func(c *Command) { c.hidden = true } }

// New makes a command of a function; T is the struct of its arguments.
func New[T any](name, summary string, run func(ctx context.Context, q *router.Request, args T) (reply.Reply, error), opts ...Option) Command {
	c := Command{name: name, summary: summary, params: paramsOf[T](name)}
	for _, set := range opts {
		set(&c)
	}
	params := c.params
	c.run = func(ctx context.Context, q *router.Request, l line, e env) (reply.Reply, error) {
		var args T
		if err := bind(params, l, e, &args); err != nil {
			return nil, err
		}
		return run(ctx, q, args)
	}
	return c
}

// With is the command with mw around what it does.
func (c Command) With(mw router.Middleware) Command {
	run := c.run
	c.run = func(ctx context.Context, q *router.Request, l line, e env) (reply.Reply, error) {
		return mw(router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			return run(ctx, q, l, e)
		})).Handle(ctx, q)
	}
	return c
}

// Name is the command's first name, without the slash.
func (c Command) Name() string { return c.name }

// Summary says what the command does.
func (c Command) Summary() string { return c.summary }

// Usage is the command with its arguments: /leave days [--from date] [note].
func (c Command) Usage() string {
	parts := []string{"/" + c.name}
	for _, p := range c.params {
		parts = append(parts, p.usage())
	}
	return strings.Join(parts, " ")
}

// Explain is the usage, what the command does, and a line for each described argument.
func (c Command) Explain() string {
	lines := []string{c.Usage(), c.summary}
	for _, p := range c.params {
		if p.help != "" {
			lines = append(lines, "  "+p.label()+"  "+p.help)
		}
	}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
}

// usageError is a line that the command cannot be run with, as a sentence for the member.
type usageError string

func (u usageError) Error() string { return string(u) }

// call runs the command and explains what is wrong with the line.
func (c Command) call(ctx context.Context, q *router.Request, l line, e env) (reply.Reply, error) {
	if l.help() {
		return reply.Text(c.Explain()), nil
	}
	r, err := c.run(ctx, q, l, e)
	var wrong usageError
	if errors.As(err, &wrong) {
		return reply.Text(e.say(sayUsage, string(wrong), c.Usage())), nil
	}
	return r, err
}
