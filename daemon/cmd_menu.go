package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/wecom"
)

func (c *cli) menuCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "menu", Short: "The app's menu: show it, push the one of the rules files, delete it", Example: "  botd menu push --app hr"}
	cmd.AddCommand(
		c.menuAction("get", "Print the menu that the platform shows", func(ctx context.Context, client *wecom.Client, a App, _ *Config) error {
			var menu json.RawMessage
			if err := client.Do(ctx, http.MethodGet, "/cgi-bin/menu/get", agent(a), nil, &menu); err != nil {
				return explainError(err)
			}
			return c.printJSON(menu)
		}),
		c.menuAction("push", "Make the menu of the rules files the app's menu", c.pushMenu),
		c.menuAction("delete", "Take the app's menu away", func(ctx context.Context, client *wecom.Client, a App, _ *Config) error {
			if err := client.Do(ctx, http.MethodGet, "/cgi-bin/menu/delete", agent(a), nil, nil); err != nil {
				return explainError(err)
			}
			fmt.Fprintf(c.stdout, "%s has no menu now\n", a.Name)
			return nil
		}),
	)
	return cmd
}

func agent(a App) url.Values { return url.Values{"agentid": {strconv.Itoa(a.AgentID)}} }

func (c *cli) menuAction(use, short string, do func(context.Context, *wecom.Client, App, *Config) error) *cobra.Command {
	var app string
	cmd := c.withConfig(&cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs, Example: "  botd menu " + use + " --app hr",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			a, client, err := c.asApp(cmd.Context(), cfg, app)
			if err != nil {
				return err
			}
			return do(cmd.Context(), client, a, cfg)
		},
	})
	cmd.Flags().StringVar(&app, "app", "", "the app's `name`; may be left out when there is only one")
	return cmd
}

func (c *cli) pushMenu(ctx context.Context, client *wecom.Client, a App, cfg *Config) error {
	set, problems := loadDry(c.registry, cfg, a)
	if len(problems) > 0 {
		printProblems(c.stderr, problems)
		return errFound
	}
	if set.Menu == nil {
		return fmt.Errorf("the rules of %s have no menus: %s", a.Name, a.Name)
	}
	body := map[string]any{"button": set.Menu}
	if err := client.Do(ctx, http.MethodPost, "/cgi-bin/menu/create", agent(a), body, nil); err != nil {
		return explainError(err)
	}
	fmt.Fprintf(c.stdout, "menu of %s pushed (%d entries); members see it when they open the app again\n", a.Name, len(set.Menu))
	return nil
}
