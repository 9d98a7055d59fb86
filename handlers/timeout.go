package handlers

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Timeout ends a handler's context after d and answers late, also if the handler takes no notice: then it is left behind,
// and what it still returns is dropped.
func Timeout(d time.Duration, late reply.Reply, log *slog.Logger) router.Middleware {
	return func(next router.Handler) router.Handler {
		return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			ctx, cancel := context.WithTimeout(ctx, d)
			defer cancel()
			done := make(chan answer, 1)
			go func() {
				r, err := recovered(ctx, log, q, next)
				done <- answer{r, err}
			}()
			select {
			case a := <-done:
				if errors.Is(a.err, context.DeadlineExceeded) && ctx.Err() != nil {
					return late, nil
				}
				return a.reply, a.err
			case <-ctx.Done():
				if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
					return nil, ctx.Err()
				}
				log.WarnContext(ctx, "handler left behind: it does not end with its context", "route", q.Route, "user", q.From, "after", d)
				return late, nil
			}
		})
	}
}

type answer struct {
	reply reply.Reply
	err   error
}
