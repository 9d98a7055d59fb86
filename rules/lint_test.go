package rules_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/internal/golden"
	"github.com/wecombot/wecombot/rules"
)

func TestLint(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
vars: {on: false}
rules:
  - {name: leave, match: {keyword: [年假, 请假]}, reply: x}
  - {name: apply, match: {keyword: [年假申请, 申请请假]}, reply: x}
  - {name: some, match: {exact: [年假表, 表格]}, reply: x}
  - {name: say, match: {prefix: 说}, reply: '{{ args.rest }} {{ args.rset }}'}
  - {name: say-more, match: {prefix: 说话, when: 'user.id == "a"'}, reply: x}
  - {name: early, match: {exact: 年假}, reply: x, priority: 1}
  - {name: voice, match: {type: [voice, text], keyword: 年假}, reply: x}
  - {name: limited, match: {keyword: 报修}, who: lisi, reply: x}
  - {name: after, match: {exact: 报修}, reply: x}
  - {name: log, match: {keyword: 工资}, reply: x, continue: true}
  - {name: pay, match: {exact: 工资}, reply: x}
  - {name: both, match: {exact: 请假, regex: '(?P<n>.)'}, reply: '{{ args.m }}'}
  - {name: menu, match: {key: 'a.*'}, reply: '{{ args.rest }}'}
  - {name: item, match: {key: [a.b, c]}, reply: x}
  - {name: never, match: {when: 'vars.on && 1 < 2'}, reply: x}
  - {name: never-hour, match: {when: 'now.Hour() > 20 && now.Hour() < 6'}, reply: x}
  - {name: never-type, match: {when: 'msg.type == "image" && len(msg.text) > 0'}, reply: x}
  - {name: never-two, match: {when: 'user.id == "a" and user.id == "b"'}, reply: x}
  - {name: maybe, match: {when: 'now.Hour() > 20 || now.Hour() < 6'}, reply: '{{ session.who }}'}
  - {name: quoted, match: {when: 'msg.text == "&& msg.type == 1"'}, set: {whom: 'args.x'}, reply: ok}
forms:
  lost: {ask: [{name: a, prompt: a}], then: {reply: x}}
`)
	var got []string
	for _, p := range rules.Lint(d.set) {
		got = append(got, strings.ReplaceAll(p.String(), filepath.Dir(d.file)+"/", ""))
	}
	golden.Check(t, *update, "testdata/lint.golden", strings.Join(got, "\n")+"\n")
}
