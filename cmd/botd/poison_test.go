package main_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/internal/failpoint"
	"github.com/wecombot/wecombot/simulator"
)

// A message whose handler ends the process each time is given up after five tries: with a trace, a dead letter that can
// be tried again, and a sentence to the member.
func TestPoisonousMessageIsGivenUp(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("crash points need Unix signals")
	}
	binary, err := tortured()
	if err != nil {
		t.Fatal(err)
	}
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(500 * time.Millisecond)
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(slow.Close)
	d := newDaemonOn(t, simulator.New(), "rules:\n  - {name: bad, match: {exact: [bad]}, http: {url: '"+slow.URL+"', reply: fine}}\n  - {name: ping, match: {exact: [ping]}, reply: pong}\n")
	d.binary = binary
	d.write("bot.yaml", strings.Replace(d.file("bot.yaml"), `listen:`, `reply_within: 300ms, listen:`, 1))

	d.start("WECOMBOT_CRASH_AT=" + string(failpoint.BeforeEarly200))
	go d.sim.Say(d.ctx, d.app, "zhangsan", "bad")
	<-d.done
	d.reap()
	lives := 0
	for ; lives < 10; lives++ {
		d.start("WECOMBOT_CRASH_AT=" + string(failpoint.HandlerEnded))
		select {
		case <-d.done:
			d.reap()
			continue
		case <-time.After(1500 * time.Millisecond): // longer than the handler
		}
		break
	}
	if lives < 4 || lives > 5 { // whether the first life counts depends on what it had time for
		t.Errorf("after the first, the message ended %d processes, want 5 in all", lives)
	}
	seen, err := d.sim.WaitFor(d.ctx, "zhangsan", 1)
	if err != nil || !strings.Contains(seen[0].Text, "不再重试") {
		t.Fatalf("zhangsan sees %+v, %v; want a sentence", seen, err)
	}
	out, code := d.run("outbox", "dead")
	if code != 0 || !strings.Contains(out, "message of zhangsan") || !strings.Contains(out, "ended 5 times") {
		t.Errorf("outbox dead: exit %d\n%s", code, out)
	}
	if out, _ := d.run("trace", "last"); !strings.Contains(out, "dead") || !strings.Contains(out, "recovered") {
		t.Errorf("trace:\n%s", out)
	}
	id := strings.Fields(strings.Split(out, "\n")[1])[0]
	d.kill()
	d.start() // the handler is mended
	if got := d.says("lisi", "ping"); got != "pong" {
		t.Errorf("ping: %q", got)
	}
	if out, code := d.run("outbox", "retry", id); code != 0 {
		t.Fatalf("outbox retry: exit %d\n%s", code, out)
	}
	if seen, err = d.sim.WaitFor(d.ctx, "zhangsan", 2); err != nil || seen[1].Text != "fine" {
		t.Errorf("after the retry zhangsan sees %+v, %v; want the answer", seen, err)
	}
}
