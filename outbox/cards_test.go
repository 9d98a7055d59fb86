package outbox_test

import (
	"testing"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/simulator"
)

// The platform shows a card before its answer is here; whoever clicks in between must not be taken for the only receiver.
func TestACardIsKnownBeforeThePlatformAnswers(t *testing.T) {
	t.Parallel()
	b := setup(t, outbox.WithBackoff(time.Hour, time.Hour))
	b.sim.SetCallbackURL(b.app, "http://127.0.0.1:1/") // or cards are refused
	b.sim.Inject(mustFault(t, "message/send:reset-after@1"))
	card, err := reply.Card("出差申请").Button("同意", "yes").Units(reply.Options{})
	if err != nil {
		t.Fatal(err)
	}
	to := outbox.To{User: "lisi|zhaoliu"}
	if err := b.box.Push(b.ctx, outbox.Delivery{ID: "card", App: "hr", To: to, Units: card}); err != nil {
		t.Fatal(err)
	}
	b.box.Start()
	seen, err := b.sim.WaitFor(b.ctx, "lisi", 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.box.Cards().Get(b.ctx, "hr", seen[0].Card.TaskID)
	if err != nil || got.To != to || got.Title != "出差申请" || got.Code != "" {
		t.Errorf("Get = %+v, %v, want the card to %s", got, err, to)
	}
}

func mustFault(t *testing.T, text string) simulator.Fault {
	t.Helper()
	f, err := simulator.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
