package bot

import (
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
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/trace"
)

const (
	inboxLease    = 2 * time.Minute
	poisonTries   = 5   // a message that ends the process this often is not tried again
	recoverAtOnce = 256 // messages of an earlier process that are handled at once
)

// inbox keeps accepted messages until their answer is in the outbox.
type inbox struct {
	b     *Bot
	queue storage.Queue

	mu       sync.Mutex
	attached map[string]*run // runs whose item is leased

	cancel context.CancelFunc
	wg     sync.WaitGroup
	slots  chan struct{}
}

// accepted is the body of an inbox item.
type accepted struct {
	App      string    `json:"app"`
	Doc      string    `json:"doc"`
	Received time.Time `json:"received"`
}

func newInbox(b *Bot, q storage.Queue) *inbox {
	return &inbox{b: b, queue: q, attached: map[string]*run{}, slots: make(chan struct{}, recoverAtOnce)}
}

// push commits a run's message. The caller holds the run.
func (in *inbox) push(r *run) error {
	body, err := json.Marshal(accepted{App: r.app.Name, Doc: string(r.msg.XML()), Received: r.received})
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
	ctx, cancel := context.WithCancel(context.Background())
	in.cancel = cancel
	in.wg.Go(func() { in.pull(ctx) })
	in.wg.Go(func() { in.renew(ctx) })
}

func (in *inbox) stop() {
	if in.cancel == nil {
		return
	}
	in.cancel()
	in.wg.Wait()
}

// pull takes items as they become visible: those of running messages are attached to their runs, those of an earlier
// process are handled again.
func (in *inbox) pull(ctx context.Context) {
	for {
		l, err := in.queue.Pull(ctx, inboxLease)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			in.b.log.Error("inbox pull", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		default:
			in.take(ctx, l)
		}
	}
}

func (in *inbox) take(ctx context.Context, l storage.Lease) {
	var acc accepted
	if err := json.Unmarshal(l.Body, &acc); err != nil {
		in.kill(l, "unreadable: "+err.Error())
		return
	}
	if r := in.b.ledger.find(l.ID); r != nil {
		in.attach(r, l)
		return
	}
	a := in.b.app(acc.App)
	if a == nil { // not configured any more, or not yet
		in.report(in.queue.Retry(ctx, l, in.b.now().Add(time.Minute)), "retry", l.ID)
		return
	}
	if l.Attempt > poisonTries {
		in.kill(l, fmt.Sprintf("handled %d times without an end", l.Attempt-1))
		return
	}
	m, err := message.Parse([]byte(acc.Doc))
	if err != nil {
		in.kill(l, err.Error())
		return
	}
	in.resume(ctx, a, m, l, acc)
}

// resume handles a message of an earlier process; its answer goes active.
func (in *inbox) resume(ctx context.Context, a *app, m *message.Message, l storage.Lease, acc accepted) {
	select {
	case in.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	r, fresh := in.b.ledger.claim(l.ID, func() *run {
		r := in.b.newRun(a, m, l.ID)
		r.deferred, r.received = true, acc.Received
		return r
	})
	in.attach(r, l)
	if !fresh {
		<-in.slots
		return
	}
	in.b.rec.Add(r.id, trace.Step{What: trace.Recovered, Attempt: l.Attempt, Revision: r.rev.name})
	turn, err := in.b.lanes.enter(r.lane)
	if err != nil { // busy: later
		in.b.ledger.forget(r)
		in.detach(r)
		in.report(in.queue.Retry(ctx, l, in.b.now().Add(time.Second)), "retry", l.ID)
		<-in.slots
		return
	}
	in.b.runs.Add(1)
	go func() {
		in.b.execute(r, turn)
		<-in.slots
	}()
}

// attach ties a leased item to its run, which ends it when it is done.
func (in *inbox) attach(r *run, l storage.Lease) {
	r.mu.Lock()
	r.lease = &l
	finished := r.finished
	r.mu.Unlock()
	in.mu.Lock()
	in.attached[r.key] = r
	in.mu.Unlock()
	if finished {
		in.finish(r)
	}
}

func (in *inbox) detach(r *run) *storage.Lease {
	in.mu.Lock()
	delete(in.attached, r.key)
	in.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.lease
	r.lease = nil
	return l
}

// finish ends a run's item, if it has one in hand. One that was not pulled yet ends when it is.
func (in *inbox) finish(r *run) {
	if l := in.detach(r); l != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		failpoint.Hit(failpoint.BeforeInboxAck)
		in.report(in.queue.Ack(ctx, *l), "ack", l.ID)
		failpoint.Hit(failpoint.AfterInboxAck)
	}
}

// renew keeps the leases of running messages.
func (in *inbox) renew(ctx context.Context) {
	t := time.NewTicker(inboxLease / 4)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for _, r := range in.held() {
			r.mu.Lock()
			if r.lease != nil {
				l, err := in.queue.Save(ctx, *r.lease, r.lease.Body, inboxLease)
				if err == nil {
					r.lease = &l
				}
			}
			r.mu.Unlock()
		}
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
			in.report(in.queue.Retry(context.Background(), *l, time.Time{}), "release", l.ID)
		}
	}
}

func (in *inbox) kill(l storage.Lease, reason string) {
	in.b.log.Error("accepted message given up", "id", l.ID, "attempt", l.Attempt, "reason", reason)
	in.b.rec.Add(l.ID[:min(10, len(l.ID))], trace.Step{What: trace.Dead, Detail: reason})
	in.report(in.queue.Dead(context.Background(), l, reason), "dead letter", l.ID)
}

func (in *inbox) report(err error, what, id string) {
	if err != nil && !errors.Is(err, storage.ErrConflict) {
		in.b.log.Error("inbox "+what, "id", id, "err", err)
	}
}
