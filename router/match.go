package router

import (
	"context"
	"slices"
	"strings"

	"github.com/wecombot/wecombot/message"
)

// matcher is what the matchers of this package do beyond Match. The index and Explain need it; a Matcher without it is
// asked for every message.
type matcher interface {
	Matcher
	// test is Match with the error of an expression that failed.
	test(ctx context.Context, q *Request) (map[string]string, bool, error)
	guard() guard
	// part is the condition, and explain says why q meets it or not.
	part() Part
	explain(ctx context.Context, q *Request) Part
	String() string
}

func test(ctx context.Context, m Matcher, q *Request) (map[string]string, bool, error) {
	if m, ok := m.(matcher); ok {
		return m.test(ctx, q)
	}
	vars, ok := m.Match(ctx, q)
	return vars, ok, nil
}

func guardOf(m Matcher) guard {
	if m, ok := m.(matcher); ok {
		return m.guard()
	}
	return anything
}

func describe(m Matcher) string {
	if m, ok := m.(matcher); ok {
		return m.String()
	}
	return "custom"
}

// Any matches every message and event.
func Any() Matcher { return anyMatcher{} }

type anyMatcher struct{}

func (anyMatcher) Match(context.Context, *Request) (map[string]string, bool) { return nil, true }
func (anyMatcher) test(context.Context, *Request) (map[string]string, bool, error) {
	return nil, true, nil
}
func (anyMatcher) guard() guard   { return anything }
func (anyMatcher) String() string { return "any" }

// A field is one of the header fields that a set of values is compared with.
type field struct {
	name   string // in descriptions
	term   termKind
	get    func(*Request) string
	values []string
}

func (f *field) Match(ctx context.Context, q *Request) (map[string]string, bool) {
	return nil, slices.Contains(f.values, f.get(q))
}

func (f *field) test(ctx context.Context, q *Request) (map[string]string, bool, error) {
	_, ok := f.Match(ctx, q)
	return nil, ok, nil
}

func (f *field) guard() guard   { return terms(allTypes, f.term, f.values) }
func (f *field) String() string { return f.name + " " + strings.Join(f.values, "|") }

// Type matches messages of these types (MsgType, doc 90239); message.TypeEvent is one of them.
func Type(types ...message.Type) Matcher { return typeMatcher(slices.Clone(types)) }

type typeMatcher []message.Type

func (m typeMatcher) Match(_ context.Context, q *Request) (map[string]string, bool) {
	return nil, slices.Contains(m, q.Type)
}

func (m typeMatcher) test(_ context.Context, q *Request) (map[string]string, bool, error) {
	return nil, slices.Contains(m, q.Type), nil
}

func (m typeMatcher) guard() guard {
	var g guard
	for _, t := range m {
		g.types |= typeBit(t)
	}
	return g
}

func (m typeMatcher) String() string {
	names := make([]string, len(m))
	for i, t := range m {
		names[i] = string(t)
	}
	return "type " + strings.Join(names, "|")
}

// Event matches events by name (doc 90240), in any case.
func Event(names ...string) Matcher {
	lower := make([]string, len(names))
	for i, n := range names {
		lower[i] = strings.ToLower(n)
	}
	return &field{"event", eventIs, func(q *Request) string { return q.Event }, lower}
}

// Key matches events by their EventKey: the key of a menu item or of a card's button.
func Key(keys ...string) Matcher {
	return &field{"key", keyIs, func(q *Request) string { return q.Key }, slices.Clone(keys)}
}

// From matches messages of these members (user ids).
func From(users ...string) Matcher {
	return &field{"from", fromIs, func(q *Request) string { return q.Message.From }, slices.Clone(users)}
}

// KeyPrefix matches events whose EventKey begins with one of prefixes; Vars["rest"] is what follows the longest.
func KeyPrefix(prefixes ...string) Matcher { return keyPrefix(longestFirst(prefixes)) }

type keyPrefix []string

func (m keyPrefix) Match(_ context.Context, q *Request) (map[string]string, bool) {
	if q.Key == "" {
		return nil, false
	}
	for _, p := range m {
		if rest, ok := strings.CutPrefix(q.Key, p); ok {
			return map[string]string{"rest": rest}, true
		}
	}
	return nil, false
}

func (m keyPrefix) test(ctx context.Context, q *Request) (map[string]string, bool, error) {
	vars, ok := m.Match(ctx, q)
	return vars, ok, nil
}

func (m keyPrefix) guard() guard   { return terms(allTypes, keyStarts, m) }
func (m keyPrefix) String() string { return "key prefix " + strings.Join(m, "|") }

// longestFirst sorts by length, so that the first prefix that fits is the longest.
func longestFirst(words []string) []string {
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}
