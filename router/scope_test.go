package router_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/router"
)

func testScope() *router.Scope {
	return &router.Scope{
		Vars: map[string]any{
			"hr_phone": 8001, "admins": []any{"zhangsan", "wangwu"}, "limits": []any{uint64(1), 2},
			"office": map[string]any{"city": "北京"}, "pattern": "^a+$", "nothing": nil,
		},
		Now:      func() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) },
		Location: time.FixedZone("CST", 8*3600),
		Extra: map[string]any{
			"value": 0, "form": map[string]any{"kind": "", "days": 0}, "response": map[string]any{"json": nil, "status": 0}, "error": "",
		},
	}
}

func TestEval(t *testing.T) {
	t.Parallel()
	s := testScope()
	q := text("Hello 年假")
	q.App, q.Vars = "hr", map[string]string{"rest": "北京"}
	q.User = func(context.Context) (*router.User, error) {
		return &router.User{Name: "张三", Departments: []int{2, 5}, Tags: []int{3}, Leader: "lisi", Position: "工程师"}, nil
	}
	extra := map[string]any{"value": 3, "form": map[string]any{"kind": "病假"}, "response": map[string]any{"json": map[string]any{"text": "晴"}}}
	for src, want := range map[string]any{
		`user.id in vars.admins || now.Hour() < 18`:  true,
		`'x' in vars.admins`:                         false,
		`'wangwu' in vars.admins`:                    true,
		`1 in vars.limits && not (3 in vars.limits)`: true,
		`session.n in vars.admins`:                   false,
		`vars.hr_phone + 1`:                          8002,
		`vars.office.city`:                           "北京",
		`vars.nothing == nil`:                        true,
		`msg.id`:                                     7,
		`msg.text contains "年假" && msg.type == "text" && msg.from == user.id`: true,
		`"aaa" matches vars.pattern`:              true,
		`args.rest + "!"`:                         "北京!",
		`args.none`:                               "",
		`user.name + user.leader + user.position`: "张三lisi工程师",
		`user.department == 2 && 5 in user.departments && 3 in user.tags`: true,
		`now.Hour()`:                     17,
		`now.Weekday() in 1..5`:          true,
		`now.Month() == 3`:               true,
		`now.Format("2006-01-02")`:       "2026-03-02",
		`now > date("2026-03-02 17:00")`: true,
		`app`:                            "hr",
		`value >= 1 && value <= 15`:      true,
		`form.kind`:                      "病假",
		`form.days`:                      0, // not given: the zero value
		`response.json.text`:             "晴",
		`error`:                          "",
		`join(map(1..3, # * 2), "-")`:    "2-4-6",
		`msg.text | lower() | split(" ") | first()`: "hello",
		`len("年假")`: 2,
		`let n = len(msg.text); n > 3 ? "long" : "short"`: "long",
		`sum(filter([1, 2, 3], # > 1))`:                   5,
		`replace("aaa", "a", "b", 2)`:                     "bba",
		`replace("aaa", "a", "bc")`:                       "bcbcbc",
		`repeat("ab", 2)`:                                 "abab",
		`any(vars.admins, msg.from == #)`:                 true,
		`fromPairs(toPairs({"a": 1})).a`:                  1,
		`string(2.0)`:                                     "2",
		`uniq([1, 1, 2])`:                                 []any{1, 2},
		`msg?.text`:                                       "Hello 年假",
	} {
		e, err := s.Value(src)
		if err != nil {
			t.Errorf("Value(%q): %v", src, err)
			continue
		}
		if got, err := e.Eval(context.Background(), q, extra); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Eval(%q) = %#v, %v; want %#v", src, got, err, want)
		}
	}
}

func TestExprErrorsNamePlaceAndNearestName(t *testing.T) {
	t.Parallel()
	s := testScope()
	for src, want := range map[string]string{
		`msg.txt == "a"`:             `1:5: unknown name msg.txt, did you mean msg.text?`,
		"true &&\n  user.nam == 'x'": `2:8: unknown name user.nam, did you mean user.name?`,
		`text contains "x"`:          `1:1: unknown name text, did you mean msg.text?`,
		`vars.hr_fone`:               `1:6: unknown name vars.hr_fone, did you mean vars.hr_phone?`,
		`vars.office.town`:           `1:13: unknown name vars.office.town`,
		`form.kidn`:                  `1:6: unknown name form.kidn, did you mean form.kind?`,
		`lowr(msg.text)`:             `1:1: unknown name lowr(), did you mean lower()?`,
		`msg.fild("a")`:              `1:5: unknown name msg.fild(), did you mean msg.field()?`,
		`now() > 1`:                  `1:1: now is not a function, write now`,
		`value contains "x"`:         `1:7: invalid operation: contains (mismatched types int and string)`,
		`msg.text > 3`:               `1:10: invalid operation: > (mismatched types string and int)`,
		`msg`:                        `1:1: msg is not a value by itself, write for example msg.id`,
		`msg.field`:                  `1:5: msg.field is a function, write msg.field("Path/To/Element")`,
		`msg.field(1)`:               `1:5: msg.field takes a text`,
		`msg.text matches msg.key`:   `1:22: the pattern of matches must be a quoted text or a var`,
		`msg.text matches "("`:       "1:18: error parsing regexp: missing closing ): `(`",
		`msg.text matches "(中国){1000}(a{100}){10}(b{100}){10}(c{100}){10}(d{100}){10}"`: `1:18: the patterns of matches are too large`,
		`join(3)`:             `1:1: join takes a list`,
		`join([1], 2)`:        `1:1: join puts a text between`,
		`join()`:              `1:1: join takes a list and what to put between`,
		`msg.field("a", "b")`: `1:5: msg.field takes one path`,
		`(1)()`:               `unexpected token`,
		`1 +`:                 `1:3: unexpected token EOF`,
		`$env`:                `1:1: unknown name $env`,
		`_step(1)`:            `1:1: unknown name _step()`,
		`let user = 1; user`:  `1:5: let cannot give user another meaning`,
		`all([[[[[1]]]]], all(#, all(#, all(#, all(#, true)))))`: `loops are nested more than 4 deep`,
		strings.Repeat("1+", 2100) + "1":                         `1:1: the expression is longer than 4096 bytes`,
		strings.Repeat("1+", 1100) + "1":                         `exceeds maximum allowed nodes`,
	} {
		_, err := s.Value(src)
		var e *router.ExprError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("Value(%.60q): %v; want %q", src, err, want)
		}
	}
	if _, err := s.Condition(`msg.text`); err == nil || !strings.Contains(err.Error(), "1:1: expected bool, but got string") {
		t.Errorf("Condition of a text: %v", err)
	}
}

func TestEmptyBracesAreText(t *testing.T) {
	t.Parallel()
	s := &router.Scope{Vars: map[string]any{"a": 1}}
	for src, want := range map[string]string{
		"{{ }} holds expr": "{{ }} holds expr", "{{}}": "{{}}", "{{ vars.a }} # {{ }} {{ vars.a }}": "1 # {{ }} 1",
	} {
		tm, err := s.Template(src)
		if err != nil {
			t.Errorf("Template(%q): %v", src, err)
			continue
		}
		if got, err := tm.Render(t.Context(), text(""), nil, nil); err != nil || got != want {
			t.Errorf("Render(%q) = %q, %v; want %q", src, got, err, want)
		}
	}
}
