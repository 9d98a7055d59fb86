package daemon

import (
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/internal/golden"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func testEnv(name string) (string, bool) {
	v, ok := map[string]string{
		"SECRET":   "the-secret",
		"TOKEN":    "the-token",
		"AES_KEY":  "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
		"HR_TOKEN": "hr-token",
	}[name]
	return v, ok
}

func TestBrokenConfigurations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/config/broken/*.yaml")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d broken configurations, %v", len(files), err)
	}
	var got strings.Builder
	for _, file := range files {
		_, problems := loadConfig(file, testEnv)
		if len(problems) == 0 {
			t.Errorf("%s is accepted", file)
		}
		for _, p := range problems {
			fmt.Fprintln(&got, strings.TrimPrefix(filepath.ToSlash(p.String()), "testdata/config/broken/"))
		}
		fmt.Fprintln(&got)
	}
	golden.Check(t, *update, "testdata/config/broken.golden", got.String())
	for _, leak := range []string{"the-secret", "the-token", "jWmYm7qr", "QDG6eK", "letmein"} {
		if strings.Contains(got.String(), leak) {
			t.Errorf("a message shows the secret %q", leak)
		}
	}
}

func TestGoodConfiguration(t *testing.T) {
	t.Parallel()
	env := func(name string) (string, bool) {
		if name == "HR_SECRET" {
			return "hr-secret", true
		}
		return testEnv(name)
	}
	c, problems := loadConfig("testdata/config/good/bot.yaml", env)
	if problems != nil {
		t.Fatal(problems)
	}
	hr, ok := c.App("hr")
	if !ok {
		t.Fatal("no app hr")
	}
	var ids []string
	for _, p := range hr.Plugins {
		ids = append(ids, p.ID)
	}
	var zeta struct {
		Word string `yaml:"word"`
	}
	if ps := hr.Plugins[0].Config.Decode(&zeta); ps != nil || zeta.Word != "hr-token" {
		t.Errorf("plugin configuration = %+v, %v", zeta, ps)
	}
	good := func(name string) string { return filepath.Join("testdata/config/good", name) }
	for _, check := range []struct{ what, got, want any }{
		{"secret", hr.Secret.Reveal(), "hr-secret"},
		{"key of a file", hr.EncodingAESKey[0].Reveal(), "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"},
		{"api_base without slash", hr.APIBase, "https://qyapi.weixin.qq.com"},
		{"reply_mode", hr.ReplyMode, "normal"},
		{"plugins in order", ids, []string{"zeta", "echo", "alpha"}},
		{"rules, once, without tests", hr.RuleFiles, []string{good("rules/a.yaml"), good("rules/faq.yaml")}},
		{"files to watch", c.Files, []string{good("bot.yaml"), good("aes-key"), good("rules/a.yaml"), good("rules/faq.yaml")}},
		{"short role", c.Roles["admin"], Role{Users: []string{"zhangsan"}}},
		{"role", c.Roles["hr"], Role{Departments: []int{2, 3}, Tags: []int{7}}},
		{"reply_within", c.Server.ReplyWithin, 4 * time.Second},
		{"max_body", int64(c.Server.MaxBody), int64(1 << 20)},
		{"zone", c.Location.String(), "Asia/Shanghai"},
		{"resolved path", c.Resolve("data/botd.db"), good("data/botd.db")},
		{"vars", hr.Vars, map[string]any{"erp_token": "hr-token"}},
	} {
		if !reflect.DeepEqual(check.got, check.want) {
			t.Errorf("%s = %#v, want %#v", check.what, check.got, check.want)
		}
	}
	if s := fmt.Sprintf("%+v", hr); strings.Contains(s, "hr-secret") || strings.Contains(s, "jWmYm7qr") {
		t.Errorf("an app prints its secrets: %s", s)
	}
}

func TestLoadConfigOfAMissingFile(t *testing.T) {
	t.Parallel()
	_, problems := LoadConfig("testdata/none.yaml")
	if len(problems) != 1 || problems[0].String() != "testdata/none.yaml: cannot be read: no such file or directory" {
		t.Errorf("problems = %v", problems)
	}
}

func TestConfigSchema(t *testing.T) {
	t.Parallel()
	b, err := ConfigSchema()
	if err != nil || !json.Valid(b) {
		t.Fatalf("ConfigSchema: %v", err)
	}
	golden.Check(t, *update, "testdata/config/schema.golden", string(b)+"\n")
}
