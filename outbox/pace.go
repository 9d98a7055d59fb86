package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/wecombot/wecombot/storage"
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

// saveEvery is after how many sends to a member the window is stored. What a crash loses is fewer than that, and is
// assumed to have been sent.
const saveEvery = 5

// pacer counts what was sent to each member in sliding windows.
type pacer struct {
	kv      storage.KV
	mu      sync.Mutex
	members map[string]*window // by app|user
	swept   time.Time
	crashed time.Time // when this process found that the one before it had crashed; zero when it had not
}

// window holds the send times of the last hour, oldest first.
type window struct {
	at      []time.Time
	unsaved int
}

func newPacer(kv storage.KV) *pacer { return &pacer{kv: kv, members: map[string]*window{}} }

// reserve takes a place for every named member of the target, or for none of them. Members of departments and tags
// are not known here and are not counted.
func (p *pacer) reserve(ctx context.Context, app string, to To, now time.Time, broadcast bool) (wait time.Duration) {
	if to.Chat != "" || to.User == "" || to.User == "@all" {
		return 0
	}
	members := strings.Split(strings.ToLower(to.User), "|")
	for i, m := range members {
		members[i] = app + "|" + m
		p.load(ctx, members[i], now)
	}
	limit := perMinute
	if broadcast {
		limit -= answersOnly
	}
	wait, due := p.take(members, now, limit)
	for _, m := range due {
		p.save(ctx, m, now)
	}
	return wait
}

// take counts a send to each of the members, unless one of them has to wait. due are those whose window is to be stored.
func (p *pacer) take(members []string, now time.Time, limit int) (wait time.Duration, due []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now)
	for _, m := range members {
		if w := p.members[m]; w != nil {
			wait = max(wait, w.wait(now, minute, limit), w.wait(now, hour, perHour))
		}
	}
	if wait > 0 {
		return wait, nil
	}
	for _, m := range members {
		if p.add(m, now); p.members[m].unsaved >= saveEvery {
			due = append(due, m)
		}
	}
	return 0, due
}

// load reads the window of a member who is new to this process.
func (p *pacer) load(ctx context.Context, member string, now time.Time) {
	p.mu.Lock()
	known := p.members[member] != nil
	p.mu.Unlock()
	if known {
		return
	}
	w := &window{}
	if e, err := p.kv.Get(ctx, member); err == nil {
		var at []int64
		if json.Unmarshal(e.Value, &at) == nil {
			for _, ms := range at {
				w.at = append(w.at, time.UnixMilli(ms))
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.members[member] != nil {
		return
	}
	if !p.crashed.IsZero() && now.Sub(p.crashed) < minute {
		for range saveEvery - 1 {
			w.at = append(w.at, p.crashed)
		}
	}
	p.members[member] = w
}

// save stores a member's window. A store that fails costs the knowledge of a few sends.
func (p *pacer) save(ctx context.Context, member string, now time.Time) {
	p.mu.Lock()
	w := p.members[member]
	if w == nil {
		p.mu.Unlock()
		return
	}
	w.trim(now)
	at := make([]int64, len(w.at))
	for i, t := range w.at {
		at[i] = t.UnixMilli()
	}
	w.unsaved = 0
	p.mu.Unlock()
	if b, err := json.Marshal(at); err == nil {
		_, _ = p.kv.Put(ctx, member, b, hour)
	}
}

// life is the key that says whether a process counts, or when the last one ended. A crash leaves it as it was.
const (
	life    = "life"
	running = "running"
)

// before reads how the process before this one ended, and whether that was so short ago that it may have sent what this
// one does not know of.
func (p *pacer) before(ctx context.Context, now time.Time) (recently bool, err error) {
	e, err := p.kv.Get(ctx, life)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return true, err
	}
	if string(e.Value) == running {
		p.crashed = now
		return true, nil
	}
	ended, err := time.Parse(time.RFC3339Nano, string(e.Value))
	return err != nil || now.Sub(ended) < checkMargin, nil
}

func (p *pacer) open(ctx context.Context) { _, _ = p.kv.Put(ctx, life, []byte(running), 0) }

// close stores all windows of the last minute.
func (p *pacer) close(ctx context.Context, now time.Time) {
	p.mu.Lock()
	var due []string
	for m, w := range p.members {
		if w.unsaved > 0 && len(w.at) > 0 && now.Sub(w.at[len(w.at)-1]) < minute {
			due = append(due, m)
		}
	}
	p.mu.Unlock()
	var wg sync.WaitGroup
	slots := make(chan struct{}, 64) // written together, so that a committing store takes them in one commit
	for _, m := range due {
		slots <- struct{}{}
		wg.Go(func() {
			p.save(ctx, m, now)
			<-slots
		})
	}
	wg.Wait()
	_, _ = p.kv.Put(ctx, life, []byte(now.Format(time.RFC3339Nano)), 0)
}

func (p *pacer) add(member string, at time.Time) {
	w := p.members[member]
	if w == nil {
		w = &window{}
		p.members[member] = w
	}
	w.trim(at)
	w.at = append(w.at, at)
	w.unsaved++
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
