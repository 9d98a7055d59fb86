package router

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
)

// One message among n rules: through the index, and trying rule after rule with the same programs. "hit" is answered by
// the last rule, "miss" by none.
func BenchmarkRoute(b *testing.B) {
	for _, mix := range []string{"keyword", "regexp", "expr", "mixed"} {
		for _, n := range []int{10, 100, 1_000, 10_000} {
			tb, word := benchTable(b, mix, n)
			hit := textRequest("请问一下，" + word(n-1) + "在哪里办理？谢谢")
			miss := textRequest("请问一下，今天食堂吃什么？谢谢大家了")
			for _, c := range []struct {
				name string
				q    *Request
				want int
			}{{"hit", hit, 1}, {"miss", miss, 0}} {
				b.Run(fmt.Sprintf("%s/%s/%d/index", mix, c.name, n), func(b *testing.B) {
					benchHandle(b, tb, c.q, c.want, tb.index.candidates)
				})
				b.Run(fmt.Sprintf("%s/%s/%d/linear", mix, c.name, n), func(b *testing.B) {
					all := everyRule(tb)
					benchHandle(b, tb, c.q, c.want, func(*Request) candidates { return all })
				})
			}
		}
	}
}

func benchHandle(b *testing.B, tb *Table, q *Request, want int, find func(*Request) candidates) {
	b.ReportAllocs()
	for b.Loop() {
		if _, matched, err := tb.handle(context.Background(), q, find); len(matched) != want || err != nil {
			b.Fatal(matched, err)
		}
	}
}

// Loading 10,000 rules: expressions compiled anew, then taken over by a new scope as a reload does.
func BenchmarkLoad(b *testing.B) {
	words := benchWords(10_000)
	compile := func(b *testing.B, s *Scope) []Rule {
		rules := make([]Rule, len(words))
		for i, w := range words {
			rules[i] = benchRule(b, s, "mixed", i, w)
		}
		return rules
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			if _, err := NewTable(compile(b, new(Scope)), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reload", func(b *testing.B) {
		old := new(Scope)
		compile(b, old)
		for b.Loop() {
			s := new(Scope)
			s.Reuse(old)
			if _, err := NewTable(compile(b, s), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("table", func(b *testing.B) {
		rules := compile(b, new(Scope))
		for b.Loop() {
			if _, err := NewTable(rules, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// The automaton alone, with 10,000 words.
func BenchmarkAutomaton(b *testing.B) {
	var words [][]rune
	for _, w := range benchWords(10_000) {
		words = append(words, []rune(w))
	}
	b.Run("build", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newAutomaton(words)
		}
	})
	a := newAutomaton(words)
	b.Logf("%d states, %d KiB", len(a.word), a.bytes()>>10)
	var seen bitset
	for name, text := range map[string]string{
		"short": "请问一下，今天食堂吃什么？谢谢大家了", "long": strings.Repeat("请问一下，今天食堂吃什么？谢谢大家了", 40),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				a.find(text, lowest, &seen, func(int32) {})
			}
		})
	}
}

func (a *automaton) bytes() int {
	return 4*(len(a.first)+len(a.label)+len(a.fail)+len(a.word)+len(a.out)) + 8*len(a.root.runes)
}

func BenchmarkEval(b *testing.B) {
	s := &Scope{Vars: map[string]any{"admins": []any{"a", "b", "c", "zhangsan"}}}
	for _, src := range []string{
		`msg.type == "text"`, `msg.text contains "年假"`, `user.id in vars.admins`, `now.Hour() < 18`, `lower(msg.text) contains "x"`,
		`msg.text contains "年假" && user.id in vars.admins`, `any(["a", "b"], msg.text contains #)`,
	} {
		e, err := s.Condition(src)
		if err != nil {
			b.Fatal(err)
		}
		q := textRequest("还有几天年假？")
		q.turn = new(turn)
		b.Run(src, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Eval(context.Background(), q, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func textRequest(s string) *Request {
	return &Request{Message: &message.Message{Type: message.TypeText, From: "zhangsan", Text: s}}
}

func benchTable(b *testing.B, mix string, n int) (*Table, func(int) string) {
	words := benchWords(n)
	s := new(Scope)
	rules := make([]Rule, n)
	for i, w := range words {
		rules[i] = benchRule(b, s, mix, i, w)
	}
	tb, err := NewTable(rules, nil)
	if err != nil {
		b.Fatal(err)
	}
	return tb, func(i int) string { return words[i] }
}

func benchRule(b *testing.B, s *Scope, mix string, i int, word string) Rule {
	silent := HandlerFunc(func(context.Context, *Request) (reply.Reply, error) { return nil, nil })
	kind := mix
	if mix == "mixed" {
		kind = []string{"keyword", "regexp", "expr"}[i%3]
	}
	var m Matcher
	switch kind {
	case "keyword":
		m = Keyword(word)
	case "regexp":
		m = Regexp(regexp.MustCompile(`(?P<what>` + word + `).*办理`))
	case "expr":
		e, err := s.Condition(`msg.type == "text" && msg.text contains "` + word + `" && user.id != ""`)
		if err != nil {
			b.Fatal(err)
		}
		m = And(Type(message.TypeText), e.Matcher())
	}
	return Rule{Name: fmt.Sprint(i), Match: m, Handler: silent}
}

// benchWords are n distinct words of two to five of 3,000 characters, a tenth of them Latin.
func benchWords(n int) []string {
	g := rand.New(rand.NewPCG(1, 2))
	seen := make(map[string]bool)
	words := make([]string, 0, n)
	for len(words) < n {
		var w strings.Builder
		for range 2 + g.IntN(4) {
			if len(words)%10 == 0 {
				w.WriteByte(byte('a' + g.IntN(26)))
			} else {
				w.WriteRune(rune(0x4E00 + g.IntN(3000)))
			}
		}
		if s := w.String(); !seen[s] {
			seen[s] = true
			words = append(words, s)
		}
	}
	return words
}
