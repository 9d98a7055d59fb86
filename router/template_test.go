package router_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/router"
)

func TestRender(t *testing.T) {
	t.Parallel()
	s := testScope()
	q, calls := withUser(text("天气 北京"), &router.User{Name: "张三"}, nil)
	q.Vars = map[string]string{"rest": "北 京&x"}
	for src, want := range map[string]string{
		"":                                    "",
		"plain { } }}":                        "plain { } }}",
		"{{ vars.hr_phone }}，{{user.name}}":   "8001，张三",
		"**{{ user.name }}** {{ user.name }}": "**张三** 张三",
		"{{ '{{' }} x }}":                     "{{ x }}",
		"{{ '}}' }}":                          "}}",
		`{{ {"a": {"b": 1}}["a"] }}!`:         "b: 1!",
		"{{ `}}\"` }}{{ \"a\\\"}}\" }}":       "}}\"a\"}}",
		"{{ value / 2 }} {{ 4 / 2 }} {{ 0.1 + 0.2 }}":                      "1.5 2 0.3",
		"{{ [1, 'a', nil] }}":                                              "1、a、",
		"{{ now }} {{ now - duration('90m') }}":                            "2026-03-02 17:30 2026-03-02 16:00",
		"{{ duration('90m') }} {{ duration('2h') }} {{ duration('10s') }}": "1h30m 2h 10s",
		"{{ session.none }}|{{ args.none }}|{{ vars.nothing }}":            "||",
		"{{ form }}":               "days: 2、kind: 病假",
		"{{\n msg.text \n}}":       "天气 北京",
		"{{ msg.type == 'text' }}": "true",
	} {
		tmpl, err := s.Template(src)
		if err != nil {
			t.Errorf("Template(%q): %v", src, err)
			continue
		}
		extra := map[string]any{"value": 3, "form": map[string]any{"kind": "病假", "days": 2}}
		if got, err := tmpl.Render(context.Background(), q, extra, nil); err != nil || got != want {
			t.Errorf("Render(%q) = %q, %v; want %q", src, got, err, want)
		}
		if tmpl.Constant() == strings.Contains(src, "{{") || tmpl.NeedsUser() != strings.Contains(src, "user.name") {
			t.Errorf("Template(%q): constant %v, needs user %v", src, tmpl.Constant(), tmpl.NeedsUser())
		}
	}
	if *calls != 2 {
		t.Errorf("two templates asked the directory %d times", *calls)
	}
	tmpl, err := s.Template("https://w/{{ args.rest }}?q=a b")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tmpl.Render(context.Background(), q, nil, url.QueryEscape); got != "https://w/%E5%8C%97+%E4%BA%AC%26x?q=a b" || err != nil {
		t.Errorf("Render with an escape = %q, %v", got, err)
	}
}

func TestTemplateErrorsAreInTheWholeText(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"您好，{{ user.nam }}":             "1:12: unknown name user.nam, did you mean user.name?",
		"a\nb {{ 1 }} {{\n  msg.txt }}": "3:7: unknown name msg.txt, did you mean msg.text?",
		"x\n{{ 'a }}":                   "2:1: {{ is never closed",
		"{{ value contains 'x' }}":      "1:10: invalid operation: contains (mismatched types int and string)",
	} {
		_, err := testScope().Template(src)
		var e *router.ExprError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) || e.Source != src {
			t.Errorf("Template(%q): %v; want %q", src, err, want)
		}
	}
	tmpl, err := testScope().Template("a\n{{ int(msg.text) }}")
	if err != nil {
		t.Fatal(err)
	}
	var e *router.EvalError
	if _, err := tmpl.Render(context.Background(), text("x"), nil, nil); !errors.As(err, &e) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("Render of a failing expression: %v", err)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v    any
		want string
	}{
		{nil, ""}, {"a", "a"}, {3, "3"}, {int64(-4), "-4"}, {uint64(1 << 63), "9223372036854775808"}, {3.0, "3"}, {2.50, "2.5"}, {1e20, "1e+20"}, {true, "true"},
		{[]any{1, []string{"a", "b"}}, "1、a、b"}, {[]int(nil), ""}, {map[string]any{"b": 1, "a": nil}, "a: 、b: 1"}, {map[string]any{"id": "lisi", "name": "李四"}, "李四"}, {map[string]any{"id": 1, "name": 2}, "id: 1、name: 2"}, {time.Time{}, ""},
		{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "2026-01-02 03:04"}, {[]byte("raw"), "raw"}, {(*time.Time)(nil), ""}, {errors.New("e"), "e"}, {time.March, "March"},
	} {
		if got := router.Format(c.v); got != c.want {
			t.Errorf("Format(%#v) = %q, want %q", c.v, got, c.want)
		}
	}
}
