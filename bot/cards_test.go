package bot_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// approval answers clicks on a card, counting its effects.
func approval(effects *atomic.Int64, wait time.Duration) func(*router.Router) {
	return func(r *router.Router) {
		r.HandleFunc(router.Event("template_card_event"), func(_ context.Context, q *router.Request) (reply.Reply, error) {
			effects.Add(1)
			time.Sleep(wait)
			if q.Key == "yes" {
				return reply.List(reply.UpdateButton("已同意"), reply.Text("好")), nil
			}
			return reply.UpdateButton("已驳回"), nil
		})
	}
}

// sendCard sends the card to managers and returns its task id.
func (b *bench) sendCard(users string) string {
	b.t.Helper()
	card := reply.Card("出差申请 #1042").Button("同意", "yes").Button("驳回", "no")
	units, err := card.Units(reply.Options{})
	must(b.t, err)
	must(b.t, b.box.Push(b.ctx, outbox.Delivery{ID: "card-1", App: "hr", To: outbox.To{User: users}, Units: units}))
	seen, err := b.sim.WaitFor(b.ctx, "lisi", 1)
	must(b.t, err)
	for b.ctx.Err() == nil {
		if card, err := b.box.Cards().Get(b.ctx, "hr", seen[0].Card.TaskID); err == nil && card.Code != "" {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	return seen[0].Card.TaskID
}

func (b *bench) label(user string) string {
	for _, s := range b.sim.Inbox(user) {
		if s.Card != nil {
			return s.Card.Replaced
		}
	}
	return ""
}

func (b *bench) shows(user, want string) {
	b.t.Helper()
	if err := b.sim.Wait(b.ctx, func() bool { return b.label(user) == want }); err != nil {
		b.t.Errorf("%s's card shows %q, want %q", user, b.label(user), want)
	}
}

func TestOneDecisionCountsAndBothCardsShowIt(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]time.Duration{"in time": 0, "slow": 700 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var effects atomic.Int64
			b := setup(t, config{routes: approval(&effects, wait)})
			task := b.sendCard("lisi|zhaoliu")
			b.stop() // a restart between send and click changes nothing
			b.boot()
			var wg sync.WaitGroup
			for user, key := range map[string]string{"lisi": "yes", "zhaoliu": "no"} {
				wg.Go(func() { b.sim.Press(b.ctx, b.app, user, task, key) })
			}
			wg.Wait()
			b.shows("lisi", b.want("lisi", &effects))
			b.shows("zhaoliu", b.want("zhaoliu", &effects))
			if effects.Load() != 1 {
				t.Errorf("two clicks had %d effects, want 1", effects.Load())
			}
			b.sim.Press(b.ctx, b.app, "lisi", task, "yes") // a double click
			if effects.Load() != 1 {
				t.Errorf("a later click had an effect")
			}
		})
	}
}

// want is the label that a member's card ends with, whoever was first.
func (b *bench) want(user string, _ *atomic.Int64) string {
	b.t.Helper()
	names := map[string]string{"lisi": "李四", "zhaoliu": "赵六"}
	labels := map[string]string{"lisi": "已同意", "zhaoliu": "已驳回"}
	var d outbox.Decision
	for b.ctx.Err() == nil {
		var ok bool
		var err error
		for _, s := range b.sim.Inbox("lisi") {
			if s.Card != nil {
				d, ok, err = b.box.Cards().Decided(b.ctx, "hr", s.Card.TaskID, "")
			}
		}
		if ok && err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if d.User == user && b.conf.replyWithin > 0 && b.label(user) == labels[user] {
		return labels[user] // passively, in his own words
	}
	return names[d.User] + "：" + labels[d.User]
}

func TestExpiredCodeBecomesAMessage(t *testing.T) {
	t.Parallel()
	var effects atomic.Int64
	b := setup(t, config{routes: approval(&effects, 700*time.Millisecond)})
	task := b.sendCard("lisi|zhaoliu")
	fault(t, b, "message/update_template_card:60140@1")
	b.sim.Press(b.ctx, b.app, "lisi", task, "yes")
	if err := b.sim.Wait(b.ctx, func() bool {
		return slices.Contains(b.texts("zhaoliu"), "出差申请 #1042\n李四：已同意")
	}); err != nil {
		t.Errorf("zhaoliu sees %q, want a message about the decision", b.texts("zhaoliu"))
	}
}
