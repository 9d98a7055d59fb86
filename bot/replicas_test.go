package bot_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/bot"
)

// second starts another machine over the store of b; callbacks reach it from now on.
func (b *bench) second() *bench {
	b.t.Helper()
	other := *b
	other.boot()
	b.t.Cleanup(other.stop)
	return &other
}

func TestAnotherMachineGivesTheSameAnswer(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 0), opts: []bot.Option{bot.WithReplicas(true)}})
	first := b.sim.Say(b.ctx, b.app, "zhangsan", "once")
	b.second()
	again := b.sim.DeliverXML(b.ctx, b.app, "zhangsan", first.Plaintext)
	if runs.Load() != 1 || first.Reply == nil || again.Reply == nil || again.Reply.Text != first.Reply.Text {
		t.Errorf("runs %d, replies %+v and %+v; want one run and the same answer", runs.Load(), first.Reply, again.Reply)
	}
}

func TestAnotherMachineKnowsWhatIsAccepted(t *testing.T) {
	t.Parallel()
	b := setup(t, config{routes: echo(new(atomic.Int64), 2*time.Second), replyWithin: 50 * time.Millisecond, opts: []bot.Option{bot.WithReplicas(true)}})
	first := b.sim.Say(b.ctx, b.app, "zhangsan", "slow")
	b.second()
	again := b.sim.DeliverXML(b.ctx, b.app, "zhangsan", first.Plaintext)
	if !first.Received || !again.Received || again.Reply != nil || len(again.Attempts) != 1 {
		t.Errorf("first %+v, again %+v; want both accepted at once, without an answer", first, again)
	}
	b.sees("zhangsan", "re: slow")
}
