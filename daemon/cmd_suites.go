package daemon

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/wecom"
)

// suiteInfo is a corp that installed a suite, as operators see it.
type suiteInfo struct {
	Suite   string `json:"suite"`
	CorpID  string `json:"corp_id"`
	Corp    string `json:"corp"`
	AgentID int    `json:"agent_id"` // 0: what it granted is not read yet
	App     string `json:"app"`
}

// corpToken is what a call as a corp's app needs.
type corpToken struct {
	CorpID  string `json:"corp_id"`
	AgentID int    `json:"agent_id"`
	Token   string `json:"token"`
}

func (c *cli) suitesCommand() *cobra.Command {
	return c.withJSON(c.withConfig(&cobra.Command{
		Use: "suites", Short: "The corps that installed third-party apps", Args: cobra.NoArgs, Example: "  botd suites -c bot.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			return c.operate(cmd.Context(), func(ctx context.Context, op operator) error {
				list, err := op.suites(ctx, cfg)
				if err != nil {
					return err
				}
				if c.json {
					if list == nil {
						list = []suiteInfo{}
					}
					return c.printJSON(list)
				}
				if len(list) == 0 {
					fmt.Fprintln(c.stdout, "none")
					return nil
				}
				w := tabwriter.NewWriter(c.stdout, 0, 4, 2, ' ', 0)
				defer w.Flush()
				fmt.Fprintln(w, "SUITE\tCORP ID\tCORP\tAGENT\tAPP")
				for _, i := range list {
					fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", i.Suite, i.CorpID, i.Corp, i.AgentID, i.App)
				}
				return nil
			})
		},
	}))
}

// suiteAPI is what the commands ask of a running daemon.
func (n *node) suiteAPI(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/suites", func(w http.ResponseWriter, r *http.Request) {
		list, err := n.suites.list(r.Context())
		respond(w, list, err)
	})
	mux.HandleFunc("GET /api/suites/{suite}/ticket", func(w http.ResponseWriter, r *http.Request) {
		s, err := n.suites.find(r.PathValue("suite"))
		if err != nil {
			respond(w, nil, err)
			return
		}
		ticket, err := s.SuiteTicket(r.Context(), s.SuiteID)
		n.audit(r, err, "suite", s.Name)
		respond(w, map[string]string{"ticket": ticket}, err)
	})
	mux.HandleFunc("GET /api/apps/{app}/token", func(w http.ResponseWriter, r *http.Request) {
		t, err := n.suites.token(r.Context(), r.PathValue("app"))
		n.audit(r, err, "app", r.PathValue("app"))
		respond(w, t, err)
	})
}

func (r *remote) suites(ctx context.Context, _ *Config) (list []suiteInfo, err error) {
	return list, r.get(ctx, "/api/suites", nil, &list)
}

func (r *remote) ticket(ctx context.Context, s *Suite) (string, error) {
	var got struct {
		Ticket string `json:"ticket"`
	}
	err := r.get(ctx, "/api/suites/"+s.Name+"/ticket", nil, &got)
	return got.Ticket, err
}

func (r *remote) corpToken(ctx context.Context, _ *Config, app string) (t corpToken, err error) {
	return t, r.get(ctx, "/api/apps/"+url.PathEscape(app)+"/token", nil, &t)
}

// offline reads the suites of a daemon that does not run.
func (l *local) offline(cfg *Config) (*suites, error) {
	kv, err := l.store.KV("suites")
	if err != nil {
		return nil, err
	}
	ss := &suites{kv: kv, by: map[string]*suite{}}
	for i := range cfg.Suites {
		s := &suite{Suite: &cfg.Suites[i], suites: ss}
		if s.vault, err = newVault(s.Suite); err != nil {
			return nil, err
		}
		ss.by[s.Name] = s
	}
	return ss, nil
}

func (l *local) suites(ctx context.Context, cfg *Config) ([]suiteInfo, error) {
	ss, err := l.offline(cfg)
	if err != nil {
		return nil, err
	}
	return ss.list(ctx)
}

func (l *local) ticket(ctx context.Context, s *Suite) (string, error) {
	ss, err := l.offline(&Config{Suites: []Suite{*s}})
	if err != nil {
		return "", err
	}
	return ss.by[s.Name].SuiteTicket(ctx, s.SuiteID)
}

func (l *local) corpToken(ctx context.Context, cfg *Config, app string) (corpToken, error) {
	ss, err := l.offline(cfg)
	if err != nil {
		return corpToken{}, err
	}
	return ss.token(ctx, app)
}

// fixedTicket is a ticket that was looked up.
type fixedTicket string

// SuiteTicket implements wecom.SuiteTickets.
func (t fixedTicket) SuiteTicket(context.Context, string) (string, error) { return string(t), nil }

var _ wecom.SuiteTickets = fixedTicket("")
