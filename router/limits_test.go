package router_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/router"
)

var limits = regexp.MustCompile(`^the expression (makes too much data|takes too many steps|takes too long)$`)

// Each of these would take the daemon's memory, time or stack without the limits.
func TestRunsAreBounded(t *testing.T) {
	t.Parallel()
	double := "let a0 = msg.text;"
	nest := "let a0 = [1, 2];"
	for i := range 60 {
		a, b := "a"+string(rune('0'+i/10))+string(rune('0'+i%10)), "a"+string(rune('0'+(i+1)/10))+string(rune('0'+(i+1)%10))
		if i == 0 {
			a = "a0"
		}
		double += "let " + b + " = " + a + " + " + a + ";"
		nest += "let " + b + " = [" + a + ", " + a + "];"
	}
	for src, want := range map[string]string{
		double + "len(a60)":                                                  "limit",
		nest + "len(flatten(a60))":                                           "limit",
		nest + "toJSON(a60)":                                                 "limit",
		nest + "min(a60)":                                                    "limit",
		`reduce(1..100, #acc + #acc, "x")`:                                   "limit",
		`reduce(1..100, [#acc, #acc], [1])`:                                  "limit",
		`reduce(1..100, concat(#acc, #acc), [1])`:                            "limit",
		`reduce(1..300, toBase64(#acc), "xyz")`:                              "limit",
		`reduce(1..300, toJSON(#acc), "\"")`:                                 "limit",
		`reduce(1..300, ({a: #acc, b: #acc}), {a: 1})`:                       "limit",
		`repeat("abc", 1000000000)`:                                          "limit",
		`repeat("abc", -1)`:                                                  "limit",
		`replace(repeat("a", 100000), "", repeat("b", 100000))`:              "limit",
		`join(map(1..1000, repeat("a", 10000)))`:                             "limit",
		`map(1..1000, response)`:                                             "limit",
		`map(1..90000, upper(response.text))`:                                "limit",
		`map(1..90000, now.Format(response.text))`:                           "limit",
		`1..1000000000`:                                                      "limit",
		`all(1..1000, all(1..1000, true))`:                                   "limit",
		`let l = 1..1000; all(l, all(l, all(l, true)))`:                      "limit",
		`let l = split(response.text, ""); any(l, any(l, any(l, # == "b")))`: "limit",
		`let l = 1..50000; all(l, l != 1..50000)`:                            "limit",
		`sort(map(1..99999, ({a: 1})))`:                                      "limit",
		`uniq(1..99999)`:                                                     "fine",
		`sum(1..90000)`:                                                      "fine",
		`string(response.text) == response.text + ""`:                        "fine",
	} {
		s := testScope()
		s.Extra["response"] = map[string]any{"text": "", "list": []any{}}
		e, err := s.Value(src)
		if err != nil {
			t.Errorf("Value(%.60s): %v", src, err)
			continue
		}
		extra := map[string]any{"response": map[string]any{"text": strings.Repeat("a", 10_000), "list": []any{}}}
		_, err = e.Eval(context.Background(), text("一二三四五"), extra)
		if want == "fine" {
			if err != nil {
				t.Errorf("Eval(%.60s): %v", src, err)
			}
			continue
		}
		// Which limit is met first may depend on the speed of the machine.
		var failed *router.EvalError
		if !errors.As(err, &failed) || !limits.MatchString(failed.Message) {
			t.Errorf("Eval(%.60s): %v; want a limit", src, err)
		}
	}
}

func TestDeepSourcesAreRefusedOrRun(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000), strings.Repeat("[", 900) + strings.Repeat("]", 900), strings.Repeat("!", 4000) + "true",
		strings.Repeat("-", 4000) + "1", strings.Repeat("{a:", 900) + "1" + strings.Repeat("}", 900), "session" + strings.Repeat(".a", 900), "session" + strings.Repeat("?.a", 900),
		strings.Repeat("true ? 1 : ", 300) + "2", strings.Repeat("if true {", 300) + "1" + strings.Repeat("} else { 2 }", 300), strings.Repeat("1,", 2000), `"` + strings.Repeat(`\u{`, 500),
		"all([1]," + strings.Repeat("#", 3000) + ")", "msg.text" + strings.Repeat("[0:1]", 700), strings.Repeat("not ", 1000) + "true", "1" + strings.Repeat(" ?? 1", 600), strings.Repeat("let a=1;", 400) + "a",
	} {
		e, err := testScope().Value(src)
		if err != nil {
			var bad *router.ExprError
			if !errors.As(err, &bad) || bad.Line < 1 || bad.Col < 1 {
				t.Errorf("Value(%.40s): %v; want an *ExprError with a position", src, err)
			}
			continue
		}
		_, _ = e.Eval(context.Background(), text("x"), nil) // it must end
	}
}
