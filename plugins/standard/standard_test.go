package standard_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/plugintest"
	"github.com/wecombot/wecombot/plugins/standard"
)

// TestEveryPluginIsListed compares the list with the folders.
func TestEveryPluginIsListed(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "standard" && e.Name() != "plugintest" && e.Name() != "testdata" {
			folders = append(folders, e.Name())
		}
	}
	if got, want := strings.Join(standard.Registry().IDs(), " "), strings.Join(folders, " "); got != want {
		t.Errorf("registered: %s\nfolders:    %s", got, want)
	}
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	reg := standard.Registry()
	for _, id := range reg.IDs() {
		if s, err := reg.Schema(id); err != nil || !strings.Contains(string(s), "$schema") {
			t.Errorf("Schema(%s) = %.40s, %v", id, s, err)
		}
	}
}

// TestTogether loads plugins that all answer texts: each gets what is its own, none takes another's commands.
func TestTogether(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) {})
	b.Registry = standard.Registry()
	b.Host.Dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(b.Host.Dir, "faq.md"), []byte("# WiFi 密码是多少\n12345678"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Load("echo", "")
	b.Load("greet", "")
	b.Load("help", "")
	b.Load("faq", "file: faq.md")
	b.Load("poll", "")
	b.Load("remind", "")
	b.Load("notify", "hooks: [{name: ops, token: 0123456789abcdef, to: {tags: [3]}}]")
	u := b.User("zhangsan")
	for said, want := range map[string]string{
		"在吗": "你好，zhangsan", "帮助": "/remind", "wifi密码": "12345678", "明天9点提醒我开会": "提醒你：开会", "今天天气": "今天天气",
		"/remid x": "是不是 /remind？", "/help poll": "/poll question",
	} {
		u.Says(said).Expect(want)
	}
	b.Restart()
	u.Says("我的提醒").Expect("开会")
}
