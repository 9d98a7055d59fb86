// Package llm answers with a language model behind an OpenAI-compatible chat endpoint (of a vendor, or of one's own
// machine), with the conversation so far. A long answer arrives in readable parts while it is being written.
//
//	plugins:
//	  llm:
//	    url: https://api.example.com/v1
//	    key: ${LLM_KEY}
//	    model: small-1
//	    system: 你是公司的行政助手，回答简短。现在是 {time}，提问的是 {user}。
package llm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/wecombot/wecombot/handlers"
	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Config is the plugin's part of bot.yaml.
type Config struct {
	URL         string         `yaml:"url,required" doc:"base of the endpoint; /chat/completions is appended"`
	Key         plugins.Secret `yaml:"key" doc:"API key; none for a server that asks for none"`
	Model       string         `yaml:"model,required" doc:"name of the model"`
	System      string         `yaml:"system" doc:"what the model is told first; {user} and {time} are filled in"`
	Prefix      []string       `yaml:"prefix" doc:"only texts that begin so; default: whatever nobody else answers"`
	History     int            `yaml:"history" min:"0" max:"200" default:"20" doc:"messages of the conversation that the model gets"`
	Keep        time.Duration  `yaml:"keep" min:"1m" max:"7d" default:"30m" doc:"after how long a silence a conversation is forgotten"`
	Timeout     time.Duration  `yaml:"timeout" min:"1s" max:"10m" default:"90s" doc:"how long an answer may take"`
	MaxTokens   int            `yaml:"max_tokens" min:"0" doc:"length of an answer; 0: the server's default"`
	Temperature *float64       `yaml:"temperature" doc:"0 to 2; absent: the server's default"`
	MaxInput    int            `yaml:"max_input" min:"1" max:"65536" default:"4000" doc:"longest question, in bytes"`
	PerHour     int            `yaml:"per_hour" min:"1" default:"60" doc:"questions of one member in an hour"`
	Concurrent  int            `yaml:"concurrent" min:"1" max:"1000" default:"8" doc:"answers that are being written at once"`
	Tools       []Tool         `yaml:"tools" doc:"rules that the model may use"`
	Markdown    bool           `yaml:"markdown" default:"true" doc:"false: answers are plain text"`
}

// Validate checks what tags cannot say.
func (c *Config) Validate() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil:
		return errors.New("url must be http(s)://host/path, without a user")
	case c.Temperature != nil && (*c.Temperature < 0 || *c.Temperature > 2):
		return errors.New("temperature must be from 0 to 2")
	}
	return nil
}

// Needs declares the endpoint's host, and that parts of answers are sent.
func (c *Config) Needs() plugins.Needs {
	return plugins.Needs{Hosts: []string{plugins.HostOf(c.URL)}, Send: plugins.ToMembers}
}

type llm struct {
	env    plugins.Env
	config Config
	model  endpoint
	past   history
	slots  chan struct{}
}

// New makes the plugin.
func New(e plugins.Env, c Config) (plugins.Plugin, error) {
	return &llm{
		env: e, config: c, model: endpoint{client: e.HTTP, config: c}, past: history{e.KV, c.History, c.Keep},
		slots: make(chan struct{}, c.Concurrent),
	}, nil
}

func (l *llm) Mount(r *router.Router) {
	r = r.Group(handlers.Limit(l.config.PerHour, time.Hour, reply.Text(l.env.Say("问得太多了，过一会儿再来吧。", "That was a lot; please come back later.")), l.env.Clock))
	r.HandleFunc(router.Exact("新对话", "new chat"), func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		return l.forget(ctx, q, struct{}{})
	})
	ask := router.Rule{Name: "ask", Match: router.Type(message.TypeText), Handler: router.HandlerFunc(l.ask), Priority: plugins.Fallback}
	if len(l.config.Prefix) > 0 {
		ask.Match, ask.Priority = router.Prefix(l.config.Prefix...), 0
	}
	r.Add(ask)
}

func (l *llm) Help() []plugins.Help {
	say := l.env.Say("直接提问", "just ask")
	if len(l.config.Prefix) > 0 {
		say = l.config.Prefix[0] + l.env.Say(" 你的问题", " your question")
	}
	return []plugins.Help{
		{Say: say, Does: l.env.Say("由语言模型回答，可能有误", "a language model answers; it may be wrong")},
		{Say: l.env.Say("新对话", "new chat"), Does: l.env.Say("忘掉之前的问答", "forgets what was said")},
	}
}

func (l *llm) Commands() []command.Command {
	return []command.Command{command.New("newchat", l.env.Say("忘掉之前的问答", "forgets what was said to the model"), l.forget)}
}

// Handlers lets a rule hand a message over: handler: llm.ask.
func (l *llm) Handlers() map[string]router.Handler {
	return map[string]router.Handler{"ask": router.HandlerFunc(l.ask)}
}

func (l *llm) forget(ctx context.Context, q *router.Request, _ struct{}) (reply.Reply, error) {
	if err := l.past.forget(ctx, q.From); err != nil {
		return nil, err
	}
	return reply.Text(l.env.Say("好的，我们重新开始。", "All right, we start anew.")), nil
}

func (l *llm) ask(ctx context.Context, q *router.Request) (reply.Reply, error) {
	question := q.Text
	if len(l.config.Prefix) > 0 {
		question = cmp.Or(q.Vars["rest"], q.Text)
	}
	if len(question) > l.config.MaxInput {
		return reply.Text(fmt.Sprintf(l.env.Say("问题太长了，最多 %d 字节。", "That is too long; at most %d bytes."), l.config.MaxInput)), nil
	}
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	default:
		return reply.Text(l.env.Say("现在提问的人太多，请稍后再试。", "Too many are asking right now; please try again in a moment.")), nil
	}
	past, err := l.past.load(ctx, q.From)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.config.Timeout)
	defer cancel()
	answer, err := l.write(ctx, q, l.prompt(q, past, question))
	if err != nil {
		return l.failed(ctx, q, err)
	}
	// The answer was written: it is remembered though the time may be over by now.
	if err := l.past.save(context.WithoutCancel(ctx), q.From, past, question, answer.text); err != nil {
		l.env.Log.WarnContext(ctx, "conversation not kept", "user", q.From, "err", err)
	}
	return l.reply(answer.rest), nil
}

// failed says that there is no answer; what is wrong goes to the log.
func (l *llm) failed(ctx context.Context, q *router.Request, err error) (reply.Reply, error) {
	l.env.Log.WarnContext(ctx, "model does not answer", "user", q.From, "err", err)
	var status statusError
	if errors.As(err, &status) && status == 429 {
		return reply.Text(l.env.Say("模型太忙了，请稍后再试。", "The model is too busy; please try again later.")), nil
	}
	return reply.Text(l.env.Say("模型暂时不可用，请稍后再试。", "The model is not available; please try again later.")), nil
}

// prompt is what the model gets: what it is told first, what was said, and the question.
func (l *llm) prompt(q *router.Request, past []turn, question string) []turn {
	var all []turn
	if l.config.System != "" {
		now := l.env.Clock().In(l.env.Location).Format("2006-01-02 15:04 Mon")
		all = append(all, turn{Role: "system", Content: strings.NewReplacer("{user}", q.From, "{time}", now).Replace(l.config.System)})
	}
	return append(append(all, past...), turn{Role: "user", Content: question})
}

func (l *llm) reply(text string) reply.Reply {
	if l.config.Markdown {
		return reply.Markdown(text)
	}
	return reply.Text(text)
}
