package plugins

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/adhocore/gronx"
)

// At runs f once, at t or at once if that is over, unless stop is called before. It is kept in memory: a plugin whose
// appointments outlive a restart stores them and makes them again in Start.
func (e Env) At(name string, t time.Time, f func(ctx context.Context) error) (stop func()) {
	return e.repeat(name, t, f, func(time.Time) time.Time { return time.Time{} })
}

// Every runs f every d, first after d. A run that takes longer than d delays the next.
func (e Env) Every(name string, d time.Duration, f func(ctx context.Context) error) (stop func()) {
	if d <= 0 {
		panic("plugins: Every needs a positive interval")
	}
	return e.repeat(name, e.Clock().Add(d), f, func(now time.Time) time.Time { return now.Add(d) })
}

// Cron runs f by a cron expression of five fields in the app's time zone: "0 9 * * 1-5". Runs that were missed while
// nothing ran are not made up for.
func (e Env) Cron(name, expr string, f func(ctx context.Context) error) (stop func(), err error) {
	next := func(now time.Time) time.Time {
		t, err := gronx.NextTickAfter(expr, now.In(e.Location), false)
		if err != nil {
			return time.Time{}
		}
		return t
	}
	first := next(e.Clock())
	if !gronx.IsValid(expr) || first.IsZero() {
		return nil, fmt.Errorf("cron expression %q never comes", expr)
	}
	return e.repeat(name, first, f, next), nil
}

// job is a scheduled function. Its timer is armed again after every run.
type job struct {
	env  Env
	name string
	f    func(ctx context.Context) error
	next func(now time.Time) time.Time

	mu      sync.Mutex
	stopped bool
	disarm  func()
	forget  func()
}

func (e Env) repeat(name string, first time.Time, f func(ctx context.Context) error, next func(time.Time) time.Time) (stop func()) {
	j := &job{env: e, name: name, f: f, next: next}
	j.forget = e.scope.atEnd(j.stop)
	j.arm(first)
	return j.stop
}

func (j *job) arm(at time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if at.IsZero() {
		j.forget()
		return
	}
	if !j.stopped {
		j.disarm = j.env.host.Timer(at, func() {
			if j.env.scope.enter(j.name) {
				j.env.scope.do(j.name, j.run)
			}
		})
	}
}

func (j *job) run(ctx context.Context) {
	defer func() { j.arm(j.next(j.env.Clock())) }() // also after a panic
	if err := j.f(ctx); err != nil && ctx.Err() == nil {
		j.env.Log.ErrorContext(ctx, "scheduled run failed", "in", j.name, "err", err)
	}
}

func (j *job) stop() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stopped = true
	j.forget()
	if j.disarm != nil {
		j.disarm()
	}
}
