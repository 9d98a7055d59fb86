package web_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/simulator/web"
)

// site is a chat page over the demo company with one app.
type site struct {
	t    *testing.T
	srv  *simulator.Server
	app  simulator.App
	page *httptest.Server
}

// newSite starts page and app; answer makes the text of the passive reply, "" none.
func newSite(t *testing.T, answer func(m *message.Message) string, opts ...simulator.Option) *site {
	t.Helper()
	srv := simulator.New(opts...)
	simulator.Demo(srv)
	s := &site{t: t, srv: srv, app: srv.AddApp(simulator.App{CorpID: "ww1", Name: "小助手"})}
	bot := httptest.NewServer(s.bot(answer))
	s.page = httptest.NewServer(web.Handler(srv, web.WithHints("你好", "wifi 密码")))
	t.Cleanup(func() { srv.Close(); bot.Close(); s.page.CloseClientConnections(); s.page.Close() })
	srv.SetCallbackURL(s.app, bot.URL+"/callback/test")
	return s
}

// bot is an app with the production crypto, which the simulator has no part in.
func (s *site) bot(answer func(m *message.Message) string) http.Handler {
	keys, err := crypto.New(s.app.Token, []string{s.app.EncodingAESKey}, s.app.CorpID)
	if err != nil {
		s.t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		env, err := message.ParseEnvelope(body)
		if err != nil {
			s.t.Errorf("envelope: %v", err)
			return
		}
		q := r.URL.Query()
		opened, err := keys.Open(q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce"), env.Encrypt)
		if err != nil {
			s.t.Errorf("open: %v", err)
			return
		}
		m, err := message.Parse(opened.Message)
		if err != nil {
			s.t.Errorf("parse: %v", err)
			return
		}
		text := answer(m)
		if text == "" {
			return
		}
		reply := fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime>"+
			"<MsgType>text</MsgType><Content><![CDATA[%s]]></Content></xml>", m.From, m.To, time.Now().Unix(), text)
		sealed, err := keys.Seal([]byte(reply), opened.Receiver, opened.Key, time.Now().Unix(), "nonce")
		if err != nil {
			s.t.Errorf("seal: %v", err)
			return
		}
		_, _ = w.Write(sealed.AppendXML(nil))
	})
}

func echo(m *message.Message) string { return "收到：" + m.Text }

// send posts JSON to the page and returns status and answer.
func (s *site) send(method, path, body string, headers ...string) (int, map[string]any) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.page.URL+"/"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var v map[string]any
	_ = json.NewDecoder(res.Body).Decode(&v) // some refusals are not JSON
	return res.StatusCode, v
}

// api calls the platform as the app.
func (s *site) api(path, body string) map[string]any {
	s.t.Helper()
	res, err := http.Get(fmt.Sprintf("%s/cgi-bin/gettoken?corpid=%s&corpsecret=%s", s.srv.URL, s.app.CorpID, s.app.Secret))
	token, _ := s.decode(res, err)["access_token"].(string)
	res, err = http.Post(s.srv.URL+"/cgi-bin/"+path+"?access_token="+token+"&agentid="+fmt.Sprint(s.app.AgentID), "application/json", strings.NewReader(body))
	v := s.decode(res, err)
	if v["errcode"] != 0.0 {
		s.t.Fatalf("%s %s = %v", path, body, v)
	}
	return v
}

func (s *site) decode(res *http.Response, err error) map[string]any {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var v map[string]any
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s *site) say(user, text string) int {
	s.t.Helper()
	body, _ := json.Marshal(map[string]any{"user": user, "app": s.app.AgentID, "text": text})
	status, _ := s.send(http.MethodPost, "api/say", string(body))
	return status
}

func (s *site) conversation(user string) []web.Item {
	s.t.Helper()
	res, err := http.Get(fmt.Sprintf("%s/api/conversation?user=%s&app=%d", s.page.URL, user, s.app.AgentID))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var v struct{ Items []web.Item }
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		s.t.Fatal(err)
	}
	return v.Items
}

// stream reads changes until want says that it has seen enough.
func (s *site) stream(after int64, want func(web.Change) bool) {
	s.t.Helper()
	req, _ := http.NewRequestWithContext(s.t.Context(), http.MethodGet, fmt.Sprintf("%s/api/events?after=%d", s.page.URL, after), nil)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var c web.Change
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			s.t.Fatalf("stream: %v in %q", err, data)
		}
		if want(c) {
			return
		}
	}
	s.t.Fatalf("stream ended: %v", lines.Err())
}

func TestSayAndSee(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	if status := s.say("ZhangSan", "你好 https://a.example/x?y=1。 <script>alert(1)</script>"); status != http.StatusAccepted {
		t.Fatalf("api/say = %d, want 202", status)
	}
	var states []string
	s.stream(0, func(c web.Change) bool {
		if c.Item != nil && c.Item.Kind == "said" {
			states = append(states, fmt.Sprintf("%d %v", len(c.Item.Delivery.Attempts), c.Item.Delivery.Done))
		}
		return c.Item != nil && c.Item.Kind == "said" && c.Item.Delivery.Done
	})
	if got := strings.Join(states, ", "); got != "0 false, 1 false, 1 false, 1 true" {
		t.Errorf("states of the delivery = %s", got)
	}
	items := s.conversation("zhangsan")
	if len(items) != 2 || items[0].Kind != "said" || items[1].Kind != "seen" || items[1].Answers != items[0].Delivery.ID {
		t.Fatalf("conversation = %+v, want what was said and its answer", items)
	}
	html := items[1].HTML
	if !strings.Contains(html, `<a href="https://a.example/x?y=1"`) || strings.Contains(html, "<script") {
		t.Errorf("HTML = %s, want the link and no script", html)
	}
	if n := len(s.conversation("lisi")); n != 0 {
		t.Errorf("lisi's conversation has %d items, want none of zhangsan's", n)
	}
}

func TestActiveMessagesAndLosses(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	s.api("message/send", `{"touser":"lisi|sunqi","msgtype":"markdown","agentid":1000002,"markdown":{"content":`+
		`"# 标题\n> **粗** <font color=\"warning\">警告</font> [网](https://a.example) <img src=x>"}}`)
	html := s.conversation("lisi")[0].HTML
	for _, want := range []string{`<div class="md-h md-h1">标题</div>`, "<blockquote>", "<strong>粗</strong>", `<span class="md-warning">警告</span>`, "&lt;img src=x&gt;"} {
		if !strings.Contains(html, want) {
			t.Errorf("HTML = %s, want %s in it", html, want)
		}
	}
	lost := s.conversation("sunqi")
	if len(lost) != 1 || lost[0].Kind != "lost" || lost[0].Reason != "reader" {
		t.Errorf("conversation of the WeChat reader = %+v, want one that is lost", lost)
	}
}

func TestStateHasNoSecrets(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	s.srv.SetCallbackURL(s.app, "http://127.0.0.1:1/callback?secret=queryword")
	s.say("lisi", "x")
	for _, path := range []string{"api/state", "api/wire", "api/conversation?user=lisi&app=" + fmt.Sprint(s.app.AgentID)} {
		res, err := http.Get(s.page.URL + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK || len(raw) < 20 {
			t.Errorf("GET %s = %d %s", path, res.StatusCode, raw)
		}
		for _, secret := range []string{s.app.Secret, s.app.Token, s.app.EncodingAESKey, "queryword"} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("GET %s shows a secret: %s", path, raw)
			}
		}
	}
}

func TestEventsByHand(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(m *message.Message) string { return m.Event + " " + m.Key })
	for _, tt := range []struct {
		body string
		want int
	}{
		{`{"user":"lisi","app":%d,"event":"enter_agent"}`, http.StatusAccepted},
		{`{"user":"lisi","app":%d,"event":"click","key":"leave"}`, http.StatusAccepted},
		{`{"user":"lisi","app":%d,"event":"explode"}`, http.StatusBadRequest},
		{`{"user":"nobody","app":%d,"event":"click","key":"leave"}`, http.StatusNotFound},
		{`{"user":"lisi","app":1%d,"event":"click","key":"leave"}`, http.StatusNotFound},
		{`{"user":"lisi","app":"%d"`, http.StatusBadRequest},
	} {
		if got, _ := s.send(http.MethodPost, "api/event", fmt.Sprintf(tt.body, s.app.AgentID)); got != tt.want {
			t.Errorf("api/event %s = %d, want %d", tt.body, got, tt.want)
		}
	}
	seen, err := s.srv.WaitFor(t.Context(), "lisi", 2)
	if err != nil || len(seen) != 2 {
		t.Fatalf("lisi sees %+v, %v; want two answers", seen, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	body := fmt.Sprintf(`{"user":"lisi","app":%d,"text":"x"}`, s.app.AgentID)
	for _, tt := range []struct {
		name         string
		method, path string
		body         string
		headers      []string
		want         int
	}{
		{"a foreign origin", http.MethodPost, "api/say", body, []string{"Origin", "https://evil.example"}, 403},
		{"a foreign site", http.MethodPost, "api/say", body, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"the page itself", http.MethodPost, "api/say", body, []string{"Sec-Fetch-Site", "same-origin"}, 202},
		{"a program", http.MethodPost, "api/say", body, nil, 202},
		{"a rebound name", http.MethodPost, "api/say", body, []string{"Host", "evil.example"}, 421},
		{"a rebound name that reads", http.MethodGet, "api/state", "", []string{"Host", "evil.example:8787"}, 421},
		{"localhost", http.MethodGet, "api/state", "", []string{"Host", "localhost:8787"}, 200},
		{"IPv6", http.MethodGet, "api/state", "", []string{"Host", "[::1]:8787"}, 200},
		{"a form", http.MethodPost, "api/say", body, []string{"Content-Type", "text/plain"}, 415},
		{"nothing said", http.MethodPost, "api/say", fmt.Sprintf(`{"user":"lisi","app":%d,"text":"  "}`, s.app.AgentID), nil, 400},
		{"too much", http.MethodPost, "api/say", `{"text":"` + strings.Repeat("x", 2<<20) + `"}`, nil, 413},
		{"a bad fault", http.MethodPost, "api/fault", `{"fault":"boom"}`, nil, 400},
		{"a bad number", http.MethodGet, "api/events?after=x", "", nil, 400},
		{"no such media", http.MethodGet, "api/media?id=x", "", nil, 404},
		{"no such file", http.MethodGet, "api/nothing", "", nil, 404},
	} {
		if got, _ := s.send(tt.method, tt.path, tt.body, tt.headers...); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestFaultsFromThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	status, got := s.send(http.MethodPost, "api/fault", `{"fault":"callback:timeout-before@1"}`)
	if status != http.StatusOK || fmt.Sprint(got["faults"]) != "[callback:timeout-before@1]" {
		t.Errorf("api/fault = %d %v", status, got)
	}
	s.say("lisi", "hi")
	if err := s.srv.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := s.conversation("lisi")[0].Delivery; len(d.Attempts) != 2 {
		t.Errorf("%d attempts, want the fault to cost one", len(d.Attempts))
	}
	if status, _ := s.send(http.MethodDelete, "api/fault", ""); status != http.StatusOK || len(s.srv.Faults()) != 0 {
		t.Errorf("DELETE api/fault = %d, %v left", status, s.srv.Faults())
	}
}

func TestMediaCannotRunAsOurs(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	page := s.srv.AddMedia("ww1", "file", "evil.html", []byte("<script>alert(1)</script>"))
	picture := s.srv.AddMedia("ww1", "image", "a.png", []byte("\x89PNG..."))
	for id, want := range map[string]string{page: "application/octet-stream", picture: "image/png"} {
		res, err := http.Get(s.page.URL + "/api/media?corp=ww1&id=" + id)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Content-Type"); got != want || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("media is %s, want %s", got, want)
		}
	}
}

func TestPageIsSelfContained(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	for _, file := range []string{"", "main.js", "chat.js", "body.js", "compose.js", "wire.js", "api.js", "dom.js", "i18n.js", "cards.js", "page.css", "bubble.css", "card.css", "icon.svg"} {
		res, err := http.Get(s.page.URL + "/" + file)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("GET /%s = %d", file, res.StatusCode)
		}
		if !strings.Contains(res.Header.Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("GET /%s has no content policy", file)
		}
		text := strings.ReplaceAll(string(raw), "http://www.w3.org/2000/svg", "")
		if strings.Contains(text, "http://") || strings.Contains(text, "https://") || strings.Contains(text, " style=") || strings.Contains(text, " onclick=") {
			t.Errorf("/%s names another host or has inline style or script", file)
		}
	}
}

func TestTheStreamResumes(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	s.say("lisi", "one")
	if err := s.srv.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := s.srv.LastEvent()
	s.say("lisi", "two")
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.page.URL+"/api/events?after=0", nil)
	req.Header.Set("Last-Event-ID", fmt.Sprint(last)) // what a browser sends when it comes back
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
	}
	if !strings.Contains(lines.Text(), `"two"`) {
		t.Errorf("the stream resumes with %s, want what came after the last event", lines.Text())
	}
}
