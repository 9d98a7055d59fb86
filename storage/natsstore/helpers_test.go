package natsstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func indexOf(s, sub string) int { return max(strings.Index(s, sub), 0) }

// messages counts what is in the stream with a suffix.
func messages(t testing.TB, url, suffix string) uint64 {
	t.Helper()
	server, query, _ := strings.Cut(url, "?prefix=")
	nc, err := nats.Connect(server)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	st, err := js.Stream(t.Context(), query+suffix)
	if err != nil {
		t.Fatal(err)
	}
	return must(st.Info(t.Context()))(t).State.Msgs
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: did not happen", what)
		}
	}
}
