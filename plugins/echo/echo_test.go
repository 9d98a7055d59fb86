package echo_test

import (
	"testing"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/echo"
	"github.com/wecombot/wecombot/plugins/greet"
	"github.com/wecombot/wecombot/plugins/plugintest"
)

func TestEcho(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) {
		plugins.Add(r, "echo", echo.New)
		plugins.Add(r, "greet", greet.New)
	})
	b.Refuses("echo", "loud: true", "loud")
	b.Load("echo", "{}")
	b.Load("greet", "")
	u := b.User("zhangsan")
	if got := u.Says("a <b> & \"c\" ]]>").Text; got != `a <b> & "c" ]]>` {
		t.Errorf("echo %q", got)
	}
	u.Says("在吗").Expect("你好，zhangsan")
	u.Sends("<MsgType>event</MsgType><Event>enter_agent</Event>", "enters").ExpectNone()
}
