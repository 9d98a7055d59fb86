package ruletest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// Bot takes members' messages.
type Bot interface {
	// Do delivers what the step says, if it says something, as the member, and returns what came of it and of the time
	// that passed before.
	Do(ctx context.Context, user string, s Step) (Answer, error)
	// Advance lets time pass.
	Advance(ctx context.Context, d time.Duration) error
	// Close ends the conversation.
	Close() error
}

// Answer is what came of a message.
type Answer struct {
	Rules []string // that answered; "NAME-form" for a form
	Text  string   // what the member reads, several messages joined by a line break
	Sent  []Sent   // messages to others
}

// Sent is a message to others: as Sends is written.
type Sent struct {
	To   []string
	Text string
}

// Report is what a run found.
type Report struct {
	Results []Result
	Rules   map[string]int // how often each rule answered
}

// Result is one case's.
type Result struct {
	Case     *Case
	Problems []strictyaml.Problem // none: it passed
	Updates  []Update             // what `equals` would have to be
	Took     time.Duration
}

// Update is an expected text that is another one now.
type Update struct {
	Old strictyaml.Text
	New string
}

// Failed counts the cases that did not pass.
func (r *Report) Failed() int {
	n := 0
	for _, x := range r.Results {
		if len(x.Problems) > 0 {
			n++
		}
	}
	return n
}

// Uncovered are those of the names that no case reached.
func (r *Report) Uncovered(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return r.Rules[n] > 0 })
}

// Run plays the cases, each to a bot of its own. now times them; nil is time.Now.
func Run(ctx context.Context, cases []Case, open func(c *Case) (Bot, error), now func() time.Time) *Report {
	if now == nil {
		now = time.Now
	}
	report := &Report{Rules: map[string]int{}}
	for i := range cases {
		began := now()
		r := report.play(ctx, &cases[i], open)
		r.Took = now().Sub(began)
		report.Results = append(report.Results, r)
	}
	return report
}

func (r *Report) play(ctx context.Context, c *Case, open func(c *Case) (Bot, error)) Result {
	result := Result{Case: c}
	bot, err := open(c)
	if err != nil {
		result.fail(c.Where.Pos, "%v", err)
		return result
	}
	for i := range c.Steps {
		if err := r.step(ctx, bot, c, &c.Steps[i], &result); err != nil {
			result.fail(c.Steps[i].Where.Pos, "%v", err)
		}
		if len(result.Problems) > 0 {
			break // what follows depends on it
		}
	}
	if err := bot.Close(); err != nil {
		result.fail(c.Where.Pos, "%v", err)
	}
	strictyaml.Sort(result.Problems)
	return result
}

func (r *Report) step(ctx context.Context, bot Bot, c *Case, s *Step, result *Result) error {
	if s.Wait > 0 {
		if err := bot.Advance(ctx, s.Wait); err != nil {
			return err
		}
	}
	if s.Expect == nil {
		return nil
	}
	user := s.As
	if user == "" {
		user = c.As
	}
	answer, err := bot.Do(ctx, user, *s)
	if err != nil {
		return err
	}
	for _, name := range answer.Rules {
		r.Rules[name]++
	}
	result.compare(s.Expect, answer)
	return nil
}

func (r *Result) fail(at strictyaml.Pos, format string, args ...any) {
	r.Problems = append(r.Problems, at.Problem(format, args...))
}

// compare holds an answer against what is expected.
func (r *Result) compare(e *Expect, a Answer) {
	for _, name := range e.Rule {
		if !slices.Contains(a.Rules, name) {
			r.fail(e.Where.Of("rule"), "%s answered, not %q", names(a.Rules), name)
		}
	}
	switch {
	case e.None && a.Text != "":
		r.fail(e.Where.Of("none"), "an answer, where none is expected: %q", a.Text)
	case e.Equals != nil && strings.TrimRight(e.Equals.Value, "\n") != a.Text:
		r.fail(e.Equals.Pos, "the answer is %q", a.Text)
		r.Updates = append(r.Updates, Update{*e.Equals, a.Text})
	}
	for _, c := range e.Contains {
		if !strings.Contains(a.Text, c.Value) {
			r.fail(c.Pos, "the answer does not contain %q: %q", c.Value, a.Text)
		}
	}
	for _, c := range e.NotContains {
		if strings.Contains(a.Text, c.Value) {
			r.fail(c.Pos, "the answer contains %q: %q", c.Value, a.Text)
		}
	}
	for i, re := range e.patterns {
		if !re.MatchString(a.Text) {
			r.fail(e.Matches[i].Pos, "the answer does not match: %q", a.Text)
		}
	}
	r.compareSent(e, a.Sent)
}

func (r *Result) compareSent(e *Expect, sent []Sent) {
	for i, want := range e.Sends {
		if i >= len(sent) {
			r.fail(want.Where.Pos, "nothing more was sent to others")
			return
		}
		got := sent[i]
		if want.To != nil && !sameSet(want.To, got.To) {
			r.fail(want.Where.Of("to"), "it was sent to %s", strings.Join(got.To, ", "))
		}
		if want.Equals != nil && want.Equals.Value != got.Text {
			r.fail(want.Equals.Pos, "%q was sent", got.Text)
			r.Updates = append(r.Updates, Update{*want.Equals, got.Text})
		}
		for _, c := range want.Contains {
			if !strings.Contains(got.Text, c.Value) {
				r.fail(c.Pos, "what was sent does not contain %q: %q", c.Value, got.Text)
			}
		}
	}
	if len(sent) > len(e.Sends) {
		x := sent[len(e.Sends)]
		r.fail(e.Where.Pos, "a message to %s that is not expected: %q", strings.Join(x.To, ", "), x.Text)
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

func names(rules []string) string {
	if len(rules) == 0 {
		return "no rule"
	}
	return fmt.Sprintf("%q", rules)
}
