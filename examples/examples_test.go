// Package examples_test checks and plays the bots that are there to be read, tried and copied.
package examples_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/daemon"
	"github.com/wecombot/wecombot/plugins/standard"
)

// bots are the examples without code.
var bots = []string{"hr-desk", "it-helpdesk", "oncall"}

// Not parallel: the credentials of every bot.yaml are environment variables.
func TestBotsCheckAndPassTheirTests(t *testing.T) {
	for _, prefix := range []string{"HR", "IT", "ONCALL"} {
		t.Setenv(prefix+"_SECRET", strings.Repeat("s", 43))
		t.Setenv(prefix+"_TOKEN", "token")
		t.Setenv(prefix+"_AES_KEY", strings.Repeat("A", 43))
	}
	t.Setenv("TICKETS_TOKEN", "token")
	for _, bot := range bots {
		config := filepath.Join(bot, "bot.yaml")
		if out, code := botd(t, "check", "-c", config); code != 0 {
			t.Errorf("botd check -c %s: exit %d\n%s", config, code, out)
		}
		if out, code := botd(t, "test", "-c", config); code != 0 || strings.Contains(out, "not reached") {
			t.Errorf("botd test -c %s: exit %d; every rule must be reached\n%s", config, code, out)
		}
	}
}

func botd(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	code := daemon.Run(t.Context(), standard.Registry(), args, strings.NewReader(""), &out, &out)
	return out.String(), code
}

// What people copy: every bot says in both languages what it is, and names no secret.
func TestBotsHaveReadmes(t *testing.T) {
	t.Parallel()
	for _, bot := range bots {
		raw, err := os.ReadFile(filepath.Join(bot, "README.md"))
		if err != nil {
			t.Error(err)
			continue
		}
		if text := string(raw); !strings.Contains(text, "## English") || !strings.Contains(text, "botd dev -c examples/"+bot) {
			t.Errorf("README of %s lacks the English part, or how to try it", bot)
		}
	}
}
