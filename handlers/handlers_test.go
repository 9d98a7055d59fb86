package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

var errBoom = errors.New("boom")

func from(user, text string) *router.Request {
	return &router.Request{Message: &message.Message{From: user, Type: message.TypeText, Text: text}, App: "hr", Route: "r"}
}

func fail(err error) router.Handler {
	return router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { return nil, err })
}

func said(t *testing.T, h router.Handler, q *router.Request) string {
	t.Helper()
	r, err := h.Handle(t.Context(), q)
	if err != nil {
		return "error: " + err.Error()
	}
	if r == nil {
		return ""
	}
	units, err := r.Units(reply.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return units[0].Plain
}

func TestRecover(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	h := Recover(log)(router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { panic("ouch") }))
	if got := said(t, h, from("zhangsan", "x")); got != "error: panic: ouch" {
		t.Errorf("got %q", got)
	}
	if !strings.Contains(out.String(), "ouch") || !strings.Contains(out.String(), "handlers_test.go") {
		t.Errorf("log %q, want the panic and its stack", out.String())
	}
	if got := said(t, Recover(log)(Text("hi")), from("zhangsan", "x")); got != "hi" {
		t.Errorf("got %q", got)
	}
}

func TestLogHasNoText(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	said(t, Log(log)(Text("answer")), from("zhangsan", "question"))
	said(t, Log(log)(fail(errBoom)), from("lisi", "question"))
	for _, want := range []string{"user=zhangsan", "user=lisi", "route=r", "err=boom", "took="} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("log %q, want %s", out.String(), want)
		}
	}
	if strings.Contains(out.String(), "question") || strings.Contains(out.String(), "answer") {
		t.Errorf("log %q holds a message's text", out.String())
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	var seen []string
	mw := Observe(func() time.Time { now = now.Add(time.Second); return now }, func(_ context.Context, q *router.Request, took time.Duration, err error) {
		seen = append(seen, fmt.Sprint(q.From, took, err))
	})
	said(t, mw(Text("x")), from("a", ""))
	said(t, mw(fail(errBoom)), from("b", ""))
	if got := strings.Join(seen, " "); got != "a1s <nil> b1s boom" {
		t.Errorf("seen %q", got)
	}
}

func TestAllow(t *testing.T) {
	t.Parallel()
	tree := func(_ context.Context, d int) ([]int, error) {
		if d == 9 {
			return nil, errBoom
		}
		return map[int][]int{21: {2, 1}, 2: {1}}[d], nil
	}
	roles := Roles{
		"named": {Users: []string{"ZhangSan"}},
		"dept":  {Departments: []int{2}, Tree: tree},
		"flat":  {Departments: []int{2}},
		"tag":   {Tags: []int{7}},
	}
	users := map[string]*router.User{
		"zhangsan": {ID: "zhangsan", Departments: []int{3}},
		"lisi":     {ID: "lisi", Departments: []int{21}},
		"wangwu":   {ID: "wangwu", Departments: []int{3}, Tags: []int{7}},
		"zhaoliu":  {ID: "zhaoliu", Departments: []int{9}},
	}
	for _, c := range []struct{ role, user, want string }{
		{"named", "zhangsan", "in"}, {"named", "lisi", "no"},
		{"dept", "lisi", "in"}, {"dept", "zhangsan", "no"}, {"dept", "zhaoliu", "error: departments above 9: boom"},
		{"flat", "lisi", "no"},
		{"tag", "wangwu", "in"}, {"tag", "lisi", "no"}, {"tag", "nobody", "error: look up nobody: boom"},
		{"named", "nobody", "no"},
		{"missing", "zhangsan", "no"},
	} {
		q := from(c.user, "x")
		q.User = func(context.Context) (*router.User, error) {
			if u := users[c.user]; u != nil {
				return u, nil
			}
			return nil, errBoom
		}
		if got := said(t, Allow(roles.Role(c.role), reply.Text("no"))(Text("in")), q); got != c.want {
			t.Errorf("%s as %s: %q, want %q", c.role, c.user, got, c.want)
		}
	}
	if got := said(t, Allow(roles.Role("dept"), nil)(Text("in")), from("lisi", "x")); got != "" {
		t.Errorf("without a directory: %q, want silence", got)
	}
	ok, err := roles.Has(t.Context(), from("zhangsan", "x"), "missing", "named")
	if !ok || err != nil {
		t.Errorf("Has = %v, %v", ok, err)
	}
	if got := fmt.Sprint(roles.Names()); got != "[dept flat named tag]" {
		t.Errorf("Names = %s", got)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	h := Limit(2, time.Minute, reply.Text("slow"), func() time.Time { return now })(Text("ok"))
	for i, want := range []string{"ok", "ok", "slow", "slow"} {
		if got := said(t, h, from("a", "x")); got != want {
			t.Errorf("message %d: %q, want %q", i+1, got, want)
		}
	}
	if got := said(t, h, from("b", "x")); got != "ok" {
		t.Errorf("another member: %q", got)
	}
	now = now.Add(time.Minute)
	if got := said(t, h, from("a", "x")); got != "ok" {
		t.Errorf("a minute later: %q", got)
	}
}

func TestLimitIsBounded(t *testing.T) {
	t.Parallel()
	c := &counter{n: 1, per: time.Minute, members: map[string]count{}}
	now := time.Unix(1000, 0)
	for i := range 3 * maxCounted {
		c.take(fmt.Sprint(i), now)
		if len(c.members) > maxCounted {
			t.Fatalf("%d members are counted", len(c.members))
		}
	}
}

func TestCache(t *testing.T) {
	t.Parallel()
	now, calls := time.Unix(1000, 0), 0
	var failing error
	h := Cache(time.Minute, SameText, func() time.Time { return now })(router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) {
		calls++
		return reply.Text(fmt.Sprint(calls)), failing
	}))
	failing = errBoom
	said(t, h, from("a", "x"))
	failing = nil
	for i, c := range []struct {
		text string
		wait time.Duration
		want string
	}{{"x", 0, "2"}, {" Ｘ ", 59 * time.Second, "2"}, {"y", 0, "3"}, {"x", time.Second, "4"}, {"", 0, "5"}, {"", 0, "6"}} {
		now = now.Add(c.wait)
		if got := said(t, h, from("b", c.text)); got != c.want {
			t.Errorf("call %d: %q, want %q", i+1, got, c.want)
		}
	}
	for i := range 3 * maxCached {
		said(t, h, from("a", fmt.Sprint("t", i)))
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := slog.New(slog.DiscardHandler)
		wait := func(d time.Duration, heed bool) router.Handler {
			return router.HandlerFunc(func(ctx context.Context, _ *router.Request) (reply.Reply, error) {
				if heed {
					select {
					case <-ctx.Done():
						return nil, ctx.Err()
					case <-time.After(d):
					}
				} else {
					time.Sleep(d)
				}
				return reply.Text("done"), nil
			})
		}
		mw := Timeout(time.Second, reply.Text("late"), log)
		for _, c := range []struct {
			name string
			h    router.Handler
			want string
		}{
			{"in time", wait(time.Millisecond, true), "done"},
			{"ends with its context", wait(time.Hour, true), "late"},
			{"ignores its context", wait(2*time.Second, false), "late"},
			{"fails", fail(errBoom), "error: boom"},
			{"panics", router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { panic("ouch") }), "error: panic: ouch"},
		} {
			if got := said(t, mw(c.h), from("a", "x")); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := mw(wait(time.Hour, true)).Handle(ctx, from("a", "x")); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled from outside: %v", err)
		}
		time.Sleep(3 * time.Second) // until what was left behind has ended
	})
}
