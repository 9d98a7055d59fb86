package dialog

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
)

// BenchmarkTurn is the last question of a dialog of 20 steps: load, replay of 19 answers, the answer, store.
func BenchmarkTurn(b *testing.B) {
	store := memstore.New()
	defer store.Close()
	kv, err := store.KV("dialogs")
	if err != nil {
		b.Fatal(err)
	}
	benchmarkTurn(b, kv)
}

func benchmarkTurn(b *testing.B, kv storage.KV) {
	e := New(kv)
	def := e.Define("twenty", func(d *D) (reply.Reply, error) {
		for i := range 21 {
			if _, err := d.AskInt(fmt.Sprintf("第 %d 个问题：要几个？", i)); err != nil {
				return nil, err
			}
		}
		return reply.Text("完"), nil
	})
	handler := e.Middleware()(def)
	say := func(id int, text string) {
		m := &message.Message{From: "zhangsan", To: "ww1", Type: message.TypeText, ID: uint64(id), Text: text}
		if _, err := handler.Handle(b.Context(), &router.Request{Message: m, App: "hr"}); err != nil {
			b.Fatal(err)
		}
	}
	for i := range 20 {
		say(i, fmt.Sprint(i))
	}
	saved, err := kv.Get(b.Context(), recordKey("hr", "zhangsan"))
	if err != nil {
		b.Fatal(err)
	}
	if rec, err := parseState(saved.Value); err != nil || len(rec.steps) != 19 {
		b.Fatalf("%d steps, %v", len(rec.steps), err)
	}
	b.ReportAllocs()
	i := 100
	for b.Loop() {
		i++
		say(i, "7")
		b.StopTimer()
		if _, err := kv.Put(b.Context(), saved.Key, saved.Value, 0); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(len(saved.Value)), "B/record")
}

// BenchmarkNoDialog is what every other message of the app pays.
func BenchmarkNoDialog(b *testing.B) {
	store := memstore.New()
	defer store.Close()
	kv, err := store.KV("dialogs")
	if err != nil {
		b.Fatal(err)
	}
	next := router.HandlerFunc(func(context.Context, *router.Request) (reply.Reply, error) { return nil, nil })
	handler := New(kv).Middleware()(next)
	q := &router.Request{Message: &message.Message{From: "zhangsan", Type: message.TypeText, Text: "hi"}, App: "hr", Log: slog.New(slog.DiscardHandler)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := handler.Handle(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}
