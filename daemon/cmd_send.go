package daemon

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/wecom"
)

func (c *cli) sendCommand() *cobra.Command {
	var app, to string
	var markdown bool
	cmd := c.withJSON(c.withConfig(&cobra.Command{
		Use: "send TEXT", Short: "Send a message to members", Args: cobra.ExactArgs(1),
		Long:    "Sends at once, past the outbox, and prints the platform's receipt. --to takes user ids joined by \"|\", or @all.",
		Example: "  botd send --app hr --to zhangsan 你好\n  botd send --app hr --to 'zhangsan|lisi' --markdown '**下班**了'",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			a, client, err := c.asApp(cmd.Context(), cfg, app)
			if err != nil {
				return err
			}
			r := reply.Text(args[0])
			if markdown {
				r = reply.Markdown(args[0])
			}
			return c.send(cmd.Context(), client, a, to, r)
		},
	}))
	cmd.Flags().StringVar(&app, "app", "", "the app's `name`; may be left out when there is only one")
	cmd.Flags().StringVar(&to, "to", "", "user `ids`")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "TEXT is markdown")
	if err := cmd.MarkFlagRequired("to"); err != nil {
		panic(err)
	}
	return cmd
}

func (c *cli) send(ctx context.Context, client *wecom.Client, a App, to string, r reply.Reply) error {
	units, err := r.Units(reply.Options{})
	if err != nil {
		return err
	}
	var receipts []*wecom.SendResult
	for _, u := range units {
		res, err := client.Messages.Send(ctx, &wecom.SendRequest{ToUser: to, AgentID: int64(a.AgentID), MsgType: u.MsgType, Body: u.Body})
		if err != nil {
			return explainError(err)
		}
		receipts = append(receipts, res)
	}
	if c.json {
		return c.printJSON(receipts)
	}
	for _, res := range receipts {
		fmt.Fprintf(c.stdout, "sent %s\n", res.MsgID)
		if res.InvalidUser != "" {
			fmt.Fprintf(c.stdout, "not to %s: unknown, or outside the app's scope\n", res.InvalidUser)
		}
	}
	return nil
}

// pick is the app of a name, or the only one.
func (c *Config) pick(name string) (App, error) {
	if name == "" && len(c.Apps) == 1 {
		return c.Apps[0], nil
	}
	if a, ok := c.App(name); ok {
		return a, nil
	}
	var names []string
	for _, a := range c.Apps {
		names = append(names, a.Name)
	}
	if name == "" {
		return App{}, usagef("there are several apps: choose one of %v with --app", names)
	}
	return App{}, usagef("no app %q: there is %v", name, names)
}
