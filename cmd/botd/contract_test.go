package main_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

// TestTheConversationTestOfTheContract plays the documented sample to the documented rules.
func TestTheConversationTestOfTheContract(t *testing.T) {
	t.Parallel()
	contract, err := os.ReadFile("../../rules/testdata/contract.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := newDaemon(t, string(contract))
	d.write("rules/leave.test.yaml", `- name: asks for the number of days
  as: zhangsan
  at: 2026-03-02T09:30:00+08:00
  steps:
    - say: 请假
      expect: {contains: 几天}
    - say: 三
      expect: {rule: leave-form, contains: 数字}
    - click: leave.cancel
      expect: {equals: 已取消}
`)
	if out, code := d.run("test"); code != 0 || !strings.Contains(out, "1 passed") {
		t.Errorf("botd test: exit %d\n%s", code, out)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules)
	for _, c := range []struct {
		args string
		code int
	}{
		{"version", 0}, {"keygen", 0}, {"check", 0}, {"schema rules", 0}, {"outbox list", 0}, {"explain ping", 0},
		{"trace last", 1}, {"outbox retry nothing", 1}, {"outbox drop nothing", 1},
		{"nonsense", 2}, {"outbox", 2}, {"outbox nonsense", 2}, {"menu nonsense", 2}, {"rules nonsense", 2}, {"new nonsense", 2},
		{"run --nonsense", 2}, {"run -c nowhere.yaml", 2}, {"check -c nowhere.yaml", 2}, {"test nowhere.test.yaml", 2},
		{"schema nonsense", 2}, {"explain", 2}, {"send --app hr hello", 2}, {"send --app nobody --to zhangsan hello", 2}, {"api", 2},
		{"api GET user/get nonsense=1", 2}, {"menu push --app nobody", 2}, {"outbox retry", 2},
	} {
		if out, code := d.run(strings.Fields(c.args)...); code != c.code {
			t.Errorf("botd %s: exit %d, want %d\n%s", c.args, code, c.code, out)
		}
	}
}

// An app that may not list members can still find one by his account.
func TestFormFindsAMemberByAccount(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, `
rules: [{name: ask, match: {exact: [ask]}, form: f}]
forms: {f: {ask: [{name: m, prompt: who?, type: member}], then: {reply: 'it is {{ form.m.id }}'}}}
`).start()
	d.sim.Inject(simulator.FailCode(48002).On("department/simplelist"))
	d.says("zhangsan", "ask")
	if got := d.says("zhangsan", "lisi"); got != "it is lisi" {
		t.Errorf("lisi: %q", got)
	}
}

func TestFormsSayInTimeThatTheyArePutAside(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, `
rules: [{name: ask, match: {exact: [ask]}, form: f}]
forms: {f: {ask: [{name: x, prompt: what?}], then: {reply: ok}, timeout: 10s}}
`).start()
	d.says("zhangsan", "ask")
	ctx, cancel := context.WithTimeout(d.ctx, 40*time.Second) // it would be a minute if only each minute were looked at
	defer cancel()
	if seen, err := d.sim.WaitFor(ctx, "zhangsan", 2); err != nil || !strings.Contains(seen[1].Text, "继续") {
		t.Errorf("zhangsan sees %v, %v", seen, err)
	}
}
