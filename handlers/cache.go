package handlers

import (
	"context"
	"sync"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// maxCached is how many answers Cache keeps.
const maxCached = 1_000

// Cache gives an answer again to the same question for ttl. key says which questions are the same; "" is never kept.
// Failures are not kept. It is for answers that do not depend on who asks, unless key says who.
func Cache(ttl time.Duration, key func(q *router.Request) string, clock func() time.Time) router.Middleware {
	c := &cache{answers: map[string]cached{}}
	return func(next router.Handler) router.Handler {
		return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			k := key(q)
			if k == "" {
				return next.Handle(ctx, q)
			}
			if r, ok := c.get(k, clock()); ok {
				return r, nil
			}
			r, err := next.Handle(ctx, q)
			if err == nil {
				c.put(k, r, clock(), ttl)
			}
			return r, err
		})
	}
}

// SameText is a key for Cache: questions of one app are the same if their texts are.
func SameText(q *router.Request) string {
	if q.Text == "" {
		return ""
	}
	return q.App + "/" + router.Fold(q.Text)
}

type cache struct {
	mu      sync.Mutex
	answers map[string]cached
}

type cached struct {
	reply reply.Reply
	until time.Time
}

func (c *cache) get(key string, now time.Time) (reply.Reply, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.answers[key]
	return a.reply, ok && now.Before(a.until)
}

func (c *cache) put(key string, r reply.Reply, now time.Time, ttl time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.answers) >= maxCached {
		for k, a := range c.answers {
			if !now.Before(a.until) || len(c.answers) >= maxCached {
				delete(c.answers, k)
			}
		}
	}
	c.answers[key] = cached{reply: r, until: now.Add(ttl)}
}
