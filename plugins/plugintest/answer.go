package plugintest

import (
	"strings"
	"testing"

	"github.com/wecombot/wecombot/reply"
)

// Answer is what a member was answered.
type Answer struct {
	Text  string // of all units, one per line
	Units []reply.Unit
	Reply reply.Reply
	Err   error

	t    *testing.T
	what string
}

// Expect fails the test unless the answer contains every part.
func (a Answer) Expect(parts ...string) Answer {
	a.t.Helper()
	if a.Err != nil {
		a.t.Fatalf("%s: %v", a.what, a.Err)
	}
	for _, p := range parts {
		if !strings.Contains(a.Text, p) {
			a.t.Fatalf("%s: answer\n%s\nwant it to contain %q", a.what, a.Text, p)
		}
	}
	return a
}

// ExpectNot fails the test if the answer contains one of the parts.
func (a Answer) ExpectNot(parts ...string) Answer {
	a.t.Helper()
	for _, p := range parts {
		if strings.Contains(a.Text, p) {
			a.t.Fatalf("%s: answer\n%s\nwant it not to contain %q", a.what, a.Text, p)
		}
	}
	return a
}

// ExpectNone fails the test if there was an answer.
func (a Answer) ExpectNone() {
	a.t.Helper()
	if a.Err != nil || a.Reply != nil {
		a.t.Fatalf("%s: answer %q, %v, want none", a.what, a.Text, a.Err)
	}
}
