package router_test

import (
	"context"
	"testing"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

func text(s string) *router.Request {
	return &router.Request{Message: &message.Message{Type: message.TypeText, From: "zhangsan", Text: s, ID: 7}}
}

func event(name, key string) *router.Request {
	return &router.Request{Message: &message.Message{Type: message.TypeEvent, From: "zhangsan", Event: name, Key: key}}
}

func parsed(t *testing.T, xml string) *router.Request {
	t.Helper()
	m, err := message.Parse([]byte(xml))
	if err != nil {
		t.Fatal(err)
	}
	return &router.Request{Message: m}
}

// say answers s.
func say(s string) router.Handler {
	return router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { return reply.Text(s), nil })
}

// said is the text of an answer.
func said(t *testing.T, r reply.Reply) string {
	t.Helper()
	if r == nil {
		return ""
	}
	units, err := r.Units(reply.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, u := range units {
		all += u.Plain
	}
	return all
}

func table(t *testing.T, rules ...router.Rule) *router.Table {
	t.Helper()
	tb, err := router.NewTable(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tb
}

func condition(t *testing.T, s *router.Scope, src string) router.Matcher {
	t.Helper()
	e, err := s.Condition(src)
	if err != nil {
		t.Fatalf("Condition(%q): %v", src, err)
	}
	return e.Matcher()
}
