package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/storage"
)

func (c *cli) outboxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "outbox", Short: "Look after answers that wait or were given up",
		Example: "  botd outbox dead\n  botd outbox retry 5d41402abc4b2a76/r",
	}
	cmd.AddCommand(
		c.outboxList("list", "Deliveries under way", false),
		c.outboxList("dead", "Deliveries given up, with the reason", true),
		c.outboxChange("retry", "Try dead letters again", "will be sent again"),
		c.outboxChange("drop", "Forget deliveries", "dropped"),
	)
	return cmd
}

func (c *cli) outboxList(use, short string, dead bool) *cobra.Command {
	return c.withJSON(c.withConfig(&cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs, Example: "  botd outbox " + use + " -c bot.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.operate(cmd.Context(), func(ctx context.Context, op operator) error {
				es, err := op.outbox(ctx, dead)
				if err != nil {
					return err
				}
				if c.json {
					if es == nil {
						es = []outbox.Entry{}
					}
					return c.printJSON(es)
				}
				c.printEntries(es, dead)
				return nil
			})
		},
	}))
}

func (c *cli) printEntries(es []outbox.Entry, dead bool) {
	if len(es) == 0 {
		fmt.Fprintln(c.stdout, "none")
		return
	}
	w := tabwriter.NewWriter(c.stdout, 0, 4, 2, ' ', 0)
	defer w.Flush()
	if dead {
		fmt.Fprintln(w, "ID\tAPP\tTO\tPART\tATTEMPTS\tDIED\tREASON")
		for _, e := range es {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d/%d %s\t%d\t%s\t%s\n", e.ID, e.App, e.To, e.Part, e.Parts, e.Type, e.Attempt, moment(e.Died), e.Reason)
		}
		return
	}
	fmt.Fprintln(w, "ID\tAPP\tTO\tPART\tSTATE\tATTEMPTS\tPUSHED\tNOT BEFORE")
	for _, e := range es {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d/%d %s\t%s\t%d\t%s\t%s\n", e.ID, e.App, e.To, e.Part, e.Parts, e.Type, e.State, e.Attempt, moment(e.Pushed), moment(e.Next))
	}
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func (c *cli) outboxChange(use, short, done string) *cobra.Command {
	return c.withConfig(&cobra.Command{
		Use: use + " ID…", Short: short, Args: cobra.MinimumNArgs(1), Example: "  botd outbox " + use + " 5d41402abc4b2a76/r",
		RunE: func(cmd *cobra.Command, ids []string) error {
			return c.operate(cmd.Context(), func(ctx context.Context, op operator) error {
				var failed error
				for _, id := range ids {
					if err := op.change(ctx, use, id); err != nil {
						if errors.Is(err, storage.ErrNotFound) || strings.Contains(err.Error(), "404") {
							err = errors.New("no such delivery; see botd outbox list, botd outbox dead")
						}
						fmt.Fprintf(c.stderr, "%s: %s\n", id, err)
						failed = errFound
						continue
					}
					fmt.Fprintf(c.stdout, "%s %s\n", id, done)
				}
				return failed
			})
		},
	})
}

// operate loads the configuration and runs f with the daemon's data.
func (c *cli) operate(ctx context.Context, f func(context.Context, operator) error) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	op, err := operate(ctx, cfg)
	if err != nil {
		return err
	}
	defer op.close()
	return f(ctx, op)
}
