package outbox

import (
	"context"
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

// process sends the units of one delivery that are left, and ends the lease one way or the other.
func (o *Outbox) process(ctx context.Context, q storage.Queue, l storage.Lease, broadcast bool) {
	s, err := decode(l.Body)
	if err != nil {
		o.give(ctx, q, l, stored{}, err.Error())
		return
	}
	app, ok := o.app(s.App)
	if !ok {
		o.later(ctx, q, l, s, o.now().Add(time.Minute), "app is not running")
		return
	}
	// An attempt before this one that is not known to be clean may have left its unit at the platform.
	doubtful := l.Attempt > s.Clean+1 || !s.Tried.IsZero()
	for s.Next < len(s.Units) {
		if wait := o.pace.reserve(s.App, s.To, o.now(), broadcast); wait > 0 {
			o.metrics.paced.WithLabelValues(s.App).Inc()
			if !doubtful {
				s.Clean = l.Attempt
			}
			o.later(ctx, q, l, s, o.now().Add(wait), "")
			return
		}
		begin := o.now()
		sent, err := o.send(ctx, app, s, l, doubtful)
		if err != nil {
			o.refused(ctx, q, l, s, err, begin, doubtful)
			return
		}
		doubtful = false
		s.Next++
		s.Tried, s.Clean, s.Fails = time.Time{}, l.Attempt-1, 0
		s.Sent = append(s.Sent, sent)
		o.note(s, trace.Step{What: trace.Sent, Part: s.Next, Parts: len(s.Units), Type: s.Units[s.Next-1].MsgType})
		if s.Next == len(s.Units) {
			break
		}
		if l, err = q.Save(ctx, l, s.encode(), leaseTime); err != nil {
			o.log.Error("outbox progress", "id", l.ID, "err", err)
			return // the lease ends by itself; the next attempt is doubtful and checks for a duplicate
		}
		failpoint.Hit(failpoint.ProgressSaved)
	}
	failpoint.Hit(failpoint.BeforeAck)
	if err := q.Ack(ctx, l); err != nil {
		o.log.Error("outbox ack", "id", l.ID, "err", err)
		return
	}
	failpoint.Hit(failpoint.AfterAck)
	o.metrics.delivered.WithLabelValues(s.App).Inc()
	o.metrics.latency.Observe(o.now().Sub(l.Pushed).Seconds())
	o.note(s, trace.Step{What: trace.Delivered})
}

func (o *Outbox) send(ctx context.Context, app App, s stored, l storage.Lease, doubtful bool) (Sent, error) {
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
	c := call{box: o, name: s.App, app: app, to: s.To, unit: unit, safe: s.Safe, task: s.Task}
	if doubtful {
		since := s.Tried
		if since.IsZero() {
			since = l.Pushed
		}
		c.checkWithin = o.now().Sub(since) + 30*time.Second
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
	if task := taskOf(unit); task != "" {
		if err := o.cards.sent(ctx, s.App, Card{TaskID: task, To: s.To, Code: r.responseCode, Title: titleOf(unit)}); err != nil {
			o.log.Error("card not remembered: it cannot be changed later", "app", s.App, "trace", s.Trace, "err", err)
		}
	}
	return sent, nil
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

// refused decides about a unit that was not accepted.
func (o *Outbox) refused(ctx context.Context, q storage.Queue, l storage.Lease, s stored, err error, begin time.Time, doubtful bool) {
	v := judge(err)
	o.metrics.failed.WithLabelValues(s.App, v.class).Inc()
	step := trace.Step{What: trace.Retry, Part: s.Next + 1, Parts: len(s.Units), Code: v.code, Attempt: l.Attempt, Detail: v.detail}
	if v.done {
		s.Next++
		if s.Next < len(s.Units) {
			s.Clean, s.Tried = l.Attempt, time.Time{}
			o.later(ctx, q, l, s, o.now(), "")
			return
		}
		if err := q.Ack(ctx, l); err != nil {
			o.log.Error("outbox ack", "id", l.ID, "err", err)
		}
		step.What = trace.Delivered
		o.note(s, step)
		return
	}
	if v.dead {
		step.What = trace.Dead
		o.note(s, step)
		o.give(ctx, q, l, s, v.reason)
		return
	}
	s.Fails++
	switch {
	case v.unknown && s.Tried.IsZero():
		s.Tried = begin
	case !v.unknown && !doubtful:
		s.Clean = l.Attempt
	}
	wait := max(v.wait, o.backoff.after(s.Fails))
	o.note(s, step)
	o.log.Warn("send will be tried again", "app", s.App, "trace", s.Trace, "attempt", l.Attempt, "wait", wait, "err", err)
	o.later(ctx, q, l, s, o.now().Add(wait), v.detail)
}

// later stores what is known and gives the item back.
func (o *Outbox) later(ctx context.Context, q storage.Queue, l storage.Lease, s stored, at time.Time, why string) {
	ctx = context.WithoutCancel(ctx)
	saved, err := q.Save(ctx, l, s.encode(), leaseTime)
	if err == nil {
		err = q.Retry(ctx, saved, at)
	}
	if err != nil {
		o.log.Error("outbox retry", "id", l.ID, "why", why, "err", err)
	}
}

// give ends a delivery as a dead letter.
func (o *Outbox) give(ctx context.Context, q storage.Queue, l storage.Lease, s stored, reason string) {
	o.metrics.dead.WithLabelValues(s.App).Inc()
	o.log.Error("answer not delivered: dead letter", "app", s.App, "trace", s.Trace, "id", l.ID, "to", s.To.String(), "reason", reason)
	if err := q.Dead(context.WithoutCancel(ctx), l, reason); err != nil {
		o.log.Error("outbox dead letter", "id", l.ID, "err", err)
	}
}

func (o *Outbox) note(s stored, step trace.Step) { o.rec.Add(s.Trace, step) }
