package router

import (
	"context"
	"testing"
	"time"

	"github.com/wecombot/wecombot/message"
)

// A reload compiles only what changed: not what uses a var of another value, not what another time zone shifts.
func TestReuse(t *testing.T) {
	t.Parallel()
	sources := []string{`msg.text == "a"`, `vars.a == 1`, `vars.b.c == 1 || vars.a == 1`, `len(vars) > 2`, `msg.text == "new"`}
	old := &Scope{Vars: map[string]any{"a": 1, "b": map[string]any{"c": 1}}, Location: time.UTC}
	before := make(map[string]*Expr)
	for _, src := range sources[:4] {
		e, err := old.Condition(src)
		if err != nil {
			t.Fatal(err)
		}
		before[src] = e
		if again, _ := old.Condition(src); again != e {
			t.Errorf("%s was compiled twice in one scope", src)
		}
	}
	for _, c := range []struct {
		name  string
		scope *Scope
		same  []bool
	}{
		{"nothing changed", &Scope{Vars: map[string]any{"a": 1, "b": map[string]any{"c": 1}}, Location: time.UTC}, []bool{true, true, true, true, false}},
		{"a var changed below", &Scope{Vars: map[string]any{"a": 1, "b": map[string]any{"c": 2}}, Location: time.UTC}, []bool{true, true, false, true, false}},
		{"another zone", &Scope{Vars: map[string]any{"a": 1, "b": map[string]any{"c": 1}}, Location: time.FixedZone("X", 3600)}, make([]bool, 5)},
		{"another extra name", &Scope{Vars: map[string]any{"a": 1, "b": map[string]any{"c": 1}}, Location: time.UTC, Extra: map[string]any{"len": 1}}, make([]bool, 5)},
	} {
		c.scope.Reuse(old)
		for i, src := range sources {
			e, err := c.scope.Condition(src)
			if err != nil {
				t.Errorf("%s: %s: %v", c.name, src, err)
				continue
			}
			if same := before[src] != nil && e.program == before[src].program; same != c.same[i] {
				t.Errorf("%s: %s: taken over %v, want %v", c.name, src, same, c.same[i])
			}
			if e.scope != c.scope {
				t.Errorf("%s: %s: an expression of another scope", c.name, src)
			}
		}
	}
	// What was taken over sees the new scope's values.
	s := &Scope{Vars: map[string]any{"a": 1, "b": 2, "c": 3}, Location: time.UTC}
	s.Reuse(old)
	e, err := s.Condition(`len(vars) > 2`)
	if err != nil {
		t.Fatal(err)
	}
	q := &Request{Message: &message.Message{Type: message.TypeText}}
	v, err := e.Eval(context.Background(), q, nil)
	if e.program != before[`len(vars) > 2`].program || v != true || err != nil {
		t.Errorf("Eval = %v, %v", v, err)
	}
	if new(Scope).Reuse(s); s.previous != nil {
		t.Error("a scope that was replaced still holds the one before it")
	}
}
