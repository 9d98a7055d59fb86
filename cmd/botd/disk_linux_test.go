package main_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/wecombot/wecombot/simulator"
)

const diskRules = `
rules:
  - {name: quick, match: {regex: '^quick (?P<n>\S+)$'}, reply: 'quick {{ args.n }}'}
  - {name: md, match: {regex: '^md (?P<n>\S+)$'}, reply: {markdown: 'md {{ args.n }}'}}
  - {name: slow, match: {regex: '^slow (?P<n>\S+)$'}, http: {url: '%[1]s/', reply: 'slow {{ args.n }}'}}
`

// disk is a daemon whose disk can fail.
type disk struct {
	*daemon
	t *testing.T
}

func newDisk(t *testing.T, wait time.Duration) *disk {
	t.Helper()
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(wait)
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(slow.Close)
	sim := simulator.New(simulator.WithRetryDelay(50*time.Millisecond), simulator.WithCallbackTimeout(3*time.Second))
	d := newDaemonOn(t, sim, fmt.Sprintf(diskRules, slow.URL))
	d.write("bot.yaml", strings.Replace(d.file("bot.yaml"), `listen:`, `reply_within: 300ms, listen:`, 1))
	return &disk{d, t}
}

// limit sets how large a file the running botd may write, in bytes. 0 is a store that cannot be written at all.
func (d *disk) limit(bytes uint64) {
	d.t.Helper()
	lim := syscall.Rlimit{Cur: bytes, Max: 1 << 40}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(d.cmd.Process.Pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&lim)), 0, 0, 0)
	if errno != 0 {
		d.t.Skipf("prlimit: %v", errno)
	}
}

// readyz asks until readiness has a status.
func (d *disk) readyz(want int) {
	d.t.Helper()
	var code int
	var body string
	for range 200 {
		if code, body = d.get("/readyz"); code == want {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	d.t.Fatalf("readyz says %d %s, want %d", code, body, want)
}

func TestStoreThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	d := newDisk(t, 2500*time.Millisecond)
	d.start()
	if got := d.says("zhangsan", "quick 0"); got != "quick 0" {
		t.Fatalf("quick: %q", got)
	}
	d.limit(0)
	d.readyz(http.StatusServiceUnavailable)
	if got := d.says("zhangsan", "quick 1"); got != "quick 1" {
		t.Errorf("an answer that needs no store: %q", got)
	}
	var wg sync.WaitGroup
	for user, text := range map[string]string{"lisi": "slow 2", "wangwu": "md 3"} {
		wg.Go(func() {
			del := d.sim.Say(d.ctx, d.app, user, text)
			if del.Received || len(del.Attempts) != 3 {
				t.Errorf("%s: received %v after %d attempts; nothing that cannot be kept may be accepted", text, del.Received, len(del.Attempts))
			}
			for _, a := range del.Attempts {
				if a.Status != http.StatusInternalServerError || a.Took > 2*time.Second {
					t.Errorf("%s: attempt %d got status %d after %v, want 500 in time", text, a.Number, a.Status, a.Took)
				}
			}
		})
	}
	wg.Wait()
	if log := d.output(); !strings.Contains(log, "the store cannot commit") || !strings.Contains(log, "answer cannot be stored") {
		t.Errorf("the log does not say what is wrong:\n%s", log)
	}
	if _, m := d.get("/metrics"); !strings.Contains(m, `wecombot_callbacks_refused_total{app="hr",reason="store"}`) {
		t.Error("refusals for the store are not counted")
	}

	d.limit(1 << 40)
	d.readyz(http.StatusOK)
	del := d.sim.Say(d.ctx, d.app, "zhaoliu", "slow 4")
	if !del.Received {
		t.Errorf("after the recovery: %+v", del.Attempts)
	}
	for user, want := range map[string]string{"zhaoliu": "slow 4", "wangwu": "md 3", "lisi": "slow 2"} {
		seen, err := d.sim.WaitFor(d.ctx, user, 1)
		if err != nil || len(seen) != 1 || seen[0].Text != want {
			t.Errorf("after the recovery %s sees %+v, %v; want %q", user, seen, err, want)
		}
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	d := newDisk(t, 500*time.Millisecond)
	data := filepath.Join(d.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	t.Cleanup(func() { d.kill(); _ = syscall.Unmount(data, 0) })
	d.start()
	filler := filepath.Join(data, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); err != nil {
			break // full
		}
	}
	f.Close()
	users := []string{"zhangsan", "lisi", "wangwu", "zhaoliu"}
	var mu sync.Mutex
	accepted, refused := map[string][]string{}, 0
	var wg sync.WaitGroup
	for i, user := range users {
		wg.Go(func() {
			for n := range 12 {
				text := fmt.Sprintf("%s %d", []string{"md", "slow"}[n%2], 100*i+n)
				del := d.sim.Say(d.ctx, d.app, user, text)
				mu.Lock()
				if del.Received {
					accepted[user] = append(accepted[user], text)
				} else {
					refused++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if refused == 0 {
		t.Error("nothing was refused: the disk was not full")
	}
	if !strings.Contains(d.output(), "no space left on device") {
		t.Errorf("the log does not say why:\n%s", d.output())
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	d.readyz(http.StatusOK)
	d.settled(ordeal{})
	for _, user := range users {
		rest := d.seen(user)
		for _, text := range accepted[user] {
			if got := count(d.seen(user), text); got != 1 {
				t.Errorf("%s sees the answer to %q, which was accepted, %d times: %q", user, text, got, rest)
			}
		}
		if d.sim.Say(d.ctx, d.app, user, "slow 9"); !strings.Contains(strings.Join(d.waitSeen(user, "slow 9"), " "), "slow 9") {
			t.Errorf("%s gets no answers after the recovery", user)
		}
	}
}

// waitSeen waits until a member sees a text, and returns all that he sees.
func (d *daemon) waitSeen(user, text string) []string {
	_ = d.sim.Wait(d.ctx, func() bool { return count(d.seen(user), text) > 0 })
	return d.seen(user)
}

func TestReadOnlyStoreDoesNotStart(t *testing.T) {
	t.Parallel()
	d := newDisk(t, 0)
	data := filepath.Join(d.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", data, "tmpfs", syscall.MS_RDONLY, "size=1m"); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(data, 0) })
	out, code := d.run("run", "-c", "bot.yaml")
	if code != 1 || !strings.Contains(out, "read-only file system") || !strings.Contains(out, "botd.db") {
		t.Errorf("botd run on a read-only store: exit %d\n%s", code, out)
	}
}
