package bottest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
)

// Bot is a bot that serves an app of a simulated platform. Its methods, and those of its members, belong into the test's
// own goroutine; what fails ends the test and prints the conversation.
type Bot struct {
	t     *testing.T
	world *world
	opt   *options
	log   logBook
	users map[string]*User
	talk  transcript

	// What follows belongs to the world.
	net     network
	out     *outside
	sim     *simulator.Server
	app     simulator.App
	store   storage.Store
	node    *node
	servers []*http.Server // of the hosts outside
	seen    int64          // number of the platform's last event that was looked at

	calls   []simulator.Call // that nobody expected yet
	strange []string         // hosts that were called and are not there
	lost    []string         // answers that the platform did not show
	faulty  bool             // something was made to go wrong
	closed  bool
}

// New is a bot with its platform, which nobody works for yet: see User.
func New(t *testing.T, opts ...Option) *Bot {
	t.Helper()
	b := newBot(t, newOptions(opts))
	t.Cleanup(b.Close)
	return b
}

func newBot(t *testing.T, o *options) *Bot {
	t.Helper()
	b := &Bot{t: t, opt: o, users: map[string]*User{}}
	if !o.begin.After(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Fatal("bottest: a conversation begins after the year 2000")
	}
	b.world = newWorld(t, o.begin)
	var err error
	b.world.do(func() {
		b.open()
		b.node, err = b.boot()
	})
	if err != nil {
		b.Close()
		t.Fatalf("bottest: %v", err)
	}
	b.look()
	return b
}

// open makes the platform and the store.
func (b *Bot) open() {
	api := b.net.transport()
	b.sim = simulator.New(simulator.WithListener(b.net.listen("platform.example")), simulator.WithTransport(api))
	b.app = b.sim.AddApp(simulator.App{CallbackURL: "http://bot.example/callback/" + b.opt.rules.App})
	b.store = memstore.New()
	b.out = &outside{hosts: b.opt.hosts, inside: b.net.transport(), machine: &http.Transport{DisableKeepAlives: true}}
	b.out.unknown = func(r *http.Request) error {
		b.strange = append(b.strange, r.Method+" "+r.URL.Redacted())
		return fmt.Errorf("%s is not served by the test: see bottest.Host", r.URL.Host)
	}
	for name, h := range b.opt.hosts {
		srv := &http.Server{Handler: h}
		b.servers = append(b.servers, srv)
		go func() { _ = srv.Serve(b.net.listen(name)) }() // until it is closed
	}
}

// Close ends the bot and fails the test for what was overlooked: answers that nobody read, calls that nobody expected.
// New has the test's end call it.
func (b *Bot) Close() {
	b.t.Helper()
	if b.closed {
		return
	}
	b.closed = true
	var left error
	if !b.world.stuck {
		if !b.t.Failed() {
			b.look()
			b.complain()
		}
		b.world.do(func() {
			left = b.node.stop()
			for _, srv := range b.servers {
				_ = srv.Close()
			}
			b.out.inside.CloseIdleConnections()
			b.sim.Close()
			b.store.Close()
		})
	}
	if left != nil {
		b.t.Errorf("bottest: %v", left)
	}
	if err := b.world.end(left); err != nil {
		b.t.Errorf("bottest: %v", err)
	}
}

// Now is the bot's time. It stands still while the test does something else.
func (b *Bot) Now() time.Time {
	b.t.Helper()
	var now time.Time
	b.world.do(func() { now = time.Now().In(b.opt.rules.Location) })
	return now
}

// Advance lets time pass, and what becomes due happen at its time.
func (b *Bot) Advance(d time.Duration) {
	b.t.Helper()
	b.talk.note("%s pass", d)
	b.world.do(func() {
		time.Sleep(d)
		synctest.Wait()
	})
	b.look()
}

// Restart ends the bot as SIGTERM does, and starts it again over the same store.
func (b *Bot) Restart() {
	b.t.Helper()
	b.talk.note("the bot restarts")
	var left, err error
	b.world.do(func() {
		left = b.node.stop()
		b.node, err = b.boot()
	})
	if left != nil || err != nil {
		b.fatalf("restart: %v %v", left, err)
	}
	b.look()
}

// Do runs f under the bot's clock, with the platform: for what has no method of its own.
func (b *Bot) Do(f func(platform *simulator.Server, app simulator.App)) {
	b.t.Helper()
	b.world.do(func() { f(b.sim, b.app) })
	b.look()
}

// SlowAPI makes all calls of an API path, "user/get", take that long from now on.
func (b *Bot) SlowAPI(path string, d time.Duration) {
	b.t.Helper()
	b.inject(simulator.Slow(d).On(path))
}

// FailAPI makes all calls of an API path answer an errcode from now on.
func (b *Bot) FailAPI(path string, errcode int) {
	b.t.Helper()
	b.inject(simulator.FailCode(errcode).On(path))
}

// Fault lets something go wrong, as simulator.ParseFault spells it: "message/send:timeout-after@1".
func (b *Bot) Fault(text string) {
	b.t.Helper()
	f, err := simulator.ParseFault(text)
	if err != nil {
		b.fatalf("%v", err)
	}
	b.inject(f)
}

func (b *Bot) inject(f simulator.Fault) {
	b.t.Helper()
	b.faulty = true
	b.talk.note("fault: %s", f)
	b.world.do(func() { b.sim.Inject(f) })
}

// Heal takes all faults back.
func (b *Bot) Heal() {
	b.t.Helper()
	b.talk.note("no faults any more")
	b.world.do(func() { b.sim.ClearFaults() })
}

// HTTP lets somebody call what the bot shows to the world: NewRequest("POST", "/plugins/bot/notify/hook", body). The
// body of the answer is read already.
func (b *Bot) HTTP(r *http.Request) *http.Response {
	b.t.Helper()
	var res *http.Response
	var err error
	b.world.do(func() {
		res, err = b.node.request(r) //nolint:bodyclose // read and closed by request
		b.settle(0)
	})
	if err != nil {
		b.fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	b.look()
	return res
}

// Log is what the bot has logged so far, a line each.
func (b *Bot) Log() string { return b.log.String() }

// fatalf ends the test with the conversation.
func (b *Bot) fatalf(format string, args ...any) {
	b.t.Helper()
	b.t.Fatalf("%s\n\n%s", fmt.Sprintf(format, args...), b.Transcript())
}

// complain fails the test for what was overlooked.
func (b *Bot) complain() {
	b.t.Helper()
	var faults []string
	for _, id := range slices.Sorted(keysOf(b.users)) {
		for _, m := range b.users[id].unread {
			faults = append(faults, fmt.Sprintf("%s was told something that the test does not look at: %q", id, m.Text))
		}
	}
	for _, c := range b.calls {
		faults = append(faults, "a call that the test does not expect: "+callLine(c))
	}
	for _, s := range b.strange {
		faults = append(faults, "a host that the test does not serve was called: "+s)
	}
	faults = append(faults, b.undelivered()...)
	if len(faults) > 0 {
		b.t.Errorf("%s\n\n%s", strings.Join(faults, "\n"), b.Transcript())
	}
}
