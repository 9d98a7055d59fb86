package rules

import (
	"context"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// does reports whether anything is asked for, right or wrong.
func (a *action) does() bool { return a.Reply != nil }

// action compiles what to do; nil when nothing is asked for or something is wrong.
func (c *compiler) action(a *action, s *router.Scope) router.Handler {
	if a.Reply == nil {
		return nil
	}
	before := len(c.problems)
	make := c.reply(a.Reply, s)
	if len(c.problems) > before {
		return nil
	}
	return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		return make(ctx, q, nil)
	})
}

func (c *compiler) fallback(f *fallback) router.Handler { return c.action(&f.action, c.base) }
