package outbox_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/simulator"
)

func (b *bench) pushReply(id string, r reply.Reply) {
	b.t.Helper()
	units, err := r.Units(reply.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.box.Push(b.ctx, outbox.Delivery{ID: id, App: "hr", To: outbox.To{User: "zhangsan"}, Units: units}); err != nil {
		b.t.Fatal(err)
	}
}

func TestFilesAreUploadedOnceWhereverTheyComeFrom(t *testing.T) {
	t.Parallel()
	data := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("pixel"), 40_000)...)
	path := filepath.Join(t.TempDir(), "图.png")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }))
	t.Cleanup(web.Close)
	b := setup(t)
	b.pushReply("data", reply.Image(reply.Media{Data: data, Name: "图.png"}))
	b.pushReply("path", reply.Image(reply.Media{Path: path}))
	b.pushReply("url", reply.Image(reply.Media{URL: web.URL + "/%E5%9B%BE.png", Name: "图.png"}))
	b.box.Start()
	seen, err := b.sim.WaitFor(b.ctx, "zhangsan", 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range seen {
		if s.Type != "image" {
			t.Errorf("zhangsan sees %s, want an image", s.Type)
		}
	}
	if n := len(b.sim.CallsTo("media/upload")); n != 1 {
		t.Errorf("one picture was uploaded %d times, want 1", n)
	}
}

func TestForgottenUploadIsUploadedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f, err := simulator.ParseFault("message/send:40007@2")
	if err != nil {
		t.Fatal(err)
	}
	b.sim.Inject(f)
	b.box.Start()
	picture := reply.File(reply.Media{Data: []byte("hello, world"), Name: "a.txt"})
	b.pushReply("a", picture)
	b.pushReply("b", picture)
	if _, err := b.sim.WaitFor(b.ctx, "zhangsan", 2); err != nil {
		t.Fatal(err)
	}
	if n := len(b.sim.CallsTo("media/upload")); n != 2 {
		t.Errorf("uploads: %d, want 2", n)
	}
}

func TestFileThatCannotBeSentIsADeadLetter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.pushReply("gone", reply.File(reply.Media{Path: "/nowhere/a.pdf"}))
	b.box.Start()
	b.drained()
	dead, err := b.box.Dead(b.ctx, 10)
	if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Reason, "a.pdf") {
		t.Errorf("Dead() = %+v, %v", dead, err)
	}
}
