package main_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/crypto"
)

const spineRules = `
vars: {late: false}
rules:
  - {name: ping, match: {exact: [ping]}, reply: pong}
  - {name: who, match: {exact: [who]}, reply: 'you are {{ user.name }}'}
  - {name: id, match: {exact: [id]}, reply: 'you are {{ user.id }}'}
  - {name: order, match: {regex: '^order (?P<no>\d+)$'}, reply: 'order {{ args.no }}'}
  - {name: yes, match: {keyword: [maybe], when: '!vars.late && user.id == "zhangsan"'}, reply: 'yes'}
  - {name: no, match: {keyword: [maybe]}, reply: 'no'}
  - {name: md, match: {exact: [md]}, reply: {markdown: '**bold** <a> & "b"'}}
  - {name: two, match: {exact: [two]}, reply: [one, two]}
  - {name: say, match: {prefix: [say]}, reply: '{{ args.rest }}'}
  - {name: press, match: {event: click, key: leave}, reply: pressed}
fallback: {reply: '?'}
`

func TestTheSpine(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules).start()
	if err := d.sim.VerifyURL(d.ctx, d.app); err != nil {
		t.Fatalf("URL verification: %v", err)
	}
	for say, want := range map[string]string{
		"ping": "pong", "ＰＩＮＧ ": "pong", "  Ping": "pong", "order 42": "order 42", "order x": "?", "id": "you are zhangsan",
		"maybe": "yes", `say a <b> & "c"`: `a <b> & "c"`, "say x ]]> y": "x ]]> y", "two": "one", "say a\x1db": "a b",
	} {
		if got := d.says("zhangsan", say); got != want {
			t.Errorf("%q is answered %q, want %q", say, got, want)
		}
	}
	if got := d.says("lisi", "maybe"); got != "no" {
		t.Errorf("when false: %q, want no", got)
	}
	if n := len(d.sim.CallsTo("user/get")); n != 0 {
		t.Errorf("user/get was called %d times before a rule needed it", n)
	}
	for range 3 {
		if got := d.says("zhangsan", "who"); got != "you are 张三" {
			t.Errorf("who: %q", got)
		}
	}
	if n := len(d.sim.CallsTo("user/get")); n != 1 {
		t.Errorf("user/get was called %d times, want once", n)
	}
	d.says("zhangsan", "md")
	d.says("wangwu", "md")
	seen, err := d.sim.WaitFor(d.ctx, "wangwu", 1)
	if err != nil || seen[0].Type != "markdown" {
		t.Fatalf("wangwu sees %+v, %v; want markdown", seen, err)
	}
	if n := len(d.sim.CallsTo("gettoken")); n != 1 {
		t.Errorf("gettoken was called %d times, want once", n)
	}
	_, metrics := d.get("/metrics")
	if !strings.Contains(metrics, `wecombot_callbacks_total{app="hr",exit="answered"}`) {
		t.Errorf("no count of answered callbacks in the metrics")
	}
	if code := d.stop(); code != 0 {
		t.Errorf("SIGTERM: exit code %d, want 0", code)
	}
	for _, secret := range []string{appSecret, appToken, appKey, "order 42", `a <b>`} {
		if strings.Contains(d.output(), secret) || strings.Contains(metrics, secret) {
			t.Errorf("%q is in the log or the metrics", secret)
		}
	}
	for _, c := range d.sim.CallsTo("gettoken") {
		_ = c
	}
}

func TestRefusalsHaveTheirStatusAndReason(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules).start()
	key, err := crypto.New(appToken, []string{appKey}, "ww0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("<xml><ToUserName>ww0123456789abcdef</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>ping</Content><MsgId>1</MsgId><AgentID>1000002</AgentID></xml>")
	seal := func(receiver string) (query, body string) {
		s, err := key.Seal(text, receiver, 0, time.Now().Unix(), "n1")
		if err != nil {
			t.Fatal(err)
		}
		q := url.Values{"msg_signature": {s.Signature}, "timestamp": {strconv.FormatInt(s.Timestamp, 10)}, "nonce": {s.Nonce}}
		return "?" + q.Encode(), "<xml><ToUserName>ww0123456789abcdef</ToUserName><Encrypt>" + string(s.Ciphertext) + "</Encrypt></xml>"
	}
	goodQuery, good := seal("ww0123456789abcdef")
	foreignQuery, foreign := seal("wwSOMEBODYELSE")
	var bodies403 []string
	for _, c := range []struct {
		name, path, query, body, reason string
		status                          int
	}{
		{"good", "hr", goodQuery, good, "", 200},
		{"extra query parameter", "hr", goodQuery + "&tenant=1", good, "", 200},
		{"unknown app", "nobody", goodQuery, good, "unknown_app", 404},
		{"bad signature", "hr", strings.Replace(goodQuery, "msg_signature=", "msg_signature=0", 1), good, "signature", 403},
		{"foreign receiver", "hr", foreignQuery, foreign, "receiver", 403},
		{"truncated cipher", "hr", goodQuery, strings.Replace(good, "</Encrypt>", "", 1)[:len(good)/2] + "</Encrypt></xml>", "signature", 403},
		{"missing parameter", "hr", "?timestamp=1&nonce=n1", good, "missing_parameter", 400},
		{"not XML", "hr", goodQuery, "ping", "not_xml", 400},
		{"3 MiB", "hr", goodQuery, strings.Repeat("x", 3<<20), "too_large", 413},
	} {
		res, err := http.Post(d.callback+"/callback/"+c.path+c.query, "text/xml", bytes.NewReader([]byte(c.body)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", c.name, res.StatusCode, c.status)
		}
		if c.status == 403 {
			bodies403 = append(bodies403, string(body))
		}
		if c.reason == "" {
			continue
		}
		if _, m := d.get("/metrics"); !strings.Contains(m, `reason="`+c.reason+`"`) {
			t.Errorf("%s: not counted by reason %s", c.name, c.reason)
		}
	}
	for _, b := range bodies403 {
		if b != bodies403[0] || len(b) > 20 {
			t.Errorf("refusals differ outside: %q", bodies403)
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules).start()
	for _, path := range []string{"/healthz", "/readyz", "/console"} {
		if code, body := d.get(path); code != 200 {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}

func TestExactlyTheReportedTraceAndOutbox(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules).start()
	d.says("zhangsan", "md")
	if _, err := d.sim.WaitFor(d.ctx, "zhangsan", 1); err != nil {
		t.Fatal(err)
	}
	d.stop() // the commands open the store themselves when no daemon runs
	out, code := d.run("trace", "last", "--user", "zhangsan")
	for _, want := range []string{"received", "rule md", "queued", "sent", "delivered"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("trace (exit %d) lacks %q:\n%s", code, want, out)
		}
	}
	if out, code := d.run("outbox", "dead"); code != 0 || strings.TrimSpace(out) != "none" {
		t.Errorf("outbox dead: exit %d, %q", code, out)
	}
	if out, code := d.run("trace", "nothing"); code != 1 {
		t.Errorf("trace of an unknown id: exit %d, %q; want 1", code, out)
	}
}

func TestPluginsBesideRules(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "rules:\n  - {name: ping, match: {exact: [ping]}, reply: pong}\n")
	b, err := os.ReadFile(d.dir + "/bot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d.write("bot.yaml", string(b)+"    plugins: {echo: {}, greet: {word: 嗨}}\n")
	d.start()
	if got := d.says("zhangsan", "ping"); got != "pong" {
		t.Errorf("ping: %q", got)
	}
	if got := d.says("zhangsan", "parrot"); !strings.Contains(got, "parrot") {
		t.Errorf("echo: %q", got)
	}
	if got := d.says("zhangsan", "在吗"); !strings.Contains(got, "嗨") {
		t.Errorf("greet: %q", got)
	}
	d.write("bot.yaml", string(b)+"    plugins: {ecko: {}, greet: {wort: 嗨}}\n")
	out, code := d.run("check", "-c", "bot.yaml")
	if code != 1 || !strings.Contains(out, "echo") || !strings.Contains(out, "word") {
		t.Errorf("check of wrong plugins: exit %d\n%s", code, out)
	}
}

func TestReadersInWeChatGetText(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "rules:\n  - {name: md, match: {exact: [md]}, reply: {markdown: '**bold**'}}\n")
	b, err := os.ReadFile(d.dir + "/bot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d.write("bot.yaml", string(b)+"    wechat_readers: [sunqi]\n")
	d.start()
	for user, want := range map[string]string{"sunqi": "text", "zhangsan": "markdown"} { // sunqi reads in WeChat
		d.says(user, "md")
		seen, err := d.sim.WaitFor(d.ctx, user, 1)
		if err != nil || seen[0].Type != want || !strings.Contains(seen[0].Text, "bold") {
			t.Errorf("%s sees %+v, %v; want %s", user, seen, err, want)
		}
	}
}
