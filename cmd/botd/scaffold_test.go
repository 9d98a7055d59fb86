package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// in runs a command in a folder and returns what it printed.
func in(t *testing.T, dir string, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(environment(), "WECOM_SECRET="+appSecret, "WECOM_TOKEN="+appToken, "WECOM_AES_KEY="+appKey)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestInitPassesItsOwnTests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, args := range [][]string{{"init", "helpdesk"}, {"check", "-c", "helpdesk/bot.yaml"}, {"test", "-c", "helpdesk/bot.yaml"}} {
		if out, err := in(t, dir, built, args...); err != nil {
			t.Errorf("botd %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if out, err := in(t, dir, built, "init", "helpdesk"); err == nil {
		t.Errorf("a second init overwrites: %s", out)
	}
}

func TestNewPluginPassesItsOwnTests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := in(t, dir, built, "new", "plugin", "leave"); err != nil {
		t.Fatalf("botd new plugin: %v\n%s", err, out)
	}
	if out, err := in(t, dir, "go", "test", "./..."); err != nil {
		t.Fatalf("go test: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "leave", "README.md")); err != nil {
		t.Error(err)
	}
}

func TestQuickstartAndItsTests(t *testing.T) {
	t.Parallel()
	out, err := in(t, "../../examples/quickstart", built, "test")
	if err != nil || !strings.Contains(out, "rules reached: 8 of 8") {
		t.Errorf("botd test: %v\n%s", err, out)
	}
}
