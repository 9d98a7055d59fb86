package lanes_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wecombot/wecombot/internal/lanes"
)

// model says the same as Queue, by looking at everything each time.
type model map[string]lanes.Item

func (m model) sorted() []lanes.Item {
	return slices.SortedFunc(maps.Values(m), func(a, b lanes.Item) int { return cmp.Compare(a.Seq, b.Seq) })
}

func (m model) advance(now int64) {
	for id, it := range m {
		if it.Token != 0 && it.Until <= now {
			it.Token, it.Until = 0, 0
			m[id] = it
		}
	}
}

// ready returns the id to pull next and how many lanes are ready.
func (m model) ready(now int64) (id string, n int) {
	heads := map[string]lanes.Item{}
	busy := map[string]bool{}
	for _, it := range m.sorted() {
		busy[it.Lane] = busy[it.Lane] || it.Token != 0
		if _, ok := heads[it.Lane]; !ok {
			heads[it.Lane] = it
		}
	}
	var best *lanes.Item
	for _, h := range heads {
		if busy[h.Lane] || h.NotBefore > now {
			continue
		}
		n++
		if best == nil || h.Priority > best.Priority || h.Priority == best.Priority && h.Seq < best.Seq {
			best = &h
		}
	}
	if best == nil {
		return "", 0
	}
	return best.ID, n
}

func (m model) expired(now int64) bool {
	for _, it := range m {
		if it.Token == 0 && it.Expires != 0 && it.Expires <= now {
			return true
		}
	}
	return false
}

func TestQueueIsItsModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		q, m := lanes.New(), model{}
		var before model
		var now, token int64 = 1, 1
		q.Advance(now)
		seqs := r.Perm(400) // Revive and Rollback bring old ones back, so they come in any order
		for step := range 400 {
			switch r.IntN(10) {
			case 0, 1, 2:
				it := lanes.Item{Seq: uint64(seqs[step] + 1), ID: fmt.Sprint(step), Lane: fmt.Sprint(r.IntN(6)), Priority: r.IntN(3)}
				if r.IntN(3) == 0 {
					it.NotBefore = now + r.Int64N(20)
				}
				if r.IntN(3) == 0 {
					it.Expires = now + 1 + r.Int64N(40)
				}
				q.Add(it)
				m[it.ID] = it
			case 3, 4:
				if e := q.Ready(); e != nil {
					token++
					q.Lease(e, uint64(token), now+5)
					m[e.ID] = e.Item
				}
			case 5:
				if e := pick(r, q, m); e != nil {
					q.Remove(e)
					delete(m, e.ID)
				}
			case 6:
				if e := pick(r, q, m); e != nil && e.Token != 0 {
					if r.IntN(3) == 0 {
						q.Return(e)
					} else {
						q.Release(e, now+r.Int64N(5))
					}
					m[e.ID] = e.Item
				}
			case 7:
				if e := pick(r, q, m); e != nil && e.Token != 0 {
					q.Renew(e, e.Until+3)
					m[e.ID] = e.Item
				}
			case 8:
				if before == nil {
					now += r.Int64N(8)
					q.Advance(now)
					m.advance(now)
				}
			case 9:
				switch {
				case before == nil:
					before = maps.Clone(m)
					q.Begin()
				case r.IntN(2) == 0:
					q.Commit()
					before = nil
				default:
					q.Rollback()
					m, before = before, nil
				}
			}
			same(t, fmt.Sprintf("seed %d step %d", seed, step), q, m, now)
			if t.Failed() {
				return
			}
		}
	}
}

func pick(r *rand.Rand, q *lanes.Queue, m model) *lanes.Entry {
	if len(m) == 0 {
		return nil
	}
	return q.Get(m.sorted()[r.IntN(len(m))].ID)
}

func same(t *testing.T, at string, q *lanes.Queue, m model, now int64) {
	t.Helper()
	var got []lanes.Item
	for e := range q.All() {
		got = append(got, e.Item)
	}
	if want := m.sorted(); !slices.Equal(got, want) {
		t.Errorf("%s: All = %+v, want %+v", at, got, want)
	}
	id, n := m.ready(now)
	gotID := ""
	if e := q.Ready(); e != nil {
		gotID = e.ID
	}
	ready, waiting, leased := q.Counts()
	if gotID != id || ready != n || ready+waiting+leased != len(m) || q.Len() != len(m) {
		t.Errorf("%s: Ready = %q of %d, want %q of %d; %d waiting, %d leased of %d", at, gotID, ready, id, n, waiting, leased, len(m))
	}
	if got, want := q.Expired() != nil, m.expired(now); got != want {
		t.Errorf("%s: Expired = %v, want %v", at, got, want)
	}
}

func TestNextIsWhenSomethingHappens(t *testing.T) {
	t.Parallel()
	q := lanes.New()
	q.Add(lanes.Item{Seq: 1, ID: "a", Lane: "a", NotBefore: 100})
	q.Add(lanes.Item{Seq: 2, ID: "b", Lane: "b", NotBefore: 70, Expires: 90})
	for _, want := range []int64{70, 90, 100} {
		if got := q.Next(); got != want {
			t.Errorf("Next = %d, want %d", got, want)
		}
		q.Advance(want)
		if e := q.Expired(); e != nil {
			q.Remove(e)
		}
	}
	if e := q.Ready(); e == nil || e.ID != "a" {
		t.Errorf("Ready = %v, want a", e)
	}
}

func TestStamp(t *testing.T) {
	t.Parallel()
	for _, want := range []time.Time{{}, time.Unix(0, 1), time.Date(2026, 3, 2, 9, 30, 0, 123456789, time.UTC)} {
		if got := lanes.Time(lanes.Stamp(want)); !got.Equal(want) {
			t.Errorf("Time(Stamp(%v)) = %v", want, got)
		}
	}
	early, late := time.Date(1815, 12, 10, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if a, b := lanes.Stamp(early), lanes.Stamp(late); a != 1 || b <= lanes.Stamp(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("Stamp of 1815 and 9999 = %d, %d, want the ends", a, b)
	}
	if got := lanes.After(lanes.Stamp(late), time.Hour); got < lanes.Stamp(late) {
		t.Errorf("After overflows to %d", got)
	}
}
