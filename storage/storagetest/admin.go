package storagetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/wecombot/wecombot/storage"
)

var adminCases = []examCase{
	{name: "pending lists what is not dead in push order", run: adminPending},
	{name: "dead letters are listed oldest first", run: adminDeadLetters},
	{name: "a revived item goes to its old place", run: adminRevive},
	{name: "a revived item does not join a leased one", run: adminReviveBusy},
	{name: "a dropped item is forgotten", run: adminDrop},
	{name: "stats tell the oldest", run: adminOldest},
}

func adminPending(x *exam) {
	q := x.queue("x", 0)
	if ls := x.pending(q); len(ls) != 0 {
		x.Errorf("Pending of an empty queue = %+v", ls)
	}
	later := item("3", "c")
	later.NotBefore = x.now().Add(100 * time.Hour)
	x.push(q, item("1", "a"), item("2", "a"), later, item("4", "d"), item("5", "e"))
	x.pullID(q, "1")
	l := x.pullID(q, "4")
	x.must("Dead", q.Dead(x.soon(), l, "no"))
	var ids []string
	for _, l := range x.pending(q) {
		ids = append(ids, l.ID)
		if leased := l.ID == "1"; l.Until.IsZero() == leased || string(l.Body) != "body of "+l.ID || l.Token != 0 || l.Pushed.IsZero() {
			x.Errorf("Pending has %+v", l)
		}
	}
	if !slices.Equal(ids, []string{"1", "2", "3", "5"}) {
		x.Errorf("Pending = %q, want 1 2 3 5", ids)
	}
	ls, err := q.Pending(x.soon(), 2)
	x.must("Pending", err)
	if len(ls) != 2 || ls[1].ID != "2" {
		x.Errorf("Pending(2) = %+v, want 1 and 2", ls)
	}
}

func (x *exam) kill(q storage.Queue, ids ...string) {
	x.Helper()
	for _, id := range ids {
		x.push(q, item(id, id))
		x.must("Dead", q.Dead(x.soon(), x.pullID(q, id), "reason of "+id))
	}
}

func adminDeadLetters(x *exam) {
	q := x.queue("x", 0)
	x.kill(q, "c", "a", "b")
	var ids []string
	for _, d := range x.deadLetters(q) {
		ids = append(ids, d.ID)
	}
	if !slices.Equal(ids, []string{"c", "a", "b"}) {
		x.Errorf("DeadLetters = %q, want c a b", ids)
	}
	ds, err := q.DeadLetters(x.soon(), 2)
	x.must("DeadLetters", err)
	if len(ds) != 2 || ds[1].ID != "a" {
		x.Errorf("DeadLetters(2) = %+v, want c and a", ds)
	}
}

func adminRevive(x *exam) {
	q := x.queue("x", 0)
	x.want("Revive", q.Revive(x.soon(), "1"), storage.ErrNotFound)
	one := item("1", "a")
	one.Expires = x.now().Add(short)
	x.push(q, one, item("2", "a"), item("3", "a"), item("4", "a"))
	x.want("Revive of a pending item", q.Revive(x.soon(), "2"), storage.ErrNotFound)
	x.Sleep(short)
	l := x.pullID(q, "2")
	x.must("Retry", q.Retry(x.soon(), l, time.Time{}))
	x.must("Dead", q.Dead(x.soon(), x.pullID(q, "2"), "no"))
	x.must("Revive", q.Revive(x.soon(), "2"))
	x.must("Revive", q.Revive(x.soon(), "1"))
	x.want("Revive again", q.Revive(x.soon(), "1"), storage.ErrNotFound)
	x.counts(q, 1, 3, 0, 0)
	l = x.pullID(q, "1")
	if l.Attempt != 1 || !l.Expires.IsZero() || string(l.Body) != "body of 1" {
		x.Errorf("Pull of the revived = attempt %d, expires %v, body %q", l.Attempt, l.Expires, l.Body)
	}
	x.must("Ack", q.Ack(x.soon(), l))
	if l = x.pullID(q, "2"); l.Attempt != 1 {
		x.Errorf("attempt %d, want 1", l.Attempt)
	}
	x.must("Ack", q.Ack(x.soon(), l))
	x.drain(q, "3", "4")
}

func adminReviveBusy(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("1", "a"), item("2", "a"))
	x.must("Dead", q.Dead(x.soon(), x.pullID(q, "1"), "no"))
	two := x.pullID(q, "2")
	x.must("Revive", q.Revive(x.soon(), "1"))
	x.counts(q, 0, 1, 1, 0)
	x.nothing(q)
	x.must("Retry", q.Retry(x.soon(), two, time.Time{}))
	x.drain(q, "1", "2")
}

func adminDrop(x *exam) {
	q := x.queue("x", 0)
	x.want("Drop", q.Drop(x.soon(), "1"), storage.ErrNotFound)
	x.push(q, item("1", "a"), item("2", "a"), item("3", "a"))
	l := x.pullID(q, "1")
	x.want("Drop of a leased item", q.Drop(x.soon(), "1"), storage.ErrConflict)
	x.must("Drop", q.Drop(x.soon(), "2"))
	x.must("Ack", q.Ack(x.soon(), l))
	x.want("Drop of an acknowledged item", q.Drop(x.soon(), "1"), storage.ErrNotFound)
	x.drain(q, "3")
	x.kill(q, "4")
	x.must("Drop", q.Drop(x.soon(), "4"))
	x.counts(q, 0, 0, 0, 0)
	x.push(q, item("2", "a"), item("4", "b")) // forgotten, so new
	x.drain(q, "2", "4")
}

func adminOldest(x *exam) {
	q := x.queue("x", 0)
	if st := x.stats(q); !st.Oldest.IsZero() {
		x.Errorf("Oldest of an empty queue = %v", st.Oldest)
	}
	for i := range 3 {
		x.push(q, item(fmt.Sprint(i), fmt.Sprint(i)))
		x.Sleep(2 * time.Millisecond)
	}
	for range 3 {
		ls := x.pending(q)
		if st := x.stats(q); !st.Oldest.Equal(ls[0].Pushed) {
			x.Errorf("Oldest = %v, want %v", st.Oldest, ls[0].Pushed)
		}
		x.must("Ack", q.Ack(x.soon(), x.pull(q, long)))
	}
}
