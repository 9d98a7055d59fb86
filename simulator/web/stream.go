package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

// events streams changes until the reader goes.
func (p *page) events(w http.ResponseWriter, r *http.Request) {
	after, err := resumeAt(r, p.srv.LastEvent())
	if err != nil {
		refuse(w, http.StatusBadRequest, "after is not a number")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy in between must not wait
	out := http.NewResponseController(w)
	fmt.Fprintf(w, "retry: 1000\nid: %d\n\n", after)
	if out.Flush() != nil {
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	changes := make(chan simulator.Event)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(changes)
		for e := range p.srv.Events(ctx, after) {
			select {
			case changes <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	defer func() { cancel(); <-done }()
	p.pump(w, out, changes)
}

// pump writes changes, and a comment when there is none for a while, so that both ends notice a dead connection.
func (p *page) pump(w http.ResponseWriter, out *http.ResponseController, changes <-chan simulator.Event) {
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	for {
		select {
		case e, ok := <-changes:
			if !ok {
				return
			}
			data, err := json.Marshal(change(p.srv, e))
			if err != nil {
				return
			}
			fmt.Fprintf(w, "id: %d\ndata: %s\n\n", e.Seq, data)
		case <-tick.C:
			fmt.Fprint(w, ": still here\n\n")
		}
		if out.Flush() != nil {
			return
		}
	}
}

// resumeAt is the number after which the stream goes on: the browser's own memory first, then the query.
func resumeAt(r *http.Request, last int64) (int64, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return last, nil
	}
	return strconv.ParseInt(text, 10, 64)
}
