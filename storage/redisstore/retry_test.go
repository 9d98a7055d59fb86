package redisstore_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/wecombot/wecombot/storage"
)

// line is a connection to the server that loses the answer to one request when cut is set.
type line struct {
	server string
	cut    atomic.Bool
}

func (l *line) serve(ln net.Listener) {
	for {
		client, err := ln.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", l.server)
		if err != nil {
			client.Close()
			return
		}
		go func() { io.Copy(server, client); server.Close() }()
		go l.answers(client, server)
	}
}

func (l *line) answers(client, server net.Conn) {
	defer client.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil || l.cut.CompareAndSwap(true, false) {
			return
		}
		client.Write(buf[:n])
	}
}

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(server(t))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	l := &line{server: u.Host}
	go l.serve(ln)
	u.Host = ln.Addr().String()
	kv, err := open(t, u.String(), nil).KV("x")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, err := kv.Create(ctx, "warm", nil, 0); err != nil { // the script is known to the server from here on
		t.Fatal(err)
	}

	l.cut.Store(true)
	rev, err := kv.Create(ctx, "k", []byte("one"), 0)
	if err != nil || l.cut.Load() {
		t.Fatalf("Create whose answer was lost: %v (lost: %v)", err, !l.cut.Load())
	}
	l.cut.Store(true)
	if rev, err = kv.Update(ctx, "k", []byte("two"), 0, rev); err != nil || l.cut.Load() {
		t.Fatalf("Update whose answer was lost: %v (lost: %v)", err, !l.cut.Load())
	}
	if e, err := kv.Get(ctx, "k"); err != nil || string(e.Value) != "two" || e.Rev != rev {
		t.Errorf("Get = %q rev %d, %v, want two, %d", e.Value, e.Rev, err, rev)
	}
	if _, err := kv.Create(ctx, "k", nil, 0); !errors.Is(err, storage.ErrExists) {
		t.Errorf("Create by somebody else: %v, want ErrExists", err)
	}
}
