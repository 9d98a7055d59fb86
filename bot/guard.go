package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Breaker bounds the harm that one rule can do.
type Breaker struct {
	Failures int           // in a row, until the rule is switched off; 0: never
	Pause    time.Duration // for how long; then one message tries it again
	Running  int           // handlers of one rule at once, abandoned ones included; 0: no bound
}

var (
	errOff     = errors.New("switched off after failures in a row")
	errCrowded = errors.New("too many handlers of this rule at once")
	errTimeout = errors.New("handler ran out of time")
)

// panicError is a recovered panic with its stack, for the log.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("handler panicked: %v", p.value) }

// guard keeps the state of every rule that ran.
type guard struct {
	Breaker
	b  *Bot
	mu sync.Mutex
	by map[string]*ward
}

// ward is what is known about one rule of one app.
type ward struct {
	running int
	fails   int
	open    bool
	until   time.Time // while open: when to try again
	trying  bool
}

func newGuard(br Breaker, b *Bot) *guard { return &guard{Breaker: br, b: b, by: map[string]*ward{}} }

// Guard is the middleware that every rule's handler runs in: it recovers panics, bounds how many run at once, and
// switches a rule off for a while when it fails again and again. Daemons put it around each rule.
func (b *Bot) Guard() router.Middleware {
	return func(next router.Handler) router.Handler {
		return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			return b.guard.run(ctx, q, next)
		})
	}
}

func (g *guard) run(ctx context.Context, q *router.Request, next router.Handler) (r reply.Reply, err error) {
	key := q.App + "|" + q.Route
	if err := g.enter(key); err != nil {
		return nil, fmt.Errorf("rule %s: %w", q.Route, err)
	}
	var told atomic.Bool
	stop := context.AfterFunc(ctx, func() { // a handler that ignores its context fails now, not when it returns
		if errors.Is(ctx.Err(), context.DeadlineExceeded) && told.CompareAndSwap(false, true) {
			g.verdict(q, key, false)
		}
	})
	defer func() {
		if v := recover(); v != nil {
			r, err = nil, &panicError{v, debug.Stack()}
		}
		stop()
		g.leave(key)
		if told.CompareAndSwap(false, true) {
			g.verdict(q, key, err == nil)
		}
	}()
	return next.Handle(ctx, q)
}

func (g *guard) enter(key string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := g.by[key]
	if w == nil {
		w = &ward{}
		g.by[key] = w
	}
	if w.open && (w.trying || g.b.now().Before(w.until)) {
		return errOff
	}
	if g.Running > 0 && w.running >= g.Running {
		return errCrowded
	}
	w.trying = w.open
	w.running++
	return nil
}

func (g *guard) leave(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.by[key].running--
}

// verdict counts an outcome, and opens or closes the breaker.
func (g *guard) verdict(q *router.Request, key string, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := g.by[key]
	w.trying = false
	if ok {
		if w.open {
			g.b.log.Info("rule works again", "app", q.App, "route", q.Route)
			g.b.metrics.off.WithLabelValues(q.App, q.Route).Set(0)
		}
		w.fails, w.open = 0, false
		return
	}
	w.fails++
	if g.Failures > 0 && w.fails >= g.Failures {
		if !w.open {
			g.b.log.Error("rule switched off after failures in a row", "app", q.App, "route", q.Route, "failures", w.fails, "for", g.Pause)
			g.b.metrics.off.WithLabelValues(q.App, q.Route).Set(1)
		}
		w.open, w.until = true, g.b.now().Add(g.Pause)
	}
}
