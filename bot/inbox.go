package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/wecombot/wecombot/internal/failpoint"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/trace"
)

const (
	inboxLease    = 2 * time.Minute
	poisonTries   = 5      // a message that ends the process this often is not tried again
	recoverAtOnce = 256    // messages of an earlier process that are handled at once
	maxRecover    = 20_000 // of them that take their places before new messages come
	inboxPullers  = 4      // so that a store can commit their pulls together
	leaseWait     = time.Minute
)

// errPoison ends a message whose handler ended the process again and again.
var errPoison = errors.New("the process ended each time this message was handled")

// inbox keeps accepted messages until their answer is in the outbox.
type inbox struct {
	b     *Bot
	queue storage.Queue

	mu       sync.Mutex
	attached map[string]*run // runs whose item is leased

	pulling context.Context // ends at stop
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	slots   chan struct{}
}

func newInbox(b *Bot, q storage.Queue) *inbox {
	in := &inbox{b: b, queue: q, attached: map[string]*run{}, slots: make(chan struct{}, recoverAtOnce)}
	in.pulling, in.cancel = context.WithCancel(context.Background())
	return in
}

// push commits a run's message. The caller holds the run.
func (in *inbox) push(r *run) error {
	body, err := json.Marshal(outbox.Accepted{
		App: r.app.Name, User: r.msg.From, Type: r.msg.Kind(), Doc: string(r.msg.XML()), Received: r.received,
	})
	if err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	failpoint.Hit(failpoint.BeforeInboxCommit)
	if err := in.queue.Push(ctx, storage.Item{ID: r.key, Lane: r.key, Body: body}); err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	failpoint.Hit(failpoint.AfterInboxCommit)
	return nil
}

func (in *inbox) start() {
	in.recover()
	for range inboxPullers {
		in.wg.Go(in.pull)
	}
	in.wg.Go(in.renew)
}

func (in *inbox) stop() {
	in.cancel()
	in.wg.Wait()
}

// recover lets what an earlier process left take its places in the conversations, in the order in which it came, and
// before any new message can. It is handled once its item is leased.
func (in *inbox) recover() {
	left, err := in.queue.Pending(in.pulling, maxRecover)
	if err != nil {
		in.b.log.Error("inbox: what is left from before", "err", err)
		return
	}
	type item struct {
		id string
		outbox.Accepted
	}
	var items []item
	for _, l := range left {
		var acc outbox.Accepted
		if l.Until.IsZero() && json.Unmarshal(l.Body, &acc) == nil { // what is leased is in another process's hands
			items = append(items, item{l.ID, acc})
		}
	}
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.Received.UnixNano(), b.Received.UnixNano()) })
	for _, it := range items {
		if a := in.b.app(it.App); a != nil {
			in.resume(a, it.id, it.Accepted)
		}
	}
}

// resume begins a message of an earlier process, and reports whether it is a run now.
func (in *inbox) resume(a *app, key string, acc outbox.Accepted) bool {
	m, err := message.Parse([]byte(acc.Doc))
	if err != nil {
		return false
	}
	r, fresh := in.b.ledger.claim(key, func() *run {
		r := in.b.newRun(a, m, key)
		r.recovered, r.leased, r.deferred, r.received = true, make(chan struct{}), true, acc.Received
		return r
	})
	if !fresh {
		return true
	}
	turn, err := in.b.lanes.enter(r.lane, true)
	if err != nil {
		in.b.ledger.forget(r)
		return false
	}
	go in.b.execute(r, turn)
	return true
}

// admit waits until a recovered message may be handled: its item is leased, and not too many are handled at once.
func (in *inbox) admit(r *run) (free func(), ok bool) {
	timer := time.NewTimer(leaseWait)
	defer timer.Stop()
	select {
	case <-r.leased:
	case <-in.pulling.Done():
		return nil, false
	case <-timer.C: // another process has it
		return nil, false
	}
	select {
	case in.slots <- struct{}{}:
	case <-in.pulling.Done():
		return nil, false
	}
	var once sync.Once
	free = func() { once.Do(func() { <-in.slots }) }
	go func() { // a handler that does not come back holds no slot
		select {
		case <-r.done:
		case <-in.b.base.Done():
		}
		free()
	}()
	return free, true
}

// pull takes items as they become visible.
func (in *inbox) pull() {
	for {
		l, err := in.queue.Pull(in.pulling, inboxLease)
		switch {
		case err == nil:
			in.take(l)
		case in.pulling.Err() != nil:
			return
		default:
			in.b.log.Error("inbox pull", "err", err)
			select {
			case <-in.pulling.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

// take ties an item to its run, or begins one.
func (in *inbox) take(l storage.Lease) {
	var acc outbox.Accepted
	if err := json.Unmarshal(l.Body, &acc); err != nil {
		in.kill(l, "unreadable: "+err.Error())
		return
	}
	r := in.b.ledger.find(l.ID)
	if r == nil {
		a := in.b.app(acc.App)
		if a == nil { // not configured any more, or not yet
			in.giveBack(l, in.b.now().Add(time.Minute))
			return
		}
		if _, err := message.Parse([]byte(acc.Doc)); err != nil {
			in.kill(l, err.Error())
			return
		}
		if !in.resume(a, l.ID, acc) {
			in.giveBack(l, in.b.now().Add(time.Second))
			return
		}
		if r = in.b.ledger.find(l.ID); r == nil {
			in.giveBack(l, in.b.now().Add(time.Second))
			return
		}
	}
	in.attach(r, l, l.Attempt-acc.Excused)
}

// attach gives a leased item to its run, which ends it when it is done.
func (in *inbox) attach(r *run, l storage.Lease, tries int) {
	in.mu.Lock()
	in.attached[r.key] = r // first, so that whoever takes the lease finds it here
	in.mu.Unlock()
	r.leaseMu.Lock()
	r.lease = &l
	r.leaseMu.Unlock()
	r.mu.Lock()
	finished := r.finished
	r.mu.Unlock()
	switch {
	case finished:
		in.finish(r)
	case r.recovered:
		r.begin.Do(func() {
			if tries > poisonTries {
				r.poisoned = fmt.Sprintf("the process ended %d times while it was handled", tries-1)
			}
			in.b.rec.Add(r.id, trace.Step{What: trace.Recovered, Attempt: tries})
			close(r.leased)
		})
	}
}

func (in *inbox) detach(r *run) *storage.Lease {
	in.mu.Lock()
	delete(in.attached, r.key)
	in.mu.Unlock()
	r.leaseMu.Lock()
	defer r.leaseMu.Unlock()
	l := r.lease
	r.lease = nil
	return l
}

// finish ends a run's item, if it has one in hand. One that was not pulled yet ends when it is.
func (in *inbox) finish(r *run) {
	l := in.detach(r)
	if l == nil {
		return
	}
	if r.poisoned != "" {
		in.b.ledger.forget(r) // an operator may let it be tried again
		in.kill(*l, r.poisoned)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	failpoint.Hit(failpoint.BeforeInboxAck)
	in.report(in.queue.Ack(ctx, *l), "ack", l.ID)
	failpoint.Hit(failpoint.AfterInboxAck)
}

// renew keeps the leases of running messages.
func (in *inbox) renew() {
	t := time.NewTicker(inboxLease / 4)
	defer t.Stop()
	for {
		select {
		case <-in.pulling.Done():
			return
		case <-t.C:
		}
		var wg sync.WaitGroup
		slots := make(chan struct{}, 16) // renewed together, so that a committing store takes them in one commit
		for _, r := range in.held() {
			slots <- struct{}{}
			wg.Go(func() {
				in.renewOne(r)
				<-slots
			})
		}
		wg.Wait()
	}
}

func (in *inbox) renewOne(r *run) {
	ctx, cancel := context.WithTimeout(in.pulling, 5*time.Second)
	defer cancel()
	r.leaseMu.Lock()
	defer r.leaseMu.Unlock()
	if r.lease == nil {
		return
	}
	if l, err := in.queue.Save(ctx, *r.lease, r.lease.Body, inboxLease); err == nil {
		r.lease = &l
	}
}

// held are the runs whose item is leased.
func (in *inbox) held() []*run {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Collect(maps.Values(in.attached))
}

// release gives back what is not done, so that the next process, or another one, need not wait for the leases to end.
func (in *inbox) release() {
	for _, r := range in.held() {
		if l := in.detach(r); l != nil {
			in.giveBack(*l, time.Time{})
		}
	}
}

// giveBack returns an item that was not handled, or not to the end: that is no sign of poison.
func (in *inbox) giveBack(l storage.Lease, at time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var acc outbox.Accepted
	if json.Unmarshal(l.Body, &acc) == nil {
		acc.Excused = l.Attempt
		if body, err := json.Marshal(acc); err == nil {
			if saved, err := in.queue.Save(ctx, l, body, inboxLease); err == nil {
				l = saved
			}
		}
	}
	in.report(in.queue.Retry(ctx, l, at), "retry", l.ID)
}

func (in *inbox) kill(l storage.Lease, reason string) {
	in.b.log.Error("accepted message given up", "id", l.ID, "attempt", l.Attempt, "reason", reason)
	in.b.rec.Add(l.ID[:min(10, len(l.ID))], trace.Step{What: trace.Dead, Detail: reason})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	in.report(in.queue.Dead(ctx, l, reason), "dead letter", l.ID)
}

func (in *inbox) report(err error, what, id string) {
	if err != nil && !errors.Is(err, storage.ErrConflict) {
		in.b.log.Error("inbox "+what, "id", id, "err", err)
	}
}
