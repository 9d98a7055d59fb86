package outbox

import (
	"strings"
	"sync"
	"time"
)

// The platform's limits for one member and app; what exceeds them is dropped silently (doc 90236). The windows are kept
// a little longer than the platform's, since a message travels before it is counted.
const (
	perMinute = 30
	perHour   = 1000
	minute    = time.Minute + 2*time.Second
	hour      = time.Hour + 2*time.Second

	answersOnly = 6 // of the 30 a minute: room that broadcasts leave for answers
)

// pacer counts what was sent to each member in sliding windows.
type pacer struct {
	mu      sync.Mutex
	members map[string]*window // by app|user
	swept   time.Time
}

// window holds the send times of the last hour, oldest first.
type window struct{ at []time.Time }

func newPacer() *pacer { return &pacer{members: map[string]*window{}} }

// reserve takes a place for every named member of the target, or for none of them. Members of departments and tags
// are not known here and are not counted.
func (p *pacer) reserve(app string, to To, now time.Time, broadcast bool) (wait time.Duration) {
	if to.Chat != "" || to.User == "" || to.User == "@all" {
		return 0
	}
	members := strings.Split(strings.ToLower(to.User), "|")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now)
	limit := perMinute
	if broadcast {
		limit -= answersOnly
	}
	for _, m := range members {
		if w := p.members[app+"|"+m]; w != nil {
			wait = max(wait, w.wait(now, minute, limit), w.wait(now, hour, perHour))
		}
	}
	if wait > 0 {
		return wait
	}
	for _, m := range members {
		p.add(app+"|"+m, now)
	}
	return 0
}

// note counts a message that was sent at a time in the past, when windows are restored.
func (p *pacer) note(member string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(member, at)
}

func (p *pacer) add(member string, at time.Time) {
	w := p.members[member]
	if w == nil {
		w = &window{}
		p.members[member] = w
	}
	w.trim(at)
	w.at = append(w.at, at)
}

// wait is how long until fewer than n sends lie within span.
func (w *window) wait(now time.Time, span time.Duration, n int) time.Duration {
	if len(w.at) < n {
		return 0
	}
	return w.at[len(w.at)-n].Add(span).Sub(now)
}

func (w *window) trim(now time.Time) {
	i := 0
	for i < len(w.at) && now.Sub(w.at[i]) > hour {
		i++
	}
	w.at = w.at[i:]
}

// sweep forgets members who got nothing for an hour, so that memory follows the active ones.
func (p *pacer) sweep(now time.Time) {
	if now.Sub(p.swept) < time.Minute {
		return
	}
	p.swept = now
	for k, w := range p.members {
		if w.trim(now); len(w.at) == 0 {
			delete(p.members, k)
		}
	}
}

// recent returns the sends of the last minute by member, for those near the limit.
func (p *pacer) recent(now time.Time, atLeast int) map[string][]time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string][]time.Time{}
	for k, w := range p.members {
		i := len(w.at)
		for i > 0 && now.Sub(w.at[i-1]) < minute {
			i--
		}
		if len(w.at)-i >= atLeast {
			out[k] = append([]time.Time(nil), w.at[i:]...)
		}
	}
	return out
}
