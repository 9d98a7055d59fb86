package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
	"github.com/wecombot/wecombot/storage/redisstore"
	"github.com/wecombot/wecombot/storage/storagetest"
)

// server returns the URL of a Redis server, with a prefix that is this test's alone.
func server(t *testing.T) string {
	t.Helper()
	raw := os.Getenv("WECOMBOT_TEST_REDIS")
	if raw == "" {
		raw = "redis://127.0.0.1:6379"
	}
	o, err := redis.ParseURL(raw)
	if err != nil {
		t.Fatal("WECOMBOT_TEST_REDIS is no Redis URL")
	}
	client := redis.NewClient(o)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		client.Close()
		t.Skipf("no Redis server, set WECOMBOT_TEST_REDIS: %v", err)
	}
	prefix := fmt.Sprintf("wecombot-test[*]:%d:%d:", os.Getpid(), time.Now().UnixNano())
	t.Cleanup(func() {
		defer client.Close()
		ctx := context.Background()
		for it := client.Scan(ctx, 0, strings.NewReplacer("[", `\[`, "]", `\]`, "*", `\*`).Replace(prefix)+"*", 1000).Iterator(); it.Next(ctx); {
			client.Del(ctx, it.Val())
		}
	})
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal("WECOMBOT_TEST_REDIS is no URL")
	}
	q := u.Query()
	q.Set("prefix", prefix)
	u.RawQuery = q.Encode()
	return u.String()
}

func open(t *testing.T, url string, queues storage.Store) storage.Store {
	t.Helper()
	s, err := redisstore.Open(url, queues)
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
		url, file := server(t), filepath.Join(t.TempDir(), "queues.db")
		return storagetest.Backend{
			Durable: true,
			Open: func(t *testing.T) storage.Store {
				local, err := boltstore.Open(file)
				if err != nil {
					t.Fatal(err)
				}
				return open(t, url, local)
			},
		}
	})
}

// Three machines claim the same messages at once: this is how a duplicate is told.
func TestOneClaimWins(t *testing.T) {
	t.Parallel()
	url := server(t)
	const machines, claims = 3, 100
	var won [claims]atomic.Int32
	var wg sync.WaitGroup
	for range machines {
		kv, err := open(t, url, nil).KV("claims")
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			wg.Go(func() {
				for i := range claims {
					switch _, err := kv.Create(t.Context(), fmt.Sprint(i), nil, time.Hour); {
					case err == nil:
						won[i].Add(1)
					case !errors.Is(err, storage.ErrExists):
						t.Errorf("Create: %v", err)
					}
				}
			})
		}
	}
	wg.Wait()
	for i := range won {
		if n := won[i].Load(); n != 1 {
			t.Errorf("claim %d was won %d times", i, n)
		}
	}
}

func TestQueuesNeedAStore(t *testing.T) {
	t.Parallel()
	s, err := redisstore.Open("redis://127.0.0.1:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Queue("inbox", 0); err == nil || !strings.Contains(err.Error(), "local store") {
		t.Errorf("Queue: %v, want an error that says what to do", err)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("Ping of nobody succeeded")
	}
}

func TestErrorsHideTheURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"redis://:hunter2@host:port/0", "hunter2", "http://:hunter2@host", "redis://:hunter2@host/zero", "redis://:hunter2@%zz", "redis://h/0?x=hunter2",
	} {
		s, err := redisstore.Open(url, nil)
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, storage.ErrInvalid) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open: %v, want ErrInvalid without the password", err)
		}
	}
	s := open(t, "redis://:hunter2@127.0.0.1:1/0?max_retries=-1", nil)
	if err := s.Ping(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Ping: %v, want an error without the password", err)
	}
}
