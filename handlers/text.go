package handlers

import (
	"context"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Text always answers the same text.
func Text(s string) router.Handler { return Reply(reply.Text(s)) }

// Reply always answers the same.
func Reply(r reply.Reply) router.Handler {
	return router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { return r, nil })
}
