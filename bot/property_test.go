package bot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wecombot/wecombot/bot"
	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/wecom"
)

// wire carries requests to a handler without a network, so that they live in a bubble of synctest.
type wire struct{ to http.Handler }

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		if trace.GotConn != nil {
			trace.GotConn(httptrace.GotConnInfo{})
		}
		if trace.WroteRequest != nil {
			trace.WroteRequest(httptrace.WroteRequestInfo{})
		}
	}
	in := httptest.NewRequest(r.Method, r.URL.String(), r.Body).WithContext(r.Context())
	in.Header = r.Header
	out := httptest.NewRecorder()
	done := make(chan bool, 1)
	go func() {
		ok := false
		defer func() {
			_ = recover() // http.ErrAbortHandler
			done <- ok
		}()
		w.to.ServeHTTP(out, in)
		ok = true
	}()
	select {
	case ok := <-done:
		if !ok {
			return nil, io.ErrUnexpectedEOF
		}
		return out.Result(), nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// trial is one platform, one bot and a few members, all in one bubble.
type trial struct {
	t      *testing.T
	rng    *rand.Rand
	sim    *simulator.Server
	notice string
	mu     sync.Mutex
	runs   []string // texts in the order in which their handlers began
}

// A member's text is "kind latency n": which parts the answer has, and how long the handler takes.
func (tr *trial) handle(_ context.Context, q *router.Request) (reply.Reply, error) {
	tr.mu.Lock()
	tr.runs = append(tr.runs, q.Text)
	tr.mu.Unlock()
	f := strings.Fields(q.Text)
	latency, err := time.ParseDuration(f[1])
	if err != nil {
		return nil, err
	}
	time.Sleep(latency)
	var parts []reply.Reply
	for _, p := range answerOf(q.Text) {
		if f[0] == "markdown" {
			parts = append(parts, reply.Markdown(p))
		} else {
			parts = append(parts, reply.Text(p))
		}
	}
	return reply.List(parts...), nil
}

func answerOf(text string) []string {
	f := strings.Fields(text)
	if f[0] == "parts" {
		return []string{f[2] + " one", f[2] + " two"}
	}
	return []string{f[2] + " one"}
}

var handlerLatencies = []time.Duration{
	0, time.Millisecond, 300 * time.Millisecond, 2 * time.Second, 3900 * time.Millisecond, 3999 * time.Millisecond, 4 * time.Second, 4001 * time.Millisecond,
	4500 * time.Millisecond, 4999 * time.Millisecond, 5 * time.Second, 5001 * time.Millisecond, 9 * time.Second, 10 * time.Second, 14 * time.Second, 20 * time.Second,
}

func (tr *trial) latency() time.Duration {
	if tr.rng.IntN(2) == 0 {
		return handlerLatencies[tr.rng.IntN(len(handlerLatencies))]
	}
	return time.Duration(tr.rng.Int64N(int64(20 * time.Second))).Truncate(time.Millisecond)
}

func (tr *trial) faults() {
	every := func() int { return 2 + tr.rng.IntN(4) }
	all := []simulator.Fault{
		simulator.Jitter(time.Duration(tr.rng.Int64N(int64(3*time.Second)) + 1)).On("callback"),
		simulator.TimeoutAfter().On("callback").Every(every()),
		simulator.ResetAfter().On("callback").Every(every()),
		simulator.TimeoutBefore().On("callback").Every(every()),
		simulator.Duplicate().Every(every()),
		simulator.ResetAfter().On("message/send").Every(every()),
		simulator.FailCode(-1).On("message/send").Every(every()),
		simulator.Slow(time.Duration(tr.rng.Int64N(int64(4 * time.Second)))).On("message/send").Every(every()),
		simulator.FailHTTPAfter(502).On("message/send").Every(every()),
	}
	for _, i := range tr.rng.Perm(len(all))[:tr.rng.IntN(4)] {
		tr.sim.Inject(all[i])
	}
}

// TestOneRunAndOneAnswer lets handlers take 0 to 20 s, on a platform that comes late, twice, and does not hear answers.
// Every message has one run and one visible answer, answers come in the order of the runs, and every attempt is answered
// before the platform hangs up.
func TestOneRunAndOneAnswer(t *testing.T) {
	t.Parallel()
	trials := 300
	if testing.Short() {
		trials = 30
	}
	for seed := range trials {
		synctest.Test(t, func(t *testing.T) {
			tr := &trial{t: t, rng: rand.New(rand.NewPCG(uint64(seed), 0))}
			tr.run(seed)
		})
	}
}

func (tr *trial) run(seed int) {
	t := tr.t
	tr.notice = []string{"", "", "正在处理…"}[tr.rng.IntN(3)]
	toBot := &wire{}
	tr.sim = simulator.New(simulator.WithoutListener(), simulator.WithTransport(toBot),
		simulator.WithRetryDelay(time.Duration(tr.rng.Int64N(int64(time.Second)))))
	defer tr.sim.Close()
	simulator.Demo(tr.sim)
	app := tr.sim.AddApp(simulator.App{CallbackURL: "http://bot/callback/hr"})
	store := memstore.New()
	defer store.Close()
	box, err := outbox.New(store)
	must(t, err)
	client, err := wecom.NewClient(app.CorpID, app.Secret, wecom.WithBaseURL("http://platform"), wecom.WithHTTPClient(&http.Client{Transport: &wire{tr.sim}}))
	must(t, err)
	box.SetApp("hr", outbox.App{Client: client, AgentID: app.AgentID})
	b, err := bot.New(store, box)
	must(t, err)
	crypter, err := crypto.New(app.Token, []string{app.EncodingAESKey}, app.CorpID)
	must(t, err)
	must(t, b.SetApp(bot.App{Name: "hr", CorpID: app.CorpID, AgentID: app.AgentID, Crypter: crypter, Notice: tr.notice}))
	r := router.New()
	r.Use(b.Guard())
	r.HandleFunc(router.Any(), tr.handle)
	table, err := r.Build()
	must(t, err)
	must(t, b.SetTable("hr", table, "r1"))
	toBot.to = b.Handler()
	box.Start()
	b.Start()
	tr.faults()

	users := []string{"zhangsan", "lisi", "wangwu"}
	var wg sync.WaitGroup
	said := make([][]*simulator.Delivery, len(users))
	for u, user := range users {
		var texts []string
		var gaps []time.Duration
		for n := range 4 {
			texts = append(texts, fmt.Sprintf("%s %s %d-%d", []string{"text", "parts", "markdown"}[tr.rng.IntN(3)], tr.latency(), u, n))
			gaps = append(gaps, time.Duration(tr.rng.Int64N(int64(6*time.Second))))
		}
		said[u] = make([]*simulator.Delivery, len(texts))
		for n := range texts {
			wg.Go(func() {
				for _, g := range gaps[:n+1] {
					time.Sleep(g)
				}
				said[u][n] = tr.sim.Say(context.Background(), app, user, texts[n])
			})
		}
	}
	wg.Wait()
	time.Sleep(6 * time.Hour) // longer than any retry of the outbox may take here
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b.Close(ctx)
	box.Close(ctx)
	for u, user := range users {
		if err := tr.judge(user, said[u]); err != nil {
			t.Errorf("seed %d, faults %v: %s: %v\nruns %q\nsees %q", seed, tr.sim.Faults(), user, err, tr.runs, tr.sees(user))
		}
	}
}

func (tr *trial) sees(user string) []string {
	var out []string
	for _, s := range tr.sim.Inbox(user) {
		if s.Text != tr.notice {
			out = append(out, s.Text)
		}
	}
	return out
}

// lostAnswer reports whether the platform threw an answer of the bot away.
func lostAnswer(d *simulator.Delivery) bool {
	return slices.ContainsFunc(d.Attempts, func(a simulator.Attempt) bool { return strings.Contains(a.Err, "-after") })
}

func (tr *trial) judge(user string, said []*simulator.Delivery) error {
	byText := map[string]*simulator.Delivery{}
	for _, d := range said {
		byText[d.Note] = d
		if d.Problem != "" {
			return errors.New(d.Problem)
		}
		for _, a := range d.Attempts {
			if a.TimedOut && !strings.Contains(a.Err, "injected") || a.Took >= 5*time.Second {
				return fmt.Errorf("%q: attempt %d took %v: %s", d.Note, a.Number, a.Took, a.Err)
			}
		}
	}
	rest := tr.sees(user)
	ran := map[string]bool{}
	for _, text := range tr.runs {
		d := byText[text]
		if d == nil {
			continue // another member's
		}
		if ran[text] {
			return fmt.Errorf("%q ran twice", text)
		}
		ran[text] = true
		want := answerOf(text)
		if lostAnswer(d) {
			// The rest may have left before the platform came again for the beginning: nobody can know that it did not arrive.
			for _, p := range want {
				i := slices.Index(rest, p)
				if i < 0 && d.Received {
					return fmt.Errorf("%q of %q is not seen", p, text)
				}
				if i >= 0 {
					rest = slices.Delete(rest, i, i+1)
				}
			}
			continue
		}
		if len(rest) >= len(want) && slices.Equal(rest[:len(want)], want) {
			rest = rest[len(want):]
		} else if d.Received {
			return fmt.Errorf("answer to %q is not next: %q", text, rest)
		}
	}
	for text, d := range byText {
		if d.Received && !ran[text] {
			return fmt.Errorf("%q was accepted and never handled", text)
		}
	}
	if len(rest) > 0 {
		return fmt.Errorf("too much: %s", strconv.Quote(strings.Join(rest, "|")))
	}
	return nil
}
