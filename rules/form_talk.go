package rules

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// talk is a compiled form: the function of its dialog.
type talk struct {
	app       string
	lang      string
	questions []question
	zeroes    map[string]any
	confirm   text
	then      []step
	cancelled maker
	help      reply.Reply
	interrupt dialog.Interrupt
	spec      *formSpec
}

// question is a compiled questionSpec.
type question struct {
	name        string
	kind        string
	prompt      text
	choices     []text
	shown       []string     // the choices of this turn
	when        *router.Expr // nil: always
	check       *router.Expr // nil: anything
	refusal     text
	example     text
	label       text
	lang        string
	departments func(ctx context.Context, name string) ([]Department, error)
}

// maxQuestions keeps a form's record small.
const maxQuestions = 50

var interrupts = map[string]dialog.Interrupt{
	"ask": dialog.InterruptAsk, "queue": dialog.InterruptQueue, "cancel": dialog.InterruptCancel, "pass": dialog.InterruptPass,
	"never": dialog.InterruptNever,
}

// talk compiles a form; nil when something is wrong.
func (c *compiler) talk(f *form) *talk {
	c.subject = "form " + f.name
	before := len(c.problems)
	spec := f.spec
	s := c.sight("form "+f.name+" "+f.version, map[string]any{"form": spec.zeroes()})
	k := &talk{
		app: c.options.App, lang: c.options.Language, zeroes: spec.zeroes(), confirm: c.text(spec.Confirm, s),
		interrupt: interrupts[spec.Interrupt], spec: spec,
	}
	if len(spec.Ask) > maxQuestions {
		c.report(spec.Where.Of("ask"), "split the form", "a form has at most %d questions", maxQuestions)
	}
	seen := map[string]bool{}
	for i := range spec.Ask {
		q := &spec.Ask[i]
		if seen[q.Name] && q.Name != "" {
			c.report(q.Where.Of("name"), "rename one", "two questions are named %q", q.Name)
		} else if !varName.MatchString(q.Name) && q.Name != "" {
			c.report(q.Where.Of("name"), "use letters, digits and _", "form.%s cannot be a name", q.Name)
		}
		seen[q.Name] = true
		k.questions = append(k.questions, c.question(q, f, s))
	}
	if spec.Then != nil {
		if !spec.Then.does() {
			c.report(spec.Then.Where.Pos, "add reply: …", "the form does nothing with the answers")
		}
		if !spec.Then.Form.IsZero() {
			c.report(spec.Then.Form.Pos, "ask everything in one form", "a form cannot start a form")
		}
		k.then = c.steps(&spec.Then.action, s)
	}
	if spec.Cancelled != nil {
		k.cancelled = c.reply(spec.Cancelled, s)
	}
	if spec.Help != nil {
		k.help = c.constantReply(spec.Help)
	}
	if len(c.problems) > before {
		return nil
	}
	return k
}

// constantReply is a reply that needs no message to be made.
func (c *compiler) constantReply(r *replySpec) reply.Reply {
	m := c.reply(r, c.base)
	if !c.constant {
		c.report(r.pos, "write it without {{ }}", "help cannot hold expressions")
	}
	if m == nil || !c.constant || r.broken {
		return nil
	}
	made, _ := (&turn{ctx: c.ctx, q: &router.Request{}}).make(m)
	return made
}

func (c *compiler) question(spec *questionSpec, f *form, s *sight) question {
	q := question{
		name: spec.Name, kind: spec.kind(), prompt: c.text(spec.Prompt, s), choices: c.texts(spec.Choices, s),
		refusal: c.text(spec.Error, s), example: c.text(spec.Example, s), label: c.text(spec.Label, s),
		lang: c.options.Language, departments: c.options.Departments,
	}
	if spec.Label == nil {
		q.label = q.prompt
	}
	if !spec.When.IsZero() {
		q.when = c.condition(spec.When, s)
	}
	if !spec.Check.IsZero() {
		with := c.sight("form "+f.name+" "+f.version+" "+spec.Name, map[string]any{
			"form": f.spec.zeroes(), "value": answerTypes[spec.kind()].zero,
		})
		q.check = c.condition(spec.Check, with)
	}
	switch {
	case q.kind == "choice" && len(spec.Choices) < 2:
		c.report(spec.Where.Key("choices"), "write choices: [a, b]", "a choice needs two choices or more")
	case q.kind != "choice" && len(spec.Choices) > 0:
		c.report(spec.Where.Key("choices"), "write type: choice", "choices of a question that is no choice")
	}
	values := map[string]bool{}
	for _, x := range spec.Choices {
		if values[x.Value] {
			c.report(x.Pos, "delete one", "the choice %q stands twice", x.Value)
		}
		values[x.Value] = true
	}
	return q
}

// run is the dialog. It is run again from the beginning at every message, with the answers so far.
func (k *talk) run(d *dialog.D) (reply.Reply, error) {
	answers := maps.Clone(k.zeroes)
	if err := k.askAll(d, answers); err != nil {
		return k.ended(d, answers, err)
	}
	t := k.turn(d, answers)
	t.key = d.Key("then")
	t.once = func(name string, effect func(ctx context.Context) (map[string]any, error)) (map[string]any, error) {
		results, err := dialog.Do(d, name, effect)
		if r, ok := results["response"].(map[string]any); ok {
			if status, ok := r["status"].(float64); ok { // a record knows no other numbers
				r["status"] = int(status)
			}
		}
		return results, err
	}
	return t.perform(k.then)
}

// askAll asks the questions, and whether all is right until it is.
func (k *talk) askAll(d *dialog.D, answers map[string]any) error {
	asked := make([]bool, len(k.questions))
	for i := range k.questions {
		wanted, err := k.wanted(d, i, answers, 0)
		if err != nil {
			return err
		}
		if asked[i] = wanted; !wanted {
			continue
		}
		if err := k.ask(d, i, answers, 0); err != nil {
			return err
		}
	}
	if k.confirm.template == nil {
		return nil
	}
	for round := 1; ; round++ {
		change, err := k.confirmed(d, answers, asked, round)
		if err != nil || change < 0 {
			return err
		}
		if err := k.change(d, change, answers, asked, round); err != nil {
			return err
		}
	}
}

// change asks a question again, and then those that are to be asked only now; answers to those that are not to be asked
// any more are forgotten.
func (k *talk) change(d *dialog.D, which int, answers map[string]any, asked []bool, round int) error {
	if err := k.ask(d, which, answers, round); err != nil {
		return err
	}
	for i := range k.questions {
		q := &k.questions[i]
		if i == which || q.when == nil {
			continue
		}
		wanted, err := k.wanted(d, i, answers, round)
		if err != nil {
			return err
		}
		if wanted && !asked[i] {
			err = k.ask(d, i, answers, round)
		} else if !wanted {
			answers[q.name] = k.zeroes[q.name]
		}
		if err != nil {
			return err
		}
		asked[i] = wanted
	}
	return nil
}

// ended adds what is said when the member gives up.
func (k *talk) ended(d *dialog.D, answers map[string]any, err error) (reply.Reply, error) {
	if !errors.Is(err, dialog.ErrCancelled) || k.cancelled == nil {
		return nil, err
	}
	r, failed := k.turn(d, answers).make(k.cancelled)
	if failed != nil {
		return nil, failed
	}
	return r, err
}

func (k *talk) turn(d *dialog.D, answers map[string]any) *turn {
	return &turn{ctx: d.Context(), q: d.Request(), app: k.app, extra: map[string]any{"form": answers}}
}

// roundName tells the questions of different rounds apart.
func roundName(name string, round int) string {
	if round == 0 {
		return name
	}
	return name + "#" + strconv.Itoa(round)
}

// wanted evaluates a question's when, once.
func (k *talk) wanted(d *dialog.D, i int, answers map[string]any, round int) (bool, error) {
	q := &k.questions[i]
	if q.when == nil {
		return true, nil
	}
	return dialog.Fetch(d, "when "+roundName(q.name, round), func(context.Context) (bool, error) {
		t := k.turn(d, answers)
		wanted, _ := t.value(q.when).(bool)
		return wanted, t.err
	})
}

// ask asks one question and keeps the answer. In later rounds it is asked again because the member wants to change it.
func (k *talk) ask(d *dialog.D, i int, answers map[string]any, round int) error {
	q, t := &k.questions[i], k.turn(d, answers)
	now := *q
	now.shown = t.texts(q.choices)
	prompt := t.text(q.prompt)
	opts := []dialog.AskOption{dialog.Name(roundName(q.name, round))}
	if q.refusal.template != nil {
		opts = append(opts, dialog.Refusal(t.text(q.refusal)))
	}
	if q.example.template != nil {
		opts = append(opts, dialog.Example(t.text(q.example)))
	}
	if q.check != nil {
		opts = append(opts, dialog.Check(func(answer string) error { return now.fits(t, answer) }))
	}
	if t.err != nil {
		return t.err
	}
	answer, err := answerTypes[q.kind].ask(d, &now, prompt, opts)
	if err == nil {
		answers[q.name] = answer
	}
	return err
}

// fits is the question's check of an answer.
func (q *question) fits(t *turn, answer string) error {
	extra := maps.Clone(t.extra)
	extra["value"] = answerTypes[q.kind].parse(answer)
	ok, err := q.check.Eval(t.ctx, t.q, extra)
	if err != nil {
		return err
	}
	if ok != true {
		return dialog.Invalid(askOther.In(q.lang))
	}
	return nil
}

// confirmed asks whether to go on. It returns the question whose answer the member wants to change, -1 for none.
func (k *talk) confirmed(d *dialog.D, answers map[string]any, asked []bool, round int) (change int, err error) {
	t := k.turn(d, answers)
	prompt := t.text(k.confirm)
	if t.err != nil {
		return -1, t.err
	}
	word, err := dialog.AskAs(d, prompt, confirmation(k.lang), dialog.Name(roundName("confirm", round)), dialog.Buttons())
	switch {
	case err != nil:
		return -1, err
	case word == confirmYes:
		return -1, nil
	case word == confirmNo:
		return -1, dialog.ErrCancelled
	}
	var labels []string
	var which []int
	for i := range k.questions {
		if !asked[i] {
			continue
		}
		label := t.text(k.questions[i].label)
		if slices.Contains(labels, label) {
			label += "（" + k.questions[i].name + "）"
		}
		labels, which = append(labels, label), append(which, i)
	}
	if t.err != nil {
		return -1, t.err
	}
	chosen, err := d.AskChoice(askWhich.In(k.lang), labels, dialog.Name(roundName("change", round)), dialog.Buttons())
	if err != nil {
		return -1, err
	}
	return which[max(0, slices.Index(labels, chosen))], nil
}

const (
	confirmYes  = "yes"
	confirmNo   = "no"
	confirmEdit = "edit"
)

// confirmWords are understood in both languages, whatever the framework's is.
var confirmWords = map[string]string{
	"是": confirmYes, "是的": confirmYes, "确认": confirmYes, "确定": confirmYes, "提交": confirmYes, "好": confirmYes, "好的": confirmYes,
	"对": confirmYes, "可以": confirmYes, "yes": confirmYes, "y": confirmYes, "ok": confirmYes, "confirm": confirmYes, "submit": confirmYes, "1": confirmYes,
	"修改": confirmEdit, "改": confirmEdit, "edit": confirmEdit, "change": confirmEdit, "2": confirmEdit,
	"否": confirmNo, "不": confirmNo, "不是": confirmNo, "不要": confirmNo, "不提交": confirmNo, "no": confirmNo, "n": confirmNo, "3": confirmNo,
	"取消": confirmNo, "cancel": confirmNo,
}

func confirmation(lang string) dialog.Question[string] {
	choices := strings.Split(confirmChoices.In(lang), "|")
	return dialog.Question[string]{Kind: "confirm", Choices: choices, Read: func(_ context.Context, in dialog.Input) (string, error) {
		word := confirmWords[strings.Trim(router.Fold(in.Text+in.Choice), " 。.!！")]
		if word == "" {
			return "", dialog.Invalid(askConfirm.In(lang))
		}
		return word, nil
	}}
}
