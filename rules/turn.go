package rules

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// turn is one run of an action.
type turn struct {
	ctx   context.Context
	q     *router.Request
	app   string
	key   string         // of what must happen once; "": made of the request
	extra map[string]any // what expressions see beside the message: response, form, …
	err   error          // the first failure of a template
	once  once           // nil: effects just run
}

// once runs an effect and records its results, or gives the recorded ones: a form's turn is run again and again.
type once func(name string, effect func(ctx context.Context) (map[string]any, error)) (map[string]any, error)

// maker makes a reply. What fails is kept in the turn.
type maker func(t *turn) reply.Reply

// text is a template of which nothing is known but its result. The zero value is the empty text.
type text struct{ template *router.Template }

func (t *turn) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// text renders a template.
func (t *turn) text(x text) string { return t.escaped(x, nil) }

func (t *turn) escaped(x text, escape func(string) string) string {
	if x.template == nil {
		return ""
	}
	s, err := x.template.Render(t.ctx, t.q, t.extra, escape)
	if err != nil {
		t.fail(err)
	}
	return s
}

func (t *turn) texts(xs []text) []string {
	ss := make([]string, len(xs))
	for i, x := range xs {
		ss[i] = t.text(x)
	}
	return ss
}

// value evaluates an expression.
func (t *turn) value(e *router.Expr) any {
	v, err := e.Eval(t.ctx, t.q, t.extra)
	if err != nil {
		t.fail(err)
	}
	return v
}

// make is the maker's reply, or the turn's failure.
func (t *turn) make(m maker) (reply.Reply, error) {
	r := m(t)
	if t.err != nil {
		return nil, t.err
	}
	return r, nil
}

// do runs what changes the world, and puts its results among what expressions see.
func (t *turn) do(s step) error {
	effect := func(ctx context.Context) (map[string]any, error) { return s.effect(ctx, t) }
	run := t.once
	if run == nil {
		run = func(_ string, effect func(ctx context.Context) (map[string]any, error)) (map[string]any, error) {
			return effect(t.ctx)
		}
	}
	results, err := run(s.name, effect)
	if err != nil {
		return err
	}
	t.extra = maps.Clone(t.extra)
	if t.extra == nil {
		t.extra = map[string]any{}
	}
	maps.Copy(t.extra, results)
	return nil
}

// id is a key for an effect of this turn: the same whenever the turn is run again, and no other's.
func (t *turn) id(effect string) string {
	if t.key != "" {
		return t.key + "/" + effect
	}
	return requestID(t.q) + "/" + t.q.Route + "/" + effect
}

// requestID is the same for every delivery of one message, and no other's: the key of what must happen once.
func requestID(q *router.Request) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%d\x00%d\x00%s\x00%s\x00%s\x00%s\x00", q.App, q.From, q.ID, q.CreateTime, q.Event, q.Key, q.TaskID, q.Text)
	h.Write(q.XML())
	return hex.EncodeToString(h.Sum(nil)[:12])
}
