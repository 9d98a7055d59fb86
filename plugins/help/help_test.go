package help_test

import (
	"context"
	"testing"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/greet"
	"github.com/wecombot/wecombot/plugins/help"
	"github.com/wecombot/wecombot/plugins/plugintest"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// office has a command for administrators.
type office struct{}

func (office) Mount(*router.Router) {}

type args struct {
	Room string `arg:"room" help:"its number"`
}

func (office) Commands() []command.Command {
	return []command.Command{command.New("close", "locks a room", func(context.Context, *router.Request, args) (reply.Reply, error) {
		return reply.Text("ok"), nil
	}, command.Roles("admin"))}
}

func register(r *plugins.Registry) {
	plugins.Add(r, "help", help.New)
	plugins.Add(r, "greet", greet.New)
	plugins.Add(r, "office", func(plugins.Env, struct{}) (plugins.Plugin, error) { return office{}, nil })
}

func TestHelpFollowsRoles(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, register)
	b.Host.Examples = func(context.Context, *router.Request) ([]plugins.Help, error) {
		return []plugins.Help{{Say: "wifi 密码"}, {Say: "wifi 密码"}}, nil
	}
	b.Load("help", "")
	b.Load("greet", "")
	b.Load("office", "")
	want := "我能做这些：\n· /help [command] — 看看我能做什么\n· 在吗 — 打个招呼\n· wifi 密码"
	for _, ask := range []string{"帮助", "help", "？", "/help", "/帮助"} {
		if got := b.User("zhangsan").Says(ask).Text; got != want {
			t.Errorf("%s: %q, want %q", ask, got, want)
		}
	}
	b.User("boss").Says("help").Expect("· /close room — locks a room")
	b.User("boss").Says("/help /close").Expect("/close room\nlocks a room\n  room  its number")
	b.User("zhangsan").Says("/help close").Expect("没有命令 /close")
	b.User("zhangsan").Says("/help --help").Expect("/help [command]")
}

func TestOwnWords(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, register)
	b.Host.Language = "en"
	b.Load("help", "title: Hi!\nwords: [menu, start]")
	b.User("zhangsan").Says("menu").Expect("Hi!\n· /help [command] — what I can do")
	b.User("zhangsan").Says("帮助").ExpectNone()
}
