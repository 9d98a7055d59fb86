package simulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

func TestSayShowsThePassiveAnswer(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.serve(func(c *callback) string { return c.text("你说了 " + c.Content) })
	d := p.Say(t.Context(), p.app, "ZhangSan", "a <b> & \"c\" ]]> \x1d")
	if !d.Done || !d.Received || !d.Seen || d.Problem != "" || len(d.Attempts) != 1 {
		t.Fatalf("Say = %+v, want one attempt, answered and seen", d)
	}
	if !strings.Contains(d.Plaintext, "\x1d") {
		t.Errorf("plaintext %q lost the control character: the platform sends what members paste", d.Plaintext)
	}
	d = p.Say(t.Context(), p.app, "zhangsan", "ping")
	seen := p.Inbox("zhangsan")
	if len(seen) != 2 || seen[1].Text != "你说了 ping" || seen[1].Way != simulator.Passive || seen[1].Delivery != d.ID {
		t.Errorf("Inbox = %+v, want the answer to ping second", seen)
	}
	if d.User != "zhangsan" {
		t.Errorf("User = %q, want the id as the directory spells it", d.User)
	}
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	slow := func(c *callback) string { time.Sleep(300 * time.Millisecond); return c.text("late") }
	for _, tt := range []struct {
		name     string
		handler  func(n int, w http.ResponseWriter) bool // true: answer normally
		answer   answerer
		attempts int
		received bool
		seen     bool
	}{
		{"an empty 200 is received and shows nothing", nil, func(*callback) string { return "" }, 1, true, false},
		{"an answer after the limit is lost three times", nil, slow, 3, false, false},
		{"a retry may be in time", nil, func(c *callback) string {
			if c.N < 3 {
				return slow(c)
			}
			return c.text("third")
		}, 3, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, simulator.WithCallbackTimeout(100*time.Millisecond))
			var mu sync.Mutex
			var plain []string
			p.serve(func(c *callback) string {
				mu.Lock()
				plain = append(plain, c.Plain)
				mu.Unlock()
				return tt.answer(c)
			})
			d := p.Say(t.Context(), p.app, "lisi", "hi")
			if len(d.Attempts) != tt.attempts || d.Received != tt.received || d.Seen != tt.seen {
				t.Errorf("Say = %d attempts, received %v, seen %v; want %d, %v, %v",
					len(d.Attempts), d.Received, d.Seen, tt.attempts, tt.received, tt.seen)
			}
			nonces := map[string]bool{}
			for _, a := range d.Attempts {
				nonces[a.Query] = true
			}
			if len(nonces) != tt.attempts {
				t.Errorf("%d attempts had %d different signatures", tt.attempts, len(nonces))
			}
			mu.Lock()
			defer mu.Unlock()
			for _, got := range plain {
				if got != plain[0] {
					t.Errorf("an attempt carried %q, the first %q", got, plain[0])
				}
			}
		})
	}
}

func TestStatusesAreRetried(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusFound, http.StatusNoContent, http.StatusForbidden, http.StatusServiceUnavailable} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			var calls atomic.Int64
			p.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			})
			d := p.Say(t.Context(), p.app, "lisi", "hi")
			if len(d.Attempts) != 3 || calls.Load() != 3 || d.Received || d.Attempts[2].Status != status {
				t.Errorf("status %d: %+v after %d calls, want three attempts and no redirect followed", status, d, calls.Load())
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.SetCallbackURL(p.app, "http://127.0.0.1:1/callback")
	if d := p.Say(t.Context(), p.app, "lisi", "hi"); len(d.Attempts) != 3 || d.Received || d.Attempts[0].Err == "" {
		t.Errorf("Say = %+v, want three failed attempts", d)
	}
	p.SetCallbackURL(p.app, "")
	if d := p.Say(t.Context(), p.app, "lisi", "hi"); d.Problem == "" || len(d.Attempts) != 0 || !d.Done {
		t.Errorf("Say without a callback URL = %+v, want a problem", d)
	}
	if d := p.Say(t.Context(), p.app, "nobody", "hi"); d.Problem == "" {
		t.Errorf("Say as an unknown member = %+v, want a problem", d)
	}
	if d := p.Say(t.Context(), simulator.App{AgentID: 7}, "lisi", "hi"); d.Problem == "" {
		t.Errorf("Say to an unknown app = %+v, want a problem", d)
	}
}

func TestBadRepliesAreNotShown(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	other := p.app
	other.Token = "another"
	foreign := p.app
	foreign.CorpID = "wwother"
	for _, tt := range []struct {
		name string
		body func(*callback) string
		want string // part of the reason
	}{
		{"plain text", func(*callback) string { return "hello" }, "not XML"},
		{"plain XML", func(c *callback) string { return c.text("x") }, "<Encrypt> is missing"},
		{"another token", func(c *callback) string { return simulator.SealForTest(other, c.text("x")) }, "MsgSignature"},
		{"another receiver", func(c *callback) string { return simulator.SealForTest(foreign, c.text("x")) }, "receiver id"},
		{"wrong element name", func(c *callback) string {
			return strings.ReplaceAll(simulator.SealForTest(p.app, c.text("x")), "TimeStamp", "Timestamp")
		}, "<TimeStamp> is missing"},
		{"addresses not swapped", func(c *callback) string {
			c.From, c.Corp = c.Corp, c.From
			return simulator.SealForTest(p.app, c.text("x"))
		}, "ToUserName"},
		{"control character", func(c *callback) string { return simulator.SealForTest(p.app, c.text("a\x1db")) }, "not XML"},
		{"markdown", func(c *callback) string {
			return simulator.SealForTest(p.app, c.passive("markdown", "<Content>x</Content>"))
		}, "cannot be a passive reply"},
		{"unknown media", func(c *callback) string {
			return simulator.SealForTest(p.app, c.passive("image", "<Image><MediaId>nope</MediaId></Image>"))
		}, "media_id"},
		{"wrong article count", func(c *callback) string {
			return simulator.SealForTest(p.app, c.passive("news", "<ArticleCount>2</ArticleCount><Articles><item><Title>t</Title></item></Articles>"))
		}, "ArticleCount"},
		{"empty text", func(c *callback) string { return simulator.SealForTest(p.app, c.text("")) }, "empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &platform{Server: p.Server, t: t, app: p.app}
			before := len(p.Inbox("lisi"))
			p.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				c := &callback{Corp: p.app.CorpID, From: "lisi"}
				fmt.Fprint(w, tt.body(c))
			})
			d := p.Say(t.Context(), p.app, "lisi", "hi")
			if !strings.Contains(d.Problem, tt.want) || d.Seen || d.Reply != nil || len(d.Attempts) != 1 {
				t.Errorf("Problem = %q, seen %v, %d attempts; want one attempt and a reason with %q", d.Problem, d.Seen, len(d.Attempts), tt.want)
			}
			if n := len(p.Inbox("lisi")); n != before {
				t.Errorf("inbox grew from %d to %d", before, n)
			}
		})
	}
}

func TestEventsWithoutReply(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.serve(func(c *callback) string { return c.text("re " + c.Event + " " + c.Key) })
	if d := p.Send(t.Context(), p.app, "lisi", simulator.Click("leave")); !d.Seen || d.Reply.Text != "re click leave" {
		t.Errorf("click = %+v, want an answer", d)
	}
	if d := p.Send(t.Context(), p.app, "lisi", simulator.Unsubscribe()); d.Seen || d.Problem == "" {
		t.Errorf("unsubscribe = %+v, want no answer shown", d)
	}
	if lost := p.Lost("lisi"); len(lost) != 1 || lost[0].Reason != simulator.LostNoReply {
		t.Errorf("Lost = %+v, want the reply to unsubscribe", lost)
	}
}

func TestVerifyURL(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
		plain, err := simulator.OpenForTest(p.app, r)
		if err != nil || r.Method != http.MethodGet || r.URL.Query().Get("tenant") != "a" {
			t.Errorf("%s %v: %v", r.Method, r.URL, err)
		}
		fmt.Fprint(w, plain)
	})
	if err := p.VerifyURL(t.Context(), p.app); err != nil {
		t.Errorf("VerifyURL = %v", err)
	}
	p.serveHTTP(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "\"1234\"\n") })
	if err := p.VerifyURL(t.Context(), p.app); err == nil {
		t.Error("VerifyURL of a wrong echo = nil")
	}
}

func TestManyMembersAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.serve(func(c *callback) string { return c.text(c.From + " " + c.Content) })
	const members, each = 20, 5
	var wg sync.WaitGroup
	for m := range members {
		user := fmt.Sprintf("user%d", m)
		p.AddMember(simulator.Member{UserID: user})
		wg.Go(func() {
			for n := range each {
				p.Say(t.Context(), p.app, user, fmt.Sprint(n))
			}
		})
	}
	wg.Wait()
	ids := map[uint64]bool{}
	for _, d := range p.Deliveries() {
		ids[d.MsgID] = true
	}
	if len(ids) != members*each {
		t.Errorf("%d different MsgIds, want %d", len(ids), members*each)
	}
	for m := range members {
		user := fmt.Sprintf("user%d", m)
		for n, e := range p.Inbox(user) {
			if want := fmt.Sprintf("%s %d", user, n); e.Text != want {
				t.Errorf("inbox of %s at %d = %q, want %q", user, n, e.Text, want)
			}
		}
	}
}
