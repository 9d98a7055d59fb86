package main_test

import (
	"strings"
	"testing"
	"time"
)

// eventually asks until the answer is want.
func (d *daemon) eventually(user, say, want string) {
	d.t.Helper()
	var got string
	for range 200 {
		if got = d.says(user, say); got == want {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	d.t.Fatalf("%q is answered %q, want %q; log:\n%s", say, got, want, d.output())
}

func TestSavedRulesAnswerAndBrokenOnesDoNot(t *testing.T) {
	t.Parallel()
	const rule = "rules:\n  - {name: a, match: {exact: [ping]}, reply: "
	d := newDaemon(t, rule+"one}\n").start()
	d.eventually("zhangsan", "ping", "one")
	d.write("rules/a.yaml", rule+"two}\n")
	d.eventually("zhangsan", "ping", "two")
	d.write("rules/b.yaml", "rules:\n  - {name: b, match: {exact: [pong]}, reply: new file}\n")
	d.eventually("zhangsan", "pong", "new file")

	d.write("rules/a.yaml", rule+"'{{ msg.txt }}'}\n")
	for range 200 {
		if _, m := d.get("/metrics"); strings.Contains(m, "\nwecombot_rules_stale 1\n") {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if _, m := d.get("/metrics"); !strings.Contains(m, "\nwecombot_rules_stale 1\n") {
		t.Errorf("no metric of the failed reload")
	}
	if !strings.Contains(d.output(), "a.yaml:2:") || !strings.Contains(d.output(), "msg.text") {
		t.Errorf("the log does not say where and what:\n%s", d.output())
	}
	if _, page := d.get("/console"); !strings.Contains(page, "Rules not reloaded") {
		t.Errorf("the console does not show the problem")
	}
	if got := d.says("zhangsan", "ping"); got != "two" {
		t.Errorf("after a broken save: %q, want the last good answer", got)
	}
	d.write("rules/a.yaml", rule+"three}\n")
	d.eventually("zhangsan", "ping", "three")
}

func TestRevisionsAndSwitches(t *testing.T) {
	t.Parallel()
	const rule = "rules:\n  - {name: a, match: {exact: [ping]}, reply: "
	const other = "  - {name: b, match: {keyword: [ping]}, reply: other}\n"
	d := newDaemon(t, rule+"one}\n"+other).start()
	d.eventually("zhangsan", "ping", "one")
	d.write("rules/a.yaml", rule+"two}\n"+other)
	d.eventually("zhangsan", "ping", "two")

	list, code := d.run("rules", "list")
	lines := strings.Split(strings.TrimSpace(list), "\n")
	if code != 0 || !strings.Contains(list, "answers") {
		t.Fatalf("rules list: exit %d\n%s", code, list)
	}
	first := strings.Fields(lines[len(lines)-2])[0]
	if out, code := d.run("rules", "diff", first); code != 0 || !strings.Contains(out, "-  - {name: a, match: {exact: [ping]}, reply: one}") {
		t.Errorf("rules diff: exit %d\n%s", code, out)
	}
	if out, code := d.run("rules", "rollback", first); code != 0 {
		t.Fatalf("rules rollback: exit %d\n%s", code, out)
	}
	d.eventually("zhangsan", "ping", "one")
	if out, code := d.run("rules", "off", "a"); code != 0 {
		t.Fatalf("rules off: exit %d\n%s", code, out)
	}
	d.eventually("zhangsan", "ping", "other")
	if code := d.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	d.start() // what was rolled back and switched off stays so
	d.eventually("zhangsan", "ping", "other")
	if out, code := d.run("rules", "on", "a"); code != 0 {
		t.Fatalf("rules on: exit %d\n%s", code, out)
	}
	d.eventually("zhangsan", "ping", "one")
	d.write("rules/a.yaml", rule+"three}\n"+other)
	d.eventually("zhangsan", "ping", "three")
	if out, code := d.run("rules", "off", "nonsense"); code != 1 {
		t.Errorf("rules off of an unknown rule: exit %d\n%s", code, out)
	}
}
