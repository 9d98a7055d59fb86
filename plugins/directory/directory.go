// Package directory lets administrators look after the corp's directory from the chat: members (成员), departments (部门),
// tags (标签) and pictures (素材). Every change is confirmed before it is made, and recorded.
//
//	/member 李四                    /member-add wangwu --name 王五 --dept 2 --mobile 13800000000
//	/member-set lisi --position 经理  /member-disable lisi      /member-invite wangwu
//	/dept                           /dept-add 测试部 --parent 2
//	/tag 3                          /tag-put 3 lisi wangwu      /audit
//
// The platform lets only the secret of contact sync (通讯录同步) change members; it is the config's secret.
package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/wecom"
)

// Config is the plugin's part of bot.yaml.
type Config struct {
	Roles  []string       `yaml:"roles,required" doc:"who may: roles of bot.yaml"`
	Secret plugins.Secret `yaml:"secret" doc:"the secret of contact sync (通讯录同步); without it the app's own, which may read only"`
	Root   int            `yaml:"root" min:"1" default:"1" doc:"the department below which members are looked for"`
}

// Needs declares the operations of the platform's API.
func (Config) Needs() plugins.Needs {
	return plugins.Needs{API: []string{"user/*", "department/*", "tag/*", "batch/invite", "media/get", "media/uploadimg"}}
}

type directory struct {
	env    plugins.Env
	config Config
	api    *wecom.Client // with the secret of contact sync
	change *dialog.Definition
	upload *dialog.Definition
}

// New makes the plugin.
func New(e plugins.Env, c Config) (plugins.Plugin, error) {
	api, err := e.ClientWith(c.Secret)
	if err != nil {
		return nil, err
	}
	if api == nil {
		return nil, errors.New("this bot has no API to call")
	}
	d := &directory{env: e, config: c, api: api}
	d.change = e.Define("change", d.confirm, dialog.Version("1"))
	d.upload = e.Define("picture", d.picture, dialog.Version("1"))
	return d, nil
}

// Mount adds nothing: the plugin is its commands.
func (d *directory) Mount(*router.Router) {}

func (d *directory) Commands() []command.Command {
	var all []command.Command
	for _, group := range [][]command.Command{d.memberCommands(), d.departmentCommands(), d.tagCommands()} {
		all = append(all, group...)
	}
	return append(all,
		add(d, "picture", "上传图片，得到永久地址", "uploads a picture, for a permanent address", func(ctx context.Context, q *router.Request, _ struct{}) (reply.Reply, error) {
			return d.upload.Handle(ctx, q)
		}, "素材"),
		add(d, "audit", "最近的改动", "the latest changes", d.audit, "改动"))
}

// add is a command for administrators, with its name in Chinese.
func add[T any](d *directory, name, zh, en string, f func(context.Context, *router.Request, T) (reply.Reply, error), alias string) command.Command {
	run := func(ctx context.Context, q *router.Request, args T) (reply.Reply, error) {
		r, err := f(ctx, q, args)
		var refused *wecom.Error
		if errors.As(err, &refused) {
			return d.refused(refused), nil
		}
		return r, err
	}
	return command.New(name, d.env.Say(zh, en), run, command.Roles(d.config.Roles...), command.Aliases(alias))
}

// refused is the platform's refusal, with what to do about it.
func (d *directory) refused(e *wecom.Error) reply.Reply {
	text := fmt.Sprintf(d.env.Say("平台拒绝了（%d）：%s", "The platform refused (%d): %s"), int(e.Code), e.Message)
	if hint := e.Code.Hint(d.env.Language); hint != "" {
		text += "\n" + hint
	}
	return reply.Text(text)
}

// change is one call of the API that changes something.
type change struct {
	Title  string          `json:"title"` // what is confirmed: "停用成员 lisi（李四）"
	Op     string          `json:"op"`    // "user/update", for the log
	Target string          `json:"target"`
	Method string          `json:"method"`
	Body   json.RawMessage `json:"body,omitempty"`
	Query  string          `json:"query,omitempty"`
}

// begin has a change confirmed and made.
func (d *directory) begin(ctx context.Context, q *router.Request, c change, body any) (reply.Reply, error) {
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		c.Method, c.Body = "POST", raw
	}
	draft, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	begun := *q
	begun.Vars = map[string]string{"change": string(draft)}
	return d.change.Handle(ctx, &begun)
}
