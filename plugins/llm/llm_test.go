package llm_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/llm"
	"github.com/wecombot/wecombot/plugins/plugintest"
)

type asked struct {
	Model     string
	Stream    bool
	MaxTokens int `json:"max_tokens"`
	Messages  []struct{ Role, Content string }
}

// server is an OpenAI-compatible endpoint whose answer is written by a function.
type server struct {
	*httptest.Server
	write func(w *stream, q asked)

	mu   sync.Mutex
	got  []asked
	keys []string
}

// stream writes server-sent events.
type stream struct{ http.ResponseWriter }

func (s *stream) say(text string) {
	s.Header().Set("Content-Type", "text/event-stream")
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(s, "data: {\"choices\":[{\"delta\":{\"content\":%s}}]}\n\n", b)
	s.ResponseWriter.(http.Flusher).Flush()
}

func (s *stream) done() { io.WriteString(s, "data: [DONE]\n\n") }

func newServer(t *testing.T, write func(w *stream, q asked)) *server {
	t.Helper()
	s := &server{write: write}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q asked
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || r.URL.Path != "/v1/chat/completions" {
			http.Error(w, "no", http.StatusNotFound)
			return
		}
		s.mu.Lock()
		s.got, s.keys = append(s.got, q), append(s.keys, r.Header.Get("Authorization"))
		s.mu.Unlock()
		s.write(&stream{w}, q)
	}))
	t.Cleanup(s.Close)
	return s
}

// last is the last request, its messages one per line.
func (s *server) last() (asked, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.got[len(s.got)-1]
	var lines []string
	for _, m := range q.Messages {
		lines = append(lines, m.Role+": "+m.Content)
	}
	return q, strings.Join(lines, "\n")
}

func newBot(t *testing.T, s *server, more string) *plugintest.Bot {
	t.Helper()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "llm", llm.New) })
	b.Load("llm", "url: "+s.URL+"/v1/\nmodel: small-1\nkey: sk-secret\n"+more)
	return b
}

// echo answers with the question.
func echo(w *stream, q asked) {
	text := "答：" + q.Messages[len(q.Messages)-1].Content
	for _, r := range text {
		w.say(string(r))
	}
	w.done()
}

func TestConversation(t *testing.T) {
	t.Parallel()
	s := newServer(t, echo)
	b := newBot(t, s, "system: 给 {user}，{time}\nhistory: 4\nmax_tokens: 99")
	u := b.User("zhangsan")
	a := u.Says("一")
	a.Expect("答：一")
	if a.Units[0].MsgType != "markdown" {
		t.Errorf("the answer is %s, want markdown", a.Units[0].MsgType)
	}
	q, text := s.last()
	if text != "system: 给 zhangsan，2026-11-21 10:00 Sat\nuser: 一" || q.Model != "small-1" || !q.Stream || q.MaxTokens != 99 || s.keys[0] != "Bearer sk-secret" {
		t.Errorf("the server got %+v with %q", q, s.keys[0])
	}
	b.Restart()
	u.Says("二").Expect("答：二")
	u.Says("三").Expect("答：三")
	u.Says("四").Expect("答：四")
	if sent := b.Sent(); len(sent) > 0 {
		t.Errorf("%d parts of short answers were sent", len(sent))
	}
	if _, text := s.last(); text != "system: 给 zhangsan，2026-11-21 10:00 Sat\nuser: 二\nassistant: 答：二\nuser: 三\nassistant: 答：三\nuser: 四" {
		t.Errorf("the server got\n%s", text)
	}
	b.User("lisi").Says("五").Expect("答：五")
	if _, text := s.last(); strings.Contains(text, "答") {
		t.Errorf("another member's conversation: %s", text)
	}
	u.Says("新对话").Expect("重新开始")
	u.Says("六").Expect("答：六")
	if _, text := s.last(); strings.Contains(text, "答") {
		t.Errorf("after a new start: %s", text)
	}
	b.Advance(31 * time.Minute)
	u.Says("七").Expect("答：七")
	if _, text := s.last(); strings.Contains(text, "答") {
		t.Errorf("after half an hour: %s", text)
	}
}

func TestLongAnswerInParts(t *testing.T) {
	t.Parallel()
	var b *plugintest.Bot
	long := func(n int) string { return strings.Repeat(fmt.Sprint(n), 700) }
	s := newServer(t, func(w *stream, _ asked) {
		b.Advance(7 * time.Second)
		w.say(long(1) + "\n\n")
		w.say("2\n\n")
		w.say("```\n" + long(3) + "\n\n")
		w.say(long(4) + "\n```\n\n")
		w.say("5")
		w.done()
	})
	b = newBot(t, s, "")
	a := b.User("zhangsan").Says("x")
	sent := b.Sent()
	if len(sent) != 2 || sent[0].To.User != "zhangsan" {
		t.Fatalf("%d parts were sent, want 2", len(sent))
	}
	if !strings.Contains(sent[0].Body, long(1)) || strings.Contains(sent[0].Body, "2") || !strings.Contains(sent[1].Body, long(3)) || !strings.Contains(sent[1].Body, long(4)) {
		t.Errorf("parts %q, %q: want paragraphs, the code whole", sent[0].Body[:80], sent[1].Body[:80])
	}
	if a.Text != "5" {
		t.Errorf("the rest is %q, want 5", a.Text)
	}
}

func TestServersThatDoNotStream(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w *stream, _ asked) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		io.WriteString(w, `{"choices":[{"message":{"content":"整个"}}]}`)
	})
	a := newBot(t, s, "markdown: false").User("zhangsan").Says("x")
	a.Expect("整个")
	if a.Units[0].MsgType != "text" {
		t.Errorf("the answer is %s, want text", a.Units[0].MsgType)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		write func(w *stream, q asked)
		want  string
	}{
		"busy":                {func(w *stream, _ asked) { w.WriteHeader(429) }, "模型太忙了"},
		"broken":              {func(w *stream, _ asked) { w.WriteHeader(500) }, "模型暂时不可用"},
		"nothing":             {func(w *stream, _ asked) { w.say(""); w.done() }, "模型暂时不可用"},
		"not JSON":            {func(w *stream, _ asked) { io.WriteString(w, "data: {\n\n") }, "模型暂时不可用"},
		"error at once":       {func(w *stream, _ asked) { io.WriteString(w, "data: {\"error\":{\"message\":\"x\"}}\n\n") }, "模型暂时不可用"},
		"cut off":             {func(w *stream, _ asked) { w.say("一半") }, "一半\n\n（回答中断了）"},
		"error in the middle": {func(w *stream, _ asked) { w.say("一半"); io.WriteString(w, "data: {\"error\":{}}\n\n") }, "一半\n\n（回答中断了）"},
		"without an end": {func(w *stream, _ asked) {
			for range 100 {
				w.say(strings.Repeat("长", 1000))
			}
		}, "（太长，已截断）"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, newServer(t, c.write), "markdown: false")
			b.User("zhangsan").Says("secret question").Expect(c.want)
			if log := b.Log(); strings.Contains(log, "sk-secret") || strings.Contains(log, "secret question") {
				t.Errorf("log %q holds a secret", log)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s := newServer(t, echo)
	b := newBot(t, s, "per_hour: 2\nmax_input: 10\nprefix: [问, ask]")
	u := b.User("zhangsan")
	u.Says("天气").ExpectNone()
	u.Says("问 天气").Expect("答：天气")
	u.Says("ask 12345678901").Expect("太长了，最多 10 字节")
	u.Says("问 天气").Expect("问得太多了")
	b.User("lisi").Says("问 a").Expect("答：a")
	b.Advance(time.Hour)
	u.Says("问 天气").Expect("答：天气")
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	inside, release := make(chan struct{}), make(chan struct{})
	s := newServer(t, func(w *stream, q asked) {
		inside <- struct{}{}
		<-release
		echo(w, q)
	})
	b := newBot(t, s, "concurrent: 1")
	done := make(chan plugintest.Answer)
	go func() { done <- b.User("zhangsan").Says("一") }()
	<-inside
	b.User("lisi").Says("二").Expect("提问的人太多")
	close(release)
	(<-done).Expect("答：一")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "llm", llm.New) })
	for config, want := range map[string]string{
		"model: x":                                 "url",
		"url: http://x/":                           "model",
		"url: x\nmodel: x":                         "http(s)",
		"url: http://k:s@x/\nmodel: x":             "without a user",
		"url: http://x/\nmodel: x\ntemperature: 3": "temperature",
		"url: http://x/\nmodel: x\nhistory: -1":    "history",
	} {
		b.Refuses("llm", config, want)
	}
}
