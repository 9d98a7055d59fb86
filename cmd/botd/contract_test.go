package main_test

import (
	"os"
	"strings"
	"testing"
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
