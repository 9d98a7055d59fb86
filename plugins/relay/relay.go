// Package relay lets a program in any language answer: it gets each message as signed JSON over HTTP, and answers with
// JSON. The examples are in Python and shell.
//
//	plugins:
//	  relay:
//	    url: http://127.0.0.1:9000/
//	    secret: ${RELAY_SECRET}
//	    match: {exact: [请假]}
//
// # The request
//
// A POST of one JSON object (Request), with the headers X-Wecombot-Timestamp (unix seconds) and X-Wecombot-Signature:
// "v1=" and the hexadecimal HMAC-SHA-256, with the secret as key, of the timestamp, a dot and the body. A receiver compares
// it in constant time and refuses timestamps older than five minutes. The id is the same when a message is sent again
// after a crash: a receiver that changes something remembers the ids it has seen.
//
// # The answer
//
// Status 200 with one JSON object (Response), or 204 to say nothing. An answer with ask begins a conversation: the
// member's next message arrives as answer, of the kind that was asked for, together with the state that the program
// gave last. The bot keeps both, over restarts of either side; a program may keep nothing at all. A member may go back and
// answer otherwise, and the program gets that turn again; once it has done something, it says so with committed.
package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"time"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Config is the plugin's part of bot.yaml.
type Config struct {
	URL     string         `yaml:"url,required" doc:"where the program listens"`
	Secret  plugins.Secret `yaml:"secret,required" doc:"what signs the requests; at least 16 characters"`
	Timeout time.Duration  `yaml:"timeout" default:"20s" min:"100ms" max:"2m" doc:"how long the program may take"`
	Match   Match          `yaml:"match" doc:"which messages it gets"`
}

// Match says which messages the program gets: those that fit one of its parts.
type Match struct {
	Exact    []string  `yaml:"exact" doc:"the whole text"`
	Prefix   []string  `yaml:"prefix" doc:"the beginning of the text; vars.rest is what follows"`
	Keyword  []string  `yaml:"keyword" doc:"words anywhere in the text"`
	Events   []string  `yaml:"events" doc:"events, enter_agent"`
	Keys     []string  `yaml:"keys" doc:"keys of menu items and buttons"`
	Commands []Command `yaml:"commands" doc:"commands with a slash; vars.rest is what follows"`
	Fallback bool      `yaml:"fallback" doc:"every text that nothing else answers"`
}

// Command is a command that the program runs.
type Command struct {
	Name    string   `yaml:"name,required" doc:"without the slash"`
	Summary string   `yaml:"summary" doc:"for help"`
	Roles   []string `yaml:"roles" doc:"who may; empty: everybody"`
}

// Validate checks what tags cannot say.
func (c *Config) Validate() error {
	u, err := url.Parse(c.URL)
	m := c.Match
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil:
		return errors.New("url must be http(s)://host/path, without a user")
	case len(c.Secret.Reveal()) < 16:
		return errors.New("secret is shorter than 16 characters")
	case len(m.Exact)+len(m.Prefix)+len(m.Keyword)+len(m.Events)+len(m.Keys)+len(m.Commands) == 0 && !m.Fallback:
		return errors.New("match names no message: give it exact, prefix, keyword, events, keys, commands or fallback")
	}
	return nil
}

// Needs declares the program's host.
func (c *Config) Needs() plugins.Needs { return plugins.Needs{Hosts: []string{plugins.HostOf(c.URL)}} }

type relay struct {
	env    plugins.Env
	config Config
	talk   *dialog.Definition
}

// New makes the plugin.
func New(e plugins.Env, c Config) (plugins.Plugin, error) {
	r := &relay{env: e, config: c}
	r.talk = e.Define("talk", r.converse, dialog.Version("1"))
	return r, nil
}

func (r *relay) Mount(rt *router.Router) {
	h, m := router.HandlerFunc(r.handle), r.config.Match
	for _, part := range []struct {
		name    string
		words   []string
		matcher func(...string) router.Matcher
	}{{"exact", m.Exact, router.Exact}, {"prefix", m.Prefix, router.Prefix}, {"keyword", m.Keyword, router.Keyword}, {"event", m.Events, router.Event}, {"key", m.Keys, router.Key}} {
		if len(part.words) > 0 {
			rt.Add(router.Rule{Name: part.name, Match: part.matcher(part.words...), Handler: h})
		}
	}
	if m.Fallback {
		rt.Add(router.Rule{Name: "fallback", Match: router.Type(message.TypeText), Handler: h, Priority: plugins.Fallback})
	}
}

type args struct {
	Rest string `arg:"args,rest"`
}

func (r *relay) Commands() []command.Command {
	var all []command.Command
	for _, c := range r.config.Match.Commands {
		all = append(all, command.New(c.Name, c.Summary, func(ctx context.Context, q *router.Request, a args) (reply.Reply, error) {
			q.Vars = map[string]string{"command": c.Name, "rest": a.Rest}
			return r.handle(ctx, q)
		}, command.Roles(c.Roles...)))
	}
	return all
}

// Handlers lets a rule hand a message over: handler: relay.ask.
func (r *relay) Handlers() map[string]router.Handler {
	return map[string]router.Handler{"ask": router.HandlerFunc(r.handle)}
}

// handle relays a message that begins something. Only an answer that asks needs a dialog.
func (r *relay) handle(ctx context.Context, q *router.Request) (reply.Reply, error) {
	raw, out, err := r.call(ctx, first(q))
	switch {
	case err != nil:
		return nil, err
	case out.Ask == nil:
		return out.reply()
	}
	begun := *q
	begun.Vars = map[string]string{firstAnswer: string(raw)}
	return r.talk.Handle(ctx, &begun)
}

// firstAnswer is the capture that hands the dialog the program's first answer.
const firstAnswer = "answer"

// maxTurns bounds a conversation.
const maxTurns = 100

// converse asks what the program asks until it asks no more.
func (r *relay) converse(d *dialog.D) (reply.Reply, error) {
	out, err := parse([]byte(d.Var(firstAnswer)))
	if err != nil {
		return nil, err
	}
	for turn := 1; turn <= maxTurns; turn++ {
		said, err := out.reply()
		if err != nil {
			return nil, err
		}
		if out.Ask == nil {
			return said, nil
		}
		d.Say(said)
		answer, err := out.Ask.ask(d)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprint("turn-", turn)
		// To read, in the dialog's terms: a member may go back and answer otherwise, unless the program says committed.
		raw, err := dialog.Fetch(d, name, func(ctx context.Context) (string, error) {
			raw, _, err := r.call(ctx, Request{
				ID: fmt.Sprintf("%s-%08x", d.Key(name), hash(answer)), App: d.App(), User: d.From(), Type: "answer", Time: d.Now().Unix(),
				Answer: answer, State: out.State, Turn: turn,
			})
			return string(raw), err
		})
		if err != nil {
			return nil, err
		}
		if out, err = parse([]byte(raw)); err != nil {
			return nil, err
		}
		if out.Committed {
			if _, err := dialog.Do(d, name+" committed", func(context.Context) (bool, error) { return true, nil }); err != nil {
				return nil, err
			}
		}
	}
	return nil, fmt.Errorf("the program asked more than %d questions", maxTurns)
}

// hash tells answers apart: one that was given instead of another is another request.
func hash(answer any) uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, answer)
	return h.Sum32()
}

// first is the request of a message that begins something. Its id follows from the message, so that one delivered again
// has the same.
func first(q *router.Request) Request {
	return Request{
		ID: fmt.Sprintf("%s-%s-%d-%d-%s", q.App, q.From, q.CreateTime, q.Message.ID, cmp.Or(q.Key, q.Event)), App: q.App, User: q.From,
		Type: string(q.Type), Text: q.Text, Event: q.Event, Key: q.Key, MediaID: q.Field("MediaId"), Time: q.CreateTime, Vars: q.Vars,
	}
}
