package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/wecombot/wecombot/internal/failpoint"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/trace"
)

// work is one delivery in a worker's hands.
type work struct {
	q         storage.Queue
	l         storage.Lease
	s         stored
	app       App
	broadcast bool
	doubtful  bool // an attempt before this one may have left the unit at the platform
	unsaved   bool // s says what the store has to know before anything leaves
}

// process sends the units of one delivery that are left, and ends the lease one way or the other.
func (o *Outbox) process(ctx context.Context, q storage.Queue, l storage.Lease, broadcast bool) {
	w := &work{q: q, l: l, broadcast: broadcast}
	var err error
	if w.s, err = decode(l.Body); err != nil {
		o.give(ctx, w, err.Error())
		return
	}
	var ok bool
	if w.app, ok = o.app(w.s.App); !ok {
		o.later(ctx, w, o.now().Add(time.Minute), "app is not running")
		return
	}
	if l.Attempt <= w.s.Clean { // a dead letter that was revived: attempts count from 1 again
		w.s.Clean, w.unsaved = 0, true
	}
	w.doubtful = !w.s.Tried.IsZero() || !w.s.Careful && l.Attempt > w.s.Clean+1
	if w.s.Offered {
		if wait := o.settleOffer(l, &w.s); wait > 0 {
			o.later(ctx, w, o.now().Add(wait), "")
			return
		}
		w.unsaved = true
	}
	switch decided, err := o.decided(ctx, w); {
	case err != nil:
		o.later(ctx, w, o.now().Add(time.Second), err.Error())
		return
	case decided:
		if o.insist(ctx, w, func(ctx context.Context) error { return w.q.Ack(ctx, w.l) }) == nil {
			o.ended(w)
		}
		return
	}
	for w.s.Next < len(w.s.Units) {
		if !o.sendNext(ctx, w) {
			return
		}
	}
	o.delivered(ctx, w)
}

// decided reports whether the delivery is not needed any more, and nothing of it has left yet.
func (o *Outbox) decided(ctx context.Context, w *work) (bool, error) {
	if w.s.Next > 0 || w.doubtful {
		return false, nil
	}
	for _, task := range w.s.Unless {
		if _, ok, err := o.cards.Decided(ctx, w.s.App, task, ""); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// sendNext sends one unit and keeps the progress; false when the lease has ended.
func (o *Outbox) sendNext(ctx context.Context, w *work) bool {
	if wait := o.pace.reserve(ctx, w.s.App, w.s.To, o.now(), w.broadcast); wait > 0 {
		o.metrics.paced.WithLabelValues(w.s.App).Inc()
		o.later(ctx, w, o.now().Add(wait), "")
		return false
	}
	unit := w.s.Units[w.s.Next]
	key := o.twins.print(w.s.App, w.s.To, unit, w.s.Safe)
	if o.apart(ctx, w, key); ctx.Err() != nil {
		o.later(ctx, w, o.now(), "shutting down")
		return false
	}
	if w.unsaved && !o.save(ctx, w) {
		return false
	}
	begin := o.now()
	sent, err := o.send(ctx, w)
	if err != nil {
		return o.refused(ctx, w, err, begin)
	}
	o.twins.send(key, time.Now())
	w.s.Sent = append(w.s.Sent, sent)
	o.note(w.s, trace.Step{What: trace.Sent, Part: w.s.Next + 1, Parts: len(w.s.Units), Type: unit.MsgType})
	return o.advance(ctx, w)
}

// advance goes on to the next unit.
func (o *Outbox) advance(ctx context.Context, w *work) bool {
	w.doubtful = false
	w.s.Next++
	w.s.Tried, w.s.Clean, w.s.Fails = time.Time{}, w.l.Attempt-1, 0
	if w.s.Next == len(w.s.Units) {
		return true // the acknowledgement says so
	}
	if !o.save(ctx, w) {
		return false
	}
	failpoint.Hit(failpoint.ProgressSaved)
	return true
}

// save stores what is known; without that nothing may leave.
func (o *Outbox) save(ctx context.Context, w *work) bool {
	err := o.insist(ctx, w, func(ctx context.Context) error {
		l, err := w.q.Save(ctx, w.l, w.s.encode(), leaseTime)
		if err == nil {
			w.l, w.unsaved = l, false
		}
		return err
	})
	return err == nil // if not, the lease ends by itself, and the next attempt is doubtful
}

func (o *Outbox) delivered(ctx context.Context, w *work) {
	failpoint.Hit(failpoint.BeforeAck)
	if o.insist(ctx, w, func(ctx context.Context) error { return w.q.Ack(ctx, w.l) }) != nil {
		return
	}
	failpoint.Hit(failpoint.AfterAck)
	o.ended(w)
	o.metrics.delivered.WithLabelValues(w.s.App).Inc()
	o.metrics.latency.Observe(o.now().Sub(w.l.Pushed).Seconds())
	o.note(w.s, trace.Step{What: trace.Delivered})
}

// ended forgets what memory knows about a delivery.
func (o *Outbox) ended(w *work) {
	o.ahead.remove(w.l.Lane, w.l.ID)
	o.offers.forget(w.l.ID)
}

// insist tries to store something for as long as the lease holds: what the platform accepted must not be forgotten
// because a disk was full for a moment.
func (o *Outbox) insist(ctx context.Context, w *work, store func(context.Context) error) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := store(context.WithoutCancel(ctx))
		if err == nil {
			return nil
		}
		o.log.Error("outbox cannot store", "id", w.l.ID, "trace", w.s.Trace, "err", err)
		if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrClosed) || o.now().Add(wait).After(w.l.Until) {
			return err
		}
		if pause(ctx, wait); ctx.Err() != nil {
			return err
		}
	}
}

func (o *Outbox) send(ctx context.Context, w *work) (Sent, error) {
	s, l := w.s, w.l
	unit := s.Units[s.Next]
	ctx, span := o.tracer.Start(ctx, "outbox.send", oteltrace.WithSpanKind(oteltrace.SpanKindClient),
		oteltrace.WithAttributes(attribute.String("wecom.app", s.App), attribute.String("wecom.trace", s.Trace),
			attribute.String("wecom.msgtype", unit.MsgType), attribute.Int("wecom.attempt", l.Attempt)))
	defer span.End()
	ctx, cancel := context.WithTimeout(ctx, leaseTime/2)
	defer cancel()
	if unit.NeedsTaskID {
		unit = unit.WithTaskID(taskID(l.ID, s.Next))
	}
	c := call{box: o, delivery: l.ID, name: s.App, app: w.app, to: s.To, unit: unit, safe: s.Safe, task: s.Task}
	if w.doubtful {
		c.checkWithin = checkInterval(s, l.Pushed, o.now())
	}
	task := taskOf(unit)
	if task != "" {
		o.remember(s, o.cards.sending(ctx, s.App, Card{TaskID: task, To: s.To, Title: titleOf(unit)}))
	}
	failpoint.Hit(failpoint.BeforeSend)
	r, err := c.do(ctx)
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
		return Sent{}, err
	}
	failpoint.Hit(failpoint.AfterSend)
	o.metrics.sent.WithLabelValues(s.App, unit.MsgType).Inc()
	o.reportInvalid(s, r)
	sent := Sent{MsgID: r.msgID, ResponseCode: r.responseCode, At: o.now()}
	if task != "" {
		o.remember(s, o.cards.sent(ctx, s.App, task, r.responseCode))
	}
	return sent, nil
}

func (o *Outbox) remember(s stored, err error) {
	if err != nil {
		o.log.Error("card not remembered: it cannot be changed later", "app", s.App, "trace", s.Trace, "err", err)
	}
}

// reportInvalid says who did not get it though the call succeeded.
func (o *Outbox) reportInvalid(s stored, r receipt) {
	for kind, ids := range map[string]string{
		"invaliduser": r.invalidUser, "invalidparty": r.invalidParty, "invalidtag": r.invalidTag, "unlicenseduser": r.unlicensedUser,
	} {
		if ids == "" {
			continue
		}
		n := strings.Count(ids, "|") + 1
		o.metrics.invalid.WithLabelValues(s.App, kind).Add(float64(n))
		o.log.Warn("not delivered to some receivers", "app", s.App, "trace", s.Trace, "kind", kind, "ids", ids)
		o.note(s, trace.Step{What: trace.Failed, Detail: fmt.Sprintf("%s: %s", kind, ids)})
	}
}

// refused decides about a unit that was not accepted; true when the next one may follow at once.
func (o *Outbox) refused(ctx context.Context, w *work, err error, begin time.Time) bool {
	v := judge(err)
	o.metrics.failed.WithLabelValues(w.s.App, v.class).Inc()
	step := trace.Step{What: trace.Retry, Part: w.s.Next + 1, Parts: len(w.s.Units), Code: v.code, Attempt: w.l.Attempt, Detail: v.detail}
	if v.done {
		o.note(w.s, step)
		return o.advance(ctx, w)
	}
	switch {
	case v.unknown && w.s.Tried.IsZero():
		w.s.Tried = begin
	case !v.unknown && !w.doubtful:
		w.s.Tried = time.Time{}
	}
	w.doubtful = w.doubtful || v.unknown
	w.s.Fails++
	next := o.now().Add(max(v.wait, o.backoff.after(w.s.Fails)))
	if !v.dead && !w.l.Expires.IsZero() && next.After(w.l.Expires) { // the reason tells more than that it expired
		v.dead, v.reason = true, fmt.Sprintf("%s after %d attempts: %s", storage.ReasonExpired, w.l.Attempt, cmp.Or(v.reason, v.detail))
	}
	if v.dead {
		step.What = trace.Dead
		o.note(w.s, step)
		o.give(ctx, w, v.reason)
		return false
	}
	o.note(w.s, step)
	o.log.Warn("send will be tried again", "app", w.s.App, "trace", w.s.Trace, "attempt", w.l.Attempt, "wait", next.Sub(o.now()), "err", err)
	o.later(ctx, w, next, v.detail)
	return false
}

// later stores what is known and gives the item back.
func (o *Outbox) later(ctx context.Context, w *work, at time.Time, why string) {
	if !w.doubtful {
		w.s.Clean = w.l.Attempt
	}
	if !o.save(ctx, w) {
		return
	}
	err := w.q.Retry(context.WithoutCancel(ctx), w.l, at)
	if err != nil && !errors.Is(err, storage.ErrConflict) {
		o.log.Error("outbox retry", "id", w.l.ID, "why", why, "err", err)
	}
}

// give ends a delivery as a dead letter. What is known about its attempts is kept for the case that it is revived.
func (o *Outbox) give(ctx context.Context, w *work, reason string) {
	o.metrics.dead.WithLabelValues(w.s.App).Inc()
	o.log.Error("answer not delivered: dead letter", "app", w.s.App, "trace", w.s.Trace, "id", w.l.ID, "to", w.s.To.String(), "reason", reason)
	if len(w.s.Units) > 0 {
		w.s.Clean, w.s.Fails = 0, 0
		if w.doubtful && w.s.Tried.IsZero() {
			w.s.Tried = w.l.Pushed
		}
		if !o.save(ctx, w) {
			return
		}
	}
	if o.insist(ctx, w, func(ctx context.Context) error { return w.q.Dead(ctx, w.l, reason) }) == nil {
		o.ended(w)
	}
}

func (o *Outbox) note(s stored, step trace.Step) { o.rec.Add(s.Trace, step) }
