package main_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestSpansAreExported(t *testing.T) {
	t.Parallel()
	var spans atomic.Bool
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/v1/traces" && bytes.Contains(body, []byte("outbox.send")) {
			spans.Store(true)
		}
	}))
	t.Cleanup(collector.Close)
	d := newDaemon(t, "rules:\n  - {name: md, match: {exact: [md]}, reply: {markdown: '**bold**'}}\n",
		`tracing: {endpoint: "`+collector.URL+`/v1/traces"}`).start()
	d.says("zhangsan", "md")
	if _, err := d.sim.WaitFor(d.ctx, "zhangsan", 1); err != nil {
		t.Fatal(err)
	}
	d.stop() // writes the last ones
	if !spans.Load() {
		t.Errorf("no span arrived; log:\n%s", d.output())
	}
}

func TestNoticeComesBeforeASlowAnswer(t *testing.T) {
	t.Parallel()
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(700 * time.Millisecond)
		_, _ = io.WriteString(w, `{"text": "晴"}`)
	}))
	t.Cleanup(slow.Close)
	d := newDaemon(t, "rules:\n  - {name: weather, match: {prefix: [天气]}, http: {url: '"+slow.URL+"/{{ args.rest }}', reply: '{{ response.json.text }}'}}\n")
	b, err := os.ReadFile(d.dir + "/bot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d.write("bot.yaml", strings.Replace(string(b), "server: {", "server: {reply_within: 200ms, ", 1)+"    notice: 正在查询…\n")
	d.start()
	if got := d.says("zhangsan", "天气 上海"); got != "正在查询…" {
		t.Errorf("the callback is answered %q, want the notice", got)
	}
	seen, err := d.sim.WaitFor(d.ctx, "zhangsan", 2)
	if err != nil || seen[1].Text != "晴" {
		t.Errorf("zhangsan sees %+v, %v", seen, err)
	}
}
