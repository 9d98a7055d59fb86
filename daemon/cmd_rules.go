package daemon

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/rules"
)

// ruleStatus is what `botd rules list` shows of one app.
type ruleStatus struct {
	App       string           `json:"app"`
	Revision  string           `json:"revision"`
	Pinned    bool             `json:"pinned,omitempty"` // returned to, over what is on disk
	Rules     []rules.Info     `json:"rules"`
	Revisions []revisionStatus `json:"revisions"`
}

type revisionStatus struct {
	Revision string    `json:"revision"`
	First    time.Time `json:"first"`
	Files    int       `json:"files"`
}

func (n *node) ruleAPI(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/rules", func(w http.ResponseWriter, r *http.Request) {
		st, err := n.ruleStatus(r.Context(), r.FormValue("app"))
		respond(w, st, err)
	})
	mux.HandleFunc("GET /api/rules/diff", func(w http.ResponseWriter, r *http.Request) {
		text, err := n.diff(r.Context(), r.FormValue("app"), r.FormValue("old"), r.FormValue("new"))
		respond(w, text, err)
	})
	mux.HandleFunc("POST /api/rules/rollback", func(w http.ResponseWriter, r *http.Request) {
		rev, err := n.rollback(r.Context(), r.FormValue("app"), r.FormValue("revision"))
		n.audit(r, err, "app", r.FormValue("app"), "revision", rev)
		respond(w, rev, err)
	})
	for path, off := range map[string]bool{"off": true, "on": false} {
		mux.HandleFunc("POST /api/rules/"+path, func(w http.ResponseWriter, r *http.Request) {
			err := n.switchRule(r.Context(), r.FormValue("app"), r.FormValue("rule"), off)
			n.audit(r, err, "app", r.FormValue("app"), "rule", r.FormValue("rule"))
			respond(w, r.FormValue("rule"), err)
		})
	}
	mux.HandleFunc("POST /api/rules/reload", func(w http.ResponseWriter, r *http.Request) {
		problems := n.reload()
		n.audit(r, nil, "problems", len(problems))
		respond(w, jsonProblems(problems), nil)
	})
}

// audit logs what an operator did.
func (n *node) audit(r *http.Request, err error, what ...any) {
	n.log.Info("operator", append([]any{"act", r.URL.Path, "from", r.RemoteAddr, "err", err}, what...)...)
}

func (n *node) ruleStatus(ctx context.Context, app string) (ruleStatus, error) {
	set := n.set(app)
	st := ruleStatus{App: app, Revision: set.Revision, Rules: set.Rules}
	p, err := n.history.pinned(ctx, app)
	if err != nil {
		return st, err
	}
	st.Pinned = p.Revision != "" && p.Revision == set.Revision && p.Over != set.Revision
	all, err := n.history.list(ctx, app)
	for _, r := range all {
		st.Revisions = append(st.Revisions, revisionStatus{r.Revision, r.First, len(r.Files)})
	}
	return st, err
}

func (n *node) diff(ctx context.Context, app, old, now string) (string, error) {
	a, err := n.history.find(ctx, app, old)
	if err != nil {
		return "", err
	}
	if now == "" {
		now = n.set(app).Revision
	}
	b, err := n.history.find(ctx, app, now)
	if err != nil {
		return "", err
	}
	return difference(a, b), nil
}

func (c *cli) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rules", Short: "Rules of the running daemon: revisions, switches",
		Example: "  botd rules list\n  botd rules diff 3f2a\n  botd rules rollback 3f2a\n  botd rules off wifi",
	}
	cmd.AddCommand(
		c.withJSON(c.ruleAction("list", "Rules and revisions", cobra.NoArgs, func(ctx context.Context, r *remote, app string, _ []string) error {
			var st ruleStatus
			if err := r.get(ctx, "/api/rules", url.Values{"app": {app}}, &st); err != nil {
				return err
			}
			if c.json {
				return c.printJSON(st)
			}
			c.printRules(st)
			return nil
		})),
		c.ruleAction("diff OLD [NEW]", "What changed between two revisions; NEW is the one that answers, if left out", cobra.RangeArgs(1, 2),
			func(ctx context.Context, r *remote, app string, args []string) error {
				q := url.Values{"app": {app}, "old": {args[0]}}
				if len(args) == 2 {
					q.Set("new", args[1])
				}
				var text string
				if err := r.get(ctx, "/api/rules/diff", q, &text); err != nil {
					return err
				}
				fmt.Fprint(c.stdout, text)
				return nil
			}),
		c.ruleChange("rollback REVISION", "Answer by an earlier revision until the files change", "revision", "answers now"),
		c.ruleChange("off RULE", "Switch a rule off, over restarts", "rule", "is off"),
		c.ruleChange("on RULE", "Switch a rule on again", "rule", "is on"),
		c.ruleAction("reload", "Read the files again", cobra.NoArgs, func(ctx context.Context, r *remote, _ string, _ []string) error {
			var ps []jsonProblem
			if err := r.call(ctx, http.MethodPost, "/api/rules/reload", &ps); err != nil {
				return err
			}
			for _, p := range ps {
				fmt.Fprintf(c.stdout, "%s:%d:%d: %s\n", p.File, p.Line, p.Col, p.Message)
			}
			if len(ps) > 0 {
				return errFound
			}
			fmt.Fprintln(c.stdout, "fine")
			return nil
		}),
	)
	return cmd
}

func (c *cli) ruleChange(use, short, param, done string) *cobra.Command {
	return c.ruleAction(use, short, cobra.ExactArgs(1), func(ctx context.Context, r *remote, app string, args []string) error {
		var what string
		path := "/api/rules/" + firstWord(use) + "?" + url.Values{"app": {app}, param: {args[0]}}.Encode()
		if err := r.call(ctx, http.MethodPost, path, &what); err != nil {
			return err
		}
		fmt.Fprintf(c.stdout, "%s %s\n", what, done)
		return nil
	})
}

// ruleAction is a command that asks the running daemon about one app.
func (c *cli) ruleAction(use, short string, args cobra.PositionalArgs, do func(context.Context, *remote, string, []string) error) *cobra.Command {
	var app string
	cmd := c.withConfig(&cobra.Command{
		Use: use, Short: short, Args: args, Example: "  botd rules " + use,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			a, err := cfg.pick(app)
			if err != nil {
				return err
			}
			return do(cmd.Context(), newRemote(cfg), a.Name, args)
		},
	})
	cmd.Flags().StringVar(&app, "app", "", "the app's `name`; may be left out when there is only one")
	return cmd
}

func (c *cli) printRules(st ruleStatus) {
	w := tabwriter.NewWriter(c.stdout, 0, 4, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintln(w, "RULE\tSTATE\tPRIORITY\tSOURCE")
	for _, r := range st.Rules {
		state := "on"
		if r.Off {
			state = "off"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", r.Name, state, r.Priority, r.Source)
	}
	fmt.Fprintln(w, "\nREVISION\tSINCE\tFILES\t")
	for _, r := range st.Revisions {
		mark := ""
		if r.Revision == st.Revision {
			mark = "answers"
			if st.Pinned {
				mark = "answers, over the files on disk"
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", r.Revision, moment(r.First), r.Files, mark)
	}
}
