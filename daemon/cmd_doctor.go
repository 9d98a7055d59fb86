package daemon

import (
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func (c *cli) doctorCommand() *cobra.Command {
	d := &doctor{http: &http.Client{Timeout: 10 * time.Second}}
	cmd := c.withJSON(c.withConfig(&cobra.Command{
		Use: "doctor", Short: "Find what keeps a bot from working, and say the fix (中文, English)", Args: cobra.NoArgs,
		Example: "  botd doctor -c bot.yaml --url https://bot.example.com\n  botd doctor --offline",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			d.cfg = cfg
			return c.reportFindings(d.examine(cmd.Context()))
		},
	}))
	cmd.Flags().StringVar(&d.url, "url", "", "public `address` of the callbacks, as entered in the admin console, without /callback/…")
	cmd.Flags().BoolVar(&d.offline, "offline", false, "do not call the platform")
	return cmd
}

func (c *cli) reportFindings(fs []finding) error {
	var wrong error
	for _, f := range fs {
		if f.Level == levelWrong {
			wrong = errFound
		}
	}
	if c.json {
		if err := c.printJSON(fs); err != nil {
			return err
		}
		return wrong
	}
	marks := map[string]string{levelOK: "✓", levelNote: "!", levelWrong: "✗"}
	for _, f := range fs {
		app := ""
		if f.App != "" {
			app = f.App + ": "
		}
		fmt.Fprintf(c.stdout, "%s %-11s %s%s\n  %-11s %s\n", marks[f.Level], f.ID, app, f.Zh, "", f.En)
		if f.FixZh != "" {
			fmt.Fprintf(c.stdout, "  %-11s → %s\n  %-11s → %s\n", "", f.FixZh, "", f.FixEn)
		}
	}
	return wrong
}
