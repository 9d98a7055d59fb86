package handlers

import (
	"context"
	"sync"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// maxCounted is how many members Limit counts before it forgets those whose time is over.
const maxCounted = 10_000

// Limit lets a member through n times in per; further messages get exceeded. The count is of this process and begins with
// the member's first message.
func Limit(n int, per time.Duration, exceeded reply.Reply, clock func() time.Time) router.Middleware {
	c := &counter{n: n, per: per, members: map[string]count{}}
	return func(next router.Handler) router.Handler {
		return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			if !c.take(q.App+"/"+q.From, clock()) {
				return exceeded, nil
			}
			return next.Handle(ctx, q)
		})
	}
}

type counter struct {
	n   int
	per time.Duration

	mu      sync.Mutex
	members map[string]count
}

type count struct {
	since time.Time
	n     int
}

func (c *counter) take(member string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.members) >= maxCounted {
		c.forget(now)
	}
	m := c.members[member]
	if m.since.IsZero() || now.Sub(m.since) >= c.per {
		m = count{since: now}
	}
	m.n++
	c.members[member] = m
	return m.n <= c.n
}

// forget makes room: first those whose time is over, and, under a flood of members, everybody.
func (c *counter) forget(now time.Time) {
	for member, m := range c.members {
		if now.Sub(m.since) >= c.per {
			delete(c.members, member)
		}
	}
	if len(c.members) >= maxCounted {
		clear(c.members)
	}
}
