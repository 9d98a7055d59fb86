package main_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/internal/failpoint"
	"github.com/wecombot/wecombot/simulator"
)

var torture = flag.Bool("torture", false, "kill botd hundreds of times, not only a few")

// tortureRules answers in every way there is: in time and late, in one part and in several, passive types and others.
const tortureRules = `
rules:
  - {name: quick, match: {regex: '^quick (?P<n>\S+)$'}, reply: 'quick {{ args.n }} 1'}
  - {name: card, match: {regex: '^card (?P<n>\S+)$'}, reply: {markdown: 'card {{ args.n }} 1'}}
  - {name: same, match: {regex: '^same (?P<n>\S+)$'}, reply: {markdown: 'same'}}
  - {name: parts, match: {regex: '^parts (?P<n>\S+)$'}, reply: ['parts {{ args.n }} 1', {markdown: 'parts {{ args.n }} 2'}, 'parts {{ args.n }} 3']}
  - name: slow
    match: {regex: '^slow (?P<n>\S+)$'}
    http: {url: '%[1]s/?n={{ args.n }}&wait=500', reply: 'slow {{ args.n }} 1'}
  - name: slowparts
    match: {regex: '^slowparts (?P<n>\S+)$'}
    http: {url: '%[1]s/?n={{ args.n }}&wait=500', reply: ['slowparts {{ args.n }} 1', 'slowparts {{ args.n }} 2', 'slowparts {{ args.n }} 3']}
  - name: close
    match: {regex: '^close (?P<n>\S+)$'}
    http: {url: '%[1]s/?n={{ args.n }}&wait=290', reply: ['close {{ args.n }} 1', 'close {{ args.n }} 2']}
`

// partsOf is what the member must see for a message.
func partsOf(text string) []string {
	kind, n, _ := strings.Cut(text, " ")
	count := map[string]int{"quick": 1, "card": 1, "parts": 3, "slow": 1, "slowparts": 3, "close": 2}[kind]
	if kind == "same" {
		return []string{"same"}
	}
	var parts []string
	for i := 1; i <= count; i++ {
		parts = append(parts, fmt.Sprintf("%s %s %d", kind, n, i))
	}
	return parts
}

// tortured is botd with crash points, built once.
var tortured = sync.OnceValues(func() (string, error) {
	out := filepath.Join(filepath.Dir(built), "botd-failpoint")
	if text, err := exec.Command("go", "build", "-tags", "failpoint", "-o", out, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build botd with crash points: %w\n%s", err, text)
	}
	return out, nil
})

// ordeal is one run of the kill test.
type ordeal struct {
	crashes []string // WECOMBOT_CRASH_AT of the first process, of the second …; "" lives on
	random  int      // how many processes are killed at a random moment
	faults  []string // of the platform
	seed    uint64
}

func (o ordeal) String() string {
	return fmt.Sprintf("crash %q, random kills %d, faults %q, seed %d", o.crashes, o.random, o.faults, o.seed)
}

// faultSets are platforms on which things go wrong.
var faultSets = [][]string{
	nil,
	{"message/send:reset-after@2,5"},
	{"message/send:http-after=502@1,4", "callback:timeout-after@2"},
	{"callback:reset-after@1,4", "message/send:42001@2"},
	{"callback:duplicate@2,5", "message/send:truncated@3"},
	{"message/send:reset-before@1,6", "callback:reset-before@3", "gettoken:http=500@1"},
	{"message/send:slow=300ms@2-4"},
}

// TestTorture kills the real botd at every crash point, on a platform that has troubles of its own, and starts it again.
// Whatever happened: every accepted message is handled, and every answer is seen once and in order.
func TestTorture(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("crash points need Unix signals")
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	binary, err := tortured()
	if err != nil {
		t.Fatal(err)
	}
	var hit sync.Map
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8) // the runs mostly wait
	for i, o := range ordeals() {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			t.Run(fmt.Sprint(i), func(t *testing.T) { o.run(t, binary, &hit) })
		}()
	}
	wg.Wait()
	for _, p := range failpoint.Points() {
		if _, ok := hit.Load(string(p)); !ok {
			t.Errorf("no run reached the crash point %s", p)
		}
	}
}

// ordeals are every point once on changing platforms, and random moments; with -torture every point at several hits on
// every platform, pairs of points, and more random moments.
func ordeals() []ordeal {
	var all []ordeal
	add := func(o ordeal) {
		o.seed = uint64(len(all))
		all = append(all, o)
	}
	for i, p := range failpoint.Points() {
		add(ordeal{crashes: []string{string(p)}, faults: faultSets[i%len(faultSets)]})
	}
	add(ordeal{random: 2})
	add(ordeal{random: 3, faults: faultSets[2]})
	if !*torture {
		return all
	}
	for _, p := range failpoint.Points() {
		for n := 1; n <= 3; n++ {
			for _, f := range faultSets {
				add(ordeal{crashes: []string{fmt.Sprintf("%s@%d", p, n)}, faults: f})
			}
		}
		for _, q := range failpoint.Points() {
			add(ordeal{crashes: []string{string(p), string(q)}, faults: faultSets[len(all)%len(faultSets)]})
		}
	}
	for i := range 100 {
		add(ordeal{random: 1 + i%4, faults: faultSets[i%len(faultSets)]})
	}
	return all
}

func (o ordeal) run(t *testing.T, binary string, hit *sync.Map) {
	var called atomic.Int64
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called.Add(1)
		wait, _ := time.ParseDuration(r.FormValue("wait") + "ms")
		time.Sleep(wait)
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(slow.Close)
	sim := simulator.New(simulator.WithRetryDelay(200*time.Millisecond), simulator.WithCallbackTimeout(2*time.Second))
	d := newDaemonOn(t, sim, fmt.Sprintf(tortureRules, slow.URL))
	d.write("bot.yaml", strings.NewReplacer(`listen: "127.0.0.1:0"`, `reply_within: 300ms, listen: "`+freeAddress(t)+`"`, "level: debug", "level: info").
		Replace(d.file("bot.yaml")))
	d.binary = binary
	for _, f := range o.faults {
		fault, err := simulator.ParseFault(f)
		if err != nil {
			t.Fatal(err)
		}
		sim.Inject(fault)
	}
	stop := d.keepAlive(o, hit)
	said := d.conversations(o.seed)
	if err := stop(); err != nil {
		t.Fatalf("%v: %v\n%s", o, err, d.output())
	}
	d.settled(o)
	for user, messages := range said {
		if problem := judgeConversation(messages, d.seen(user)); problem != "" {
			t.Errorf("%v: %s %s\nsaid %v\nsees %q\n%s", o, user, problem, messages, d.seen(user), d.traces(user))
		}
	}
	if lost := sim.Lost(""); len(lost) > 0 {
		t.Errorf("%v: the platform swallowed %+v", o, lost)
	}
	for _, del := range sim.Deliveries() {
		if del.Problem != "" {
			t.Errorf("%v: %s: %s", o, del.Note, del.Problem)
		}
		for _, a := range del.Attempts {
			if a.TimedOut && a.Err == "" {
				t.Errorf("%v: %s: attempt %d was not answered in time", o, del.Note, a.Number)
			}
		}
	}
}

// keepAlive starts botd, lets it die as the ordeal says, and starts it again each time. stop waits until all deaths are
// died, as far as they come, and leaves a living botd.
func (d *daemon) keepAlive(o ordeal, hit *sync.Map) (stop func() error) {
	rng := rand.New(rand.NewPCG(o.seed, 7))
	lives := slices.Clone(o.crashes)
	for range o.random {
		lives = append(lives, "random")
	}
	quiet := make(chan struct{}) // closed when nobody writes any more
	ended := make(chan error, 1)
	boot := func(crash string) bool {
		d.start("WECOMBOT_CRASH_AT=" + crash)
		return true
	}
	boot(first(lives))
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			if i >= len(lives) {
				return // the last one lives
			}
			var moment <-chan time.Time
			if lives[i] == "random" {
				moment = time.After(time.Duration(rng.Int64N(int64(2 * time.Second))))
			}
			select {
			case <-d.done:
				point, _, _ := strings.Cut(lives[i], "@")
				hit.Store(point, true)
				_ = d.cmd.Wait()
			case <-moment:
				d.kill()
			case <-quiet:
				// Nobody writes any more; what is still to come comes within a moment.
				select {
				case <-d.done:
					point, _, _ := strings.Cut(lives[i], "@")
					hit.Store(point, true)
					_ = d.cmd.Wait()
				case <-moment:
					d.kill()
				case <-time.After(2 * time.Second):
					return
				}
			}
			next := ""
			if i+1 < len(lives) {
				next = lives[i+1]
			}
			if err := d.restart("WECOMBOT_CRASH_AT=" + next); err != nil {
				ended <- err
				return
			}
		}
	}()
	return func() error {
		close(quiet)
		return <-ended
	}
}

func first(ss []string) string {
	if len(ss) == 0 {
		return ""
	}
	return ss[0]
}

// restart is start for another goroutine than the test's.
func (d *daemon) restart(env ...string) error {
	ready, err := d.boot(env...)
	if err != nil {
		return err
	}
	select {
	case m := <-ready:
		d.callback, d.admin = "http://"+m[1], "http://"+m[2]
		return nil
	case <-d.done:
		if strings.HasSuffix(strings.Join(env, " "), "=") {
			return errors.New("botd ended by itself")
		}
		return nil // it reached its crash point while it started
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
}

// said is a message of a member, whether the platform takes it as accepted, and whether the platform threw an answer to it
// away.
type said struct {
	text     string
	accepted bool
	lost     bool
}

func (s said) String() string {
	return fmt.Sprintf("%s (accepted: %v, lost: %v)", s.text, s.accepted, s.lost)
}

// conversations lets three members write all kinds of messages one after another, each in an order of their own.
func (d *daemon) conversations(seed uint64) map[string][]said {
	var mu sync.Mutex
	out := map[string][]said{}
	var wg sync.WaitGroup
	for i, user := range []string{"zhangsan", "lisi", "wangwu"} {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		kinds := []string{"quick", "parts", "slow", "card", "slowparts", "close", "same", "same"}
		rng.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		wg.Go(func() {
			for n, kind := range kinds {
				text := fmt.Sprintf("%s %d", kind, n)
				del := d.sim.Say(d.ctx, d.app, user, text)
				mu.Lock()
				out[user] = append(out[user], said{text, del.Received, answerLost(del)})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return out
}

// settled waits until nothing is under way.
func (d *daemon) settled(o ordeal) {
	d.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, list := d.get("/api/outbox")
		_, metrics := d.get("/metrics")
		var entries []json.RawMessage
		if json.Unmarshal([]byte(list), &entries) == nil && len(entries) == 0 &&
			strings.Contains(metrics, "\nwecombot_messages_in_flight 0\n") && strings.Contains(metrics, "\nwecombot_inbox_depth 0\n") {
			return
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("%v: does not come to rest: outbox %s\n%s", o, list, d.output())
		}
	}
}

func (d *daemon) seen(user string) []string {
	var got []string
	for _, s := range d.sim.Inbox(user) {
		got = append(got, s.Text)
	}
	return got
}

func (d *daemon) traces(user string) string {
	_, text := d.get("/api/trace?limit=20&user=" + user)
	return text
}

func answerLost(d *simulator.Delivery) bool {
	return slices.ContainsFunc(d.Attempts, func(a simulator.Attempt) bool { return strings.Contains(a.Err, "-after") })
}

// judgeConversation says what is wrong with what a member sees. All of an accepted message's answer is there, once, in
// order and in its place. A message that the platform gave up may be answered or not, or in part, when botd died between
// storing the rest and writing the beginning; what is there comes once and in order. And when the platform threw away the
// beginning of an answer that was written to it, the rest may have come before it asked again.
func judgeConversation(messages []said, seen []string) string {
	rest := slices.Clone(seen)
	var strict []said
	for _, m := range messages {
		parts := partsOf(m.text)
		if m.accepted && !m.lost || parts[0] == "same" {
			strict = append(strict, m)
			continue
		}
		last := -1
		for _, p := range parts {
			i := slices.Index(rest, p)
			switch {
			case i < 0 && m.accepted:
				return fmt.Sprintf("does not see %q", p)
			case i >= 0 && i < last && !m.lost:
				return fmt.Sprintf("sees %q out of order", p)
			case i >= 0:
				rest = slices.Delete(rest, i, i+1)
				last = i
			}
		}
	}
	if !matches(strict, rest) {
		return fmt.Sprintf("does not see the answers to %v once and in order, but %q", strict, rest)
	}
	return ""
}

// matches reports whether seen are the answers to messages, one after another; those of messages that were not accepted
// may be missing.
func matches(messages []said, seen []string) bool {
	if len(messages) == 0 {
		return len(seen) == 0
	}
	m := messages[0]
	parts := partsOf(m.text)
	if len(seen) >= len(parts) && slices.Equal(seen[:len(parts)], parts) && matches(messages[1:], seen[len(parts):]) {
		return true
	}
	return !m.accepted && matches(messages[1:], seen)
}

func count(ss []string, s string) (n int) {
	for _, x := range ss {
		if x == s {
			n++
		}
	}
	return n
}
