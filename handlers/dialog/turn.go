package dialog

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// afterlife is how long a dialog that is over is remembered, so that a last message delivered again, after a crash or by
// the platform, gets the same answer.
const afterlife = time.Hour

// maxMisses is how many answers in a row may be refused before help is offered.
const maxMisses = 3

// turn is one message of one member on its way through the engine.
type turn struct {
	*Engine
	q    *router.Request
	rec  *record
	def  *Definition
	last uint64 // fingerprint of the message
}

// start begins a dialog with the message at hand.
func (e *Engine) start(ctx context.Context, q *router.Request, def *Definition) (r reply.Reply, err error) {
	err = retry(func() error {
		rec, err := e.load(ctx, recordKey(q.App, q.From))
		if err != nil {
			return err
		}
		t := turn{Engine: e, q: q, rec: &rec, def: def, last: fingerprint(q.Message)}
		if rec.state != nil && rec.last == t.last && rec.version == def.version {
			r, err = t.run(ctx, run{})
			return err
		}
		busy := rec.state != nil && !rec.phase.over() && rec.phase != phasePaused
		rec.state = e.begin(q, def, t.last)
		r, err = t.run(ctx, run{})
		if busy {
			r = join(e.say(sayReplaced), r)
		}
		return err
	})
	return r, err
}

func (e *Engine) begin(q *router.Request, def *Definition, last uint64) *state {
	now := e.clock().Unix()
	st := &state{version: def.version, id: identity(q, last), started: now, asked: now, last: last, text: q.Text}
	for _, k := range slices.Sorted(maps.Keys(q.Vars)) {
		st.vars = append(st.vars, pair{k, q.Vars[k]})
	}
	return st
}

// retry repeats what another message of the same member overtook.
func retry(f func() error) error {
	for range 8 {
		if err := f(); !errors.Is(err, errStale) {
			return err
		}
	}
	return errStale
}

// run says how the function is to be run.
type run struct {
	in     *Input // the answer; nil: replay only
	again  bool   // in was refused when it came first
	cancel bool   // the member gave up
}

// run runs the dialog's function and records what became of it.
func (t *turn) run(ctx context.Context, how run) (reply.Reply, error) {
	d := &D{ctx: ctx, engine: t.Engine, def: t.def, q: t.q, rec: t.rec, sealed: t.rec.phase.over(),
		in: how.in, again: how.again, cancelling: how.cancel, now: time.Unix(t.rec.started, 0).In(t.location)}
	t.rec.last = t.last
	out, err := t.def.f(d)
	if how.cancel && (d.stop == nil || errors.Is(d.stop, ErrCancelled)) || errors.Is(err, ErrCancelled) {
		err = ErrCancelled
	}
	if d.sealed {
		return t.repeat(d, out, err)
	}
	switch {
	case errors.Is(d.stop, ErrSuspended):
		return t.suspend(ctx, d)
	case errors.Is(d.stop, errChanged):
		return t.changed(ctx)
	case errors.Is(d.stop, errTooLong):
		return t.end(ctx, phaseFinished, t.say(sayTooLong))
	case d.stop != nil && !errors.Is(d.stop, ErrCancelled):
		return nil, d.stop // the store failed, or the reading of the answer: nothing has changed
	case errors.Is(err, ErrCancelled):
		return t.finish(ctx, d, phaseCancelled, orElse(out, t.say(sayCancelled)))
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		return t.failed(ctx, d, err)
	case d.in != nil, d.pos < len(t.rec.steps):
		return t.changed(ctx) // it came to its end another way than before
	}
	return t.finish(ctx, d, phaseFinished, out)
}

// repeat gives the last answer of a dialog that is over once more, if its function still can.
func (t *turn) repeat(d *D, out reply.Reply, err error) (reply.Reply, error) {
	switch {
	case errors.Is(err, ErrCancelled):
		out = orElse(out, t.say(sayCancelled))
	case err != nil || d.stop != nil:
		return nil, nil
	}
	return join(append(d.says, out)...), nil
}

func orElse(r, otherwise reply.Reply) reply.Reply {
	if r == nil {
		return otherwise
	}
	return r
}

// suspend waits for the answer to the question that the function came to.
func (t *turn) suspend(ctx context.Context, d *D) (reply.Reply, error) {
	st := t.rec.state
	out := append(d.says, d.question)
	switch {
	case d.miss == nil || st.pending != d.mark:
		st.misses = 0
	case !d.again:
		st.misses = min(st.misses+1, math.MaxUint8-1)
	}
	if d.miss != nil && st.misses%maxMisses == 0 {
		out = append(out, t.help(sayStruggle))
	}
	st.phase, st.pending, st.asked = phaseWaiting, d.mark, t.clock().Unix()
	if err := t.save(ctx, t.rec, t.def.keep); err != nil {
		return nil, err
	}
	if t.notify != nil {
		t.timers.add(t.rec.key, time.Unix(st.asked, 0).Add(t.def.timeout))
	}
	return join(out...), nil
}

// help is the dialog's own help, or the engine's after an opening sentence.
func (t *turn) help(opening sentence) reply.Reply {
	if t.def.help != nil {
		return t.def.help
	}
	return reply.Text(opening.In(t.lang) + sayHelp.In(t.lang))
}

// finish remembers a dialog that is over.
func (t *turn) finish(ctx context.Context, d *D, p phase, out reply.Reply) (reply.Reply, error) {
	d.settle()
	out = join(append(d.says, out)...)
	if len(t.rec.steps) == 0 && t.rec.rev == 0 {
		t.rec.phase = p
		return out, nil // it asked and did nothing: there is nothing to remember
	}
	return t.end(ctx, p, out)
}

func (t *turn) end(ctx context.Context, p phase, out reply.Reply) (reply.Reply, error) {
	t.rec.phase, t.rec.pending, t.rec.misses = p, 0, 0
	if err := t.save(context.WithoutCancel(ctx), t.rec, afterlife); err != nil {
		return nil, err
	}
	return out, nil
}

// changed ends a dialog whose function does not take the recorded steps any more.
func (t *turn) changed(ctx context.Context) (reply.Reply, error) {
	t.log.WarnContext(ctx, "dialog ended: its function has changed", "dialog", t.rec.version.name, "user", t.q.From)
	t.rec.steps = nil
	return t.end(ctx, phaseFinished, t.say(sayChanged))
}

// failed keeps a dialog whose function returned an error, to be run again from the step that failed. A failure that is
// recorded would only be repeated: then the dialog is over.
func (t *turn) failed(ctx context.Context, d *D, err error) (reply.Reply, error) {
	var recorded *EffectError
	if d.failed == nil && (errors.As(err, &recorded) || errors.Is(err, ErrInterrupted)) {
		t.log.ErrorContext(ctx, "dialog ended by a failure", "dialog", t.rec.version.name, "user", t.q.From, "error", err)
		return t.end(ctx, phaseFinished, join(append(d.says, t.say(sayGivenUp))...))
	}
	if d.failed != nil {
		err = fmt.Errorf("%w (%w)", err, d.failed.err)
	}
	t.log.ErrorContext(ctx, "dialog failed", "dialog", t.rec.version.name, "user", t.q.From, "error", err)
	t.rec.phase, t.rec.pending, t.rec.misses, t.rec.asked = phasePaused, 0, 0, t.clock().Unix()
	if err := t.save(ctx, t.rec, t.def.keep); err != nil {
		return nil, err
	}
	return join(append(d.says, t.say(sayFailed))...), nil
}

// join makes one reply of several; nil replies are left out.
func join(rs ...reply.Reply) reply.Reply {
	rs = slices.DeleteFunc(rs, func(r reply.Reply) bool { return r == nil })
	switch len(rs) {
	case 0:
		return nil
	case 1:
		return rs[0]
	}
	return reply.List(rs...)
}

// fingerprint tells one message from every other of the same member: a second delivery has the same.
func fingerprint(m *message.Message) uint64 {
	h := fnv.New64a()
	for _, s := range []string{m.From, string(m.Type), strconv.FormatUint(m.ID, 36), strconv.FormatInt(m.CreateTime, 36),
		m.Event, m.Key, m.TaskID, m.Text} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	h.Write(m.XML())
	return h.Sum64()
}

// identity is a dialog's number. It follows from the message that starts it: after a crash the message, delivered again,
// starts the same dialog and not a second one.
func identity(q *router.Request, last uint64) uint64 {
	h := fnv.New64a()
	h.Write([]byte(strings.Join([]string{q.To, q.App, q.From, strconv.FormatUint(last, 36)}, "\x00")))
	return h.Sum64()
}
