package storagetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/wecombot/wecombot/storage"
)

var timeCases = []examCase{
	{name: "a head that waits holds its lane", run: timeNotBefore},
	{name: "a pull waits for the head's time", run: timeWakeNotBefore},
	{name: "an item that expires becomes a dead letter", run: timeExpires},
	{name: "a leased item does not expire", run: timeExpiresLeased},
	{name: "what expires while it waits frees its lane", run: timeExpiresWaiting},
	{name: "a lease ends by itself", run: timeLeaseEnds},
	{name: "save keeps a lease alive", run: timeSaveRenews},
	{name: "a pull waits for a lease to end", run: timeWakeLease},
	{name: "an acknowledged id is known for 24 hours", run: timeAcked, days: true},
}

// now is the backend's time: the Push time of an item.
func (x *exam) now() time.Time {
	x.Helper()
	q := x.queue("clock", 0)
	id := fmt.Sprint("clock ", time.Now().UnixNano())
	x.push(q, item(id, "clock"))
	l := x.pullID(q, id)
	x.must("Ack", q.Ack(x.soon(), l))
	return l.Pushed
}

func timeNotBefore(x *exam) {
	q := x.queue("x", 0)
	head := item("head", "a")
	head.NotBefore = x.now().Add(2 * short)
	x.push(q, head, item("behind", "a"), item("other", "b"))
	x.counts(q, 1, 2, 0, 0)
	x.must("Ack", q.Ack(x.soon(), x.pullID(q, "other")))
	x.Sleep(2 * short)
	x.drain(q, "head", "behind")
}

func timeWakeNotBefore(x *exam) {
	q := x.queue("x", 0)
	head := item("head", "a")
	head.NotBefore = x.now().Add(short / 2)
	x.push(q, head)
	next := x.pulling(q)
	x.Sleep(short)
	if l := <-next; l.ID != "head" {
		x.Errorf("Pull = %q, want head", l.ID)
	}
}

func timeExpires(x *exam) {
	q := x.queue("x", 0)
	var items []storage.Item
	for _, id := range []string{"a1", "a2", "a3"} {
		it := item(id, "a")
		if id != "a3" {
			it.Expires = x.now().Add(short)
		}
		items = append(items, it)
	}
	past := item("past", "b")
	past.Expires = x.now().Add(-time.Hour)
	x.push(q, append(items, past)...)
	x.Sleep(short)
	x.drain(q, "a3")
	var ids []string
	for _, d := range x.deadLetters(q) {
		ids = append(ids, d.ID)
		if d.Reason != storage.ReasonExpired || d.Attempt != 0 || string(d.Body) != "body of "+d.ID {
			x.Errorf("DeadLetter = %+v, want expired", d)
		}
	}
	slices.Sort(ids)
	if !slices.Equal(ids, []string{"a1", "a2", "past"}) {
		x.Errorf("dead letters %q, want a1, a2, past", ids)
	}
	x.counts(q, 0, 0, 0, 3)
}

func timeExpiresLeased(x *exam) {
	q := x.queue("x", 0)
	for _, id := range []string{"ack", "retry"} {
		it := item(id, id)
		it.Expires = x.now().Add(2 * short)
		x.push(q, it)
	}
	ack, retry := x.pullID(q, "ack"), x.pullID(q, "retry")
	x.Sleep(2*short + short/2)
	x.counts(q, 0, 0, 2, 0)
	x.must("Ack", q.Ack(x.soon(), ack))
	x.must("Retry", q.Retry(x.soon(), retry, time.Time{}))
	x.nothing(q)
	if ds := x.deadLetters(q); len(ds) != 1 || ds[0].ID != "retry" || ds[0].Reason != storage.ReasonExpired || ds[0].Attempt != 1 {
		x.Errorf("DeadLetters = %+v, want retry, expired", ds)
	}
}

func timeExpiresWaiting(x *exam) {
	q := x.queue("x", 0)
	head := item("head", "a")
	now := x.now()
	head.NotBefore, head.Expires = now.Add(1000*time.Hour), now.Add(short)
	x.push(q, head, item("behind", "a"))
	next := x.pulling(q)
	x.Sleep(short)
	if l := <-next; l.ID != "behind" {
		x.Errorf("Pull = %q, want behind", l.ID)
	}
	x.counts(q, 0, 0, 1, 1)
}

func timeLeaseEnds(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a", "a"), item("b", "a"))
	old := x.pull(q, short)
	x.Sleep(short + short/2)
	x.allRefused(q, old)
	l := x.pullID(q, "a")
	if l.Attempt != 2 {
		x.Errorf("attempt %d, want 2", l.Attempt)
	}
	x.allRefused(q, old)
	x.must("Ack", q.Ack(x.soon(), l))
	x.drain(q, "b")
}

func timeSaveRenews(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a", "a"))
	l := x.pull(q, 3*short)
	for range 2 {
		x.Sleep(2 * short)
		var err error
		l, err = q.Save(x.soon(), l, []byte("more"), 3*short)
		x.must("Save", err)
	}
	x.must("Ack", q.Ack(x.soon(), l))
}

func timeWakeLease(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a", "a"))
	x.pull(q, short)
	next := x.pulling(q)
	x.Sleep(short + short/2)
	if l := <-next; l.ID != "a" || l.Attempt != 2 {
		x.Errorf("Pull = %q attempt %d, want a, 2", l.ID, l.Attempt)
	}
}

func timeAcked(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a", "a"), item("b", "b"))
	x.drain(q, "a", "b")
	x.Sleep(storage.AckedFor - time.Minute)
	x.push(q, item("a", "a"))
	x.counts(q, 0, 0, 0, 0)
	x.Sleep(time.Minute)
	x.push(q, item("a", "a"))
	x.drain(q, "a")
	x.push(q, item("a", "a")) // known for 24 hours from the second time on
	x.counts(q, 0, 0, 0, 0)
}
