// Package poll asks members to vote by a card: /poll 午饭吃什么？ 面 饭 粥 --dept 2. Results are shown to who has voted, and sent
// to who asked when the poll ends. Members who read in WeChat, where cards are not shown, vote with /vote.
package poll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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
	Roles []string      `yaml:"roles" doc:"who may ask; absent: everybody"`
	Open  time.Duration `yaml:"open" default:"3d" min:"1m" max:"30d" doc:"how long a poll is open, unless it says otherwise"`
	Live  bool          `yaml:"live" default:"true" doc:"whether members see the results when they have voted"`
}

// Needs declares who gets the cards.
func (Config) Needs() plugins.Needs {
	return plugins.Needs{Send: plugins.ToMembers | plugins.ToDepartments | plugins.ToTags}
}

type polls struct {
	env    plugins.Env
	config Config
	book   book
	create *dialog.Definition
}

// New makes the plugin.
func New(e plugins.Env, c Config) (plugins.Plugin, error) {
	p := &polls{env: e, config: c, book: book{e.KV}}
	p.create = e.Define("new", p.confirm, dialog.Version("1"))
	return p, nil
}

// Start sets the clocks of the polls that are open.
func (p *polls) Start(ctx context.Context) error {
	all, err := p.book.polls(ctx)
	for _, one := range all {
		if !one.Closed {
			p.closeAt(one)
		}
	}
	return err
}

// keyPrefix begins the keys of the cards' buttons; questionKey names their question.
const (
	keyPrefix   = "poll:"
	questionKey = "vote"
)

func (p *polls) Mount(r *router.Router) {
	r.HandleFunc(router.And(router.Event("template_card_event"), router.KeyPrefix(keyPrefix)), p.click)
}

type newArgs struct {
	Question string        `arg:"question" help:"quotes hold words together"`
	Options  []string      `arg:"option" help:"2 to 20"`
	Users    []string      `opt:"user,u" help:"a member who is asked; may be repeated"`
	Depts    []int         `opt:"dept,d" help:"a department that is asked, by its id"`
	Tags     []int         `opt:"tag,t" help:"a tag whose members are asked, by its id"`
	Open     time.Duration `opt:"open,o" help:"how long: 2h, 48h"`
	Multiple bool          `opt:"multiple,m" help:"several answers"`
}

type numberArgs struct {
	Number int `arg:"number" min:"1"`
}

type voteArgs struct {
	Number int   `arg:"number" min:"1"`
	Choice []int `arg:"choice" min:"1"`
}

func (p *polls) Commands() []command.Command {
	return []command.Command{
		command.New("poll", p.env.Say("发起投票", "asks members to vote"), p.ask, command.Roles(p.config.Roles...), command.Aliases("投票")),
		command.New("vote", p.env.Say("参加投票", "votes"), p.vote),
		command.New("results", p.env.Say("看投票结果", "shows the results of a poll"), p.results),
		command.New("closepoll", p.env.Say("结束投票", "ends a poll"), p.end),
	}
}

// ask checks what was typed, and hands it to the dialog that confirms it.
func (p *polls) ask(ctx context.Context, q *router.Request, a newArgs) (reply.Reply, error) {
	one := poll{
		From: q.From, Question: a.Question, Options: a.Options, Multiple: a.Multiple,
		To: plugins.To{Users: a.Users, Departments: a.Depts, Tags: a.Tags}, Open: a.Open,
	}
	if one.Open <= 0 {
		one.Open = p.config.Open
	}
	switch n := len(one.Options); {
	case n < 2 || n > 20:
		return reply.Text(p.env.Say("要有 2 到 20 个选项。", "Give 2 to 20 options.")), nil
	case one.To.Targets() == 0:
		return reply.Text(p.env.Say("发给谁？加上 --user、--dept 或 --tag。", "Whom to ask? Add --user, --dept or --tag.")), nil
	}
	if _, err := p.card(one).Units(reply.Options{}); err != nil {
		var limit *reply.LimitError
		if errors.As(err, &limit) {
			return reply.Text(p.env.Say("太长了：", "Too long: ") + limit.Error()), nil
		}
		return nil, err
	}
	draft, err := json.Marshal(one)
	if err != nil {
		return nil, err
	}
	begun := *q
	begun.Vars = map[string]string{"draft": string(draft)}
	return p.create.Handle(ctx, &begun)
}

// confirm is the dialog: a card to many people should not leave by a slip of the finger.
func (p *polls) confirm(d *dialog.D) (reply.Reply, error) {
	var one poll
	if err := json.Unmarshal([]byte(d.Var("draft")), &one); err != nil {
		return nil, err
	}
	lines := []string{one.Question}
	for i, o := range one.Options {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, o))
	}
	lines = append(lines, fmt.Sprintf(p.env.Say("发给%s，%s 结束。发出吗？", "To%s, open until %s. Send it?"), p.audience(one.To),
		when.Moment(d.Now().Add(one.Open), d.Now(), p.env.English())))
	if err := d.Confirm(strings.Join(lines, "\n"), dialog.Name("confirm")); err != nil {
		return nil, err
	}
	one.Until, one.Key = d.Now().Add(one.Open), d.Key("create")
	number, err := dialog.Do(d, "create", func(ctx context.Context) (int, error) { return p.book.create(ctx, one) })
	if err != nil {
		return nil, err
	}
	one.Number = number
	_, err = dialog.Do(d, "send", func(ctx context.Context) (bool, error) {
		return true, p.env.Send(ctx, plugins.Message{ID: d.Key("send"), To: one.To, Reply: p.card(one), Broadcast: true})
	})
	if err != nil {
		return nil, err
	}
	p.closeAt(one)
	return reply.Text(fmt.Sprintf(p.env.Say("已发出，编号 %d。/results %d 看结果，/closepoll %d 提前结束。",
		"Sent as number %d. /results %d shows the results, /closepoll %d ends it early."), number, number, number)), nil
}

func (p *polls) audience(to plugins.To) string {
	var parts []string
	add := func(zh, en string, ids []string) {
		if len(ids) > 0 {
			parts = append(parts, p.env.Say(zh, en)+" "+strings.Join(ids, p.env.Say("、", ", ")))
		}
	}
	numbers := func(ids []int) (out []string) {
		for _, id := range ids {
			out = append(out, strconv.Itoa(id))
		}
		return out
	}
	add(" 成员", " members", to.Users)
	add(" 部门", " departments", numbers(to.Departments))
	add(" 标签", " tags", numbers(to.Tags))
	return strings.Join(parts, p.env.Say("，", ","))
}

// card is the poll as it is sent. Who sees no cards reads the options and how to vote.
func (p *polls) card(one poll) reply.Reply {
	lines := []string{one.Question}
	for i, o := range one.Options {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, o))
	}
	lines = append(lines, fmt.Sprintf(p.env.Say("回复 /vote %d 序号 投票。", "Reply /vote %d and a number."), one.Number))
	return reply.WithFallback(p.face(one, nil), strings.Join(lines, "\n"))
}

// face is the card itself; chosen, if not nil, are the options that a member has voted for.
func (p *polls) face(one poll, chosen []int) reply.TemplateCard {
	card := reply.Vote(one.Question).QuestionKey(questionKey).Submit(p.env.Say("投票", "Vote"), keyPrefix+strconv.Itoa(one.Number))
	for i, o := range one.Options {
		option := reply.Opt(strconv.Itoa(i), o)
		for _, c := range chosen {
			option.Selected = option.Selected || c == i
		}
		card = card.Option(option)
	}
	if one.Multiple {
		card = card.Multiple()
	}
	if chosen != nil {
		card = card.Disable().ReplaceText(p.env.Say("已投票", "Voted"))
	}
	return card
}

// click is a vote by card.
func (p *polls) click(ctx context.Context, q *router.Request) (reply.Reply, error) {
	number, err := strconv.Atoi(q.Vars["rest"])
	if err != nil {
		return nil, nil // not a card of ours
	}
	var chosen []int
	event, _ := message.As[message.TemplateCardEvent](q.Message)
	for _, id := range event.Options(questionKey) {
		if n, err := strconv.Atoi(id); err == nil {
			chosen = append(chosen, n)
		}
	}
	one, said, err := p.count(ctx, q.From, number, chosen)
	if err != nil || one == nil {
		return said, err
	}
	return reply.List(reply.UpdateCard(p.face(*one, chosen)), said), nil
}

func (p *polls) vote(ctx context.Context, q *router.Request, a voteArgs) (reply.Reply, error) {
	chosen := make([]int, len(a.Choice))
	for i, c := range a.Choice {
		chosen[i] = c - 1
	}
	_, said, err := p.count(ctx, q.From, a.Number, chosen)
	return said, err
}

// count notes a member's vote, in place of one he gave before. The poll is nil when the vote does not count.
func (p *polls) count(ctx context.Context, user string, number int, chosen []int) (*poll, reply.Reply, error) {
	one, err := p.book.poll(ctx, number)
	if err != nil {
		return nil, nil, err
	}
	if why := p.objection(one, chosen); why != "" {
		return nil, reply.Text(why), nil
	}
	if err := p.book.vote(ctx, number, user, chosen); err != nil {
		return nil, nil, err
	}
	if !p.config.Live {
		return one, reply.Text(p.env.Say("已投票，谢谢。", "Voted, thank you.")), nil
	}
	text, err := p.tally(ctx, *one)
	if err != nil {
		return nil, nil, err
	}
	return one, reply.Text(p.env.Say("已投票，目前的结果：\n", "Voted. The results so far:\n") + text), nil
}

// objection is why a vote does not count.
func (p *polls) objection(one *poll, chosen []int) string {
	switch {
	case one == nil:
		return p.env.Say("没有这个投票。", "There is no such poll.")
	case one.Closed || !p.env.Clock().Before(one.Until):
		return p.env.Say("这个投票已经结束。", "This poll is over.")
	case len(chosen) == 0 || len(chosen) > 1 && !one.Multiple:
		return p.env.Say("请选一项。", "Choose one option.")
	}
	for _, c := range chosen {
		if c < 0 || c >= len(one.Options) {
			return p.env.Say("没有这个选项。", "There is no such option.")
		}
	}
	return ""
}
