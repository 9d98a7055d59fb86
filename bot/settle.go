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
	defer r.b.lanes.leave(r.lane)
	if _, ok := r.clickOf(); ok && slices.ContainsFunc(units, isUpdate) {
		ctx, cancel := context.WithTimeout(r.b.base, 2*time.Second)
		r.who = r.nameOf(ctx, r.msg.From)
		cancel()
	}
	if r.msg.From == "" || r.msg.From == "sys" {
		units = nil // nobody to answer
	}
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := r.handOver(units)
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
	r.tellOthers(sharedClaim{State: claimDone, Passive: r.outcome().passive})
	r.rev = nil // a done run is remembered for a while; it must not keep old rules in memory
	close(r.done)
	r.b.ledger.finish(r)
	r.b.inbox.finish(r)
}

// handOver decides the way of each unit and pushes the active ones. It holds the run, so that no attempt can be deferred
// between the decision and the push.
func (r *run) handOver(units []reply.Unit) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	units, err := r.decide(ctx, units)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out, deliveries := r.plan(ctx, units)
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

// plan splits an answer into its passive beginning and its active rest. The ids do not depend on which way the beginning
// goes, so that a second run of the same message pushes nothing twice.
func (r *run) plan(ctx context.Context, units []reply.Unit) (outcome, []outbox.Delivery) {
	out := outcome{deferred: r.deferred}
	if len(units) == 0 {
		return out, nil
	}
	first, rest := &units[0], units[1:]
	if i := slices.IndexFunc(units, isUpdate); i >= 0 { // a change of the card comes before what is said about it
		first, rest = &units[i], slices.Delete(slices.Clone(units), i, i+1)
	} else if !first.CanPassive() {
		first, rest = nil, units
	}
	var ds []outbox.Delivery
	var notBefore time.Time
	if first != nil {
		passive := !r.deferred && acceptsPassive(r.msg, *first)
		if passive {
			out.passive = first.AppendPassive(nil, r.header())
			r.rest = []reply.Unit{*first}
			notBefore = r.b.now().Add(afterPassive)
		}
		switch {
		case isUpdate(*first):
			ds = append(ds, r.changes(ctx, *first, passive)...)
		case !passive:
			ds = append(ds, r.delivery("/0", []reply.Unit{*first}, notBefore))
		}
	}
	if len(rest) > 0 {
		ds = append(ds, r.delivery("/r", rest, notBefore))
	}
	return out, ds
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

// collect notes that an attempt took the passive answer with it.
func (r *run) collect(out outcome) {
	if out.passive == nil || out.deferred {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.collected = true
}

// uncollected sends a passive answer actively when no attempt came to fetch it.
func (r *run) uncollected() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.collected || r.b.base.Err() != nil {
		r.rest = nil
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	d := r.delivery("/0", r.rest, time.Time{})
	if isUpdate(r.rest[0]) {
		d.Task = r.msg.TaskID
	}
	if err := r.b.box.Push(ctx, d); err != nil {
		r.b.log.Error("uncollected answer cannot be stored", "app", r.app.Name, "trace", r.id, "err", err)
		return
	}
	r.b.rec.Add(r.id, trace.Step{What: trace.Queued, Detail: "the platform did not fetch the passive answer"})
	r.out, r.rest = outcome{deferred: true}, nil
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
