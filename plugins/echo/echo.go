// Package echo repeats what is said and nobody else answers: to see that a bot is there, and how text comes through.
package echo

import (
	"context"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Config is the plugin's part of bot.yaml; there is nothing to choose.
type Config struct{}

type echo struct{}

// New makes the plugin.
func New(plugins.Env, Config) (plugins.Plugin, error) { return echo{}, nil }

func (e echo) Mount(r *router.Router) {
	r.Add(router.Rule{Name: "echo", Match: router.Type(message.TypeText), Handler: router.HandlerFunc(e.repeat), Priority: plugins.Fallback})
}

func (echo) repeat(_ context.Context, q *router.Request) (reply.Reply, error) {
	return reply.Text(q.Text), nil
}
