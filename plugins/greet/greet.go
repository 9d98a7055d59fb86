// Package greet answers a greeting: the smallest plugin, to be copied.
package greet

import (
	"cmp"
	"context"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Config is the plugin's part of bot.yaml.
type Config struct {
	Word string `yaml:"word" doc:"what is answered; default 你好, or hello"`
}

type greeter struct {
	env  plugins.Env
	word string
}

// New makes the plugin.
func New(e plugins.Env, c Config) (plugins.Plugin, error) {
	return &greeter{env: e, word: cmp.Or(c.Word, e.Say("你好", "hello"))}, nil
}

func (g *greeter) Mount(r *router.Router) {
	r.HandleFunc(router.Exact("hi", "hello", "在吗", "你好", "您好"), g.greet)
}

func (g *greeter) Help() []plugins.Help {
	return []plugins.Help{{Say: g.env.Say("在吗", "hi"), Does: g.env.Say("打个招呼", "says hello")}}
}

func (g *greeter) greet(_ context.Context, q *router.Request) (reply.Reply, error) {
	return reply.Text(g.word + g.env.Say("，", ", ") + q.From), nil
}
