package natsstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/natsstore"
)

func TestExpiredValuesAreDeleted(t *testing.T) {
	t.Parallel()
	url := server(t)
	writer := open(t, url)
	kv := must(writer.KV("x"))(t)
	for i := range 5 {
		must(kv.Put(t.Context(), fmt.Sprint(i), nil, time.Hour))(t)
	}
	must(kv.Put(t.Context(), "0", nil, 0))(t) // no longer
	if err := writer.Close(); err != nil {    // what it would have deleted, another one must
		t.Fatal(err)
	}
	s := open(t, url)
	kv = must(s.KV("x"))(t)
	must(kv.Put(t.Context(), "5", nil, time.Hour))(t)
	for _, step := range []struct {
		at   time.Duration
		left uint64
	}{{30 * time.Minute, 6}, {2 * time.Hour, 1}} {
		if err := natsstore.Expire(s, time.Now().Add(step.at)); err != nil {
			t.Fatal(err)
		}
		if n := messages(t, url, "_kv_x"); n != step.left {
			t.Errorf("%d values after %v, want %d", n, step.at, step.left)
		}
	}
	must(kv.Get(t.Context(), "0"))(t)
}

func TestLargeValuesAreDeleted(t *testing.T) {
	t.Parallel()
	url := server(t)
	s := open(t, url)
	kv, ctx := must(s.KV("x"))(t), t.Context()
	if err := natsstore.Sweep(s, 0); err != nil { // nothing large yet
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte("x"), storage.MaxValue)
	for _, key := range []string{"stays", "deleted", "replaced", "replaced"} {
		must(kv.Put(ctx, key, large, 0))(t)
	}
	must(kv.Put(ctx, "replaced", nil, 0))(t)
	if err := kv.Delete(ctx, "deleted"); err != nil {
		t.Fatal(err)
	}
	before := messages(t, url, "_kvlarge_x")
	if err := natsstore.Sweep(s, time.Hour); err != nil {
		t.Fatal(err)
	}
	if n := messages(t, url, "_kvlarge_x"); n != before {
		t.Errorf("%d messages, want %d: young ones may belong to a write that goes on", n, before)
	}
	if err := natsstore.Sweep(s, 0); err != nil {
		t.Fatal(err)
	}
	if n := messages(t, url, "_kvlarge_x"); n != before/4 {
		t.Errorf("%d messages of large values, want %d", n, before/4)
	}
	if e := must(kv.Get(ctx, "stays"))(t); !bytes.Equal(e.Value, large) {
		t.Errorf("Get = %d bytes, want %d", len(e.Value), len(large))
	}
}

func TestBodiesAreDeleted(t *testing.T) {
	t.Parallel()
	url := server(t)
	s := open(t, url, natsstore.WithSnapshots(30, 0))
	q, ctx := must(s.Queue("x", 0))(t), t.Context()
	for i := range 30 {
		id := fmt.Sprint(i)
		if err := q.Push(ctx, storage.Item{ID: id, Body: []byte(id)}, storage.Item{ID: id + "b", Body: []byte(id)}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			l := must(q.Pull(ctx, time.Hour))(t)
			l = must(q.Save(ctx, l, []byte("more"), time.Hour))(t)
			if err := q.Ack(ctx, l); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := q.Push(ctx, storage.Item{ID: "stays", Body: []byte("body")}); err != nil {
		t.Fatal(err)
	}
	// What is left: the body of the one that is pending, and the snapshot.
	eventually(t, "bodies are deleted", func() bool { return messages(t, url, "_q_x_data") == 2 })
	if err := natsstore.Sweep(s, 0); err != nil {
		t.Fatal(err)
	}
	if n := messages(t, url, "_q_x_data"); n != 2 {
		t.Errorf("%d messages after the sweep, want 2", n)
	}
	if l := must(q.Pull(ctx, time.Hour))(t); string(l.Body) != "body" {
		t.Errorf("Pull = %q, want body", l.Body)
	}
}

func TestBroadcastIsOnePush(t *testing.T) {
	t.Parallel()
	s := open(t, server(t))
	q, ctx := must(s.Queue("x", 2500))(t), t.Context()
	var items []storage.Item
	for i := range 2500 {
		items = append(items, storage.Item{ID: fmt.Sprint(i), Lane: fmt.Sprint(i), Body: []byte(strings.Repeat("文", 300))})
	}
	if err := q.Push(ctx, append(items, storage.Item{ID: "too much"})...); !errors.Is(err, storage.ErrFull) {
		t.Errorf("Push: %v, want ErrFull", err)
	}
	if st := must(q.Stats(ctx))(t); st.Ready != 0 {
		t.Errorf("Stats = %+v, want none", st)
	}
	if err := q.Push(ctx, items...); err != nil {
		t.Fatal(err)
	}
	if st := must(q.Stats(ctx))(t); st.Ready != 2500 {
		t.Errorf("Stats = %+v, want 2500 ready", st)
	}
}

func TestNewerVersionStopsTheQueue(t *testing.T) {
	t.Parallel()
	url := server(t)
	s := open(t, url)
	q, ctx := must(s.Queue("x", 0))(t), t.Context()
	if err := q.Push(ctx, storage.Item{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	address, prefix, _ := strings.Cut(url, "?prefix=")
	nc := must(nats.Connect(address))(t)
	defer nc.Close()
	must(nc.Request(prefix+".q.x.log", []byte(`{"v":1000,"op":"from the future"}`), 5*time.Second))(t)
	eventually(t, "the queue stops", func() bool {
		err := q.Push(ctx, storage.Item{ID: "b"})
		return err != nil && strings.Contains(err.Error(), "newer version")
	})
	if _, err := q.Pull(ctx, time.Hour); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("Pull: %v, want it to say that there is a newer version", err)
	}
	if _, err := open(t, url).Queue("x", 0); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("Queue: %v, want it to say that there is a newer version", err)
	}
}

func TestErrorsHideTheURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"nats://bot:hunter2@%zz", "nats://bot:hunter2@", "hunter2", "nats://bot:hunter2@h?prefix=a.b", "nats://bot:hunter2@h?replicas=0",
		"nats://bot:hunter2@h?replicas=x", "nats://bot:hunter2@h?hunter=2", "nats://bot:hunter2@h?%zz=hunter2", "",
	} {
		s, err := natsstore.Open(url)
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, storage.ErrInvalid) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open: %v, want ErrInvalid without the password", err)
		}
	}
	if _, err := natsstore.Open("nats://bot:hunter2@127.0.0.1:1"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Open: %v, want an error without the password", err)
	}
}
