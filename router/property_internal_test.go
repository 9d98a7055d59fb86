package router

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
)

// The index only saves work: what it leaves out would not have matched. Random rules and messages, of few letters so
// that they meet, and of those letters where case, width and composition go wrong.
func TestIndexAgreesWithPlainEvaluation(t *testing.T) {
	t.Parallel()
	const rounds = 250
	filtered, ran := 0, 0
	for seed := range rounds {
		g := generator{rand.New(rand.NewPCG(uint64(seed), 1)), &Scope{Vars: map[string]any{"words": []any{"年", "ab"}, "users": []any{"u1", "u2"}}}}
		tb, err := NewTable(g.rules(1+g.IntN(40)), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			q := g.message()
			_, got, err := tb.Handle(context.Background(), q)
			_, want, err2 := tb.handle(context.Background(), q, func(*Request) candidates { return everyRule(tb) })
			if err != nil || err2 != nil || !slices.Equal(got, want) {
				t.Fatalf("seed %d: %s %q event %q key %q from %q: with the index %q, without %q (%v, %v)\n%s",
					seed, q.Type, q.Text, q.Event, q.Key, q.From, got, want, err, err2, tb.Explain(context.Background(), q))
			}
			ran += len(want)
			if i%8 > 0 {
				continue // explaining compiles every part of every expression
			}
			for _, r := range tb.Explain(context.Background(), q).Rules {
				if r.Outcome == OutcomeFiltered {
					filtered++
					if r.Why.OK {
						t.Fatalf("seed %d: %q: the index left out %s, which matches", seed, q.Text, r.Name)
					}
				}
			}
		}
	}
	if filtered < 5*rounds || ran < 10*rounds {
		t.Errorf("the test proves little: %d rules left out, %d ran", filtered, ran)
	}
}

func everyRule(t *Table) candidates {
	all := make([]int32, len(t.rules))
	for i := range all {
		all[i] = int32(i)
	}
	return candidates{always: all}
}

type generator struct {
	*rand.Rand
	scope *Scope
}

var (
	someWords = []string{
		"a", "A", "b", "ab", "Ab", "abc", "年", "假", "年假", "年 假", "ａ", "ＡＢ", "é", "e", "e\u0301", "\u0301", "ß", "ss", "S", "ſ", "İ", "i", "ı", "I",
		"K", "k", "K", "か", "が", "\u3099", "ｶﾞ", "ﾞ", "1", "１", " ", "　", "ﬁ", "fi", "f", "\xe5", "\xff", "Σ", "ς", "", "한", "\u1112\u1161\u11ab", "..",
	}
	someTypes  = []message.Type{"text", "text", "text", "image", "event", "", "odd"}
	someEvents = []string{"", "click", "view", "LOCATION"}
	someKeys   = []string{"", "menu.a", "menu.", "menu", "b"}
	someUsers  = []string{"u1", "u2", "u3"}
	patterns   = []string{"a", "(?i)ab", "^年假$", "年|假", "[ab]+", "(?i)k", "a.*b", "(ab|年)?", "(ab|年)+", `\d`, "^(?P<w>.)年", "(?i:ss)", "x{0,2}a", "(a|b){2}", "(ab.*c|年.*假)", "é", "(?i)é|ß", "^$", "\uFFFD"}
)

func pick[T any](g generator, from []T) T { return from[g.IntN(len(from))] }

func (g generator) some(from []string) []string {
	n := 1 + g.IntN(3)
	words := make([]string, n)
	for i := range words {
		words[i] = pick(g, from)
	}
	return words
}

func (g generator) message() *Request {
	m := &message.Message{Type: pick(g, someTypes), From: pick(g, someUsers)}
	if m.Type == message.TypeEvent {
		m.Event, m.Key = strings.ToLower(pick(g, someEvents)), pick(g, someKeys)
	}
	if m.Type == message.TypeText || g.IntN(4) == 0 {
		for range g.IntN(6) {
			m.Text += pick(g, someWords)
		}
	}
	return &Request{Message: m}
}

func (g generator) rules(n int) []Rule {
	silent := HandlerFunc(func(context.Context, *Request) (reply.Reply, error) { return nil, nil })
	rules := make([]Rule, n)
	for i := range rules {
		m := g.matcher(3)
		rules[i] = Rule{Name: fmt.Sprintf("%d %s", i, describe(m)), Match: m, Handler: silent, Priority: g.IntN(3), Continue: g.IntN(4) > 0}
	}
	return rules
}

func (g generator) matcher(depth int) Matcher {
	if depth > 0 && g.IntN(2) == 0 {
		switch g.IntN(4) {
		case 0:
			return And(g.matcher(depth-1), g.matcher(depth-1))
		case 1:
			return Or(g.matcher(depth-1), g.matcher(depth-1))
		case 2:
			return Not(g.matcher(depth - 1))
		}
	}
	switch g.IntN(12) {
	case 0:
		return Type(pick(g, someTypes), pick(g, someTypes))
	case 1:
		return Event(g.some(someEvents)...)
	case 2:
		return Key(g.some(someKeys)...)
	case 3:
		return KeyPrefix(g.some(someKeys)...)
	case 4:
		return From(g.some(someUsers)...)
	case 5:
		return Exact(g.some(someWords)...)
	case 6:
		return Prefix(g.some(someWords)...)
	case 7:
		return Keyword(g.some(someWords)...)
	case 8:
		return Regexp(regexp.MustCompile(pick(g, patterns)))
	default:
		src := g.condition(3)
		e, err := g.scope.Condition(src)
		if err != nil {
			panic(src + ": " + err.Error())
		}
		return e.Matcher()
	}
}

func (g generator) condition(depth int) string {
	if depth > 0 && g.IntN(3) > 0 {
		a, b := g.condition(depth-1), g.condition(depth-1)
		switch g.IntN(5) {
		case 0:
			return "(" + a + " && " + b + ")"
		case 1:
			return "(" + a + " || " + b + ")"
		case 2:
			return "not (" + a + ")"
		case 3:
			return "(" + a + " ? " + b + " : " + g.condition(depth-1) + ")"
		}
	}
	word := func() string { return strconv.Quote(strings.ToValidUTF8(pick(g, someWords), "")) }
	subject := pick(g, []string{"msg.text", "lower(msg.text)", "upper(msg.text)", "trim(msg.text)", "msg.key", "msg.event", "msg.from", "user.id", "string(msg.type)"})
	switch g.IntN(11) {
	case 0:
		return "msg.type == " + strconv.Quote(string(pick(g, someTypes)))
	case 1:
		return `msg.type in ["text", "image"]`
	case 2:
		return `user.id in vars.users`
	case 3:
		return subject + " == " + word()
	case 4:
		return word() + " == " + subject
	case 5:
		return subject + " != " + word()
	case 6:
		return subject + pick(g, []string{" in [", " not in ["}) + word() + "," + word() + "]"
	case 7:
		return "any(" + pick(g, []string{"vars.words", "[" + word() + "," + word() + "]"}) + ", " + subject + " contains #)"
	case 8:
		return subject + " matches " + strconv.Quote(pick(g, patterns))
	case 9:
		return pick(g, []string{"true", "false", "len(msg.text) > 3", `int(msg.text) > 0`, `args.rest == "a"`, `msg.key startsWith "menu."`})
	default:
		return subject + pick(g, []string{" contains ", " startsWith ", " endsWith ", " not contains "}) + word()
	}
}
