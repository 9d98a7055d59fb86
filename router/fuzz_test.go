package router_test

import (
	"context"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/wecombot/wecombot/router"
)

// Whatever the source and the message: compiling gives an error with a position or an expression, running ends with a
// value or an *EvalError, and a condition that is true is never left out by the index.
func FuzzExpr(f *testing.F) {
	for _, src := range []string{
		`user.id in vars.admins || now.Hour() < 18`, `msg.text contains "年假" && msg.type != "event"`, `let a = [1,2]; let b = [a,a]; flatten(b)`,
		`reduce(1..100, #acc + #acc, "x")`, `all(1..1000, all(1..1000, # > 0))`, `min([[1],[2]]) + max(1, 2) + mean([1]) + median([])`, `map(filter(1..3, # > 1), {a: #})`,
		`msg.text matches "(?i)^a+$" ? session.x : form.kind`, `{{ '{{' }} {{ user.name }}`, `groupBy(["a"], #) | toJSON() | fromJSON() | len()`, `sortBy([3,1], -#)[0:1]`,
		`any(["a", "b"], lower(msg.text) startsWith #)`, `msg.field("A/B[1]/C") ?? args.rest`, `date("2026-01-02") - duration("1h") > msg.time`, "`\n`", `1..1000000000`, `vars.office?.city`,
		`if not (msg.key in ["a"]) { 1 } else { nil }`, `"\u{110000}" + b"x"`, `repeat("a", 99999999)`, `response.json?.list?.[0]`, `value ** 99999 % 3`, `count(1..9, # > 3) > 2`,
	} {
		f.Add(src, "年假 a")
	}
	f.Fuzz(func(t *testing.T, src, typed string) {
		if !utf8.ValidString(typed) {
			t.Skip() // message.Parse gives none
		}
		s := testScope()
		q := text(typed)
		if e, err := s.Value(src); err != nil {
			checkExprError(t, err)
		} else if v, err := e.Eval(context.Background(), q, nil); err == nil {
			router.Format(v)
		} else if bad := (*router.EvalError)(nil); !errors.As(err, &bad) {
			t.Errorf("Eval(%q): %T %v", src, err, err)
		}
		if tmpl, err := s.Template(src); err != nil {
			checkExprError(t, err)
		} else {
			_, _ = tmpl.Render(context.Background(), q, nil, nil)
		}
		e, err := s.Condition(src)
		if err != nil {
			checkExprError(t, err)
			return
		}
		tb := table(t, router.Rule{Name: "r", Match: e.Matcher(), Handler: say("")})
		_, found, _ := tb.Handle(context.Background(), q)
		if _, ok := e.Matcher().Match(context.Background(), q); ok != (len(found) == 1) {
			t.Errorf("%q of %q: Match %v, through the table %v", src, typed, ok, found)
		}
		_ = tb.Explain(context.Background(), q).String()
	})
}

func checkExprError(t *testing.T, err error) {
	t.Helper()
	var bad *router.ExprError
	if !errors.As(err, &bad) || bad.Line < 1 || bad.Col < 1 || bad.Message == "" {
		t.Errorf("%T %v; want an *ExprError with a position", err, err)
	}
}
