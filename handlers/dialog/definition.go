package dialog

import (
	"context"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Definition is a dialog by name. As a handler it starts the dialog for the member who wrote.
type Definition struct {
	engine    *Engine
	version   version
	f         Func
	timeout   time.Duration
	keep      time.Duration
	interrupt Interrupt
	help      reply.Reply
}

var _ router.Handler = (*Definition)(nil)

// DefineOption sets one choice of Define; the last one wins.
type DefineOption func(*Definition)

// Version tells versions of one dialog apart; a dialog goes on with the version it was started with. Default "".
func Version(v string) DefineOption { return func(d *Definition) { d.version.version = v } }

// Timeout sets after how long a silence the dialog is put aside: the member is told so (Engine.Run), and says "continue"
// to go on. 0 is as long as it is kept. Default 10 minutes.
func Timeout(t time.Duration) DefineOption { return func(d *Definition) { d.timeout = t } }

// Keep sets for how long after the last message a dialog is kept at all. Default 24 hours.
func Keep(t time.Duration) DefineOption { return func(d *Definition) { d.keep = t } }

// Help sets what is said after the third answer in a row that was not understood, and to the word "help": whom to ask, say.
func Help(r reply.Reply) DefineOption { return func(d *Definition) { d.help = r } }

// OnCommand sets what happens when a command arrives in the middle of the dialog. Default InterruptAsk.
func OnCommand(i Interrupt) DefineOption { return func(d *Definition) { d.interrupt = i } }

// Interrupt is what happens when a command arrives in the middle of a dialog.
type Interrupt uint8

// The policies.
const (
	InterruptAsk    Interrupt = iota // ask whether to give the dialog up for it
	InterruptQueue                   // handle it when the dialog is over
	InterruptCancel                  // give the dialog up for it
	InterruptPass                    // handle it; the dialog goes on waiting
	InterruptNever                   // it is an answer like any other
)

func newDefinition(e *Engine, name string, f Func, opts []DefineOption) *Definition {
	d := &Definition{engine: e, version: version{name: name}, f: f, timeout: 10 * time.Minute, keep: 24 * time.Hour}
	for _, set := range opts {
		set(d)
	}
	if d.timeout <= 0 {
		d.timeout = d.keep
	}
	d.keep = max(d.keep, d.timeout)
	return d
}

// Handle starts the dialog with the message as its first. A dialog that the member was in is dropped for it.
func (d *Definition) Handle(ctx context.Context, q *router.Request) (reply.Reply, error) {
	return d.engine.start(ctx, q, d)
}

// Remove takes the definition back. Dialogs that run with it end politely at their next message.
func (d *Definition) Remove() { d.engine.remove(d) }
