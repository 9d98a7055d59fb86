package outbox

import (
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

// twins remembers when equal messages were sent. The platform's duplicate check takes two equal answers for one when its
// interval covers both; so a message that has a twin notes when its own first attempt begins, and asks for a check that
// reaches no further back.
type twins struct {
	seed  maphash.Seed
	mu    sync.Mutex
	sent  map[uint64]time.Time
	swept time.Time
}

func newTwins() *twins { return &twins{seed: maphash.MakeSeed(), sent: map[uint64]time.Time{}} }

func (t *twins) print(app string, to To, u reply.Unit, safe int) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, s := range []string{app, to.User, to.Party, to.Tag, to.Chat, u.MsgType, strconv.Itoa(safe), string(u.Body)} {
		_, _ = h.WriteString(s)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

func (t *twins) last(print uint64) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sent[print]
}

func (t *twins) note(print uint64, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.swept) > twinTime/10 || len(t.sent) >= maxTwins {
		t.swept = now
		for p, at := range t.sent {
			if now.Sub(at) > twinTime || len(t.sent) >= maxTwins {
				delete(t.sent, p)
			}
		}
	}
	t.sent[print] = now
}

// twin is when an equal message was sent that a check for s would reach; zero when there is none.
func (o *Outbox) twin(s stored, pushed time.Time, print uint64) time.Time {
	reach := pushed.Add(-checkMargin)
	if at := o.twins.last(print); at.After(reach) {
		return at
	}
	if pushed.Before(o.began) {
		return o.began // an earlier process may have sent one
	}
	return time.Time{}
}

// checkInterval is how far back the platform shall look for the attempt whose outcome is not known: over it, but not over
// a twin that was sent before it.
func checkInterval(s stored, pushed, now time.Time) time.Duration {
	since, margin := pushed, checkMargin
	if !s.Tried.IsZero() {
		since = s.Tried
	}
	if !s.Twin.IsZero() {
		margin = min(max(s.Tried.Sub(s.Twin)-time.Second, time.Second), checkMargin)
	}
	return (now.Sub(since) + margin + time.Second - 1).Truncate(time.Second)
}
