package outbox

import (
	"context"
	"hash/maphash"
	"strconv"
	"sync"
	"time"

	"github.com/wecombot/wecombot/reply"
)

const (
	twinTime = 10 * time.Minute
	maxTwins = 100_000
	// checkMargin is added to the time since a doubtful attempt began: the repetition travels, too.
	checkMargin = 30 * time.Second
)

// twins remembers which messages were pushed and sent. The platform's duplicate check takes two equal answers for one when
// its interval covers both. So a message that has a twin before it is careful: it notes in the store when its first attempt
// begins, keeps apart from its twin, and in doubt asks for a check that reaches no further back than that.
type twins struct {
	seed    maphash.Seed
	mu      sync.Mutex
	unknown bool // a process before this one may have sent something a moment ago
	pushed  prints
	sent    prints
}

func newTwins() *twins {
	return &twins{seed: maphash.MakeSeed(), pushed: prints{at: map[uint64]time.Time{}}, sent: prints{at: map[uint64]time.Time{}}}
}

// prints are fingerprints of messages and when they were last met.
type prints struct {
	at    map[uint64]time.Time
	swept time.Time
}

func (p *prints) note(key uint64, now time.Time) {
	if now.Sub(p.swept) > twinTime/10 || len(p.at) >= maxTwins {
		p.swept = now
		for k, at := range p.at {
			if now.Sub(at) > twinTime || len(p.at) >= maxTwins {
				delete(p.at, k)
			}
		}
	}
	p.at[key] = now
}

func (t *twins) print(app string, to To, u reply.Unit, safe int) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, s := range []string{app, to.User, to.Party, to.Tag, to.Chat, u.MsgType, strconv.Itoa(safe), string(u.Body)} {
		_, _ = h.WriteString(s)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// push notes messages that are pushed, and reports whether one of them has a twin.
func (t *twins) push(d Delivery, now time.Time) (twin bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, u := range d.Units {
		p := t.print(d.App, d.To, u, d.Safe)
		twin = twin || !t.pushed.at[p].IsZero() || !t.sent.at[p].IsZero()
		t.pushed.note(p, now)
	}
	return twin
}

func (t *twins) send(key uint64, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.note(key, now)
}

func (t *twins) lastSent(key uint64) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sent.at[key]
}

// apart keeps two equal messages so far apart that an interval of whole seconds can cover one and not the other. A first
// attempt waits until its twin is a second old; a repetition is made half a second off the full seconds since the first
// attempt, so that the interval ends in the middle between the two. The worker waits, and with it only this lane.
func (o *Outbox) apart(ctx context.Context, w *work, key uint64) {
	switch {
	case !w.s.Careful:
	case w.doubtful:
		pause(ctx, (1500*time.Millisecond-o.now().Sub(w.s.Tried)%time.Second)%time.Second)
	default:
		twin := o.twins.lastSent(key)
		if twin.IsZero() {
			twin = o.began // of an earlier process
		}
		pause(ctx, time.Second-time.Since(twin))
		w.s.Tried, w.unsaved = o.now(), true
	}
}

// checkInterval is how far back the platform shall look for the attempt whose outcome is not known: over it, but not over
// a twin that was sent before it.
func checkInterval(s stored, pushed, now time.Time) time.Duration {
	if s.Careful {
		return now.Sub(s.Tried).Truncate(time.Second) + time.Second
	}
	if !s.Tried.IsZero() {
		pushed = s.Tried
	}
	return (now.Sub(pushed) + checkMargin).Truncate(time.Second)
}
