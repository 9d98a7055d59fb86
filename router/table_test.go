package router_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

func TestFirstMatchWins(t *testing.T) {
	t.Parallel()
	tb := table(t,
		router.Rule{Name: "late", Match: router.Keyword("a"), Handler: say("late"), Priority: -1},
		router.Rule{Name: "log", Match: router.Any(), Handler: say("log,"), Priority: 5, Continue: true},
		router.Rule{Name: "first", Match: router.Keyword("a"), Handler: say("first")},
		router.Rule{Name: "second", Match: router.Keyword("a"), Handler: say("second")},
		router.Rule{Name: "urgent", Match: router.Keyword("urgent"), Handler: say("urgent"), Priority: 9},
	)
	if rules := tb.Rules(); rules[0].Name != "urgent" || rules[4].Name != "late" {
		t.Errorf("Rules begin with %s and end with %s", rules[0].Name, rules[4].Name)
	}
	for in, want := range map[string]struct {
		answer  string
		matched []string
	}{
		"a":        {"log,first", []string{"log", "first"}},
		"urgent a": {"urgent", []string{"urgent"}},
		"b":        {"log,", []string{"log"}},
	} {
		r, matched, err := tb.Handle(context.Background(), text(in))
		if err != nil || said(t, r) != want.answer || !slices.Equal(matched, want.matched) {
			t.Errorf("Handle(%q) = %q, %v, %v; want %q, %v", in, said(t, r), matched, err, want.answer, want.matched)
		}
	}
}

func TestHandlerGetsACopyWithCapturesAndRoute(t *testing.T) {
	t.Parallel()
	var got *router.Request
	tb := table(t, router.Rule{Name: "w", Match: router.Prefix("天气"), Handler: router.HandlerFunc(
		func(_ context.Context, q *router.Request) (reply.Reply, error) { got = q; return nil, nil })})
	q := text("天气北京")
	if r, _, err := tb.Handle(context.Background(), q); r != nil || err != nil {
		t.Fatalf("Handle = %v, %v; want silence", r, err)
	}
	if got.Route != "w" || got.Vars["rest"] != "北京" || got.Log == nil {
		t.Errorf("the handler got route %q, vars %v, log %v", got.Route, got.Vars, got.Log)
	}
	if q.Route != "" || q.Vars != nil || q.Log != nil {
		t.Errorf("the caller's request was changed: %+v", q)
	}
}

func TestAFailingHandlerEndsTheWalk(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	tb := table(t,
		router.Rule{Name: "one", Match: router.Any(), Handler: say("one"), Continue: true},
		router.Rule{Name: "two", Match: router.Any(), Continue: true, Handler: router.HandlerFunc(
			func(context.Context, *router.Request) (reply.Reply, error) { return nil, broken })},
		router.Rule{Name: "three", Match: router.Any(), Handler: say("three")},
	)
	r, matched, err := tb.Handle(context.Background(), text("x"))
	if said(t, r) != "one" || !slices.Equal(matched, []string{"one", "two"}) || !errors.Is(err, broken) {
		t.Errorf("Handle = %q, %v, %v; want the first reply and the error of two", said(t, r), matched, err)
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	tb, err := router.NewTable(nil, say("help"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q    *router.Request
		want string
	}{
		{text("x"), "help"},
		{&router.Request{Message: &message.Message{Type: message.TypeImage}}, "help"},
		{event("enter_agent", ""), ""},
		{&router.Request{Message: &message.Message{InfoType: "suite_ticket"}}, ""},
	} {
		if r, matched, err := tb.Handle(context.Background(), c.q); said(t, r) != c.want || matched != nil || err != nil {
			t.Errorf("Handle(%s %s) = %q, %v, %v; want %q", c.q.Type, c.q.Event, said(t, r), matched, err, c.want)
		}
	}
}

func TestBrokenRulesAreRefusedTogether(t *testing.T) {
	t.Parallel()
	_, err := router.NewTable([]router.Rule{
		{Name: "a", Match: router.Any(), Handler: say(""), Source: "one.yaml:1:1"},
		{Name: "a", Match: router.Any(), Handler: say(""), Source: "two.yaml:2:2"},
		{Name: "b", Handler: say("")},
		{Name: "c", Match: router.Any()},
		{Match: router.Any(), Handler: say("")},
	}, nil)
	if err == nil {
		t.Fatal("NewTable accepted broken rules")
	}
	for _, want := range []string{`"a": one.yaml:1:1 and two.yaml:2:2`, `"b" has no matcher`, `"c" has no handler`, "rule 5 has no name"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("NewTable: %v; want %q in it", err, want)
		}
	}
}

func TestAFailingExpressionIsNoMatch(t *testing.T) {
	t.Parallel()
	tb := table(t,
		router.Rule{Name: "number", Match: router.MustExpr(`int(msg.text) > 3`), Handler: say("big")},
		router.Rule{Name: "else", Match: router.Any(), Handler: say("else")},
	)
	for in, want := range map[string]string{"5": "big", "five": "else"} {
		if r, _, err := tb.Handle(context.Background(), text(in)); said(t, r) != want || err != nil {
			t.Errorf("Handle(%q) = %q, %v; want %q", in, said(t, r), err, want)
		}
	}
	if got := tb.Failures(); len(got) != 1 || got["number"] != 1 {
		t.Errorf("Failures = %v, want one of number", got)
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	mark := func(s string) router.Middleware {
		return func(h router.Handler) router.Handler {
			return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
				r, err := h.Handle(ctx, q)
				return reply.List(reply.Text(s), r), err
			})
		}
	}
	r := router.New()
	r.Handle(router.Keyword("one"), say("1"))
	admin := r.Group(mark("a"), mark("b"))
	admin.HandleFunc(router.Keyword("two"), func(context.Context, *router.Request) (reply.Reply, error) { return reply.Text("2"), nil })
	admin.Group(mark("c")).Handle(router.Keyword("three"), say("3"))
	r.Add(router.Rule{Name: "four", Match: router.Keyword("four"), Handler: say("4")})
	r.Handle(router.Keyword("one"), say("never"))
	r.Use(mark("root"))
	r.NotFound(func(context.Context, *router.Request) (reply.Reply, error) { return reply.Text("?"), nil })
	tb, err := r.Build()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{"one": "root1", "two": "rootab2", "three": "rootabc3", "four": "root4", "x": "root?"} {
		got, _, err := tb.Handle(context.Background(), text(in))
		if said(t, got) != want || err != nil {
			t.Errorf("Handle(%q) = %q, %v; want %q", in, said(t, got), err, want)
		}
	}
	rules := r.Rules()
	if rules[0].Name != "keyword one" || rules[4].Name != "keyword one #2" || !strings.HasPrefix(rules[0].Source, "table_test.go:") {
		t.Errorf("Rules: %q %q %q", rules[0].Name, rules[4].Name, rules[0].Source)
	}
}
