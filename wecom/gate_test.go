package wecom_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/wecombot/wecombot/wecom"
)

// Of the twenty calls a minute that are documented for this one, five may go at once.
func TestDocumentedLimitsHoldCallsBack(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := p.client(t, "s3cret")
	const path = "/cgi-bin/webhook/send"
	for range 5 {
		if err := c.Do(t.Context(), "POST", path, nil, struct{}{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var lost *wecom.TransportError
	if err := c.Do(ctx, "POST", path, nil, struct{}{}, nil); !errors.As(err, &lost) || lost.Sent {
		t.Errorf("the sixth call within a second = %v, want one that was not sent", err)
	}
	wantCount(t, p, path, 5)
	if err := p.client(t, "s3cret").Do(t.Context(), "POST", path, nil, struct{}{}, nil); err != nil {
		t.Errorf("another client waits too: %v", err)
	}
}

func TestDebugAsksThePlatformToRecord(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	seen := make(chan string, 1)
	c := p.client(t, "s3cret", wecom.WithDebug())
	p.queue(getUser, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.URL.Query().Get("debug")
		_, _ = w.Write([]byte(`{"userid":"zhangsan"}`))
	})
	mustGet(t, c)
	if got := <-seen; got != "1" {
		t.Errorf("debug=%q, want 1", got)
	}
}

func TestDownloadOfARange(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	seen := make(chan string, 1)
	p.queue("/cgi-bin/media/get", func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("Range")
		w.Header().Set("Content-Type", "video/mp4")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write([]byte("part"))
	})
	d, err := p.client(t, "s3cret").Media.GetRange(t.Context(), "m1", 0, 20<<20-1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got := <-seen; got != "bytes=0-20971519" || d.ContentType != "video/mp4" {
		t.Errorf("Range: %s, %s", got, d.ContentType)
	}
}
