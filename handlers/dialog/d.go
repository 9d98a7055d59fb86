package dialog

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Errors of the steps. A function returns them up; it may look at them.
var (
	// ErrSuspended ends a turn: the question was asked, its answer comes with a later message.
	ErrSuspended = errors.New("dialog: waiting for an answer")
	// ErrCancelled says that the member gave up. The function may still Do something about it; what it returns is said.
	ErrCancelled = errors.New("dialog: cancelled")
	// ErrInterrupted says that an AtMostOnce effect was begun and nobody knows whether it happened.
	ErrInterrupted = errors.New("dialog: interrupted, outcome unknown")
)

// errChanged says that the function does not take the recorded steps any more.
var errChanged = errors.New("dialog: function has changed")

// D is one turn of a dialog, in its function's hands. It is for the function's goroutine alone.
type D struct {
	ctx    context.Context // of this turn; D lives no longer
	engine *Engine
	def    *Definition
	q      *router.Request
	rec    *record

	pos        int    // steps replayed so far
	in         *Input // the message that answers the pending question; nil when there is none, or when it was taken
	again      bool   // in was refused before and is delivered again
	cancelling bool
	sealed     bool // the dialog is over: what is not recorded is not done any more

	now  time.Time
	says []reply.Reply // since the last answer
	stop error         // why no further step can be taken

	question reply.Reply // set with ErrSuspended: what is asked
	mark     uint32
	miss     *Invalid // why the answer was refused

	failed *failure
}

// failure is a step that failed and is not recorded as failed yet: only a function that goes on after it has dealt with it.
type failure struct {
	index int // of its intent; -1 when it has none
	mark  uint32
	name  string
	err   error
}

// Context is the context of this turn.
func (d *D) Context() context.Context { return d.ctx }

// From is the user id of the member.
func (d *D) From() string { return d.q.From }

// App is the name of the app.
func (d *D) App() string { return d.q.App }

// Text is the text of the message that started the dialog.
func (d *D) Text() string { return d.rec.text }

// Var is a capture of the route that started the dialog.
func (d *D) Var(name string) string {
	for _, v := range d.rec.vars {
		if v.key == name {
			return v.value
		}
	}
	return ""
}

// Now is the time of the last answer, or of the start: the same in every replay.
func (d *D) Now() time.Time { return d.now }

// Log is the logger of this turn.
func (d *D) Log() *slog.Logger {
	return d.engine.log.With("dialog", d.def.version.name, "user", d.q.From)
}

// Say adds a message in front of the next question or the last answer.
func (d *D) Say(r reply.Reply) {
	if r != nil {
		d.says = append(d.says, r)
	}
}

// Key is an idempotency key for the named effect: the same in every replay and after every crash, and no other dialog's.
func (d *D) Key(name string) string {
	return fmt.Sprintf("%s-%016x-%s", d.def.version.name, d.rec.id, name)
}

// User is the directory's record of the member; nil when the daemon has no directory. It is read once.
func (d *D) User() (*router.User, error) {
	if d.q.User == nil {
		return nil, nil
	}
	return Fetch(d, "user", d.q.User)
}

// next returns the recorded step at the current position, nil when this step is a new one. It fails when the function
// may take no step, or another one than was recorded.
func (d *D) next(mark uint32) (*step, error) {
	if d.stop != nil && !errors.Is(d.stop, ErrCancelled) {
		return nil, d.stop
	}
	d.settle()
	if d.pos == len(d.rec.steps) {
		if d.sealed {
			return nil, d.halt(errChanged)
		}
		return nil, nil
	}
	p := &d.rec.steps[d.pos]
	if p.mark != mark {
		return nil, d.halt(errChanged)
	}
	d.pos++
	return p, nil
}

// recorded reports whether the next recorded step is the one with this mark.
func (d *D) recorded(mark uint32) bool {
	return d.pos < len(d.rec.steps) && d.rec.steps[d.pos].mark == mark
}

// add records a new step. It is durable with the next save.
func (d *D) add(p step) int {
	d.rec.steps = append(d.rec.steps, p)
	d.pos = len(d.rec.steps)
	return d.pos - 1
}

// settle records the last failure: the function took it as a result and goes on.
func (d *D) settle() {
	f := d.failed
	if f == nil {
		return
	}
	d.failed = nil
	p := step{kind: kindFailed, mark: f.mark, data: []byte(f.err.Error())}
	if f.index < 0 {
		d.add(p)
	} else {
		d.rec.steps[f.index] = p
	}
}

// halt ends the turn with err.
func (d *D) halt(err error) error {
	d.stop = err
	return err
}

// flush makes the steps so far durable, in the middle of a turn.
func (d *D) flush() error {
	d.rec.phase = phaseRunning
	if d.cancelling {
		d.rec.phase = phaseCancelling
	}
	d.rec.pending, d.rec.misses, d.rec.owner = 0, 0, d.engine.owner
	d.rec.asked = d.engine.clock().Unix()
	// What has happened is recorded even when the turn's time is over.
	if err := d.engine.save(context.WithoutCancel(d.ctx), d.rec, d.def.keep); err != nil {
		return d.halt(err)
	}
	return nil
}

// markOf is the fingerprint of a step: what it is and what it says.
func markOf(parts ...string) uint32 {
	h := fnv.New32a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return max(h.Sum32(), 1) // 0 says that there is no step
}
