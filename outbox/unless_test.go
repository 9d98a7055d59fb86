package outbox_test

import (
	"testing"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
)

func TestALaterMessageHoldsUpNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	due := time.Now().Add(1200 * time.Millisecond) // what waits less keeps its order
	err := b.box.Push(b.ctx, outbox.Delivery{ID: "later", App: "hr", To: outbox.To{User: "zhangsan"}, Units: texts(t, "后"), NotBefore: due, Expires: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	b.box.Start()
	b.push("now", "zhangsan", "先")
	b.sees("zhangsan", "先", "后")
}

func TestNothingIsSentThatACardMadeNeedless(t *testing.T) {
	t.Parallel()
	b := setup(t)
	card, err := reply.Card("告警").Button("我来处理", "ack").Units(reply.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for id, task := range map[string]string{"decided": outbox.Tasks("card/0", card)[0], "undecided": outbox.Tasks("card/1", card)[0]} {
		err := b.box.Push(b.ctx, outbox.Delivery{ID: id, App: "hr", To: outbox.To{User: "lisi"}, Units: texts(t, id), Unless: []string{"w-other", task}})
		if err != nil {
			t.Fatal(err)
		}
	}
	task := outbox.Tasks("card/0", card)
	if len(task) != 1 {
		t.Fatalf("Tasks = %q, want one", task)
	}
	if _, err := b.box.Cards().Decide(b.ctx, "hr", task[0], "", outbox.Decision{User: "zhangsan"}); err != nil {
		t.Fatal(err)
	}
	b.box.Start()
	b.sees("lisi", "undecided")
	if dead, err := b.box.Dead(b.ctx, 10); err != nil || len(dead) > 0 {
		t.Errorf("dead letters: %v, %v", dead, err)
	}
}
