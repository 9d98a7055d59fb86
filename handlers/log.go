package handlers

import (
	"context"
	"log/slog"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Log notes every message that the handler answered: who, which route, how long; never its text.
func Log(log *slog.Logger) router.Middleware {
	return Observe(time.Now, func(ctx context.Context, q *router.Request, took time.Duration, err error) {
		attrs := []any{"user", q.From, "msg_id", q.ID, "msg_type", string(q.Type), "route", q.Route, "took", took}
		if err != nil {
			log.WarnContext(ctx, "handler failed", append(attrs, "err", err)...)
			return
		}
		log.InfoContext(ctx, "handled", attrs...)
	})
}

// Observe calls see after every message: the place for metrics.
func Observe(clock func() time.Time, see func(ctx context.Context, q *router.Request, took time.Duration, err error)) router.Middleware {
	return func(next router.Handler) router.Handler {
		return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			start := clock()
			r, err := next.Handle(ctx, q)
			see(ctx, q, clock().Sub(start), err)
			return r, err
		})
	}
}
