package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/daemon"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/plugintest"
)

func TestGreets(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "greeter", newGreeter) })
	b.Load("greeter", "word: 嗨")
	b.User("zhangsan").Says("在吗？").Expect("嗨，zhangsan")
	b.User("lisi").Says("再见").ExpectNone()
	b.Refuses("greeter", "wrod: 嗨", `did you mean "word"?`)
}

// The whole daemon on the simulated platform: callbacks are encrypted, answers are opened and checked.
func TestGreetsThroughBotd(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	code := daemon.Run(t.Context(), registry(), []string{"chat", "-c", "bot.yaml"}, strings.NewReader("在吗\n"), &out, &errs)
	if got, want := out.String(), "greeter: 嗨，zhangsan\n"; code != 0 || got != want {
		t.Errorf("chat says %q and exits with %d, want %q and 0; log:\n%s", got, code, want, &errs)
	}
}
