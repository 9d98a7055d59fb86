package greet_test

import (
	"testing"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/greet"
	"github.com/wecombot/wecombot/plugins/plugintest"
)

func TestGreet(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "greet", greet.New) })
	b.Load("greet", "word: 嗨")
	b.User("zhangsan").Says(" ＨＩ ").Expect("嗨，zhangsan")
	b.User("zhangsan").Says("this").ExpectNone()
}

func TestEnglish(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "greet", greet.New) })
	b.Host.Language = "en"
	b.Load("greet", "")
	b.User("zhangsan").Says("hi").Expect("hello, zhangsan")
}
