package storagetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/wecombot/wecombot/storage"
)

var reopenCases = []examCase{
	{name: "values and revisions stay", run: reopenKV},
	{name: "a ttl goes on while closed", run: reopenTTL},
	{name: "queued items stay in order", run: reopenQueue},
	{name: "attempts, progress and times stay", run: reopenLeased},
	{name: "dead and acknowledged ids stay", run: reopenDead},
}

var storeCases = []examCase{
	{name: "a closed store says so", run: storeClosed},
	{name: "ping", run: storePing},
}

func (x *exam) reopen() {
	x.Helper()
	x.must("Close", x.store.Close())
	x.store = x.Open(x.T)
}

func reopenKV(x *exam) {
	old := x.kvPut(x.kv("x"), "k", "v")
	x.kvPut(x.kv("x"), "gone", "v")
	x.must("Delete", x.kv("x").Delete(x.soon(), "gone"))
	x.reopen()
	kv := x.kv("x")
	e, err := kv.Get(x.soon(), "k")
	x.must("Get", err)
	if string(e.Value) != "v" || e.Rev != old {
		x.Errorf("Get = %q rev %d, want v, %d", e.Value, e.Rev, old)
	}
	rev, err := kv.Update(x.soon(), "k", []byte("w"), 0, old)
	x.must("Update", err)
	if rev == old {
		x.Errorf("rev %d again", rev)
	}
	if keys := x.scan(kv, ""); !slices.Equal(keys, []string{"k"}) {
		x.Errorf("Scan = %q, want k", keys)
	}
}

func reopenTTL(x *exam) {
	_, err := x.kv("x").Put(x.soon(), "k", nil, short)
	x.must("Put", err)
	_, err = x.kv("x").Put(x.soon(), "stays", nil, long)
	x.must("Put", err)
	x.reopen()
	x.Sleep(short + short/2)
	if keys := x.scan(x.kv("x"), ""); !slices.Equal(keys, []string{"stays"}) {
		x.Errorf("Scan = %q, want stays", keys)
	}
}

func reopenQueue(x *exam) {
	var ids []string
	for i := range 20 {
		ids = append(ids, fmt.Sprint(99-i))
		x.push(x.queue("x", 0), item(ids[i], "a"))
		if i == 10 {
			x.reopen()
		}
	}
	x.reopen()
	x.counts(x.queue("x", 0), 1, 19, 0, 0)
	x.want("Push", x.queue("x", 20).Push(x.soon(), item("new", "b")), storage.ErrFull)
	x.drain(x.queue("x", 0), ids...)
	x.reopen()
	x.push(x.queue("x", 0), item("later", "a"), item(ids[0], "a"))
	x.drain(x.queue("x", 0), "later")
}

func reopenLeased(x *exam) {
	q := x.queue("x", 0)
	at := x.now().Add(1000 * time.Hour)
	x.push(q, item("saved", "a"), item("retried", "b"), item("pulled", "c"), item("behind", "c"), item("fresh", "d"))
	saved, retried, pulled := x.pull(q, 2*short), x.pull(q, 2*short), x.pull(q, 2*short)
	_, err := q.Save(x.soon(), saved, []byte("half"), 2*short)
	x.must("Save", err)
	x.must("Retry", q.Retry(x.soon(), retried, at))
	x.reopen()
	q = x.queue("x", 0)
	x.Sleep(2*short + short/2) // the leases of before are over now, if not at once
	got := map[string]storage.Lease{}
	for range 3 {
		l := x.pull(q, long)
		got[l.ID] = l
	}
	if l := got["saved"]; l.Attempt != 2 || string(l.Body) != "half" {
		x.Errorf("saved: attempt %d, body %q, want 2, half", l.Attempt, l.Body)
	}
	if l := got["pulled"]; l.Attempt != 2 {
		x.Errorf("pulled: attempt %d, want 2", l.Attempt)
	}
	if l := got["fresh"]; l.Attempt != 1 {
		x.Errorf("fresh: attempt %d, want 1", l.Attempt)
	}
	x.allRefused(q, pulled)
	x.nothing(q)
	for _, l := range x.pending(q) {
		if l.ID == "retried" && (l.Attempt != 1 || l.NotBefore.Sub(at).Abs() > time.Millisecond) {
			x.Errorf("retried: attempt %d not before %v, want 1, %v", l.Attempt, l.NotBefore, at)
		}
	}
}

func reopenDead(x *exam) {
	q := x.queue("x", 0)
	x.kill(q, "b", "a")
	x.push(q, item("done", "c"), item("revived", "d"))
	x.must("Ack", q.Ack(x.soon(), x.pullID(q, "done")))
	x.must("Dead", q.Dead(x.soon(), x.pullID(q, "revived"), "no"))
	x.must("Revive", q.Revive(x.soon(), "revived"))
	x.push(q, item("dropped", "e"))
	x.must("Drop", q.Drop(x.soon(), "dropped"))
	x.reopen()
	q = x.queue("x", 0)
	x.counts(q, 1, 0, 0, 2)
	ds := x.deadLetters(q)
	if len(ds) != 2 || ds[0].ID != "b" || ds[1].ID != "a" || ds[1].Reason != "reason of a" || string(ds[1].Body) != "body of a" || ds[1].Attempt != 1 {
		x.Errorf("DeadLetters = %+v", ds)
	}
	x.push(q, item("done", "c"), item("a", "a"))
	x.counts(q, 1, 0, 0, 2)
	if l := x.pullID(q, "revived"); l.Attempt != 1 {
		x.Errorf("revived: attempt %d, want 1", l.Attempt)
	}
	x.must("Revive", q.Revive(x.soon(), "b"))
	x.drain(q, "b")
}

func storeClosed(x *exam) {
	kv, q := x.kv("x"), x.queue("x", 0)
	waiting := make(chan error)
	go func() {
		_, err := q.Pull(x.soon(), long)
		waiting <- err
	}()
	time.Sleep(20 * time.Millisecond)
	x.must("Close", x.store.Close())
	x.must("Close again", x.store.Close())
	x.want("waiting Pull", <-waiting, storage.ErrClosed)
	_, err := kv.Get(x.soon(), "k")
	x.want("Get", err, storage.ErrClosed)
	_, err = kv.Put(x.soon(), "k", nil, 0)
	x.want("Put", err, storage.ErrClosed)
	for _, err := range kv.Scan(x.soon(), "") {
		x.want("Scan", err, storage.ErrClosed)
	}
	x.want("Push", q.Push(x.soon(), item("a", "a")), storage.ErrClosed)
	_, err = q.Pull(x.soon(), long)
	x.want("Pull", err, storage.ErrClosed)
	_, err = q.Stats(x.soon())
	x.want("Stats", err, storage.ErrClosed)
	_, err = q.Pending(x.soon(), 0)
	x.want("Pending", err, storage.ErrClosed)
	x.want("Ping", x.store.Ping(x.soon()), storage.ErrClosed)
}

func storePing(x *exam) {
	for range 3 {
		x.must("Ping", x.store.Ping(x.soon()))
	}
}
