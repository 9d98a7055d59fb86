package dialog

import (
	"context"
	"strings"
	"time"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// maxHeld is how many commands wait for a dialog's end (InterruptQueue).
const maxHeld = 5

// busyFor is how long a turn of another process is left alone (WithReplicas).
const busyFor = 30 * time.Second

// Middleware takes the messages that members write to their dialogs, and leaves all others to the handler. It belongs
// around everything: what a dialog waits for is no command, whatever it looks like.
func (e *Engine) Middleware() router.Middleware {
	return func(next router.Handler) router.Handler {
		return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			return e.handle(ctx, q, next)
		})
	}
}

// rulePriority is above every rule that a person writes.
const rulePriority = 1 << 30

// Rule is Middleware as a rule of a table, before all others. next gets the messages that turn out to be none of a
// dialog's, and the commands that had to wait for a dialog's end: it is the table that the rule stands in.
func (e *Engine) Rule(next router.Handler) router.Rule {
	inner := router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		return next.Handle(context.WithValue(ctx, passed{}, true), q)
	})
	return router.Rule{Name: "dialog", Match: waiting{e}, Handler: e.Middleware()(inner), Priority: rulePriority}
}

// passed marks the context of a message that the engine has looked at and given to the table.
type passed struct{}

// waiting matches what a dialog may take.
type waiting struct{ engine *Engine }

func (w waiting) String() string { return "a dialog waits" }

func (w waiting) Match(ctx context.Context, q *router.Request) (map[string]string, bool) {
	e := w.engine
	if ctx.Value(passed{}) != nil || !e.concerns(ctx, q) {
		return nil, false
	}
	rec, err := e.load(ctx, recordKey(q.App, q.From))
	if err != nil || isOwnClick(q) {
		return nil, true // the handler says what is wrong
	}
	switch {
	case rec.state == nil:
		return nil, false
	case rec.phase.over():
		return nil, rec.last == fingerprint(q.Message)
	case rec.phase == phasePaused:
		t := turn{Engine: e, q: q, rec: &rec, def: e.lookup(rec.version)}
		return nil, t.def != nil && (t.word() == wordContinue || t.word() == wordCancel || rec.pending != 0 && !t.late())
	}
	return nil, true
}

// outcome is what became of a message.
type outcome struct {
	reply reply.Reply
	pass  bool     // the message is for the router, whose reply follows
	held  []string // documents of messages that the router gets now that the dialog is over
}

func (e *Engine) handle(ctx context.Context, q *router.Request, next router.Handler) (reply.Reply, error) {
	if !e.concerns(ctx, q) {
		return next.Handle(ctx, q)
	}
	var out outcome
	err := retry(func() (err error) {
		out, err = e.take(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	if out.pass {
		r, err := next.Handle(ctx, q)
		return join(out.reply, r), err
	}
	replies := []reply.Reply{out.reply}
	for _, doc := range out.held {
		later := *q
		if doc != string(q.XML()) {
			m, err := message.Parse([]byte(doc))
			if err != nil {
				e.log.ErrorContext(ctx, "held message dropped", "user", q.From, "error", err)
				continue
			}
			later.Message = m
		}
		r, err := next.Handle(ctx, &later)
		if err != nil {
			return join(replies...), err
		}
		replies = append(replies, r)
	}
	return join(replies...), nil
}

// concerns reports whether a message may be meant for a dialog: events are not, but for clicks on a dialog's own card
// and commands.
func (e *Engine) concerns(ctx context.Context, q *router.Request) bool {
	if q.From == "" || q.From == "sys" {
		return false
	}
	return q.Type != message.TypeEvent || isOwnClick(q) || strings.HasSuffix(q.Key, cancelKey) || e.isCommand(ctx, q)
}

// cancelKey after a dialog's name is the key of a menu item or button that gives it up, like the word 取消.
const cancelKey = ".cancel"

func (e *Engine) isCommand(ctx context.Context, q *router.Request) bool {
	_, ok := e.command.Match(ctx, q)
	return ok
}

// take gives the message to the member's dialog, if he has one that it concerns.
func (e *Engine) take(ctx context.Context, q *router.Request) (outcome, error) {
	rec, err := e.load(ctx, recordKey(q.App, q.From))
	if err != nil {
		return outcome{}, err
	}
	t := &turn{Engine: e, q: q, rec: &rec, last: fingerprint(q.Message)}
	if isOwnClick(q) && !t.current() {
		return outcome{reply: e.say(clickIsExpired)}, nil
	}
	if rec.state == nil || rec.phase.over() && rec.last != t.last {
		return outcome{pass: true}, nil
	}
	if t.def = e.lookup(rec.version); t.def == nil {
		return t.orphan(ctx)
	}
	if rec.phase.over() {
		r, err := t.run(ctx, run{cancel: rec.phase == phaseCancelled})
		return outcome{reply: r, held: rec.held}, err
	}
	return t.answer(ctx)
}

// orphan ends a dialog whose definition is gone, with a sentence if it still waits.
func (t *turn) orphan(ctx context.Context) (outcome, error) {
	if t.rec.phase.over() || t.rec.phase == phasePaused {
		return outcome{pass: true}, nil
	}
	r, err := t.changed(ctx)
	return outcome{reply: r}, err
}

// answer handles a message to a dialog that is not over.
func (t *turn) answer(ctx context.Context) (outcome, error) {
	st, w := t.rec.state, t.word()
	switch {
	case w == wordCancel && st.phase != phaseAsking, st.phase == phaseCancelling:
		return t.over(t.run(ctx, run{cancel: true}))
	case st.last == t.last:
		return t.repeated(ctx)
	case st.phase == phaseRunning && t.busy():
		return outcome{reply: t.say(sayBusy)}, nil
	case st.phase == phaseRunning: // a crash: the member has not seen the question yet
		return t.over(t.run(ctx, run{}))
	case t.late(), st.phase == phasePaused && st.pending == 0:
		return t.silent(ctx, w)
	case st.phase == phaseAsking:
		return t.decide(ctx)
	case w == wordBack:
		return t.back(ctx)
	case w == wordHelp:
		r, err := t.run(ctx, run{})
		return outcome{reply: join(t.help(sentence{}), r)}, err
	case t.def.interrupt != InterruptNever && t.isCommand(ctx, t.q):
		return t.interrupted(ctx)
	case t.q.Type == message.TypeEvent && !isOwnClick(t.q):
		return outcome{pass: true}, nil
	}
	out, err := t.over(t.run(ctx, run{in: t.input()}))
	if c := choice(t.q); c != "" && err == nil {
		out.reply = join(reply.UpdateButton(sayChosen.In(t.lang, c)), out.reply)
	}
	return out, err
}

// word is the control word that the message is, if it is one.
func (t *turn) word() word {
	switch {
	case t.q.Type == message.TypeEvent && t.q.Key == t.rec.version.name+cancelKey:
		return wordCancel
	case t.q.Type != message.TypeText:
		return wordNone
	}
	return controls.of(t.q.Text)
}

// repeated answers a second delivery of the last message as the first.
func (t *turn) repeated(ctx context.Context) (outcome, error) {
	st := t.rec.state
	switch {
	case st.phase == phaseAsking:
		return outcome{reply: t.say(sayGiveUp)}, nil
	case len(st.held) > 0 && st.held[len(st.held)-1] == string(t.q.XML()):
		return outcome{reply: t.say(sayQueued)}, nil
	case st.misses > 0 && st.phase == phaseWaiting:
		return t.over(t.run(ctx, run{in: t.input(), again: true}))
	}
	return t.over(t.run(ctx, run{}))
}

// over adds what was held back, if the dialog has come to its end.
func (t *turn) over(r reply.Reply, err error) (outcome, error) {
	out := outcome{reply: r}
	if err == nil && t.rec.phase.over() {
		out.held = t.rec.held
	}
	return out, err
}

// silent handles the first message after a silence, or a failure: "continue" goes on, everything else is not for the
// dialog.
func (t *turn) silent(ctx context.Context, w word) (outcome, error) {
	if w == wordContinue {
		return t.over(t.run(ctx, run{}))
	}
	if t.rec.phase == phasePaused {
		return outcome{pass: true}, nil
	}
	if err := t.pause(ctx); err != nil {
		return outcome{}, err
	}
	return outcome{pass: true, reply: t.say(sayTimedOut)}, nil
}

// pause puts a dialog aside whose question nobody answered.
func (t *turn) pause(ctx context.Context) error {
	if t.rec.phase == phaseAsking {
		t.rec.held = nil
	}
	t.rec.phase = phasePaused
	return t.save(ctx, t.rec, t.def.keep)
}

// back forgets the last answer and what was read since, and asks again.
func (t *turn) back(ctx context.Context) (outcome, error) {
	steps := t.rec.steps
	for i := len(steps) - 1; i >= 0; i-- {
		switch steps[i].kind {
		case kindIntent, kindEffect:
			return t.askAgain(ctx, sayCommitted)
		case kindAnswer:
			t.rec.steps = steps[:i]
			r, err := t.run(ctx, run{})
			return outcome{reply: r}, err
		}
	}
	return t.askAgain(ctx, sayFirst)
}

func (t *turn) askAgain(ctx context.Context, first sentence) (outcome, error) {
	r, err := t.run(ctx, run{})
	return outcome{reply: join(t.say(first), r)}, err
}

// interrupted applies the dialog's policy to a command.
func (t *turn) interrupted(ctx context.Context) (outcome, error) {
	st := t.rec.state
	st.last = t.last
	switch i := t.def.interrupt; {
	case i == InterruptPass:
		return outcome{pass: true}, nil
	case i == InterruptCancel:
		st.held = append(st.held, string(t.q.XML()))
		return t.over(t.run(ctx, run{cancel: true}))
	case i == InterruptQueue && len(st.held) < maxHeld:
		st.held = append(st.held, string(t.q.XML()))
		return outcome{reply: t.say(sayQueued)}, t.save(ctx, t.rec, t.def.keep)
	}
	st.held, st.phase = append(st.held, string(t.q.XML())), phaseAsking
	return outcome{reply: t.say(sayGiveUp)}, t.save(ctx, t.rec, t.def.keep)
}

// decide reads the answer to "give the dialog up for it?". What is neither yes nor no is an answer to the dialog.
func (t *turn) decide(ctx context.Context) (outcome, error) {
	st := t.rec.state
	w := yesNo.of(t.q.Text)
	if controls.of(t.q.Text) == wordCancel {
		w = wordNo
	}
	if w == wordYes {
		return t.over(t.run(ctx, run{cancel: true}))
	}
	st.held, st.phase = st.held[:len(st.held)-1], phaseWaiting
	if w == wordNo {
		return t.over(t.run(ctx, run{}))
	}
	return t.answer(ctx)
}

func (t *turn) input() *Input {
	return &Input{Message: t.q.Message, Text: strings.TrimSpace(t.q.Text), Choice: choice(t.q), Now: t.at().In(t.location)}
}

// at is when the member wrote: a message that was delayed on its way is not late.
func (t *turn) at() time.Time {
	if t.q.CreateTime != 0 {
		return t.q.Time()
	}
	return t.clock()
}

func (t *turn) late() bool {
	return t.at().Sub(time.Unix(t.rec.asked, 0)) > t.def.timeout
}

// busy reports whether another process may be at work on the dialog. In this one the bot's lane lets only one message
// of a member in at a time, so a turn that was begun and not ended is dead.
func (t *turn) busy() bool {
	return t.replicas && t.rec.owner != t.owner && t.clock().Sub(time.Unix(t.rec.asked, 0)) < busyFor
}

// isCommand is the default of WithCommands.
type isCommand struct{}

func (isCommand) Match(_ context.Context, q *router.Request) (map[string]string, bool) {
	if q.Type == message.TypeEvent {
		return nil, q.Event == "click"
	}
	text := strings.TrimSpace(q.Text)
	return nil, strings.HasPrefix(text, "/") || strings.HasPrefix(text, "／")
}
