// Package help tells a member what he can do with the app: the commands that he may use, what the plugins say of
// themselves, and the examples of the rules.
package help

import (
	"cmp"
	"context"
	"strings"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Config is the plugin's part of bot.yaml.
type Config struct {
	Title string   `yaml:"title" doc:"first line; default 我能做这些："`
	Words []string `yaml:"words" doc:"what asks for help, beside help and ?; default 帮助"`
}

type helper struct {
	env    plugins.Env
	config Config
}

// New makes the plugin.
func New(e plugins.Env, c Config) (plugins.Plugin, error) {
	c.Title = cmp.Or(c.Title, e.Say("我能做这些：", "This is what I can do:"))
	if len(c.Words) == 0 {
		c.Words = []string{"帮助"}
	}
	return &helper{e, c}, nil
}

func (h *helper) Mount(r *router.Router) {
	r.HandleFunc(router.Exact(append(h.config.Words, "help", "?")...), func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		return h.overview(ctx, q)
	})
}

type args struct {
	Command string `arg:"command,optional"`
}

func (h *helper) Commands() []command.Command {
	return []command.Command{command.New("help", h.env.Say("看看我能做什么", "what I can do"), h.help, command.Aliases("帮助"))}
}

func (h *helper) help(ctx context.Context, q *router.Request, a args) (reply.Reply, error) {
	if a.Command == "" {
		return h.overview(ctx, q)
	}
	name := strings.TrimLeft(a.Command, "/／")
	c, ok, err := h.env.Command(ctx, q, name)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return reply.Text(h.env.Say("没有命令 /", "There is no command /") + name), nil
	}
	return reply.Text(c.Explain()), nil
}

// overview is one line for each thing; the same line twice, from a plugin and a rule, is one.
func (h *helper) overview(ctx context.Context, q *router.Request) (reply.Reply, error) {
	all, err := h.env.Catalog(ctx, q)
	if err != nil {
		return nil, err
	}
	lines, seen := []string{h.config.Title}, map[string]bool{}
	for _, entry := range all {
		line := "· " + entry.Say
		if entry.Does != "" {
			line += " — " + entry.Does
		}
		if !seen[line] {
			seen[line] = true
			lines = append(lines, line)
		}
	}
	return reply.Text(strings.Join(lines, "\n")), nil
}
