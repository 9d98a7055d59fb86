package main

import (
	"context"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

type config struct {
	Word string `yaml:"word" default:"你好"`
}

type greeter struct{ word string }

func newGreeter(_ plugins.Env, c config) (plugins.Plugin, error) { return &greeter{c.Word}, nil }

func (g *greeter) Mount(r *router.Router) { r.HandleFunc(router.Keyword("hi", "在吗"), g.greet) }

func (g *greeter) greet(_ context.Context, q *router.Request) (reply.Reply, error) {
	return reply.Text(g.word + "，" + q.From), nil
}
