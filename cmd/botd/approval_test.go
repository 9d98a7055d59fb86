package main_test

import (
	"strings"
	"sync"
	"testing"
)

const approvalRules = `
rules:
  - name: ask
    match: {exact: [出差]}
    send:
      to: [lisi, zhaoliu]
      card:
        title: '{{ user.name }} 申请出差'
        buttons: [{text: 同意, key: trip.yes}, {text: 驳回, key: trip.no}]
    reply: 已提交
  - {name: approved, match: {event: template_card_event, key: trip.yes}, send: {to: [zhangsan], text: '{{ user.name }} 同意了'}, reply: {update_button: 已同意}}
  - {name: refused, match: {event: template_card_event, key: trip.no}, send: {to: [zhangsan], text: '{{ user.name }} 驳回了'}, reply: {update_button: 已驳回}}
`

// label is what stands on a member's card instead of its buttons.
func (d *daemon) label(user string) string {
	for _, s := range d.sim.Inbox(user) {
		if s.Card != nil {
			return s.Card.Replaced
		}
	}
	return ""
}

func TestTwoManagersClickAtOnceAndOneDecisionCounts(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, approvalRules).start()
	d.says("zhangsan", "出差")
	seen, err := d.sim.WaitFor(d.ctx, "lisi", 1)
	if err != nil || seen[0].Card == nil {
		t.Fatalf("lisi sees %+v, %v; want a card", seen, err)
	}
	d.stop() // a restart between send and click changes nothing
	d.start()
	var wg sync.WaitGroup
	for user, key := range map[string]string{"lisi": "trip.yes", "zhaoliu": "trip.no"} {
		wg.Go(func() { d.sim.Press(d.ctx, d.app, user, seen[0].Card.TaskID, key) })
	}
	wg.Wait()
	if err := d.sim.Wait(d.ctx, func() bool { return d.label("lisi") != "" && d.label("zhaoliu") != "" }); err != nil {
		t.Fatalf("the cards show %q and %q", d.label("lisi"), d.label("zhaoliu"))
	}
	for _, user := range []string{"lisi", "zhaoliu"} {
		decided := strings.Contains(d.label(user), "已同意")
		if strings.Contains(d.label("lisi"), "已同意") != decided {
			t.Errorf("the cards show different decisions: %q and %q", d.label("lisi"), d.label("zhaoliu"))
		}
	}
	told, err := d.sim.WaitFor(d.ctx, "zhangsan", 2) // 已提交, and one decision
	if err != nil {
		t.Fatal(err)
	}
	d.sim.Press(d.ctx, d.app, "lisi", seen[0].Card.TaskID, "trip.yes") // once more: no effect
	if again := d.sim.Inbox("zhangsan"); len(told) != 2 || len(again) != 2 {
		t.Errorf("zhangsan is told %+v", again)
	}
}
