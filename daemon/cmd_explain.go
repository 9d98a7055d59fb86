package daemon

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/bot"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/storage/memstore"
)

// question is what explain asks.
type question struct {
	app, user, event, key, text string
}

func (c *cli) explainCommand() *cobra.Command {
	var q question
	cmd := c.withJSON(c.withConfig(&cobra.Command{
		Use: "explain [TEXT]", Short: "Which rule answers, with which captures, and why each rule before it does not",
		Long: "Routes a text (or an event) through the rules without running any action. A rule that needs the member's\n" +
			"record asks the platform for it; nothing else is called.",
		Example: "  botd explain -c bot.yaml --user zhangsan '年假怎么请'\n  botd explain -c bot.yaml --event click --key leave",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				q.text = args[0]
			} else if q.event == "" {
				return usagef("explain needs a text or --event")
			}
			return c.explain(cmd.Context(), q)
		},
	}))
	cmd.Flags().StringVar(&q.app, "app", "", "the app's `name`; may be left out when there is only one")
	cmd.Flags().StringVar(&q.user, "user", "zhangsan", "user `id` of the sender")
	cmd.Flags().StringVar(&q.event, "event", "", "an `event` instead of a text: click, enter_agent, …")
	cmd.Flags().StringVar(&q.key, "key", "", "the event's EventKey")
	return cmd
}

func (c *cli) explain(ctx context.Context, q question) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	a, err := cfg.pick(q.app)
	if err != nil {
		return err
	}
	set, problems := loadDry(c.registry, cfg, a)
	if len(problems) > 0 {
		printProblems(c.stderr, problems)
		return errFound
	}
	req, err := c.request(a, q)
	if err != nil {
		return err
	}
	why := set.Table.Explain(ctx, req)
	answer := c.preview(ctx, set, why, req)
	if c.json {
		return c.printJSON(map[string]any{"app": a.Name, "revision": set.Revision, "explanation": why, "answer": answer})
	}
	fmt.Fprint(c.stdout, why.Format(cfg.Language))
	for _, part := range answer {
		fmt.Fprintf(c.stdout, "\n%s:\n%s\n", part.Type, part.Text)
	}
	return nil
}

// request is the message as the platform would deliver it.
func (c *cli) request(a App, q question) (*router.Request, error) {
	m := &message.Message{To: a.CorpID, From: q.user, CreateTime: time.Now().Unix(), AgentID: int64(a.AgentID), Type: message.TypeText, Text: q.text}
	if q.event != "" {
		m.Type, m.Event, m.Key, m.Text = message.TypeEvent, q.event, q.key, ""
	}
	client, err := newClient(a, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	directory, err := bot.NewDirectory(memstore.New(), a.Name, client, time.Hour, false, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return &router.Request{
		Message: m, App: a.Name, Attempt: 1, Log: newLogger(c.stderr, Log{Level: "warn"}),
		User: func(ctx context.Context) (*router.User, error) { return directory.User(ctx, q.user) },
	}, nil
}

type previewPart struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// preview renders the answer of rules that do nothing else; what others would do is not tried.
func (c *cli) preview(ctx context.Context, set *rules.Set, why router.Explanation, req *router.Request) []previewPart {
	for _, name := range why.Matched {
		i := slices.IndexFunc(set.Rules, func(r rules.Info) bool { return r.Name == name })
		if i < 0 || !set.Rules[i].Silent {
			return nil
		}
	}
	if len(why.Matched) == 0 {
		return nil
	}
	r, _, err := set.Table.Handle(ctx, req)
	if err != nil {
		return []previewPart{{"error", explainError(err).Error()}}
	}
	if r == nil {
		return nil
	}
	units, err := r.Units(reply.Options{})
	if err != nil {
		return []previewPart{{"error", err.Error()}}
	}
	var parts []previewPart
	for _, u := range units {
		parts = append(parts, previewPart{u.MsgType, cmp.Or(u.Plain, string(u.Body))})
	}
	return parts
}
