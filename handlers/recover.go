package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// PanicError is a handler's panic as an error.
type PanicError struct{ Value any }

func (p *PanicError) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Recover makes a panic a *PanicError and logs its stack.
func Recover(log *slog.Logger) router.Middleware {
	return func(next router.Handler) router.Handler {
		return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			return recovered(ctx, log, q, next)
		})
	}
}

func recovered(ctx context.Context, log *slog.Logger, q *router.Request, next router.Handler) (r reply.Reply, err error) {
	defer func() {
		if v := recover(); v != nil {
			log.ErrorContext(ctx, "handler panicked", "route", q.Route, "user", q.From, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			r, err = nil, &PanicError{Value: v}
		}
	}()
	return next.Handle(ctx, q)
}
