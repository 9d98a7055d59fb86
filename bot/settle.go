package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/wecombot/wecombot/internal/failpoint"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/trace"
)

// afterPassive is how long the rest of an answer waits, so that the platform shows its passive beginning first.
const afterPassive = 300 * time.Millisecond

// betweenPassive is how long the next message of a conversation waits after a passive answer was written.
const betweenPassive = 30 * time.Millisecond

// units renders the reply; what fails is answered with a sentence and the error id.
func (r *run) units(rep reply.Reply, err error) []reply.Unit {
	if err != nil {
		return r.apology(err)
	}
	if rep == nil {
		return nil
	}
	units, err := rep.Units(r.app.Options)
	if err != nil {
		r.b.log.Error("reply cannot be sent", "app", r.app.Name, "trace", r.id, "err", err)
		r.b.rec.Add(r.id, trace.Step{What: trace.Failed, Detail: err.Error()})
		return r.apology(err)
	}
	if r.app.Ride {
		return inOneText(units)
	}
	return units
}

// inOneText is an answer for an app that can only answer passively: as one text, where it is anything else. What is too
// long for one text, or is no text at all, goes active and shows in the outbox if it may not.
func inOneText(units []reply.Unit) []reply.Unit {
	if len(units) == 0 || len(units) == 1 && units[0].CanPassive() || slices.ContainsFunc(units, isUpdate) {
		return units
	}
	var parts []string
	for _, u := range units {
		parts = append(parts, u.Plain)
	}
	text, err := reply.Text(strings.Join(parts, "\n")).Units(reply.Options{})
	if err != nil {
		return units
	}
	return text
}

func (r *run) apology(err error) []reply.Unit {
	s := sentenceFailed
	switch {
	case errors.Is(err, errOff), errors.Is(err, errCrowded):
		s = sentenceOff
	case errors.Is(err, errPoison):
		s = sentenceGivenUp
	case errors.Is(err, errTimeout), errors.Is(err, context.DeadlineExceeded):
		s = sentenceTooLong
	}
	units, err := reply.Text(r.b.say(s, r.id)).Units(reply.Options{})
	if err != nil {
		return nil
	}
	return units
}

// settle hands the answer over, and only then lets attempts see it. A store that cannot commit is tried until it can:
// attempts meanwhile get no 200, and a deferred message stays in the inbox.
func (r *run) settle(units []reply.Unit) {
	if _, ok := r.clickOf(); ok && slices.ContainsFunc(units, isUpdate) {
		ctx, cancel := context.WithTimeout(r.b.base, 2*time.Second)
		r.who = r.nameOf(ctx, r.msg.From)
		cancel()
	}
	if r.msg.From == "" || r.msg.From == "sys" {
		units = nil // nobody to answer
	}
	overtakes := len(units) > 0 && r.waitForEarlier()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := r.handOver(units, overtakes)
		if err == nil {
			break
		}
		r.b.log.Error("answer cannot be stored, will try again", "app", r.app.Name, "trace", r.id, "err", err)
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-r.b.base.Done():
			t.Stop()
			return
		}
	}
	if r.poisoned == "" { // what is given up may be tried again by an operator
		r.tellOthers(sharedClaim{State: claimDone, Passive: r.out.passive})
		r.b.ledger.finish(r)
	}
	close(r.done)
	r.waitForWriting()
	r.b.lanes.leave(r.lane)
	r.b.inbox.finish(r)
}

// waitForEarlier waits, while an attempt would wait, until the member's earlier answers are delivered: a passive answer
// must not overtake them. It reports whether it still would.
func (r *run) waitForEarlier() bool {
	timer := time.NewTimer(r.received.Add(r.b.replyWithin).Sub(r.b.now()))
	defer timer.Stop()
	for {
		ahead := r.b.box.Ahead(r.app.Name, r.msg.From)
		if ahead == nil || r.isDeferred() {
			return false
		}
		select {
		case <-ahead:
		case <-timer.C:
			return true
		case <-r.b.base.Done():
			return true
		}
	}
}

// waitForWriting holds the conversation until a passive answer is on its way, when another message of it waits: two
// answers that leave at the same moment on two connections may arrive in any order.
func (r *run) waitForWriting() {
	r.mu.Lock()
	var served chan struct{}
	if r.out.passive != nil && r.attending > 0 {
		served = make(chan struct{})
		r.served = served
	}
	r.mu.Unlock()
	if served == nil || !r.b.lanes.crowded(r.lane) {
		return
	}
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-served:
		timer.Reset(betweenPassive)
		select {
		case <-timer.C:
		case <-r.b.base.Done():
		}
	case <-timer.C:
	case <-r.b.base.Done():
	}
}

func (r *run) isDeferred() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.deferred
}

// handOver decides the way of each unit and pushes the active ones. It holds the run, so that no attempt can be deferred
// between the decision and the push.
func (r *run) handOver(units []reply.Unit, overtakes bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	units, err := r.decide(ctx, units)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out, deliveries := r.plan(ctx, units, !r.deferred && !overtakes)
	if len(deliveries) > 0 {
		failpoint.Hit(failpoint.BeforePush)
		if err := r.b.box.Push(ctx, deliveries...); err != nil {
			return err
		}
		failpoint.Hit(failpoint.AfterPush)
	}
	r.out, r.finished = out, true
	switch {
	case out.passive != nil:
		r.b.rec.Add(r.id, trace.Step{What: trace.Answered, Type: units[0].MsgType, Parts: len(units)})
		r.offered = slices.ContainsFunc(deliveries, func(d outbox.Delivery) bool { return d.Offered })
		time.AfterFunc(collectTime, r.uncollected)
	case len(units) == 0:
		r.b.rec.Add(r.id, trace.Step{What: trace.Silent})
	}
	r.b.metrics.mode.WithLabelValues(r.app.Name, mode(out, units)).Inc()
	r.b.metrics.parts.Observe(float64(len(units)))
	return nil
}

func mode(out outcome, units []reply.Unit) string {
	switch {
	case len(units) == 0:
		return "silent"
	case out.passive != nil:
		return "passive"
	default:
		return "active"
	}
}

// plan splits an answer into its passive beginning and its active rest. One delivery holds all of the answer, its
// beginning too, and its id does not depend on the way: a second run of the same message pushes nothing twice, and when
// nobody takes the beginning, it is sent in its place.
func (r *run) plan(ctx context.Context, units []reply.Unit, mayPassive bool) (outcome, []outbox.Delivery) {
	out := outcome{deferred: r.deferred}
	if len(units) == 0 {
		return out, nil
	}
	if i := slices.IndexFunc(units, isUpdate); i >= 0 { // a change of the card comes before what is said about it
		units = slices.Concat(units[i:i+1], units[:i], units[i+1:])
	}
	first := units[0]
	var ds []outbox.Delivery
	if mayPassive = mayPassive && acceptsPassive(r.msg, first); mayPassive {
		out.passive = first.AppendPassive(nil, r.header())
	}
	if isUpdate(first) {
		ds = r.changes(ctx, first, mayPassive)
		if !mayPassive {
			units = units[1:]
		}
	}
	if len(units) == 0 {
		return out, ds
	}
	suffix := answerSuffix
	if r.poisoned != "" {
		suffix = "/p" // the message may be revived, and then be answered
	}
	answer := r.delivery(suffix, units, time.Time{})
	if isUpdate(units[0]) {
		answer.Task = r.msg.TaskID
	}
	switch {
	case !mayPassive:
		return out, append(ds, answer)
	case len(units) == 1:
		r.later = answer
		return out, ds
	}
	answer.Offered, answer.NotBefore = true, r.b.now().Add(afterPassive)
	return out, append(ds, answer)
}

func (r *run) delivery(suffix string, units []reply.Unit, notBefore time.Time) outbox.Delivery {
	return outbox.Delivery{
		ID: r.key + suffix, App: r.app.Name, To: outbox.To{User: r.msg.From}, Units: units, Trace: r.id, NotBefore: notBefore,
	}
}

func (r *run) header() reply.Header {
	return reply.Header{To: r.msg.From, From: r.msg.To, CreateTime: r.b.now().Unix()}
}

// notice is the passive sentence of an early answer, or nil.
func (r *run) notice() []byte {
	if r.app.Notice == "" {
		return nil
	}
	units, err := reply.Text(r.app.Notice).Units(reply.Options{})
	if err != nil || len(units) == 0 || !acceptsPassive(r.msg, units[0]) {
		return nil
	}
	return units[0].AppendPassive(nil, r.header())
}

// written tells what became of a passive answer that an attempt took with it.
func (r *run) written(out outcome, ok bool) {
	if !out.offered {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writing--
	if ok {
		r.collected, r.later = true, outbox.Delivery{}
		if r.offered {
			r.b.box.Taken(r.key+answerSuffix, true)
		}
	}
}

// uncollected sends a passive answer actively when no attempt came to fetch it.
func (r *run) uncollected() {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.collected || r.b.base.Err() != nil:
		return
	case r.writing > 0: // right now
		time.AfterFunc(time.Second, r.uncollected)
		return
	case r.offered:
		r.b.box.Taken(r.key+answerSuffix, false)
	default:
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		if err := r.b.box.Push(ctx, r.later); err != nil {
			r.b.log.Error("uncollected answer cannot be stored, will try again", "app", r.app.Name, "trace", r.id, "err", err)
			time.AfterFunc(time.Second, r.uncollected)
			return
		}
	}
	r.b.rec.Add(r.id, trace.Step{What: trace.Queued, Detail: "the platform did not fetch the passive answer"})
	r.out, r.later = outcome{deferred: true}, outbox.Delivery{}
	r.b.ledger.finish(r)
}

// passiveEvents are the events that may be answered in the response (doc 90240); other answers go active.
var passiveEvents = map[string]bool{
	"subscribe": true, "enter_agent": true, "location": true, "click": true, "view": true, "view_miniprogram": true,
	"scancode_waitmsg": true, "template_card_menu_event": true, "template_card_event": true, "taskcard_click": true,
}

func acceptsPassive(m *message.Message, u reply.Unit) bool {
	if !u.CanPassive() {
		return false
	}
	if m.Type != message.TypeEvent {
		return m.Type != ""
	}
	if m.Event == "template_card_event" || m.Event == "taskcard_click" { // only the card itself may be changed
		return strings.HasPrefix(u.MsgType, "update_")
	}
	return passiveEvents[m.Event]
}
