package daemon

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/rules"
)

func (c *cli) checkCommand() *cobra.Command {
	return c.withJSON(c.withConfig(&cobra.Command{
		Use: "check", Short: "Check the configuration and every rules file", Args: cobra.NoArgs,
		Long:    "Prints every problem as file:line:col: message, and exits with 1 if there is one. Nothing is served or called.",
		Example: "  botd check -c bot.yaml",
		RunE:    func(*cobra.Command, []string) error { return c.check() },
	}))
}

func (c *cli) check() error {
	if err := c.exists(); err != nil {
		return err
	}
	cfg, problems := LoadConfig(c.config)
	count := 0
	for _, a := range cfg.templates() {
		set, ps := loadDry(c.registry, cfg, a)
		if len(ps) == 0 {
			ps = append(set.CheckExamples(), rules.Lint(set)...)
		}
		problems = append(problems, ps...)
		count += len(set.Rules)
	}
	problems = unique(problems)
	strictyaml.Sort(problems)
	if c.json {
		if err := c.printJSON(jsonProblems(problems)); err != nil {
			return err
		}
	} else {
		printProblems(c.stdout, problems)
	}
	switch {
	case len(problems) > 0:
		return errFound
	case !c.json:
		fmt.Fprintf(c.stdout, "%s: fine (apps: %d, rules: %d)\n", c.config, len(cfg.Apps), count)
	}
	return nil
}

// loadDry compiles an app's rules and plugins without starting or calling anything. Plugins that cannot be made do not
// hide what is wrong with the rules.
func loadDry(reg *plugins.Registry, cfg *Config, a App) (*rules.Set, []strictyaml.Problem) {
	o := cfg.ruleOptions(a)
	app, problems := checkPlugins(reg, cfg, a)
	if app != nil {
		o.Handlers, o.Routes, o.Forms = app.Handlers(), app.Rules(), rules.NewForms(app.Engine())
	}
	set, ps := rules.Load(a.RuleFiles, o)
	return set, append(problems, ps...)
}

// unique drops problems of a file that two apps share.
func unique(ps []strictyaml.Problem) []strictyaml.Problem {
	seen := map[strictyaml.Problem]bool{}
	out := ps[:0]
	for _, p := range ps {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

type jsonProblem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func jsonProblems(ps []strictyaml.Problem) []jsonProblem {
	out := make([]jsonProblem, len(ps))
	for i, p := range ps {
		out[i] = jsonProblem(p)
	}
	return out
}
