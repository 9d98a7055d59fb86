package main_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

// peak is the most memory that botd had resident so far, in MiB; 0 where that cannot be had.
func (d *daemon) peak() int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		return 0
	}
	kb, _ := strconv.Atoi(string(m[1]))
	return kb >> 10
}

func TestFiveThousandCallbacksAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds and thousands of connections")
	}
	const members, each = 500, 10
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(20 * time.Millisecond)
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(slow.Close)
	sim := simulator.New(simulator.WithRetryDelay(700 * time.Millisecond))
	d := newDaemonOn(t, sim, `
rules:
  - {name: quick, match: {regex: '^quick (?P<n>\S+)$'}, reply: 'quick {{ args.n }}'}
  - {name: slow, match: {regex: '^slow (?P<n>\S+)$'}, http: {url: '`+slow.URL+`/', reply: 'slow {{ args.n }}'}}
`)
	d.write("bot.yaml", strings.Replace(d.file("bot.yaml"), "level: debug", "level: info", 1))
	for i := range members {
		sim.AddMember(simulator.Member{UserID: fmt.Sprint("m", i)})
	}
	d.start()
	idle := d.peak()
	var wg sync.WaitGroup
	var refused, lost atomic.Int64
	begin := make(chan struct{})
	for i := range members {
		for n := range each {
			wg.Go(func() {
				<-begin
				del := sim.Say(d.ctx, d.app, fmt.Sprint("m", i), fmt.Sprintf("%s %d", []string{"quick", "quick", "slow"}[n%3], n))
				for _, a := range del.Attempts {
					switch a.Status {
					case http.StatusOK:
					case http.StatusServiceUnavailable:
						refused.Add(1)
					default:
						t.Errorf("attempt %d got status %d, %s; want 200 or 503", a.Number, a.Status, a.Err)
					}
				}
				if !del.Received {
					lost.Add(1)
				}
			})
		}
	}
	start := time.Now()
	close(begin)
	wg.Wait()
	took := time.Since(start)
	d.settled(ordeal{})
	if lost.Load() > 0 {
		t.Errorf("%d messages were given up by the platform", lost.Load())
	}
	for i := range members {
		user := fmt.Sprint("m", i)
		got := map[string]int{}
		for _, s := range d.seen(user) {
			got[s]++
		}
		for n := range each {
			if text := fmt.Sprintf("%s %d", []string{"quick", "quick", "slow"}[n%3], n); got[text] != 1 {
				t.Errorf("%s sees %q %d times, want once", user, text, got[text])
			}
		}
	}
	after := d.peak()
	t.Logf("%d callbacks at once: all answered within %v, %d attempts refused with 503; memory %d MiB idle, %d MiB at most", members*each, took.Round(time.Millisecond), refused.Load(), idle, after)
	if after > 512 {
		t.Errorf("botd needed %d MiB, want at most 512", after)
	}
}

// A slow rule of one conversation holds up no other one: the server answers nobody before all sixty have asked.
func TestSixtySlowConversationsTogether(t *testing.T) {
	t.Parallel()
	const members = 60
	var asking sync.WaitGroup
	asking.Add(members)
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asking.Done()
		asking.Wait()
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(slow.Close)
	d := newDaemon(t, "rules:\n  - {name: slow, match: {exact: [slow]}, http: {url: '"+slow.URL+"/', timeout: 60s, reply: done}}\n")
	for i := range members {
		d.sim.AddMember(simulator.Member{UserID: fmt.Sprint("m", i)})
	}
	d.start()
	var wg sync.WaitGroup
	for i := range members {
		wg.Go(func() { d.sim.Say(d.ctx, d.app, fmt.Sprint("m", i), "slow") })
	}
	wg.Wait()
	for i := range members {
		if _, err := d.sim.WaitFor(d.ctx, fmt.Sprint("m", i), 1); err != nil {
			t.Fatalf("m%d gets no answer: %v", i, err)
		}
	}
	if runtime.GOOS == "linux" {
		t.Logf("memory at most %d MiB", d.peak())
	}
}
