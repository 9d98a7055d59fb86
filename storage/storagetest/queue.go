package storagetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wecombot/wecombot/storage"
)

var queueCases = []examCase{
	{name: "an item comes back as it was pushed", run: queueRoundTrip},
	{name: "a lane goes in push order, one at a time", run: queueLaneOrder},
	{name: "lanes do not hold each other", run: queueLanes},
	{name: "priority decides among ready lanes, then age", run: queuePriority},
	{name: "a push of a known id changes nothing", run: queueIdempotent},
	{name: "a push is all or nothing", run: queueAtomic},
	{name: "a full queue refuses the whole push", run: queueFull},
	{name: "a retried item stays the head", run: queueRetry},
	{name: "a dead letter has its reason", run: queueDead},
	{name: "saved progress is what the next pull gets", run: queueSave},
	{name: "an ended lease can do nothing", run: queueEndedLease},
	{name: "a waiting pull gets what is pushed", run: queueWakePush},
	{name: "a waiting pull gets the rest of a lane", run: queueWakeAck},
	{name: "a pull that gave up takes nothing", run: queueCancelledPull},
	{name: "queues are separate", run: queueNames},
	{name: "queue limits are checked", run: queueLimits},
}

func queueRoundTrip(x *exam) {
	q := x.queue("x", 0)
	now := x.now()
	want := storage.Item{
		ID: "id\x00 .*>年", Lane: "lane\x00 .*>年", Priority: -3,
		NotBefore: now.Add(-time.Minute), Expires: now.Add(100 * 24 * time.Hour),
		Body: bytes.Repeat([]byte{0, 0xff}, storage.MaxValue/2),
	}
	x.push(q, want)
	l := x.pull(q, long)
	if l.ID != want.ID || l.Lane != want.Lane || l.Priority != want.Priority || !l.NotBefore.Equal(want.NotBefore) ||
		!l.Expires.Equal(want.Expires) || !bytes.Equal(l.Body, want.Body) {
		l.Body, want.Body = nil, nil
		x.Errorf("Pull = %+v, want %+v", l.Item, want)
	}
	if l.Attempt != 1 || l.Pushed.Before(now) || l.Until.Before(l.Pushed) {
		x.Errorf("Pull: attempt %d, pushed %v, until %v", l.Attempt, l.Pushed, l.Until)
	}
	x.must("Ack", q.Ack(x.soon(), l))
	x.push(q, storage.Item{ID: "plain"})
	l = x.pullID(q, "plain")
	if !l.NotBefore.IsZero() || !l.Expires.IsZero() || len(l.Body) != 0 || l.Lane != "" {
		x.Errorf("Pull = %+v, want zero times, lane and body", l.Item)
	}
}

func queueLaneOrder(x *exam) {
	q := x.queue("x", 0)
	var ids []string
	for i := range 12 {
		ids = append(ids, fmt.Sprintf("i%02d", 99-i)) // not in the order of their names
	}
	for _, id := range ids[:6] {
		x.push(q, item(id, "a"))
	}
	var rest []storage.Item
	for _, id := range ids[6:] {
		rest = append(rest, item(id, "a"))
	}
	x.push(q, rest...)
	l := x.pullID(q, ids[0])
	x.counts(q, 0, 11, 1, 0)
	x.nothing(q)
	x.must("Ack", q.Ack(x.soon(), l))
	x.drain(q, ids[1:]...)
}

func queueLanes(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a1", "a"), item("a2", "a"), item("b1", "b"), item("c1", ""), item("c2", ""))
	x.counts(q, 3, 2, 0, 0)
	a1, b1, c1 := x.pullID(q, "a1"), x.pullID(q, "b1"), x.pullID(q, "c1")
	x.counts(q, 0, 2, 3, 0)
	x.nothing(q)
	x.must("Ack", q.Ack(x.soon(), c1))
	x.must("Ack", q.Ack(x.soon(), b1))
	x.pullID(q, "c2")
	x.must("Ack", q.Ack(x.soon(), a1))
	x.pullID(q, "a2")
	x.nothing(q)
}

func queuePriority(x *exam) {
	q := x.queue("x", 0)
	low := func(id, lane string, priority int) storage.Item {
		it := item(id, lane)
		it.Priority = priority
		return it
	}
	x.push(q, low("p0", "a", 0), low("p9 behind p0", "a", 9), low("p-5", "b", -5), low("p5", "c", 5), low("p5 younger", "d", 5), low("p0 younger", "e", 0))
	var got []string
	for range 6 {
		l := x.pull(q, long)
		got = append(got, l.ID)
		x.must("Ack", q.Ack(x.soon(), l))
	}
	// The head decides for its lane: p9 counts once p0 is done.
	if want := []string{"p5", "p5 younger", "p0", "p9 behind p0", "p0 younger", "p-5"}; !slices.Equal(got, want) {
		x.Errorf("pulled %q, want %q", got, want)
	}
}

func queueIdempotent(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a", "a"))
	x.push(q, storage.Item{ID: "a", Lane: "b", Body: []byte("other")})
	x.counts(q, 1, 0, 0, 0)
	l := x.pullID(q, "a")
	if string(l.Body) != "body of a" || l.Lane != "a" {
		x.Errorf("second push changed the item: lane %q body %q", l.Lane, l.Body)
	}
	x.push(q, item("a", "a"))
	x.counts(q, 0, 0, 1, 0)
	x.must("Dead", q.Dead(x.soon(), l, "no"))
	x.push(q, item("a", "a"))
	x.counts(q, 0, 0, 0, 1)
	x.push(q, item("b", "b"), item("b", "c"))
	x.counts(q, 1, 0, 0, 1)
	x.must("Ack", q.Ack(x.soon(), x.pullID(q, "b")))
	x.push(q, item("b", "b"), item("c", "c"))
	x.drain(q, "c")
}

func queueAtomic(x *exam) {
	q := x.queue("x", 0)
	err := q.Push(x.soon(), item("a", "a"), storage.Item{ID: ""})
	x.want("Push with an item that is invalid", err, storage.ErrInvalid)
	x.counts(q, 0, 0, 0, 0)
	x.must("Push of nothing", q.Push(x.soon()))
}

func queueFull(x *exam) {
	q := x.queue("x", 3)
	x.push(q, item("a", "a"), item("b", "a"))
	x.want("Push", q.Push(x.soon(), item("c", "a"), item("d", "a")), storage.ErrFull)
	x.counts(q, 1, 1, 0, 0)
	x.push(q, item("c", "a"), item("a", "a"), item("b", "a")) // known ones need no room
	x.want("Push", q.Push(x.soon(), item("d", "d")), storage.ErrFull)
	x.push(q, item("c", "a"))
	l := x.pullID(q, "a")
	x.want("Push while one is leased", q.Push(x.soon(), item("d", "d")), storage.ErrFull)
	x.must("Dead", q.Dead(x.soon(), l, "no"))
	x.push(q, item("d", "d"))
	x.want("Revive", q.Revive(x.soon(), "a"), storage.ErrFull)
	x.drain(q, "b", "c", "d")
	x.must("Revive", q.Revive(x.soon(), "a"))
	x.drain(q, "a")
}

func queueRetry(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a", "a"), item("b", "a"))
	for attempt := 1; attempt <= 3; attempt++ {
		l := x.pullID(q, "a")
		if l.Attempt != attempt {
			x.Errorf("attempt %d, want %d", l.Attempt, attempt)
		}
		x.must("Retry", q.Retry(x.soon(), l, time.Time{}))
		x.want("Retry again", q.Retry(x.soon(), l, time.Time{}), storage.ErrConflict)
	}
	l := x.pullID(q, "a")
	at := l.Pushed.Add(100 * 24 * time.Hour)
	x.must("Retry later", q.Retry(x.soon(), l, at))
	x.counts(q, 0, 2, 0, 0)
	x.nothing(q)
	p := x.pending(q)[0]
	if p.ID != "a" || p.Attempt != 4 || p.NotBefore.Sub(at).Abs() > time.Millisecond {
		x.Errorf("Pending = %q attempt %d not before %v, want a, 4, %v", p.ID, p.Attempt, p.NotBefore, at)
	}
}

func queueDead(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a", "a"), item("b", "a"))
	l := x.pullID(q, "a")
	x.must("Retry", q.Retry(x.soon(), l, time.Time{}))
	l = x.pullID(q, "a")
	x.must("Dead", q.Dead(x.soon(), l, "errcode 81013"))
	x.want("Dead again", q.Dead(x.soon(), l, "no"), storage.ErrConflict)
	ds := x.deadLetters(q)
	if len(ds) != 1 || ds[0].ID != "a" || ds[0].Lane != "a" || string(ds[0].Body) != "body of a" || ds[0].Attempt != 2 ||
		ds[0].Reason != "errcode 81013" || ds[0].Died.IsZero() || ds[0].Pushed.IsZero() {
		x.Errorf("DeadLetters = %+v", ds)
	}
	x.drain(q, "b")
	x.push(q, item("c", "c"))
	reason := strings.Repeat("原因", storage.MaxReason)
	x.must("Dead", q.Dead(x.soon(), x.pullID(q, "c"), reason))
	if got := x.deadLetters(q)[1].Reason; !strings.HasPrefix(reason, got) || !utf8.ValidString(got) || len(got) < storage.MaxReason-utf8.UTFMax {
		x.Errorf("a reason of %d bytes became %d bytes", len(reason), len(got))
	}
}

func queueSave(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a", "a"))
	l := x.pullID(q, "a")
	body := []byte("half done")
	saved, err := q.Save(x.soon(), l, body, 2*long)
	x.must("Save", err)
	body[0] = '!'
	if string(saved.Body) != "half done" || !saved.Until.After(l.Until) || saved.Attempt != 1 || saved.Lane != "a" {
		x.Errorf("Save = %+v", saved)
	}
	_, err = q.Save(x.soon(), saved, make([]byte, storage.MaxValue+1), long)
	x.want("Save of a large body", err, storage.ErrInvalid)
	saved, err = q.Save(x.soon(), saved, []byte("nearly done"), long)
	x.must("second Save", err)
	x.must("Retry", q.Retry(x.soon(), saved, time.Time{}))
	l = x.pullID(q, "a")
	if string(l.Body) != "nearly done" || l.Attempt != 2 {
		x.Errorf("Pull = %q attempt %d, want nearly done, 2", l.Body, l.Attempt)
	}
	x.must("Dead", q.Dead(x.soon(), l, "no"))
	if ds := x.deadLetters(q); len(ds) != 1 || string(ds[0].Body) != "nearly done" {
		x.Errorf("DeadLetters = %+v", ds)
	}
}

func queueEndedLease(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a", "a"))
	l := x.pullID(q, "a")
	forged := l
	forged.Token++
	x.want("Ack with another token", q.Ack(x.soon(), forged), storage.ErrConflict)
	forged.Token = 0
	x.want("Ack without a token", q.Ack(x.soon(), forged), storage.ErrConflict)
	x.must("Ack", q.Ack(x.soon(), l))
	x.allRefused(q, l)
	x.want("Ack of what never was", q.Ack(x.soon(), storage.Lease{Item: item("z", "z"), Token: 1}), storage.ErrConflict)
}

// allRefused tries everything one can do with a lease.
func (x *exam) allRefused(q storage.Queue, l storage.Lease) {
	x.Helper()
	x.want("Ack", q.Ack(x.soon(), l), storage.ErrConflict)
	x.want("Retry", q.Retry(x.soon(), l, time.Time{}), storage.ErrConflict)
	x.want("Dead", q.Dead(x.soon(), l, "no"), storage.ErrConflict)
	_, err := q.Save(x.soon(), l, nil, long)
	x.want("Save", err, storage.ErrConflict)
}

// pulling pulls in the background.
func (x *exam) pulling(q storage.Queue) <-chan storage.Lease {
	out := make(chan storage.Lease, 1)
	ctx := x.soon()
	go func() {
		defer close(out)
		l, err := q.Pull(ctx, long)
		if err != nil {
			x.Errorf("Pull in the background: %v", err)
			return
		}
		out <- l
	}()
	time.Sleep(20 * time.Millisecond) // let it wait: the case is about waking up
	return out
}

func queueWakePush(x *exam) {
	q := x.queue("x", 0)
	one, two := x.pulling(q), x.pulling(q)
	x.push(q, item("a", "a"), item("b", "b"))
	got := []string{(<-one).ID, (<-two).ID}
	slices.Sort(got)
	if !slices.Equal(got, []string{"a", "b"}) {
		x.Errorf("pulled %q, want a and b", got)
	}
}

func queueWakeAck(x *exam) {
	q := x.queue("x", 0)
	x.push(q, item("a1", "a"), item("a2", "a"), item("a3", "a"), item("a4", "a"))
	l := x.pullID(q, "a1")
	next := x.pulling(q)
	x.must("Ack", q.Ack(x.soon(), l))
	l = <-next
	next = x.pulling(q)
	x.must("Dead", q.Dead(x.soon(), l, "no"))
	l = <-next
	next = x.pulling(q)
	x.must("Retry", q.Retry(x.soon(), l, time.Time{}))
	if l = <-next; l.ID != "a3" || l.Attempt != 2 {
		x.Errorf("Pull after Retry = %q attempt %d, want a3, 2", l.ID, l.Attempt)
	}
}

func queueCancelledPull(x *exam) {
	q := x.queue("x", 0)
	for range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() {
			_, err := q.Pull(ctx, long)
			done <- err
		}()
		cancel()
		x.want("Pull", <-done, context.Canceled)
	}
	x.push(q, item("a", "a"))
	x.drain(q, "a")
}

func queueNames(x *exam) {
	a, b, again := x.queue("a", 0), x.queue("a.b-1", 0), x.queue("a", 0)
	x.push(a, item("1", "l"))
	x.push(b, item("1", "l"), item("2", "l"))
	x.drain(again, "1")
	x.drain(b, "1", "2")
	for _, name := range []string{"", "A", "a b", strings.Repeat("a", storage.MaxName+1)} {
		_, err := x.store.Queue(name, 0)
		x.want(fmt.Sprintf("Queue(%q)", name), err, storage.ErrInvalid)
	}
	x.kvPut(x.kv("a"), "1", "a KV is no queue")
	x.nothing(a)
}

func queueLimits(x *exam) {
	q := x.queue("x", 0)
	for what, it := range map[string]storage.Item{
		"empty id":   {},
		"long id":    {ID: strings.Repeat("i", storage.MaxKey+1)},
		"long lane":  {ID: "i", Lane: strings.Repeat("l", storage.MaxKey+1)},
		"large body": {ID: "i", Body: make([]byte, storage.MaxValue+1)},
	} {
		x.want(what, q.Push(x.soon(), it), storage.ErrInvalid)
	}
	_, err := q.Pull(x.soon(), 0)
	x.want("Pull without a lease", err, storage.ErrInvalid)
	x.push(q, storage.Item{ID: strings.Repeat("i", storage.MaxKey), Lane: strings.Repeat("l", storage.MaxKey)})
	x.drain(q, strings.Repeat("i", storage.MaxKey))
}
