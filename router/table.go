package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
)

// Table is an immutable, indexed set of rules; replacing a table is one pointer swap. Safe for concurrent use.
type Table struct {
	rules    []Rule // in the order in which they are tried
	notFound Handler
	index    *index
	failures []atomic.Uint64 // by rule: expressions that failed
	turns    sync.Pool
}

// NewTable orders and indexes rules. notFound answers messages (not events) that no rule matched; nil is silence.
// An incomplete rule, or a name that two rules share, is an error that names them all.
func NewTable(rules []Rule, notFound Handler) (*Table, error) {
	if err := validate(rules); err != nil {
		return nil, err
	}
	t := &Table{rules: slices.Clone(rules), notFound: notFound, failures: make([]atomic.Uint64, len(rules))}
	slices.SortStableFunc(t.rules, func(a, b Rule) int { return b.Priority - a.Priority })
	t.index = newIndex(t.rules)
	t.turns.New = func() any { return new(turn) }
	return t, nil
}

func validate(rules []Rule) error {
	var errs []error
	first := make(map[string]*Rule, len(rules))
	for i := range rules {
		r := &rules[i]
		switch {
		case r.Name == "":
			errs = append(errs, fmt.Errorf("rule %d%s has no name", i+1, at(r)))
			continue
		case r.Match == nil:
			errs = append(errs, fmt.Errorf("rule %q%s has no matcher", r.Name, at(r)))
		case r.Handler == nil:
			errs = append(errs, fmt.Errorf("rule %q%s has no handler", r.Name, at(r)))
		}
		if twin := first[r.Name]; twin != nil {
			errs = append(errs, fmt.Errorf("two rules are named %q:%s and%s", r.Name, at(twin), at(r)))
			continue
		}
		first[r.Name] = r
	}
	return errors.Join(errs...)
}

func at(r *Rule) string {
	if r.Source == "" {
		return ""
	}
	return " " + r.Source
}

// Handle routes q and runs what matched. matched lists the names of the rules that ran, in order. A handler that fails
// ends the walk; the replies so far are returned with its error. A rule whose expression fails at run time does not
// match; that is logged and counted. A panic of a handler is not recovered here.
func (t *Table) Handle(ctx context.Context, q *Request) (r reply.Reply, matched []string, err error) {
	return t.handle(ctx, q, t.index.candidates)
}

func (t *Table) handle(ctx context.Context, q *Request, find func(*Request) candidates) (reply.Reply, []string, error) {
	tn := t.turns.Get().(*turn)
	defer func() {
		tn.reset()
		t.turns.Put(tn)
	}()
	at := *q
	at.turn = tn
	if at.Log == nil {
		at.Log = slog.New(slog.DiscardHandler)
	}
	var replies []reply.Reply
	var matched []string
	rules := find(&at)
	for i, more := rules.next(); more; i, more = rules.next() {
		vars, ok := t.try(ctx, i, &at)
		if !ok {
			continue
		}
		rule := &t.rules[i]
		matched = append(matched, rule.Name)
		answer, err := rule.Handler.Handle(ctx, forHandler(&at, rule.Name, vars))
		if answer != nil {
			replies = append(replies, answer)
		}
		if err != nil {
			return collect(replies), matched, fmt.Errorf("rule %q: %w", rule.Name, err)
		}
		if !rule.Continue {
			return collect(replies), matched, nil
		}
		tn.machine.forgetSession() // the handler may have changed it
	}
	if len(matched) == 0 && t.falls(&at) {
		answer, err := t.notFound.Handle(ctx, forHandler(&at, "", nil))
		return answer, nil, err
	}
	return collect(replies), matched, nil
}

// falls says whether q, matched by nothing, goes to the fallback: messages do, events do not.
func (t *Table) falls(q *Request) bool {
	return t.notFound != nil && q.Type != message.TypeEvent && q.InfoType == ""
}

// try evaluates one rule.
func (t *Table) try(ctx context.Context, i int, q *Request) (map[string]string, bool) {
	vars, ok, err := test(ctx, t.rules[i].Match, q)
	if err != nil {
		t.failures[i].Add(1)
		q.Log.WarnContext(ctx, "rule does not match: its expression failed",
			"route", t.rules[i].Name, "source", t.rules[i].Source, "err", err)
		return nil, false
	}
	return vars, ok
}

func forHandler(q *Request, route string, vars map[string]string) *Request {
	h := *q
	h.Route, h.Vars, h.turn = route, vars, nil
	return &h
}

func collect(replies []reply.Reply) reply.Reply {
	switch len(replies) {
	case 0:
		return nil
	case 1:
		return replies[0]
	}
	return reply.List(replies...)
}

// Rules are the rules in the order in which they are tried.
func (t *Table) Rules() []Rule { return slices.Clone(t.rules) }

// Failures counts, by rule, how often an expression failed at run time. Rules that never failed are left out.
func (t *Table) Failures() map[string]uint64 {
	counts := make(map[string]uint64)
	for i := range t.failures {
		if n := t.failures[i].Load(); n > 0 {
			counts[t.rules[i].Name] = n
		}
	}
	return counts
}

// NeverMatch names the rules whose conditions exclude each other, as far as the index can tell: no message meets them.
func (t *Table) NeverMatch() []string {
	var names []string
	for i, types := range t.index.types {
		if types == 0 {
			names = append(names, t.rules[i].Name)
		}
	}
	return names
}
