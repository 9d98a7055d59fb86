package router_test

import (
	"context"
	"maps"
	"regexp"
	"testing"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/router"
)

func TestMatchers(t *testing.T) {
	t.Parallel()
	image := &router.Request{Message: &message.Message{Type: message.TypeImage, From: "lisi"}}
	cases := []struct {
		name string
		m    router.Matcher
		q    *router.Request
		want bool
		vars map[string]string
	}{
		{"an exact word in full width with space", router.Exact("ping"), text("ＰＩＮＧ　"), true, nil},
		{"an exact word is the whole text", router.Exact("ping"), text("ping me"), false, nil},
		{"the word may be the one in full width", router.Exact("ＷｉＦｉ"), text("wifi"), true, nil},
		{"a keyword anywhere", router.Keyword("年假", "annual leave"), text("我还有几天年假？"), true, nil},
		{"a keyword in another case", router.Keyword("Annual Leave"), text("my ANNUAL LEAVE?"), true, nil},
		{"a keyword inside a longer word", router.Keyword("vpn"), text("OpenVPN"), true, nil},
		{"ß folds to ss", router.Keyword("strasse"), text("Straße"), true, nil},
		{"no keyword", router.Keyword("年假"), text("病假"), false, nil},
		{"an event has no text", router.Keyword(""), event("click", "x"), false, nil},
		{"an image has no text", router.Regexp(regexp.MustCompile(``)), image, false, nil},
		{"a prefix with the rest as typed", router.Prefix("天气"), text(" 天气　ＢｅｉＪing "), true, map[string]string{"rest": "ＢｅｉＪing"}},
		{"a prefix in another width", router.Prefix("go"), text("ＧＯ North"), true, map[string]string{"rest": "North"}},
		{"the longest prefix wins", router.Prefix("天气", "天气预报"), text("天气预报北京"), true, map[string]string{"rest": "北京"}},
		{"a prefix alone has an empty rest", router.Prefix("天气"), text("天气"), true, map[string]string{"rest": ""}},
		{"a prefix elsewhere", router.Prefix("天气"), text("今天天气"), false, nil},
		{"named groups are captures", router.Regexp(regexp.MustCompile(`^我是(?P<who>.+)$`)), text(" 我是张三 "), true, map[string]string{"who": "张三"}},
		{"the case of a capture is kept", router.Regexp(regexp.MustCompile(`^I am (?P<who>.+)$`)), text("I am Bob"), true, map[string]string{"who": "Bob"}},
		{"full-width digits", router.Regexp(regexp.MustCompile(`^订单(?P<no>\d+)$`)), text("订单１２３"), true, map[string]string{"no": "123"}},
		{"a group that took no part is empty", router.Regexp(regexp.MustCompile(`^a(?P<x>b)?$`)), text("a"), true, map[string]string{"x": ""}},
		{"type", router.Type(message.TypeImage, message.TypeVoice), image, true, nil},
		{"another type", router.Type(message.TypeImage), text("x"), false, nil},
		{"event in any case", router.Event("LOCATION"), event("location", ""), true, nil},
		{"key", router.Key("leave"), event("click", "leave"), true, nil},
		{"key is exact", router.Key("leave"), event("click", "leave.cancel"), false, nil},
		{"key prefix", router.KeyPrefix("leave."), event("click", "leave.cancel"), true, map[string]string{"rest": "cancel"}},
		{"the empty key prefix wants a key", router.KeyPrefix(""), text("x"), false, nil},
		{"from", router.From("lisi", "zhangsan"), text("x"), true, nil},
		{"any", router.Any(), event("click", ""), true, nil},
		{"and joins captures", router.And(router.Prefix("我是"), router.Regexp(regexp.MustCompile(`(?P<n>\d+)`))), text("我是7号"), true, map[string]string{"rest": "7号", "n": "7"}},
		{"and wants all", router.And(router.Keyword("a"), router.Keyword("b")), text("a"), false, nil},
		{"an expression sees the captures before it", router.And(router.Prefix("我是"), router.MustExpr(`args.rest == "张三"`)), text("我是张三"), true, map[string]string{"rest": "张三"}},
		{"or takes the first", router.Or(router.Prefix("x"), router.Prefix("ab"), router.Prefix("a")), text("abc"), true, map[string]string{"rest": "c"}},
		{"or of none", router.Or(), text("a"), false, nil},
		{"not", router.Not(router.Keyword("a")), text("b"), true, nil},
		{"not of a failing expression", router.Not(router.MustExpr(`int(msg.text) > 1`)), text("b"), false, nil},
		{"or of a failing expression", router.Or(router.MustExpr(`int(msg.text) > 1`), router.Keyword("b")), text("b"), true, nil},
	}
	for _, c := range cases {
		vars, ok := c.m.Match(context.Background(), c.q)
		if ok != c.want || !maps.Equal(vars, c.vars) {
			t.Errorf("%s: Match = %v, %v; want %v, %v", c.name, vars, ok, c.vars, c.want)
		}
		if !ok {
			continue
		}
		// The same through a table, where the index and the shared forms of the text have their say.
		tb := table(t, router.Rule{Name: "r", Match: c.m, Handler: say("yes")})
		if _, matched, err := tb.Handle(context.Background(), c.q); len(matched) != 1 || err != nil {
			t.Errorf("%s: Handle ran %v, %v; want the rule", c.name, matched, err)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "  ": "", "Ping": "ping", " ＡＢＣ１２３　": "abc123", "年假？": "年假?", "ﾃﾚﾋﾞ": "テレビ", "ŒUVRE": "œuvre", "Ⅷ": "viii", "㎏": "kg",
		"“引号”": "“引号”", "e\u0301": "é", "ΣΑΣ": "σασ",
	} {
		if got := router.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}
