package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/notify"
	"github.com/wecombot/wecombot/plugins/plugintest"
)

const token = "0123456789abcdef"

const config = `
hooks:
  - {name: ops, token: ` + token + `, to: {tags: [3], users: [lisi]}}
  - {name: free, token: fedcba9876543210, to: {users: [lisi]}, pick: true}
`

func newBot(t *testing.T) *plugintest.Bot {
	t.Helper()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "notify", notify.New) })
	b.Load("notify", config)
	return b
}

// post sends a webhook and returns the status.
func post(t *testing.T, b *plugintest.Bot, target, body string, header ...string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.Web("notify").ServeHTTP(w, r)
	return w.Code
}

// TestKinds looks for what people have to read, and not at how it is set: that is the renderer's.
func TestKinds(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"alertmanager/firing":   "🔥|DiskFull|1 条告警|critical|/data is 97 % full|prometheus.example/graph|自 11月21日 周六 09:30|✅|还有 2 条|alertmanager.example",
		"alertmanager/resolved": "✅|Up|已恢复|web is back",
		"github/push":           "acme/shop|octocat|推送了 2 个提交到 main|compare/a...b|the|Tidy up|commit/2",
		"github/pull_request":   "octocat|合并了合并请求 #7|Faster search|pull/7",
		"github/issue_comment":  "octocat|评论了议题 #3|It crashes|#c1|Me too",
		"github/workflow_run":   "❌ CI|main|failure|actions/runs/1",
		"github/star":           "",
		"gitlab/push":           "hr/portal|张三|推送了 9 个提交到 main|登录页",
		"gitlab/merge_request":  "张三|打开了合并请求 !12|新表单|merge_requests/12",
		"gitlab/pipeline":       "❌ 流水线 #31 失败|main|pipelines/31",
		"gitlab/note":           "李四|评论了MergeRequest|看起来不错|note_1",
		"plain/text":            "备份完成",
		"plain/markdown":        "备份|用时|3",
		"plain/card":            "备份|完成|https://backup.example/1",
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(filepath.Join("testdata", file+".json"))
			if err != nil {
				t.Fatal(err)
			}
			b := newBot(t)
			kind, name := filepath.Split(file)
			header := []string{"Authorization", "Bearer " + token}
			switch kind {
			case "github/":
				header = []string{"X-GitHub-Event", name, "X-GitHub-Delivery", "d1", "X-Hub-Signature-256", sign(body)}
			case "gitlab/":
				header = []string{"X-Gitlab-Event", "x", "X-Gitlab-Token", token}
			}
			if code := post(t, b, "/ops", string(body), header...); code != http.StatusNoContent {
				t.Fatalf("status %d", code)
			}
			sent := b.Sent()
			if want == "" {
				if len(sent) > 0 {
					t.Errorf("sent %+v, want nothing", sent)
				}
				return
			}
			if len(sent) != 1 || sent[0].To != (outbox.To{User: "lisi", Tag: "3"}) {
				t.Fatalf("sent %+v, want one message", sent)
			}
			for part := range strings.SplitSeq(want, "|") {
				if !strings.Contains(sent[0].Body, part) {
					t.Errorf("sent %s\nwant %q in it", sent[0].Body, part)
				}
			}
			if strings.Contains(sent[0].Body, "javascript:") || strings.Contains(sent[0].Body, "long story") {
				t.Errorf("sent %s", sent[0].Body)
			}
		})
	}
}

func sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func TestTokens(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	body := `{"text":"x"}`
	for _, c := range []struct {
		name, target string
		header       []string
		want         int
	}{
		{"bearer", "/ops", []string{"Authorization", "Bearer " + token}, 204},
		{"query", "/ops?token=" + token, nil, 204},
		{"gitlab", "/ops", []string{"X-Gitlab-Token", token}, 204},
		{"basic", "/ops", []string{"Authorization", "Basic OjAxMjM0NTY3ODlhYmNkZWY="}, 204},
		{"signature", "/ops/", []string{"X-Hub-Signature-256", sign([]byte(body))}, 204},
		{"none", "/ops", nil, 403},
		{"empty", "/ops?token=", nil, 403},
		{"wrong", "/ops?token=fedcba9876543210", nil, 403},
		{"wrong signature beside a right token", "/ops?token=" + token, []string{"X-Hub-Signature-256", "sha256=00"}, 403},
		{"unknown hook", "/none?token=" + token, nil, 403},
		{"unknown hook without a token", "/none", nil, 403},
		{"no hook", "/", nil, 403},
	} {
		if got := post(t, b, c.target, body, c.header...); got != c.want {
			t.Errorf("%s: status %d, want %d", c.name, got, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	ops := "/ops?token=" + token
	for body, want := range map[string]int{
		"":            400,
		"not JSON":    400,
		`{"other":1}`: 400,
		`{"text":7}`:  400,
		`{"text":"` + strings.Repeat("x", 1<<20) + `"}`: 413,
		`{"text":"x","to":{"users":["zhangsan"]}}`:      400,
		`{"alerts":[],"groupKey":"g"}`:                  204,
		`{"alerts":7,"groupKey":"g"}`:                   400,
		`[]`:                                            400,
		`null`:                                          400,
	} {
		if got := post(t, b, ops, body); got != want {
			t.Errorf("%.40s: status %d, want %d", body, got, want)
		}
	}
	if n := len(b.Sent()); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, ops, nil)
	w := httptest.NewRecorder()
	b.Web("notify").ServeHTTP(w, r)
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", w.Code, w.Header())
	}
	b.FailSends(1)
	if got := post(t, b, ops, `{"text":"x"}`); got != http.StatusServiceUnavailable {
		t.Errorf("with a full store: status %d, want 503 so that the sender tries again", got)
	}
}

func TestPick(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	free := "/free?token=fedcba9876543210"
	post(t, b, free, `{"text":"x","to":{"departments":[2,3]}}`)
	post(t, b, free, `{"text":"y"}`)
	if got := post(t, b, free, `{"text":"z","to":{}}`); got != 400 {
		t.Errorf("to nobody: %d", got)
	}
	sent := b.Sent()
	if len(sent) != 2 || sent[0].To != (outbox.To{Party: "2|3"}) || sent[1].To != (outbox.To{User: "lisi"}) {
		t.Errorf("sent %+v", sent)
	}
}

func TestSentTwiceIsOne(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	ops := "/ops?token=" + token
	for range 2 {
		post(t, b, ops, `{"text":"same"}`)
		post(t, b, ops, `{"id":"7","text":"numbered"}`)
	}
	b.Advance(10 * time.Minute)
	post(t, b, ops, `{"text":"same"}`)
	post(t, b, ops, `{"id":"7","text":"numbered"}`)
	var texts []string
	for _, s := range b.Sent() {
		texts = append(texts, s.Text)
	}
	if got := strings.Join(texts, " "); got != "same numbered same" {
		t.Errorf("sent %s", got)
	}
}

func TestFormEncoded(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	body := "payload=" + url.QueryEscape(`{"zen":"x","repository":{"full_name":"acme/shop"},"sender":{"login":"octocat"}}`)
	code := post(t, b, "/ops", body, "X-GitHub-Event", "ping", "Content-Type", "application/x-www-form-urlencoded", "X-Hub-Signature-256", sign([]byte(body)))
	if sent := b.Sent(); code != 204 || len(sent) != 1 || !strings.Contains(sent[0].Text, "已连接") {
		t.Errorf("status %d, sent %+v", code, sent)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "notify", notify.New) })
	for config, want := range map[string]string{
		"{}": "hooks",
		"hooks: [{name: a, token: short, to: {tags: [1]}}]":                                                           "shorter than 16",
		"hooks: [{name: a/b, token: " + token + ", to: {tags: [1]}}]":                                                 "part of a URL",
		"hooks: [{name: a, token: " + token + ", to: {}}]":                                                            "names nobody",
		"hooks: [{name: a, token: " + token + ", to: {tags: [1]}}, {name: a, token: " + token + ", to: {tags: [1]}}]": "named twice",
		"hooks: [{name: a, token: secret-secret-secret, to: {tgs: [1]}}]":                                             "tgs",
	} {
		b.Refuses("notify", config, want)
	}
}

func FuzzWebhook(f *testing.F) {
	for _, kind := range []string{"alertmanager", "github", "gitlab", "plain"} {
		files, err := filepath.Glob(filepath.Join("testdata", kind, "*.json"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(kind, strings.TrimSuffix(filepath.Base(file), ".json"), string(body))
		}
	}
	f.Fuzz(func(t *testing.T, kind, name, body string) {
		b := newBot(t)
		header := []string{"Authorization", "Bearer " + token}
		if kind == "github" {
			header = append(header, "X-GitHub-Event", name)
		} else if kind == "gitlab" {
			header = append(header, "X-Gitlab-Event", name)
		}
		if code := post(t, b, "/ops", body, header...); code != 204 && code != 400 && code != 413 {
			t.Errorf("status %d", code)
		}
	})
}
