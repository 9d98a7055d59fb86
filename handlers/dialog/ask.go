package dialog

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
)

// Input is a message as an answer.
type Input struct {
	*message.Message
	Text   string // of a text message, without surrounding space
	Choice string // the value of the button that was clicked; else ""
	Now    time.Time
}

// Invalid is why an answer does not fit, as a sentence for the member.
type Invalid string

func (i Invalid) Error() string { return string(i) }

// Question is a typed question. The answer is recorded as JSON.
type Question[T any] struct {
	// Kind tells questions of different types apart: "int".
	Kind string
	// Read makes an answer of a message. An Invalid is told to the member, who is asked again; any other error ends the
	// turn and leaves the dialog as it was.
	Read func(ctx context.Context, in Input) (T, error)
	// Example is an answer that fits, shown with every refusal; "" for none.
	Example string
	// Choices are what Buttons shows; nil for none. The one that is clicked arrives as Input.Choice.
	Choices []string
}

// AskOption sets one choice of a question; the last one wins.
type AskOption func(*askOptions)

type askOptions struct {
	name    string
	example string
	refusal string
	show    reply.Reply
	buttons bool
	check   []func(answer string) error
	min     int
	max     int
	bounded bool
}

// Name identifies the question instead of its wording, so that the wording may change while dialogs are running.
func Name(n string) AskOption { return func(o *askOptions) { o.name = n } }

// Example sets an answer that fits, shown with every refusal. Default: the type's own.
func Example(s string) AskOption { return func(o *askOptions) { o.example = s } }

// Refusal sets the sentence for an answer that does not fit. Default: the type's own.
func Refusal(s string) AskOption { return func(o *askOptions) { o.refusal = s } }

// Show sets what is sent instead of the prompt: a card, say. The prompt remains what identifies the question.
func Show(r reply.Reply) AskOption { return func(o *askOptions) { o.show = r } }

// Buttons shows the question as a card with a button for each choice, up to six; more are listed as text. What is typed
// is an answer too. For AskChoice, AskYesNo and Confirm.
func Buttons() AskOption { return func(o *askOptions) { o.buttons = true } }

// Check adds a condition on the answer's text (a number in digits, a date as 2006-01-02, a member's user id). Its
// error is told to the member.
func Check(ok func(answer string) error) AskOption {
	return func(o *askOptions) { o.check = append(o.check, ok) }
}

// Between bounds the number of AskInt, both ends included.
func Between(min, max int) AskOption {
	return func(o *askOptions) { o.min, o.max, o.bounded = min, max, true }
}

// AskAs asks a typed question: the recorded answer, or ErrSuspended, with which the function returns.
func AskAs[T any](d *D, prompt string, qn Question[T], opts ...AskOption) (T, error) {
	var answer T
	o := askOptions{example: qn.Example}
	for _, set := range opts {
		set(&o)
	}
	mark := markOf("ask", qn.Kind, prompt, strings.Join(qn.Choices, "\n"))
	if o.name != "" {
		mark = markOf("ask", qn.Kind, "name", o.name)
	}
	if d.stop != nil {
		return answer, d.stop
	}
	if d.cancelling && !d.recorded(mark) {
		return answer, d.halt(ErrCancelled) // what is recorded after this is what the function did about it
	}
	if n := len(qn.Choices); o.buttons && o.show == nil && n > 0 && n <= maxButtons {
		o.show = d.card(mark, prompt, qn.Choices)
	}
	p, err := d.next(mark)
	switch {
	case err != nil:
		return answer, err
	case p == nil:
		return answer, takeAnswer(d, mark, prompt, qn, o, &answer)
	}
	if err := json.Unmarshal(p.data, &answer); err != nil || p.kind != kindAnswer {
		return answer, d.halt(errChanged)
	}
	d.answered(p.at)
	return answer, nil
}

// takeAnswer is a question at the end of what is recorded: the message at hand answers it, or it is asked.
func takeAnswer[T any](d *D, mark uint32, prompt string, qn Question[T], o askOptions, answer *T) error {
	if d.in == nil {
		return d.suspend(mark, o.ask(prompt))
	}
	if d.rec.pending != mark {
		return d.halt(errChanged) // the message answers a question that is not asked any more
	}
	in := *d.in
	d.in = nil
	v, err := qn.Read(d.ctx, in)
	var invalid Invalid
	switch {
	case errors.As(err, &invalid):
		return d.refuse(mark, prompt, invalid, o)
	case err != nil:
		return d.halt(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return d.halt(err)
	}
	for _, ok := range o.check {
		if err := ok(plain(data)); err != nil {
			return d.refuse(mark, prompt, Invalid(err.Error()), o)
		}
	}
	if err := json.Unmarshal(data, answer); err != nil { // the first run sees what a replay will see
		return d.halt(err)
	}
	d.add(step{kind: kindAnswer, mark: mark, at: in.Now.Unix(), data: data})
	d.answered(in.Now.Unix())
	return nil
}

// answered begins what is said after an answer.
func (d *D) answered(at int64) {
	d.now = time.Unix(at, 0).In(d.engine.location)
	d.says = nil
}

func (d *D) suspend(mark uint32, question reply.Reply) error {
	d.mark, d.question = mark, question
	return d.halt(ErrSuspended)
}

// refuse asks again, with the reason and an example. What was said before the question is not said again.
func (d *D) refuse(mark uint32, prompt string, why Invalid, o askOptions) error {
	if o.refusal != "" {
		why = Invalid(o.refusal)
	}
	lines := []string{string(why)}
	if o.example != "" {
		lines = append(lines, sayExample.In(d.engine.lang, o.example))
	}
	d.miss, d.says = &why, nil
	if o.show != nil {
		return d.suspend(mark, reply.List(reply.Text(strings.Join(lines, "\n")), o.show))
	}
	return d.suspend(mark, reply.Text(strings.Join(append(lines, prompt), "\n")))
}

// ask is the question as it is shown.
func (o *askOptions) ask(prompt string) reply.Reply {
	if o.show != nil {
		return o.show
	}
	return reply.Text(prompt)
}

// plain is the text of a JSON value: strings without their quotes, everything else as it is.
func plain(data []byte) string {
	var s string
	if json.Unmarshal(data, &s) == nil {
		return s
	}
	return string(data)
}
