package outbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/wecom"
)

// bench is a platform, a client and an outbox between them.
type bench struct {
	t   *testing.T
	sim *simulator.Server
	app simulator.App
	box *outbox.Outbox
	ctx context.Context
}

func setup(t *testing.T, opts ...outbox.Option) *bench {
	t.Helper()
	sim := simulator.New()
	t.Cleanup(sim.Close)
	simulator.Demo(sim)
	app := sim.AddApp(simulator.App{})
	client, err := wecom.NewClient(app.CorpID, app.Secret, wecom.WithBaseURL(sim.URL), wecom.WithRetry(0))
	if err != nil {
		t.Fatal(err)
	}
	store := memstore.New()
	opts = append([]outbox.Option{outbox.WithBackoff(time.Millisecond, 5*time.Millisecond), outbox.WithMetrics(prometheus.NewRegistry())}, opts...)
	box, err := outbox.New(store, opts...)
	if err != nil {
		t.Fatal(err)
	}
	box.SetApp("hr", outbox.App{Client: client, AgentID: app.AgentID})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(func() {
		box.Close(ctx)
		cancel()
		store.Close()
	})
	return &bench{t: t, sim: sim, app: app, box: box, ctx: ctx}
}

func texts(t *testing.T, ss ...string) []reply.Unit {
	t.Helper()
	var units []reply.Unit
	for _, s := range ss {
		u, err := reply.Text(s).Units(reply.Options{})
		if err != nil {
			t.Fatal(err)
		}
		units = append(units, u...)
	}
	return units
}

func (b *bench) push(id, user string, ss ...string) {
	b.t.Helper()
	err := b.box.Push(b.ctx, outbox.Delivery{ID: id, App: "hr", To: outbox.To{User: user}, Units: texts(b.t, ss...)})
	if err != nil {
		b.t.Fatalf("Push(%s): %v", id, err)
	}
}

func (b *bench) sees(user string, want ...string) {
	b.t.Helper()
	if _, err := b.sim.WaitFor(b.ctx, user, len(want)); err != nil {
		b.t.Fatalf("waiting for %d messages: %v; calls %v", len(want), err, b.sim.CallsTo("message/send"))
	}
	b.drained()
	var got []string
	for _, s := range b.sim.Inbox(user) {
		got = append(got, s.Text)
	}
	if !slices.Equal(got, want) {
		b.t.Errorf("%s sees %q, want %q", user, got, want)
	}
}

// drained waits until nothing is under way.
func (b *bench) drained() {
	b.t.Helper()
	for b.ctx.Err() == nil {
		if es, err := b.box.List(b.ctx, 10); err == nil && len(es) == 0 {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	b.t.Fatal("the outbox does not get empty")
}

func TestDeliversInOrderWhateverThePlatformDoes(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{
		"", "message/send:-1@1", "message/send:-1@2", "message/send:http=502@2", "message/send:http-after=502@2", "message/send:reset-before@1",
		"message/send:reset-after@1", "message/send:reset-after@3", "message/send:truncated@2", "message/send:html@2", "message/send:42001@2",
		"message/send:40014@1", "message/send:40001@3", "message/send:revoke@2", "message/send:45033@1", "message/send:6000@2", "gettoken:-1@1", "gettoken:http=500@1",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if fault != "" {
				f, err := simulator.ParseFault(fault)
				if err != nil {
					t.Fatal(err)
				}
				b.sim.Inject(f)
			}
			b.push("a", "zhangsan", "一", "二", "三")
			b.push("b", "zhangsan", "四")
			b.push("a", "zhangsan", "一", "二", "三") // pushed again: nothing
			b.box.Start()
			b.sees("zhangsan", "一", "二", "三", "四")
		})
	}
}

func TestEqualAnswersAreNotTakenForOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.box.Start()
	for i := range 5 {
		b.push(fmt.Sprint("p", i), "zhangsan", "pong")
	}
	b.sees("zhangsan", "pong", "pong", "pong", "pong", "pong")
}

func TestKeepsThePlatformsPace(t *testing.T) {
	t.Parallel()
	start := time.Now()
	var skew = make(chan time.Duration, 1)
	skew <- 0
	now := func() time.Time { d := <-skew; skew <- d; return start.Add(d) }
	sim := simulator.New(simulator.WithClock(now))
	t.Cleanup(sim.Close)
	simulator.Demo(sim)
	app := sim.AddApp(simulator.App{})
	client, err := wecom.NewClient(app.CorpID, app.Secret, wecom.WithBaseURL(sim.URL))
	if err != nil {
		t.Fatal(err)
	}
	store := memstore.New(memstore.WithClock(now))
	box, err := outbox.New(store, outbox.WithClock(now))
	if err != nil {
		t.Fatal(err)
	}
	box.SetApp("hr", outbox.App{Client: client, AgentID: app.AgentID})
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(func() { box.Close(ctx); cancel(); store.Close() })
	for i := range 40 {
		err := box.Push(ctx, outbox.Delivery{ID: fmt.Sprint(i), App: "hr", To: outbox.To{User: "zhangsan"}, Units: texts(t, fmt.Sprint("pong ", i))})
		if err != nil {
			t.Fatal(err)
		}
	}
	box.Start()
	if _, err := sim.WaitFor(ctx, "zhangsan", 30); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // the 31st must not leave in this minute
	if n := len(sim.Inbox("zhangsan")); n != 30 {
		t.Fatalf("in the first minute %d messages arrived, want 30", n)
	}
	<-skew
	skew <- 63 * time.Second
	// A queue looks at a foreign clock again when it changes.
	if err := box.Push(ctx, outbox.Delivery{ID: "wake", App: "hr", To: outbox.To{User: "lisi"}, Units: texts(t, "hi")}); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.WaitFor(ctx, "zhangsan", 40); err != nil {
		t.Fatalf("%v; %d arrived, lost %v", err, len(sim.Inbox("zhangsan")), sim.Lost("zhangsan"))
	}
	if lost := sim.Lost("zhangsan"); len(lost) != 0 {
		t.Errorf("the platform dropped %d messages", len(lost))
	}
}

func TestPermanentRefusalIsADeadLetterWithItsReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault, reason string
	}{
		{"message/send:60020@1", "60020"}, {"message/send:45002@1", "45002"}, {"message/send:48002@1", "48002"}, {"message/send:40007@1", "40007"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			f, err := simulator.ParseFault(c.fault)
			if err != nil {
				t.Fatal(err)
			}
			b.sim.Inject(f)
			b.push("a", "zhangsan", "一", "二")
			b.push("b", "zhangsan", "三")
			b.box.Start()
			b.sees("zhangsan", "三") // others of the lane go on
			dead, err := b.box.Dead(b.ctx, 10)
			if err != nil || len(dead) != 1 || dead[0].ID != "a" || !strings.Contains(dead[0].Reason, c.reason) {
				t.Fatalf("Dead() = %+v, %v; want a with %s", dead, err, c.reason)
			}
			if err := b.box.Retry(b.ctx, "a"); err != nil {
				t.Fatal(err)
			}
			b.sees("zhangsan", "三", "一", "二")
		})
	}
}

func TestDropForgets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.push("a", "zhangsan", "一")
	if err := b.box.Drop(b.ctx, "a"); err != nil {
		t.Fatal(err)
	}
	b.push("b", "zhangsan", "二")
	b.box.Start()
	b.sees("zhangsan", "二")
}

func TestInvalidReceiversAreReported(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.push("a", "zhangsan|nobody", "一")
	b.push("b", "nobody", "二")
	b.box.Start()
	b.sees("zhangsan", "一")
	dead, err := b.box.Dead(b.ctx, 10)
	if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Reason, "81013") {
		t.Errorf("Dead() = %+v, %v; want b with 81013", dead, err)
	}
}

func TestDoubtfulSendAsksForTheDuplicateCheck(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f, err := simulator.ParseFault("message/send:reset-after@1")
	if err != nil {
		t.Fatal(err)
	}
	b.sim.Inject(f)
	b.push("a", "zhangsan", "一")
	b.box.Start()
	b.sees("zhangsan", "一")
	var checks []int
	for _, c := range b.sim.CallsTo("message/send") {
		var body struct {
			Check int `json:"enable_duplicate_check"`
		}
		if err := json.Unmarshal([]byte(c.Body), &body); err != nil {
			t.Fatal(err)
		}
		checks = append(checks, body.Check)
	}
	if !slices.Equal(checks, []int{0, 1}) {
		t.Errorf("enable_duplicate_check of the sends is %v, want [0 1]", checks)
	}
}
