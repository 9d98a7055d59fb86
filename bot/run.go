package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/wecombot/wecombot/internal/failpoint"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/trace"
)

const (
	storeTimeout = 600 * time.Millisecond // of a commit that an attempt waits for: 4 s + this stays under 5 s
	grace        = 2 * time.Second        // for a handler to notice that its time is over
	collectTime  = 10 * time.Second       // for the platform to fetch a passive answer by a retry
	answerSuffix = "/a"                   // of a message's key, for the delivery of its answer
	rideAttempts = 3                      // the platform's attempts (doc 90238)
)

// messageKey tells whether two callbacks are the same message. The plaintext holds corp, agent, sender, type, MsgId, time,
// event, key, task and everything else, so its hash is the whole key: MsgId alone is not unique across members, and
// events of one second differ only in their body (doc 90238 names FromUserName and CreateTime, which is too little).
func messageKey(at *attempt) string {
	h := sha256.New()
	h.Write([]byte(at.app.Name))
	h.Write([]byte{0})
	h.Write(at.opened.Message)
	var sum [sha256.Size]byte
	return hex.EncodeToString(h.Sum(sum[:0])[:16])
}

// run is one message on its way through its handler, however many attempts the platform makes.
type run struct {
	b        *Bot
	app      *app
	rev      *revision
	key      string
	id       string // of the trace, and the error id that employees see
	msg      *message.Message
	lane     string
	received time.Time
	ending   sync.Once
	done     chan struct{} // closed when out is set

	recovered bool          // from the inbox, after a restart
	leased    chan struct{} // of a recovered run: closed when its item is in hand
	begin     sync.Once     // of leased
	poisoned  string        // why a recovered message is not handled again

	mu        sync.Mutex
	attempts  int
	deferred  bool // the message is in the inbox, so the answer goes active
	finished  bool
	out       outcome
	offer     *reply.Unit     // restored: the first unit of an answer that waits in the outbox
	offered   bool            // the outbox holds the answer until it hears whether out.passive was taken
	attending int             // attempts that wait for the answer or write it
	served    chan struct{}   // made when the run is finished and attended; closed when it is not attended any more
	writing   int             // attempts that are writing out.passive
	collected bool            // one of them did
	later     outbox.Delivery // what to push if none does
	unlock    func()          // of the clicked card

	leaseMu sync.Mutex
	lease   *storage.Lease // of its inbox item, once pulled

	who  string // name of the member who clicked
	echo bool   // another member decided about the card before
}

func (b *Bot) newRun(a *app, m *message.Message, key string) *run {
	return &run{
		b: b, app: a, rev: a.table.Load(), key: key, id: key[:10], msg: m, lane: laneOf(a, m),
		received: b.now(), done: make(chan struct{}),
	}
}

// laneOf is the conversation of a message: messages of one member to one app take turns.
func laneOf(a *app, m *message.Message) string {
	if m.From == "" || m.From == "sys" { // system events of one kind keep their order
		return a.Name + "|sys|" + m.Event + "|" + m.InfoType
	}
	return a.Name + "|" + strings.ToLower(m.From)
}

// join counts an attempt of the platform.
func (r *run) join() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts++
	return r.attempts
}

func (r *run) noteDuplicate(n int) {
	r.b.rec.Add(r.id, trace.Step{What: trace.Duplicate, Attempt: n})
}

// begin takes the message's place in its lane and starts it.
func (b *Bot) begin(r *run) error {
	turn, err := b.lanes.enter(r.lane, false)
	if err != nil {
		return err
	}
	b.rec.Begin(trace.Record{
		ID: r.id, App: r.app.Name, User: r.msg.From, MsgType: string(r.msg.Type), Event: r.msg.Event, MsgID: r.msg.ID, Received: r.received,
	}, trace.Step{What: trace.Received, Attempt: 1, Revision: r.rev.name})
	go b.execute(r, turn)
	return nil
}

// refuse ends a run that could not begin.
func (r *run) refuse(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out, r.finished = outcome{err: err}, true
	close(r.done)
}

// execute waits for the run's turn, runs the handler, and ends the run.
func (b *Bot) execute(r *run, turn <-chan struct{}) {
	var once sync.Once
	ended := func() { once.Do(b.lanes.end) }
	defer ended()
	select {
	case <-turn:
	case <-b.base.Done():
	}
	if b.base.Err() != nil {
		return // shut down before its turn: it is in the inbox, or the platform got no 200
	}
	if r.recovered {
		free, ok := b.inbox.admit(r)
		if !ok {
			b.ledger.forget(r)
			b.lanes.leave(r.lane)
			return
		}
		defer free()
		if r.poisoned != "" {
			r.end(nil, nil, errPoison, 0)
			r.forget()
			return
		}
	}
	ctx, cancel := context.WithTimeout(b.base, b.handlerTimeout)
	defer cancel()
	ctx, span := b.tracer.Start(ctx, "message", oteltrace.WithAttributes(
		attribute.String("wecom.app", r.app.Name), attribute.String("wecom.trace", r.id), attribute.String("wecom.msgtype", string(r.msg.Type))))
	defer span.End()
	// A handler that ignores its context holds its goroutine, but not its conversation, nor the shutdown.
	abandon := time.AfterFunc(b.handlerTimeout+grace, func() {
		r.end(nil, nil, errTimeout, b.handlerTimeout+grace)
		ended()
	})
	defer abandon.Stop()
	start := time.Now()
	failpoint.Hit(failpoint.HandlerBegun)
	rep, matched, err := b.route(ctx, r)
	failpoint.Hit(failpoint.HandlerEnded)
	r.end(rep, matched, err, time.Since(start))
	r.forget()
}

// forget drops what a finished run does not need any more: it is remembered for a while.
func (r *run) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finished {
		r.msg, r.rev = nil, nil
	}
}

// route runs the table; a panic outside any rule's guard is still one failed reply.
func (b *Bot) route(ctx context.Context, r *run) (rep reply.Reply, matched []string, err error) {
	defer func() {
		if v := recover(); v != nil {
			rep, err = nil, &panicError{v, debug.Stack()}
		}
	}()
	log := b.log.With("app", r.app.Name, "trace", r.id, "user", r.msg.From)
	if d := r.app.Directory; d != nil && r.msg.Event == "change_contact" {
		if err := d.Changed(ctx, r.msg); err != nil {
			log.Error("directory", "err", err)
		}
	}
	q := &router.Request{Message: r.msg, App: r.app.Name, Attempt: 1, Log: log}
	if r.app.Client != nil {
		q.Download = r.download
	}
	if r.msg.From != "" && r.msg.From != "sys" {
		q.Session = b.session(r.app.Name, r.msg.From)
		if d := r.app.Directory; d != nil {
			from := r.msg.From
			q.User = func(ctx context.Context) (*router.User, error) { return d.User(ctx, from) }
		}
	}
	c, clicked := r.clickOf()
	if !clicked {
		return r.rev.table.Handle(ctx, q)
	}
	// Two members may click at once: the second one's turn comes when the first one's decision is known.
	unlock, err := b.cards.lock(ctx, r.app.Name+"|"+c.task)
	if err != nil {
		return nil, nil, err
	}
	r.unlockAtEnd(unlock)
	if err := r.noteClick(ctx); err != nil {
		return nil, nil, err
	}
	if rep, handled, err := r.decided(ctx, c); handled || err != nil {
		return rep, []string{"(decided)"}, err
	}
	return r.rev.table.Handle(ctx, q)
}

// noteClick keeps the response code that came with a click on a card: the newest is the one that works.
func (r *run) noteClick(ctx context.Context) error {
	if code := r.msg.Field("ResponseCode"); code != "" {
		return r.b.box.Cards().Clicked(ctx, r.app.Name, r.msg.TaskID, r.msg.From, code)
	}
	return nil
}

// end settles the run, once: by its handler, or by the clock when the handler does not come back.
func (r *run) end(rep reply.Reply, matched []string, err error, took time.Duration) {
	r.ending.Do(func() {
		defer r.unlockCard()
		if r.b.base.Err() != nil {
			return // cut off at shutdown: handled again from the inbox, or by the platform's retry
		}
		r.report(matched, err, took)
		r.settle(r.units(rep, err))
	})
}

// unlockAtEnd keeps a card for this run until its decision is stored; an abandoned run has ended already.
func (r *run) unlockAtEnd(unlock func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finished {
		unlock()
		return
	}
	r.unlock = unlock
}

func (r *run) unlockCard() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unlock != nil {
		r.unlock()
		r.unlock = nil
	}
}

func (r *run) report(matched []string, err error, took time.Duration) {
	route := strings.Join(matched, ",")
	step := trace.Step{What: trace.Handled, Rules: matched, Took: took}
	attrs := []any{"corp", r.app.CorpID, "agent", r.app.AgentID, "app", r.app.Name, "user", r.msg.From, "msg_type", string(r.msg.Type),
		"msg_id", r.msg.ID, "trace", r.id, "route", route, "took", took}
	r.b.metrics.handled.WithLabelValues(r.app.Name, route).Observe(took.Seconds())
	if err == nil {
		r.b.log.Info("handled", attrs...)
		r.b.rec.Add(r.id, step)
		return
	}
	step.What, step.Detail = trace.Failed, failure(err)
	r.b.rec.Add(r.id, step)
	r.b.metrics.failures.WithLabelValues(r.app.Name, route, failure(err)).Inc()
	attrs = append(attrs, "err", err)
	var p *panicError
	if errors.As(err, &p) {
		attrs = append(attrs, "stack", string(p.stack))
	}
	r.b.log.Error("handler failed", attrs...)
}

// failure is the kind of an error: a label, never its text.
func failure(err error) string {
	var p *panicError
	switch {
	case errors.As(err, &p):
		return "panic"
	case errors.Is(err, errTimeout), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, errOff):
		return "switched_off"
	case errors.Is(err, errCrowded):
		return "crowded"
	case errors.Is(err, errPoison):
		return "poison"
	default:
		return "error"
	}
}

// await is what one attempt of the platform gets: the passive answer, an early 200, or nothing yet.
func (r *run) await(ctx context.Context, n int) outcome {
	var deadline <-chan time.Time
	switch {
	case r.app.Ride && n < rideAttempts: // held until the platform hangs up: answering early would end its attempts
	default:
		if out, ok := r.early(); ok {
			return out
		}
		timer := time.NewTimer(r.b.replyWithin)
		defer timer.Stop()
		deadline = timer.C
	}
	select {
	case <-r.done:
		return r.outcome()
	case <-ctx.Done():
		return outcome{gone: true}
	case <-r.b.base.Done():
		return outcome{err: errDraining}
	case <-deadline:
		return r.deferReply()
	}
}

// attend counts an attempt from when it waits for the answer until it has written it.
func (r *run) attend() (leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attending++
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.attending--; r.attending == 0 && r.served != nil {
			close(r.served)
			r.served = nil
		}
	}
}

// early is the answer to an attempt that need not wait: the message is in the inbox already, and the early 200 of the
// attempt before got lost.
func (r *run) early() (outcome, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.deferred || r.finished {
		return outcome{}, false
	}
	return outcome{deferred: true, passive: r.notice()}, true
}

// outcome is what a finished run says. Who gets it tells written what became of it.
func (r *run) outcome() outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.take()
}

func (r *run) take() outcome {
	out := r.out
	if out.passive != nil {
		r.writing++
		out.offered = true
	}
	return out
}

// deferReply commits the message to the inbox; only then may the platform be told that it is accepted.
func (r *run) deferReply() outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finished {
		return r.take()
	}
	if !r.deferred {
		if err := r.b.inbox.push(r); err != nil {
			return outcome{err: err}
		}
		r.deferred = true
		r.tellOthers(sharedClaim{State: claimDeferred})
		r.b.rec.Add(r.id, trace.Step{What: trace.Deferred, Took: r.b.now().Sub(r.received)})
	}
	return outcome{deferred: true, passive: r.notice()}
}
