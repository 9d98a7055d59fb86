package outbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/wecom"
)

// world is a platform and a store that outlive outboxes.
type world struct {
	t      *testing.T
	sim    *simulator.Server
	app    simulator.App
	store  storage.Store
	client *wecom.Client
	ctx    context.Context
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, sim: simulator.New(), store: memstore.New()}
	simulator.Demo(w.sim)
	w.app = w.sim.AddApp(simulator.App{})
	var err error
	if w.client, err = wecom.NewClient(w.app.CorpID, w.app.Secret, wecom.WithBaseURL(w.sim.URL), wecom.WithRetry(0)); err != nil {
		t.Fatal(err)
	}
	var cancel context.CancelFunc
	w.ctx, cancel = context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(func() { cancel(); w.sim.Close(); w.store.Close() })
	return w
}

// process starts an outbox over the store.
func (w *world) process() *bench {
	w.t.Helper()
	box, err := outbox.New(w.store, outbox.WithBackoff(time.Millisecond, 5*time.Millisecond))
	if err != nil {
		w.t.Fatal(err)
	}
	box.SetApp("hr", outbox.App{Client: w.client, AgentID: w.app.AgentID})
	w.t.Cleanup(func() { box.Close(w.ctx) })
	return &bench{t: w.t, sim: w.sim, app: w.app, box: box, ctx: w.ctx}
}

// pace is what the store holds of the windows of members.
func (w *world) pace() map[string][]byte {
	w.t.Helper()
	out := map[string][]byte{}
	for e, err := range w.kv("pace").Scan(w.ctx, "") {
		if err != nil {
			w.t.Fatal(err)
		}
		out[e.Key] = e.Value
	}
	return out
}

func (w *world) setPace(to map[string][]byte) {
	w.t.Helper()
	kv := w.kv("pace")
	for key := range w.pace() {
		if err := kv.Delete(w.ctx, key); err != nil {
			w.t.Fatal(err)
		}
	}
	for key, value := range to {
		if _, err := kv.Put(w.ctx, key, value, 0); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) kv(name string) storage.KV {
	w.t.Helper()
	kv, err := w.store.KV(name)
	if err != nil {
		w.t.Fatal(err)
	}
	return kv
}

func TestPaceIsKeptAcrossARestart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		clean bool
		first int
		then  int // what may still leave in this minute
	}{
		{"clean stop after 25", true, 25, 5},
		{"clean stop after 7", true, 7, 23},
		{"crash after 23", false, 23, 6}, // 20 of the 23 are stored, 4 more are assumed
		{"crash after 7", false, 7, 21},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before := w.process()
			before.box.Start()
			for i := range c.first {
				before.push(fmt.Sprint("a", i), "zhangsan", fmt.Sprint("before ", i))
			}
			if _, err := w.sim.WaitFor(w.ctx, "zhangsan", c.first); err != nil {
				t.Fatal(err)
			}
			before.drained()
			at := w.pace()
			before.box.Close(w.ctx)
			if !c.clean {
				w.setPace(at) // what a crash leaves
			}
			after := w.process()
			after.box.Start()
			for i := range 30 {
				after.push(fmt.Sprint("b", i), "zhangsan", fmt.Sprint("after ", i))
			}
			if _, err := w.sim.WaitFor(w.ctx, "zhangsan", c.first+c.then); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond) // one more would be one too many
			if got := len(w.sim.Inbox("zhangsan")) - c.first; got != c.then {
				t.Errorf("after the restart %d messages left in the minute, want %d", got, c.then)
			}
			if lost := w.sim.Lost(""); len(lost) > 0 {
				t.Errorf("the platform dropped %d messages", len(lost))
			}
		})
	}
}

func TestOfferedUnitIsSentOnlyWhenItWasNotTaken(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{true, false} {
		t.Run(fmt.Sprint(taken), func(t *testing.T) {
			t.Parallel()
			b := newWorld(t).process()
			b.box.Start()
			err := b.box.Push(b.ctx, outbox.Delivery{ID: "a", App: "hr", To: outbox.To{User: "zhangsan"}, Units: texts(t, "一", "二", "三"), Offered: true})
			if err != nil {
				t.Fatal(err)
			}
			b.push("b", "zhangsan", "四")
			time.Sleep(50 * time.Millisecond)
			if n := len(b.sim.Inbox("zhangsan")); n != 0 {
				t.Fatalf("%d messages left before the offer was settled", n)
			}
			b.box.Taken("a", taken)
			if taken {
				b.sees("zhangsan", "二", "三", "四")
			} else {
				b.sees("zhangsan", "一", "二", "三", "四")
			}
		})
	}
}

func TestUnderwayTellsWhatWasOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.process()
	before.push("a", "zhangsan", "一")
	err := before.box.Push(w.ctx, outbox.Delivery{ID: "b", App: "hr", To: outbox.To{User: "lisi"}, Units: texts(t, "二", "三"), Offered: true})
	if err != nil {
		t.Fatal(err)
	}
	after := w.process()
	us, err := after.box.Underway(w.ctx)
	if err != nil || len(us) != 2 || us[0].Offered != nil || us[1].Offered == nil || us[1].Offered.Plain != "二" {
		t.Fatalf("Underway() = %+v, %v", us, err)
	}
	if after.box.Ahead("hr", "ZhangSan") == nil {
		t.Error("Ahead of zhangsan is nil, want a channel: an answer of the process before is under way")
	}
}

func TestAheadEndsWithTheDelivery(t *testing.T) {
	t.Parallel()
	b := newWorld(t).process()
	b.push("a", "zhangsan", "一")
	if b.box.Ahead("hr", "lisi") != nil {
		t.Error("Ahead of another member is not nil")
	}
	ahead := b.box.Ahead("hr", "zhangsan")
	if ahead == nil {
		t.Fatal("Ahead is nil while an answer is under way")
	}
	b.box.Start()
	select {
	case <-ahead:
	case <-b.ctx.Done():
		t.Fatal("Ahead does not end")
	}
	if b.box.Ahead("hr", "zhangsan") != nil {
		t.Error("Ahead is not nil after the delivery")
	}
	b.sees("zhangsan", "一")
}

// The second of two equal answers gets lost where the duplicate check reaches back to the first; it is doubled where there
// is no check.
func TestDoubtAboutAnEqualAnswerLosesNothing(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"message/send:reset-after@2", "message/send:reset-before@2", "message/send:http=502@2"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			f, err := simulator.ParseFault(fault)
			if err != nil {
				t.Fatal(err)
			}
			w.sim.Inject(f)
			b := w.process()
			b.box.Start()
			b.push("a", "zhangsan", "pong")
			b.sees("zhangsan", "pong")
			b.push("b", "zhangsan", "pong")
			b.sees("zhangsan", "pong", "pong")
		})
	}
}

func TestRevivedDeadLetterIsSentOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, s := range []string{"message/send:-1@1-3", "message/send:reset-after@4", "message/send:60020@5", "message/send:reset-after@6"} {
		f, err := simulator.ParseFault(s)
		if err != nil {
			t.Fatal(err)
		}
		w.sim.Inject(f)
	}
	b := w.process()
	b.box.Start()
	b.push("a", "zhangsan", "一")
	if _, err := w.sim.WaitFor(w.ctx, "zhangsan", 1); err != nil {
		t.Fatal(err)
	}
	b.drained()
	dead, err := b.box.Dead(w.ctx, 10)
	if err != nil || len(dead) != 1 {
		t.Fatalf("Dead() = %+v, %v; want one", dead, err)
	}
	if err := b.box.Retry(w.ctx, "a"); err != nil {
		t.Fatal(err)
	}
	b.sees("zhangsan", "一")
	var checks []int
	for _, c := range w.sim.CallsTo("message/send") {
		var body struct {
			Check int `json:"enable_duplicate_check"`
		}
		if err := json.Unmarshal([]byte(c.Body), &body); err != nil {
			t.Fatal(err)
		}
		checks = append(checks, body.Check)
	}
	if got, want := fmt.Sprint(checks), "[0 0 0 0 1 1 1]"; got != want {
		t.Errorf("enable_duplicate_check of the sends is %v, want %v", got, want)
	}
}

// A card was changed, and a crash came before that was acknowledged: it is not said once more in a message.
func TestAChangeOfACardIsNotRepeatedAsAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	units, err := reply.UpdateButton("已同意").Units(reply.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := w.process()
	for _, id := range []string{"done", "other"} {
		card := fmt.Sprintf(`{"task_id": %q, "to": {"user": "lisi"}, "title": %q, "spent": "done"}`, id, id)
		if _, err := w.kv("cards").Put(w.ctx, "card/hr/"+id, []byte(card), time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := b.box.Push(w.ctx, outbox.Delivery{ID: id, App: "hr", To: outbox.To{User: "lisi"}, Units: units, Task: id}); err != nil {
			t.Fatal(err)
		}
	}
	b.box.Start()
	b.sees("lisi", "other\n已同意")
}
