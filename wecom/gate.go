package wecom

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// gate holds back the calls of one credential: those over a documented limit wait, those of an API that the platform
// refuses to serve for a while fail.
type gate struct {
	mu     sync.Mutex
	bans   map[string]ban // by path
	limits map[string]*rate.Limiter
}

type ban struct {
	end time.Time
	err *Error
}

func newGate() *gate { return &gate{bans: map[string]ban{}, limits: map[string]*rate.Limiter{}} }

func (g *gate) ban(path string, end time.Time, err *Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bans[path] = ban{end, err}
}

// banned returns the refusal that still holds.
func (g *gate) banned(path string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	b, ok := g.bans[path]
	if !ok {
		return nil
	}
	if now.Before(b.end) {
		return b.err
	}
	delete(g.bans, path)
	return nil
}

// wait holds a call of an API with a documented limit until it may go, or fails at once where that would be after the
// context's deadline.
func (g *gate) wait(ctx context.Context, path string) error {
	n, ok := perMinute[path]
	if !ok {
		return nil
	}
	g.mu.Lock()
	l := g.limits[path]
	if l == nil {
		// What may go at once and what follows within a minute make the limit together.
		burst := max(n/10, min(n/2, 5))
		l = rate.NewLimiter(rate.Limit(n-burst)/60, burst)
		g.limits[path] = l
	}
	g.mu.Unlock()
	return l.Wait(ctx)
}
