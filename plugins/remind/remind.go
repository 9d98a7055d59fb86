// Package remind reminds members of what they ask for, at a time that they say as people do: 明天下午三点提醒我开会, 提醒我每周五
// 17点写周报, remind me in 20 minutes to call Bob. Reminders are kept in the store; what became due while the bot was down
// is said when it is back.
package remind

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/internal/when"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Config is the plugin's part of bot.yaml.
type Config struct {
	Max int `yaml:"max" min:"1" max:"1000" default:"50" doc:"how many reminders one member may have"`
}

// Needs declares that reminders are sent to members.
func (Config) Needs() plugins.Needs { return plugins.Needs{Send: plugins.ToMembers} }

type reminder struct {
	env  plugins.Env
	max  int
	book book
	ask  *dialog.Definition

	mu    sync.Mutex
	armed map[string]func() // by key: takes the timer back
}

// New makes the plugin.
func New(e plugins.Env, c Config) (plugins.Plugin, error) {
	r := &reminder{env: e, max: c.Max, book: book{e.KV}, armed: map[string]func(){}}
	r.ask = e.Define("new", r.create, dialog.Version("1"))
	return r, nil
}

// Start arms the reminders that are in the store.
func (r *reminder) Start(ctx context.Context) error {
	all, err := r.book.all(ctx, "")
	for _, n := range all {
		r.arm(n)
	}
	return err
}

func (r *reminder) Mount(rt *router.Router) {
	rt.HandleFunc(router.Exact("我的提醒", "my reminders"), func(ctx context.Context, q *router.Request) (reply.Reply, error) { return r.list(ctx, q, struct{}{}) })
	rt.Add(router.Rule{Name: "drop", Match: router.Regexp(dropPattern), Handler: router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		return r.drop(ctx, q, dropArgs{atoi(q.Vars["n"])})
	})})
	rt.Add(router.Rule{Name: "remind", Match: asked{r}, Handler: r.ask})
}

var dropPattern = regexp.MustCompile(`^(?:取消提醒|删除提醒|(?i:drop reminder))\s*(?P<n>\d{1,4})$`)

func atoi(s string) (n int) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

func (r *reminder) Help() []plugins.Help {
	return []plugins.Help{
		{Say: r.env.Say("明天下午三点提醒我开会", "remind me tomorrow at 3pm to call Bob"), Does: r.env.Say("到时间发消息给你", "sends you a message then")},
		{Say: r.env.Say("我的提醒", "my reminders"), Does: r.env.Say("列出你的提醒", "lists your reminders")},
	}
}

type newArgs struct {
	What string `arg:"what,rest"`
}

type dropArgs struct {
	N int `arg:"n" min:"1"`
}

func (r *reminder) Commands() []command.Command {
	return []command.Command{
		command.New("remind", r.env.Say("设一个提醒", "sets a reminder"), func(ctx context.Context, q *router.Request, _ newArgs) (reply.Reply, error) {
			return r.ask.Handle(ctx, q)
		}, command.Aliases("提醒")),
		command.New("reminders", r.env.Say("列出你的提醒", "lists your reminders"), r.list),
		command.New("unremind", r.env.Say("取消一个提醒", "drops a reminder"), r.drop),
	}
}

// asked matches texts that ask for a reminder: those that begin so, and those that say so and name a time.
type asked struct{ *reminder }

func (asked) String() string { return "asks for a reminder" }

func (a asked) Match(_ context.Context, q *router.Request) (map[string]string, bool) {
	if q.Type != message.TypeText {
		return nil, false
	}
	if clearly.MatchString(q.Text) {
		return nil, true
	}
	if !opening.MatchString(q.Text) {
		return nil, false
	}
	_, ok := when.Find(q.Text, a.env.Clock().In(a.env.Location))
	return nil, ok
}

// What asks for a reminder without a time, and what does with one.
var (
	clearly = regexp.MustCompile(`(?i)^\s*(?:(?:请|到时|记得)*提醒我|(?:please\s+)?remind\s+me\b)`)
	opening = regexp.MustCompile(`(?i)(?:请|到时|记得)*提醒我?一?下?|\bplease\s+remind\s+me|\bremind\s+me|^\s*[/／](?:remind|提醒)`)
)

// create is the dialog that makes a reminder; it asks only for what the first message did not say.
func (r *reminder) create(d *dialog.D) (reply.Reply, error) {
	now := d.Now()
	text := opening.ReplaceAllString(d.Text(), " ")
	m, ok := when.Find(text, now)
	if !ok {
		m.Rest = strings.TrimSpace(text)
		var err error
		if m, err = r.askTime(d, m.Rest); err != nil {
			return nil, err
		}
	}
	what := subject(m.Rest)
	if what == "" {
		var err error
		if what, err = d.Ask(r.env.Say("提醒你什么？", "What shall I remind you of?"), dialog.Name("what")); err != nil {
			return nil, err
		}
	}
	if !m.At.After(now) {
		return reply.Text(r.env.Say("这个时间已经过去了：", "That time is over: ") + when.Moment(m.At, now, r.env.English())), nil
	}
	n := note{User: d.From(), Text: what, At: m.At, Every: m.Every, Key: d.Key("store")}
	number, err := dialog.Do(d, "store", func(ctx context.Context) (int, error) { return r.book.add(ctx, n, r.max) })
	if err != nil {
		return nil, err
	}
	if number == 0 {
		return reply.Text(fmt.Sprintf(r.env.Say("你已经有 %d 个提醒了，先取消一些吧。", "You have %d reminders already; drop some first."), r.max)), nil
	}
	n.Number = number
	r.arm(n)
	return reply.Text(fmt.Sprintf(r.env.Say("好的，%s 提醒你：%s\n（回复「取消提醒 %d」可取消）", "All right, %s: %s\n(“drop reminder %d” drops it)"), r.time(n), what, number)), nil
}

// askTime asks for the time; the subject is what it was.
func (r *reminder) askTime(d *dialog.D, rest string) (when.Match, error) {
	text, err := dialog.AskAs(d, r.env.Say("什么时候提醒你？", "When shall I remind you?"), dialog.Question[string]{
		Kind: "when", Example: r.env.Say("明天下午三点", "tomorrow at 3pm"),
		Read: func(_ context.Context, in dialog.Input) (string, error) {
			if _, ok := when.Find(in.Text, in.Now); !ok {
				return "", dialog.Invalid(r.env.Say("看不懂这个时间", "I cannot read this time"))
			}
			return in.Text, nil
		},
	}, dialog.Name("when"))
	if err != nil {
		return when.Match{}, err
	}
	m, _ := when.Find(text, d.Now())
	m.Rest = rest
	return m, nil
}

// subject is what remains of the text, without what joined it to the time.
func subject(rest string) string {
	rest = strings.Trim(rest, " ,，.。:：;；!！、\t\n")
	for _, joint := range []string{"to ", "that ", "about "} {
		rest = strings.TrimPrefix(rest, joint)
	}
	return strings.TrimSpace(rest)
}

// time says when a reminder comes.
func (r *reminder) time(n note) string {
	if !n.Every.IsZero() {
		return n.Every.Describe(r.env.English())
	}
	return when.Moment(n.At, r.env.Clock().In(r.env.Location), r.env.English())
}

func (r *reminder) list(ctx context.Context, q *router.Request, _ struct{}) (reply.Reply, error) {
	notes, err := r.book.all(ctx, q.From)
	if err != nil {
		return nil, err
	}
	if len(notes) == 0 {
		return reply.Text(r.env.Say("你没有提醒。", "You have no reminders.")), nil
	}
	lines := []string{r.env.Say("你的提醒：", "Your reminders:")}
	for _, n := range notes {
		lines = append(lines, fmt.Sprintf("%d. %s %s", n.Number, r.time(n), n.Text))
	}
	return reply.Text(strings.Join(lines, "\n")), nil
}

func (r *reminder) drop(ctx context.Context, q *router.Request, a dropArgs) (reply.Reply, error) {
	key := noteKey(q.From, a.N)
	n, err := r.book.get(ctx, key)
	switch {
	case err != nil:
		return nil, err
	case n == nil:
		return reply.Text(fmt.Sprintf(r.env.Say("没有 %d 号提醒。", "There is no reminder %d."), a.N)), nil
	}
	if err := r.book.remove(ctx, key); err != nil {
		return nil, err
	}
	r.disarm(key)
	return reply.Text(r.env.Say("已取消：", "Dropped: ") + n.Text), nil
}
