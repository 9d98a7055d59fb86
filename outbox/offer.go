package outbox

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/storage"
)

// offerTime is how long an offered unit waits for an attempt of the platform to take it after a restart: its three
// attempts take 15 s (doc 90238).
const offerTime = 15 * time.Second

// offers knows, of answers whose first unit was offered in a callback's response, whether it was taken. It is memory only:
// what it forgets in a crash is found out anew, since an attempt without an answer is made again.
type offers struct {
	mu   sync.Mutex
	told map[string]told
}

type told struct {
	taken bool
	at    time.Time
}

// Taken says whether the offered first unit of a delivery was taken. If it was, the rest follows; if not, all of it is sent.
func (o *Outbox) Taken(id string, taken bool) {
	f := &o.offers
	f.mu.Lock()
	defer f.mu.Unlock()
	now := o.now()
	for k, v := range f.told { // of deliveries that were dropped meanwhile
		if now.Sub(v.at) > 4*offerTime {
			delete(f.told, k)
		}
	}
	f.told[id] = told{taken, now}
}

func (f *offers) get(id string) (taken, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, known := f.told[id]
	return v.taken, known
}

func (f *offers) forget(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.told, id)
}

// settleOffer finds the unit to begin with; wait is over 0 while that is open.
func (o *Outbox) settleOffer(l storage.Lease, s *stored) (wait time.Duration) {
	taken, known := o.offers.get(l.ID)
	if !known {
		// After a crash the platform comes again if it got no answer; then the offer is made again, see Underway. When nobody
		// comes, the answer has arrived.
		end := l.Pushed
		if o.began.After(end) {
			end = o.began
		}
		if wait = end.Add(offerTime).Sub(o.now()); wait > 0 {
			return min(wait, time.Second)
		}
		taken = true
	}
	s.Offered = false
	if taken {
		s.Next = 1
	}
	return 0
}

// Underway is an answer that is not delivered yet.
type Underway struct {
	ID      string
	Trace   string
	Offered *reply.Unit // the first unit, if it was offered in a callback's response
}

// maxUnderway bounds how many deliveries are read at the start of a process.
const maxUnderway = 20_000

// Underway lists the answers that an earlier process left: their messages must not be handled again, and what was offered
// to the platform has to be offered again. Call it before Start.
func (o *Outbox) Underway(ctx context.Context) ([]Underway, error) {
	ls, err := o.answers.Pending(ctx, maxUnderway)
	if err != nil {
		return nil, fmt.Errorf("list answers: %w", err)
	}
	var out []Underway
	for _, l := range ls {
		s, err := decode(l.Body)
		if err != nil {
			continue // it becomes a dead letter when it is pulled
		}
		u := Underway{ID: l.ID, Trace: s.Trace}
		if s.Offered {
			u.Offered = &s.Units[0]
		}
		out = append(out, u)
		o.ahead.add(l.Lane, l.ID, l.Pushed)
	}
	return out, nil
}
