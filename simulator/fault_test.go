package simulator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

func TestParseFaultRoundTrips(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"42001@3", "-1", "message/send:45009@2", "message/send:timeout-before", "timeout-after@1", "reset-before@2,4",
		"message/send:reset-after@3-5", "http=502@*4", "http-after=503", "html@2-", "truncated", "slow=2s", "revoke@2",
		"drop@1", "callback:duplicate@1", "callback:jitter=500ms", "callback:slow=1s@2", "callback:timeout-after@1",
	} {
		f, err := simulator.ParseFault(s)
		if err != nil {
			t.Errorf("ParseFault(%q) = %v", s, err)
		} else if f.String() != s {
			t.Errorf("ParseFault(%q).String() = %q", s, f)
		}
	}
	if f, err := simulator.ParseFault("/cgi-bin/message/send:-1"); err != nil || f.String() != "message/send:-1" {
		t.Errorf("a full path = %v, %v", f, err)
	}
}

func TestParseFaultRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "0", "boom", "http", "http=200", "slow", "slow=x", "timeout-before=1", "42001@0", "42001@x", "42001@5-3",
		"42001@*0", "callback:42001", "message/send:duplicate", "callback:revoke", "slow=-1s",
	} {
		if f, err := simulator.ParseFault(s); err == nil {
			t.Errorf("ParseFault(%q) = %v, want an error", s, f)
		} else if !strings.Contains(err.Error(), s) {
			t.Errorf("ParseFault(%q) = %v, want the text in the error", s, err)
		}
	}
	if _, err := simulator.ParseFault("timeout"); !strings.Contains(err.Error(), "timeout-after") {
		t.Errorf("error %v does not list the words", err)
	}
}

// outcome is what a client makes of one call.
func outcome(p *platform, n int) string {
	ctx, cancel := context.WithTimeout(p.t.Context(), 1500*time.Millisecond)
	defer cancel()
	body := `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"` + string(rune('a'+n)) + `"}}`
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, p.URL+"/cgi-bin/message/send?access_token="+p.token(), strings.NewReader(body))
	res, err := http.DefaultClient.Do(req)
	if ctx.Err() != nil {
		return "timeout"
	}
	if err != nil {
		return "cut"
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	var v struct{ ErrCode int }
	switch {
	case res.StatusCode != http.StatusOK:
		return res.Status
	case json.Unmarshal(raw, &v) != nil:
		return "not JSON"
	case v.ErrCode != 0:
		return "refused"
	}
	return "ok"
}

func TestFaultsOfCalls(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault string
		want  []string // of three sends
		shown string   // letters of those the member sees
	}{
		{"message/send:45009@2", []string{"ok", "refused", "ok"}, "ac"},
		{"message/send:timeout-before@2", []string{"ok", "timeout", "ok"}, "ac"},
		{"message/send:timeout-after@2", []string{"ok", "timeout", "ok"}, "abc"},
		{"message/send:reset-before@1", []string{"cut", "ok", "ok"}, "bc"},
		{"message/send:reset-after@1", []string{"cut", "ok", "ok"}, "abc"},
		{"message/send:http=502@*2", []string{"ok", "502 Bad Gateway", "ok"}, "ac"},
		{"message/send:http-after=502@3", []string{"ok", "ok", "502 Bad Gateway"}, "abc"},
		{"message/send:html@2-", []string{"ok", "not JSON", "not JSON"}, "a"},
		{"message/send:truncated@1-2", []string{"not JSON", "not JSON", "ok"}, "abc"},
		{"message/send:slow=10ms", []string{"ok", "ok", "ok"}, "abc"},
		{"message/send:drop@2", []string{"ok", "ok", "ok"}, "ac"},
		{"revoke@2", []string{"ok", "refused", "ok"}, "ac"},
		{"42001@2", []string{"ok", "refused", "ok"}, "ac"},
		{"user/get:42001", []string{"ok", "ok", "ok"}, "abc"},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			f, err := simulator.ParseFault(tt.fault)
			if err != nil {
				t.Fatal(err)
			}
			p.Inject(f)
			for n, want := range tt.want {
				if got := outcome(p, n); got != want {
					t.Errorf("call %d = %s, want %s", n+1, got, want)
				}
			}
			var shown string
			for _, e := range p.Inbox("lisi") {
				shown += e.Text
			}
			if shown != tt.shown {
				t.Errorf("shown %q, want %q", shown, tt.shown)
			}
			p.ClearFaults()
			if got := outcome(p, 5); got != "ok" || len(p.Faults()) != 0 {
				t.Errorf("after ClearFaults: %s, %v", got, p.Faults())
			}
		})
	}
}

func TestFaultsOfCallbacks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault          string
		attempts, runs int
		seen           int
	}{
		{"callback:timeout-before@1", 2, 1, 1},
		{"callback:timeout-after@1", 2, 2, 1},
		{"callback:reset-after@1-3", 3, 3, 0},
		{"callback:duplicate@1", 2, 2, 1},
		{"callback:slow=10ms@1", 1, 1, 1},
		{"callback:jitter=10ms", 1, 1, 1},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			var runs atomic.Int64
			p.serve(func(c *callback) string {
				again := fmt.Sprintf("<CreateTime>%d", runs.Add(1)) // rendered anew
				return strings.Replace(c.text("same"), "<CreateTime>", again, 1)
			})
			f, err := simulator.ParseFault(tt.fault)
			if err != nil {
				t.Fatal(err)
			}
			p.Inject(f)
			d := p.Say(t.Context(), p.app, "lisi", "hi")
			if len(d.Attempts) != tt.attempts || int(runs.Load()) != tt.runs || len(p.Inbox("lisi")) != tt.seen {
				t.Errorf("%d attempts, %d runs, %d seen; want %d, %d, %d",
					len(d.Attempts), runs.Load(), len(p.Inbox("lisi")), tt.attempts, tt.runs, tt.seen)
			}
		})
	}
}

func TestTwoAnswersToOneMessageAreBothSeen(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.serve(func(c *callback) string { return c.text(string(rune('0' + c.N))) })
	p.Inject(simulator.Duplicate())
	p.Say(t.Context(), p.app, "lisi", "hi")
	if n := len(p.Inbox("lisi")); n != 2 {
		t.Errorf("%d answers seen, want 2: the bot doubled its answer", n)
	}
}

func TestEventsReplay(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	start := p.LastEvent()
	p.post("message/send", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`)
	var kinds []simulator.EventKind
	for e := range p.Events(within(t, 10*time.Second), start) {
		kinds = append(kinds, e.Kind)
		if e.Kind == simulator.EventCall && e.Call.Path == "/cgi-bin/message/send" {
			break
		}
	}
	if len(kinds) != 3 || kinds[1] != simulator.EventSeen {
		t.Errorf("events = %v, want call, seen, call", kinds)
	}
	for e := range p.Events(within(t, 10*time.Second), 1<<40) {
		if e.Kind != simulator.EventGap {
			t.Errorf("events after a number of the future begin with %v, want a gap", e.Kind)
		}
		break
	}
}

func TestEventsGap(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, simulator.WithHistory(2))
	for range 10 {
		p.token()
	}
	var got []simulator.Event
	for e := range p.Events(within(t, 10*time.Second), 1) {
		if got = append(got, e); len(got) == 3 {
			break
		}
	}
	if got[0].Kind != simulator.EventGap || got[2].Seq != p.LastEvent() {
		t.Errorf("events = %+v, want a gap and the last two", got)
	}
}

func TestWaitFor(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	done := make(chan []simulator.Seen)
	go func() {
		seen, _ := p.WaitFor(t.Context(), "lisi", 1)
		done <- seen
	}()
	p.post("message/send", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`)
	if seen := <-done; len(seen) != 1 || seen[0].Text != "x" {
		t.Errorf("WaitFor = %+v", seen)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.WaitFor(ctx, "lisi", 2); err == nil {
		t.Error("WaitFor with an ended context = nil error")
	}
}
