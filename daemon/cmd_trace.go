package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/trace"
)

func (c *cli) traceCommand() *cobra.Command {
	var user string
	var limit int
	cmd := c.withJSON(c.withConfig(&cobra.Command{
		Use: "trace [ID|last]", Short: "Why a message was or was not answered", Args: cobra.MaximumNArgs(1),
		Long:    "Shows what happened to a message, step by step. ID is the number that employees see in an apology, and `trace` in the log.",
		Example: "  botd trace last --user zhangsan\n  botd trace 5d41402abc",
		RunE: func(cmd *cobra.Command, args []string) error {
			id := "last"
			if len(args) == 1 {
				id = args[0]
			}
			return c.operate(cmd.Context(), func(ctx context.Context, op operator) error {
				found, err := op.traces(ctx, id, user, limit)
				if errors.Is(err, trace.ErrNotFound) || err == nil && len(found) == 0 {
					fmt.Fprintln(c.stderr, "no such message: traces are kept for three days")
					return errFound
				}
				if err != nil {
					return err
				}
				return c.printTraces(found)
			})
		},
	}))
	cmd.Flags().StringVar(&user, "user", "", "only messages of this `member`")
	cmd.Flags().IntVarP(&limit, "limit", "n", 1, "how many, newest first")
	return cmd
}

func (c *cli) printTraces(found []trace.Record) error {
	if c.json {
		return c.printJSON(found)
	}
	for i, r := range found {
		if i > 0 {
			fmt.Fprintln(c.stdout)
		}
		fmt.Fprint(c.stdout, r.String())
	}
	return nil
}

func (c *cli) printJSON(v any) error {
	e := json.NewEncoder(c.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
