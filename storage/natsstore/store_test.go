package natsstore_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/natsstore"
	"github.com/wecombot/wecombot/storage/storagetest"
)

// server returns the URL of a NATS server with JetStream, with a prefix that is this test's alone.
func server(t testing.TB) string {
	t.Helper()
	url := os.Getenv("WECOMBOT_TEST_NATS")
	if url == "" {
		url = "nats://127.0.0.1:4222"
	}
	nc, err := nats.Connect(url, nats.Timeout(2*time.Second))
	if err != nil {
		t.Skipf("no NATS server, set WECOMBOT_TEST_NATS: %v", err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := js.AccountInfo(ctx); err != nil {
		nc.Close()
		t.Skipf("the NATS server has no JetStream: %v", err)
	}
	prefix := fmt.Sprintf("test-%d-%d", os.Getpid(), time.Now().UnixNano())
	t.Cleanup(func() {
		defer nc.Close()
		ctx := context.Background()
		for name := range js.StreamNames(ctx).Name() {
			if strings.HasPrefix(name, prefix+"_") {
				js.DeleteStream(ctx, name)
			}
		}
	})
	return url + "?prefix=" + prefix
}

func open(t testing.TB, url string, opts ...natsstore.Option) storage.Store {
	t.Helper()
	s, err := natsstore.Open(url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	server(t) // skip once, not case by case
	storagetest.Run(t, func(t *testing.T) storagetest.Backend {
		url := server(t)
		return storagetest.Backend{
			Open:    func(t *testing.T) storage.Store { return open(t, url) },
			Durable: true,
		}
	})
}
