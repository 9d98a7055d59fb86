package relay_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/plugintest"
	"github.com/wecombot/wecombot/plugins/relay"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

const secret = "0123456789abcdef"

func newBot(t *testing.T, url, match string) *plugintest.Bot {
	t.Helper()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "relay", relay.New) })
	b.Load("relay", fmt.Sprintf("url: %s\nsecret: %s\nmatch: %s\n", url, secret, match))
	return b
}

// leaveInGo is the form of examples/leave.py as a plugin in Go.
type leaveInGo struct{ form *dialog.Definition }

func (l leaveInGo) Mount(r *router.Router) { r.Handle(router.Exact("请假"), l.form) }

func newLeave(e plugins.Env, _ struct{}) (plugins.Plugin, error) {
	return leaveInGo{e.Define("leave", func(d *dialog.D) (reply.Reply, error) {
		d.Say(reply.Text("你好"))
		days, err := d.AskInt("请几天？", dialog.Between(1, 15))
		if err != nil {
			return nil, err
		}
		kind, err := d.AskChoice("哪种假？", []string{"年假", "病假"})
		if err != nil {
			return nil, err
		}
		ok, err := d.AskYesNo(fmt.Sprintf("%s %d 天，提交吗？", kind, days))
		if err != nil {
			return nil, err
		}
		if !ok {
			return reply.Text("没有提交。"), nil
		}
		return reply.Text(fmt.Sprintf("已提交：%s %s %d 天", d.From(), kind, days)), nil
	})}, nil
}

// TestSameConversations holds the same conversations with a plugin in Go and with the Python example behind relay.
func TestSameConversations(t *testing.T) {
	t.Parallel()
	inGo := func(t *testing.T) *plugintest.Bot {
		b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "leave", newLeave) })
		b.Load("leave", "")
		return b
	}
	inPython := func(t *testing.T) *plugintest.Bot { return newBot(t, startPython(t), "{exact: [请假]}") }
	for name, open := range map[string]func(t *testing.T) *plugintest.Bot{"go": inGo, "python": inPython} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			u := b.User("zhangsan")
			u.Says("请假").Expect("你好\n请几天？")
			u.Says("很多").Expect("请输入 1 到 15 之间的数字")
			u.Says("3").Expect("哪种假？\n1. 年假\n2. 病假").ExpectNot("你好")
			u.Says("返回").Expect("请几天？")
			b.Restart()
			u.Says("5").Expect("哪种假？")
			u.Says("病").Expect("病假 5 天，提交吗？")
			b.User("lisi").Says("请假").Expect("请几天？")
			u.Says("是").Expect("已提交：zhangsan 病假 5 天")
			u.Says("是").ExpectNone()
			b.User("lisi").Says("取消").Expect("已取消")
			u.Says("请假").Expect("请几天")
			u.Says("1").Expect("哪种假")
			u.Says("1").Expect("年假 1 天")
			u.Says("否").Expect("没有提交")
		})
	}
}

var listening = regexp.MustCompile(`listening on port (\d+)`)

// startPython runs examples/leave.py and returns its URL.
func startPython(t *testing.T) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	cmd := exec.CommandContext(t.Context(), python, "examples/leave.py", "0")
	cmd.Env = append(os.Environ(), "RELAY_SECRET="+secret, "RELAY_ANY_TIME=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the test's context ends it
	line, err := bufio.NewReader(out).ReadString('\n')
	m := listening.FindStringSubmatch(line)
	if err != nil || m == nil {
		t.Fatalf("leave.py says %q, %v", line, err)
	}
	return "http://127.0.0.1:" + m[1] + "/"
}

func TestShellExample(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "openssl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("no " + tool + " here")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // what socat does
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			cmd := exec.Command("bash", "examples/disk.sh")
			cmd.Env = append(os.Environ(), "RELAY_SECRET="+secret, "RELAY_ANY_TIME=1")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = conn, conn, os.Stderr
			_ = cmd.Run()
			conn.Close()
		}
	}()
	url := "http://" + l.Addr().String() + "/"
	newBot(t, url, "{exact: [磁盘]}").User("zhangsan").Says("磁盘").Expect("zhangsan，磁盘已用", "%")

	forger := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "relay", relay.New) })
	forger.Load("relay", "url: "+url+"\nsecret: another-secret-of-16\nmatch: {exact: [磁盘]}")
	if a := forger.User("zhangsan").Says("磁盘"); a.Err == nil || !strings.Contains(a.Err.Error(), "status 403") {
		t.Errorf("with another secret: %q, %v, want a refusal", a.Text, a.Err)
	}
}

// program is a relay program in Go, that notes what it gets.
type program struct {
	answer func(q relay.Request) (int, string)
	got    []relay.Request
	header []http.Header
}

func (p *program) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	var q relay.Request
	if err := json.Unmarshal(body, &q); err != nil {
		panic(err)
	}
	p.got, p.header = append(p.got, q), append(p.header, r.Header)
	code, text := p.answer(q)
	w.WriteHeader(code)
	io.WriteString(w, text)
}

func serve(t *testing.T, answer func(q relay.Request) (int, string)) (*program, string) {
	t.Helper()
	p := &program{answer: answer}
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	return p, srv.URL
}

func TestWhatTheProgramGets(t *testing.T) {
	t.Parallel()
	p, url := serve(t, func(relay.Request) (int, string) {
		return 200, `{"text":"一","replies":[{"markdown":"**二**"},{"text":"三"}]}`
	})
	b := newBot(t, url, "{prefix: [查], events: [enter_agent], keys: [menu.x], commands: [{name: stock, summary: 库存}, {name: wipe, roles: [admin]}], fallback: true}")
	u := b.User("zhangsan")
	a := u.Says("查 天气")
	a.Expect("一", "三")
	if len(a.Units) != 3 || a.Units[1].MsgType != "markdown" {
		t.Errorf("units %+v", a.Units)
	}
	u.Says("/stock 螺丝 M3").Expect("一")
	u.Says("别的").Expect("一")
	u.Says("/wipe").Expect("没有使用 /wipe 的权限")
	u.Sends("<MsgType>event</MsgType><Event>enter_agent</Event>", "enters").Expect("一")
	u.Sends("<MsgType>event</MsgType><Event>click</Event><EventKey>menu.x</EventKey>", "clicks").Expect("一")
	if len(p.got) != 5 {
		t.Fatalf("the program got %d requests, want 5", len(p.got))
	}
	q := p.got[0]
	if q.App != "hr" || q.User != "zhangsan" || q.Type != "text" || q.Text != "查 天气" || q.Vars["rest"] != "天气" || q.Time != plugintest.Start.Unix() {
		t.Errorf("first request %+v", q)
	}
	if q := p.got[1]; q.Vars["command"] != "stock" || q.Vars["rest"] != "螺丝 M3" {
		t.Errorf("command %+v", q)
	}
	if q := p.got[4]; q.Event != "click" || q.Key != "menu.x" || q.Type != "event" {
		t.Errorf("click %+v", q)
	}
	seen := map[string]bool{}
	for _, q := range p.got {
		if seen[q.ID] {
			t.Errorf("id %s twice", q.ID)
		}
		seen[q.ID] = true
	}
	if h := p.header[0]; !regexp.MustCompile(`^v1=[0-9a-f]{64}$`).MatchString(h.Get("X-Wecombot-Signature")) || h.Get("X-Wecombot-Timestamp") != fmt.Sprint(plugintest.Start.Unix()) {
		t.Errorf("headers %v", h)
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	code, body := 204, ""
	_, url := serve(t, func(relay.Request) (int, string) { return code, body })
	b := newBot(t, url, "{exact: [x]}")
	b.User("zhangsan").Says("x").ExpectNone()
	code, body = 200, "{}"
	b.User("zhangsan").Says("x").ExpectNone()
}

func TestBadAnswers(t *testing.T) {
	t.Parallel()
	code, body := 200, ""
	_, url := serve(t, func(relay.Request) (int, string) { return code, body })
	b := newBot(t, url, "{exact: [x]}")
	for _, c := range []struct {
		code       int
		body, want string
	}{
		{500, "{}", "status 500"},
		{200, "", "not as described"},
		{200, `{"txt":"x"}`, `unknown field "txt"`},
		{200, `{"text":"x"} {}`, "more than one"},
		{200, `{"ask":{}}`, "needs a prompt"},
		{200, `{"ask":{"prompt":"x","kind":"choice"}}`, "needs a prompt, and a choice its choices"},
		{200, `{"text":"` + strings.Repeat("x", 300<<10) + `"}`, "longer than 256 KiB"},
	} {
		code, body = c.code, c.body
		if a := b.User("zhangsan").Says("x"); a.Err == nil || !strings.Contains(a.Err.Error(), c.want) || strings.Contains(a.Err.Error(), secret) {
			t.Errorf("%d %.30s: %v, want %q", c.code, c.body, a.Err, c.want)
		}
	}
}

func TestFailureInTheMiddleIsTriedAgain(t *testing.T) {
	t.Parallel()
	fail := true
	p, url := serve(t, func(q relay.Request) (int, string) {
		switch {
		case q.Turn == 0:
			return 200, `{"ask":{"prompt":"日期？","kind":"date"},"state":{"n":1}}`
		case fail:
			return 500, ""
		}
		return 200, fmt.Sprintf(`{"text":"%v %s"}`, q.Answer, strings.ReplaceAll(string(q.State), `"`, "'"))
	})
	b := newBot(t, url, "{exact: [x]}")
	u := b.User("zhangsan")
	u.Says("x").Expect("日期？")
	u.Says("明天").Expect("出了点问题")
	b.Restart()
	fail = false
	u.Says("继续").Expect("2026-11-22 {'n':1}")
	if a, b := p.got[1], p.got[2]; a.ID != b.ID || a.ID == "" {
		t.Errorf("ids %q and %q, want the same for one turn", a.ID, b.ID)
	}
}

func TestCommittedBarsTheWayBack(t *testing.T) {
	t.Parallel()
	_, url := serve(t, func(q relay.Request) (int, string) {
		switch q.Turn {
		case 0:
			return 200, `{"ask":{"prompt":"下单？","kind":"yesno"}}`
		case 1:
			return 200, `{"text":"已下单","committed":true,"ask":{"prompt":"备注？"}}`
		}
		return 200, fmt.Sprintf(`{"text":"备注 %v"}`, q.Answer)
	})
	b := newBot(t, url, "{exact: [x]}")
	u := b.User("zhangsan")
	u.Says("x").Expect("下单？")
	u.Says("是").Expect("已下单\n备注？")
	u.Says("返回").Expect("不能返回", "备注？")
	u.Says("快").Expect("备注 快")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "relay", relay.New) })
	for config, want := range map[string]string{
		"secret: " + secret + "\nmatch: {exact: [x]}":                              "url",
		"url: ftp://x\nsecret: " + secret + "\nmatch: {exact: [x]}":                "http(s)",
		"url: http://a:b@x/\nsecret: " + secret + "\nmatch: {exact: [x]}":          "without a user",
		"url: http://x/\nsecret: short\nmatch: {exact: [x]}":                       "shorter than 16",
		"url: http://x/\nsecret: " + secret:                                        "match names no message",
		"url: http://x/\nsecret: " + secret + "\ntimeout: 1h\nmatch: {exact: [x]}": "timeout",
	} {
		b.Refuses("relay", config, want)
	}
}
