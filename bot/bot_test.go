package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/bot"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/simulator"
)

func TestAnswersPassivelyInTime(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 0)})
	must(t, b.sim.VerifyURL(b.ctx, b.app))
	d := b.sim.Say(b.ctx, b.app, "zhangsan", `a <b> & "c" ]]> 你好`)
	if d.Reply == nil || d.Problem != "" || len(d.Attempts) != 1 {
		t.Fatalf("delivery: reply %v, problem %q, attempts %+v", d.Reply, d.Problem, d.Attempts)
	}
	b.sees("zhangsan", `re: a <b> & "c" ]]> 你好`)
	if n := len(b.sim.Calls()); n != 0 {
		t.Errorf("a passive answer made %d API calls, want 0", n)
	}
	if got := b.counter("wecombot_callbacks_total", "exit", "answered"); got != 1 {
		t.Errorf("answered = %v, want 1", got)
	}
}

func TestControlCharactersAreAnswered(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 0)})
	d := b.sim.Say(b.ctx, b.app, "zhangsan", "a\x1db\x00c\ufffed")
	if d.Reply == nil {
		t.Fatalf("no reply: %s", d.Problem)
	}
}

func TestSlowAnswerGoesActive(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 900*time.Millisecond)})
	d := b.sim.Say(b.ctx, b.app, "zhangsan", "slow")
	if d.Reply != nil || len(d.Attempts) != 1 || !d.Received {
		t.Errorf("slow handler: reply %v, attempts %d, received %v; want an early empty 200", d.Reply, len(d.Attempts), d.Received)
	}
	b.sees("zhangsan", "re: slow")
	if runs.Load() != 1 {
		t.Errorf("handler ran %d times, want 1", runs.Load())
	}
	if got := b.counter("wecombot_callbacks_total", "exit", "deferred"); got != 1 {
		t.Errorf("deferred = %v, want 1", got)
	}
}

func TestNoticeIsNotTheAnswer(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 800*time.Millisecond), notice: "正在处理…"})
	b.sim.Say(b.ctx, b.app, "zhangsan", "slow")
	b.sees("zhangsan", "正在处理…", "re: slow")
}

func TestAListGoesOutInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t, config{routes: func(r *router.Router) {
		r.HandleFunc(router.Any(), func(context.Context, *router.Request) (reply.Reply, error) {
			return reply.List(reply.Text("一"), reply.Markdown("**二**"), reply.Text("三")), nil
		})
	}})
	b.sim.Say(b.ctx, b.app, "zhangsan", "hi")
	if _, err := b.sim.WaitFor(b.ctx, "zhangsan", 3); err != nil {
		t.Fatal(err)
	}
	b.sees("zhangsan", "一", "二", "三")
}

func TestRetriesJoinTheRun(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 100*time.Millisecond)})
	f, err := simulator.ParseFault("callback:duplicate")
	must(t, err)
	b.sim.Inject(f)
	b.sim.Say(b.ctx, b.app, "zhangsan", "twice")
	if runs.Load() != 1 {
		t.Errorf("two copies at once ran the handler %d times, want 1", runs.Load())
	}
	// The platform sends again what it already has an answer for: the same answer.
	if got := b.counter("wecombot_callbacks_total", "exit", "duplicate"); got != 1 {
		t.Errorf("duplicate = %v, want 1", got)
	}
}

func TestDifferentMessagesAreNeverTakenForOne(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 0)})
	xml := func(user, content string) string {
		return fmt.Sprintf(`<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content><MsgId>7</MsgId><AgentID>%d</AgentID></xml>`,
			b.app.CorpID, user, content, b.app.AgentID)
	}
	event := func(key string) string {
		return fmt.Sprintf(`<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[click]]></Event><EventKey><![CDATA[%s]]></EventKey><AgentID>%d</AgentID></xml>`,
			b.app.CorpID, key, b.app.AgentID)
	}
	docs := []string{xml("zhangsan", "a"), xml("lisi", "a"), xml("wangwu", "a"), event("x"), event("y"), xml("zhangsan", "a")}
	for _, doc := range docs {
		b.sim.DeliverXML(b.ctx, b.app, "zhangsan", doc)
	}
	if runs.Load() != 5 {
		t.Errorf("five different messages and one retry ran %d times, want 5", runs.Load())
	}
}

func TestConversationsTakeTurnsAndOthersDoNotWait(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now, most := map[string]int{}, map[string]int{}
	b := setup(t, config{replyWithin: 3 * time.Second, routes: func(r *router.Router) {
		r.HandleFunc(router.Any(), func(_ context.Context, q *router.Request) (reply.Reply, error) {
			mu.Lock()
			for _, k := range []string{q.From, "all"} {
				now[k]++
				most[k] = max(most[k], now[k])
			}
			mu.Unlock()
			time.Sleep(20 * time.Millisecond)
			mu.Lock()
			now[q.From]--
			now["all"]--
			mu.Unlock()
			return reply.Text(q.Text), nil
		})
	}})
	var wg sync.WaitGroup
	for i := range 5 {
		for _, u := range []string{"zhangsan", "lisi", "wangwu"} {
			wg.Go(func() { b.sim.Say(b.ctx, b.app, u, fmt.Sprint(u, i)) })
		}
	}
	wg.Wait()
	if most["zhangsan"] != 1 || most["lisi"] != 1 || most["all"] < 2 {
		t.Errorf("most at once: %v, want 1 per member and several members together", most)
	}
}

func TestRideAnswersALaterAttempt(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{300 * time.Millisecond, 1300 * time.Millisecond, 2200 * time.Millisecond} {
		t.Run(wait.String(), func(t *testing.T) {
			t.Parallel()
			var runs atomic.Int64
			b := setup(t, config{ride: true, routes: echo(&runs, wait)})
			d := b.sim.Say(b.ctx, b.app, "zhangsan", "slow")
			b.sees("zhangsan", "re: slow")
			if d.Reply == nil || runs.Load() != 1 || len(b.sim.CallsTo("message/send")) != 0 {
				t.Errorf("reply %v, runs %d, sends %d; want a passive answer of one run", d.Reply, runs.Load(), len(b.sim.CallsTo("message/send")))
			}
		})
	}
}

func TestPanicIsOneFailedReply(t *testing.T) {
	t.Parallel()
	b := setup(t, config{routes: func(r *router.Router) {
		r.HandleFunc(router.Exact("boom"), func(context.Context, *router.Request) (reply.Reply, error) { panic("secret detail") })
		r.HandleFunc(router.Exact("bad"), func(context.Context, *router.Request) (reply.Reply, error) { return nil, errors.New("secret detail") })
		r.HandleFunc(router.Any(), func(context.Context, *router.Request) (reply.Reply, error) { return reply.Text("fine"), nil })
	}})
	for _, word := range []string{"boom", "bad"} {
		d := b.sim.Say(b.ctx, b.app, "zhangsan", word)
		if d.Reply == nil || !strings.Contains(d.Reply.Text, "编号") || strings.Contains(d.Reply.Text, "secret") {
			t.Errorf("%s: reply %+v, want an apology with an error id", word, d.Reply)
		}
	}
	if d := b.sim.Say(b.ctx, b.app, "zhangsan", "ok"); d.Reply == nil || d.Reply.Text != "fine" {
		t.Errorf("after a panic: %+v", d)
	}
}

func TestBreakerOpensAndCloses(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	var runs atomic.Int64
	broken.Store(true)
	b := setup(t, config{opts: []bot.Option{bot.WithBreaker(bot.Breaker{Failures: 3, Pause: 150 * time.Millisecond})}, routes: func(r *router.Router) {
		r.HandleFunc(router.Any(), func(context.Context, *router.Request) (reply.Reply, error) {
			runs.Add(1)
			if broken.Load() {
				return nil, errors.New("down")
			}
			return reply.Text("up"), nil
		})
	}})
	for i := range 5 {
		b.sim.Say(b.ctx, b.app, "zhangsan", fmt.Sprint("x", i))
	}
	if runs.Load() != 3 {
		t.Errorf("a rule that failed 3 times ran %d times, want 3", runs.Load())
	}
	if off := b.counter("wecombot_rule_switched_off"); off != 1 {
		t.Errorf("switched off = %v, want 1", off)
	}
	broken.Store(false)
	time.Sleep(200 * time.Millisecond)
	if d := b.sim.Say(b.ctx, b.app, "zhangsan", "again"); d.Reply == nil || d.Reply.Text != "up" {
		t.Errorf("after the pause: %+v", d.Reply)
	}
	if off := b.counter("wecombot_rule_switched_off"); off != 0 {
		t.Errorf("switched off = %v, want 0", off)
	}
}

func TestHandlerThatIgnoresItsContextHoldsNobody(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	b := setup(t, config{timeout: 100 * time.Millisecond, routes: func(r *router.Router) {
		r.HandleFunc(router.Exact("hang"), func(context.Context, *router.Request) (reply.Reply, error) { <-release; return nil, nil })
		r.HandleFunc(router.Any(), func(context.Context, *router.Request) (reply.Reply, error) { return reply.Text("fine"), nil })
	}})
	t.Cleanup(func() { close(release) })
	b.sim.Say(b.ctx, b.app, "zhangsan", "hang")
	if d := b.sim.Say(b.ctx, b.app, "lisi", "ok"); d.Reply == nil || d.Reply.Text != "fine" {
		t.Errorf("another member: %+v", d.Reply)
	}
	seen, err := b.sim.WaitFor(b.ctx, "zhangsan", 1)
	if err != nil || !strings.Contains(seen[0].Text, "超时") {
		t.Fatalf("zhangsan sees %+v, %v; want a sentence about the time-out", seen, err)
	}
	if d := b.sim.Say(b.ctx, b.app, "zhangsan", "ok"); d.Reply == nil || d.Reply.Text != "fine" {
		t.Errorf("the same member later: %+v", d.Reply)
	}
}

func TestAcceptedMessageSurvivesTheProcess(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 30*time.Second)})
	b.sim.Say(b.ctx, b.app, "zhangsan", "keep me")
	b.stop() // the handler is cut off
	b.conf.routes = echo(&runs, 0)
	b.boot()
	b.sees("zhangsan", "re: keep me")
	if runs.Load() != 2 {
		t.Errorf("handler ran %d times, want 2", runs.Load())
	}
}

func TestRetryAfterARestartGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 0)})
	d := b.sim.Say(b.ctx, b.app, "zhangsan", "once")
	time.Sleep(50 * time.Millisecond)
	b.stop()
	b.boot()
	again := b.sim.DeliverXML(b.ctx, b.app, "zhangsan", d.Plaintext)
	if runs.Load() != 1 || again.Reply == nil || again.Reply.Text != d.Reply.Text {
		t.Errorf("runs %d, reply %+v; want the stored answer", runs.Load(), again.Reply)
	}
}

func TestOverloadIsRefusedEarlyAndComesBack(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{replyWithin: 2 * time.Second, opts: []bot.Option{bot.WithMaxRuns(2)}, sim: []simulator.Option{simulator.WithRetryDelay(100 * time.Millisecond)},
		routes: echo(&runs, 50*time.Millisecond)})
	var wg sync.WaitGroup
	for _, u := range []string{"zhangsan", "lisi", "wangwu"} {
		wg.Go(func() { b.sim.Say(b.ctx, b.app, u, "hi") })
	}
	wg.Wait()
	for _, u := range []string{"zhangsan", "lisi", "wangwu"} {
		b.sees(u, "re: hi")
	}
	if got := b.counter("wecombot_callbacks_refused_total", "reason", "overload"); got < 1 {
		t.Errorf("overload = %v, want at least 1", got)
	}
}

func TestDrainRefusesNewWork(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 0)})
	b.bot.Drain()
	d := b.sim.Say(b.ctx, b.app, "zhangsan", "late")
	if d.Received || runs.Load() != 0 || len(d.Attempts) != 3 || d.Attempts[0].Status != http.StatusServiceUnavailable {
		t.Errorf("while draining: %+v, runs %d", d.Attempts, runs.Load())
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, config{routes: echo(&runs, 0)})
	base := b.http.URL + "/callback/"
	const query = "?msg_signature=00&timestamp=1&nonce=2"
	for _, c := range []struct {
		name, method, path, body, reason string
		status                           int
	}{
		{"unknown app", "POST", "nobody" + query, "<xml/>", "unknown_app", 404},
		{"unknown app on GET", "GET", "nobody" + query + "&echostr=x", "", "unknown_app", 404},
		{"bad signature", "POST", "hr" + query, "<xml><Encrypt>YWJj</Encrypt></xml>", "signature", 403},
		{"bad signature on GET", "GET", "hr" + query + "&echostr=YWJj", "", "signature", 403},
		{"missing parameter", "POST", "hr?timestamp=1&nonce=2", "<xml><Encrypt>YWJj</Encrypt></xml>", "missing_parameter", 400},
		{"missing parameter on GET", "GET", "hr" + query, "", "missing_parameter", 400},
		{"empty Encrypt", "POST", "hr" + query, "<xml><Encrypt></Encrypt></xml>", "not_xml", 400},
		{"not XML", "POST", "hr" + query, "hello", "not_xml", 400},
		{"3 MiB", "POST", "hr" + query, strings.Repeat("x", 3<<20), "too_large", 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := b.counter("wecombot_callbacks_refused_total", "reason", c.reason)
			req, err := http.NewRequest(c.method, base+c.path, bytes.NewReader([]byte(c.body)))
			must(t, err)
			res, err := http.DefaultClient.Do(req)
			must(t, err)
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != c.status || len(body) > 40 {
				t.Errorf("status %d, body %q; want %d and a short body", res.StatusCode, body, c.status)
			}
			if got := b.counter("wecombot_callbacks_refused_total", "reason", c.reason); got != before+1 {
				t.Errorf("refused{reason=%s} went from %v to %v", c.reason, before, got)
			}
		})
	}
	if runs.Load() != 0 {
		t.Errorf("refused callbacks ran the handler %d times", runs.Load())
	}
}
