package router_test

import (
	"context"
	"encoding/json"
	"flag"
	"regexp"
	"testing"

	"github.com/wecombot/wecombot/internal/golden"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/router"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func explained(t *testing.T) router.Explanation {
	s := testScope()
	tb := table(t,
		router.Rule{Name: "menu", Source: "faq.yaml:1:1", Match: router.And(router.Event("click"), router.KeyPrefix("m."), router.From("lisi")), Handler: say("")},
		router.Rule{Name: "photo", Source: "faq.yaml:2:1", Match: router.Type(message.TypeImage), Handler: say("")},
		router.Rule{Name: "leave", Source: "faq.yaml:3:1", Match: router.And(router.Type(message.TypeText), router.Keyword("年假", "annual leave"), condition(t, s, `now.Hour() < 9`)), Handler: say("")},
		router.Rule{Name: "admins", Source: "faq.yaml:4:1", Match: condition(t, s, `msg.text != "x" && !(user.id in vars.admins || msg.key == "k") && now.Hour() > 3`), Handler: say("")},
		router.Rule{Name: "broken", Source: "faq.yaml:5:1", Match: condition(t, s, `int(msg.text) > 3 || msg.text == "x"`), Handler: say("")},
		router.Rule{Name: "not", Source: "faq.yaml:6:1", Match: router.Not(router.Or(router.Exact("a"), router.Any())), Handler: say("")},
		router.Rule{Name: "either", Source: "faq.yaml:7:1", Match: router.Or(router.Exact("a"), router.Prefix("我"), router.Any()), Handler: say(""), Continue: true},
		router.Rule{Name: "remember", Source: "faq.yaml:8:1", Match: router.Regexp(regexp.MustCompile(`^我是(?P<who>.+?)，`)), Handler: say("")},
		router.Rule{Name: "rest", Source: "faq.yaml:9:1", Match: router.Any(), Handler: say("")},
	)
	return tb.Explain(context.Background(), text("我是张三，还有几天年假"))
}

func TestExplain(t *testing.T) {
	t.Parallel()
	x := explained(t)
	golden.Check(t, *update, "testdata/explain.en.golden", x.String())
	golden.Check(t, *update, "testdata/explain.zh.golden", x.Format("zh-CN"))
	b, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, *update, "testdata/explain.json.golden", string(b))
}

// window is a matcher of another package that explains itself.
type window struct{ open bool }

func (w window) Match(context.Context, *router.Request) (map[string]string, bool) { return nil, w.open }

func (w window) Explain(context.Context, *router.Request) router.Part {
	return router.Part{Kind: "hours", Want: []string{"09:00-18:00"}, Got: "20:15"}
}

func TestExplainOfOthersAndOfNothing(t *testing.T) {
	t.Parallel()
	rules := []router.Rule{{Name: "office", Match: router.And(router.Keyword("a"), window{}), Handler: say("")}}
	for _, c := range []struct {
		q        *router.Request
		fallback router.Handler
		want     string
	}{
		{text("a"), say(""), "✗ office\n    ✓ keyword a is in the text: \"a\"\n    ✗ hours 09:00-18:00: 20:15\n→ no rule matches: the fallback answers\n"},
		{text("a"), nil, "✗ office\n    ✓ keyword a is in the text: \"a\"\n    ✗ hours 09:00-18:00: 20:15\n→ no rule matches\n"},
		{event("view", "x"), say(""), "✗ office  (left out by the index)\n    ✗ keyword a\n        ✗ type text, but it is event\n    · a matcher in code  (not evaluated)\n→ no rule matches\n"},
	} {
		tb, err := router.NewTable(rules, c.fallback)
		if err != nil {
			t.Fatal(err)
		}
		if got := tb.Explain(context.Background(), c.q).String(); got != c.want {
			t.Errorf("Explain of %s %q:\n%s\nwant:\n%s", c.q.Type, c.q.Text, got, c.want)
		}
	}
}
