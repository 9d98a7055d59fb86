package daemon

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/rules/ruletest"
)

const testSuffix = ".test.yaml"

// testOptions are the choices of botd test.
type testOptions struct {
	app, junit string
	update     bool
	paths      []string
}

func (c *cli) testCommand() *cobra.Command {
	var o testOptions
	cmd := c.withJSON(c.withConfig(&cobra.Command{
		Use: "test [FILE|DIR …]", Short: "Run conversation tests (*" + testSuffix + ") against the rules",
		Long: "Plays each conversation to the rules in this process: with a clock of its own, members of the test's own, and\n" +
			"nothing of the outside world. Without FILE or DIR all tests beside bot.yaml and below are run.",
		Example: "  botd test -c bot.yaml\n  botd test --update rules/leave.test.yaml\n  botd test --junit report.xml",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return c.test(cmd.Context(), o)
		},
	}))
	cmd.Flags().StringVar(&o.app, "app", "", "the app's `name`; may be left out when there is only one")
	cmd.Flags().StringVar(&o.junit, "junit", "", "write a JUnit report to this `file`")
	cmd.Flags().BoolVar(&o.update, "update", false, "rewrite what `equals` expects to what was answered")
	return cmd
}

func (c *cli) test(ctx context.Context, o testOptions) error {
	cfg, err := c.loadOffline()
	if err != nil {
		return err
	}
	a, err := cfg.pick(o.app)
	if err != nil {
		return err
	}
	if len(o.paths) == 0 {
		o.paths = []string{filepath.Dir(cfg.Path)}
	}
	files, err := testFiles(o.paths)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no *%s in %s", testSuffix, strings.Join(o.paths, ", "))
	}
	report, set, problems := runTests(ctx, c.registry, cfg, a, files)
	if len(problems) > 0 {
		printProblems(c.stderr, problems)
		return errFound
	}
	if o.junit != "" {
		if err := writeJUnit(o.junit, report); err != nil {
			return err
		}
	}
	if o.update {
		n, err := report.Apply()
		if err != nil {
			return err
		}
		fmt.Fprintf(c.stdout, "updated: %d\n", n)
	}
	return c.printReport(report, set)
}

// loadOffline reads the configuration for what needs no credentials: unset variables are no error.
func (c *cli) loadOffline() (*Config, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	cfg, problems := loadDev(c.config)
	if len(problems) > 0 {
		printProblems(c.stderr, problems)
		return nil, errFound
	}
	return cfg, nil
}

// runTests plays the tests of files to an app's rules.
func runTests(ctx context.Context, reg *plugins.Registry, cfg *Config, a App, files []string) (*ruletest.Report, *rules.Set, []strictyaml.Problem) {
	set, problems := loadDry(reg, cfg, a)
	cases, ps := ruletest.Load(files...)
	if problems = append(problems, ps...); len(problems) > 0 {
		return nil, set, problems
	}
	local := &ruletest.Local{Files: a.RuleFiles, Options: cfg.ruleOptions(a), Plugins: func(h plugins.Host) (*plugins.App, error) {
		h.Dir = filepath.Dir(cfg.Path)
		return reg.Open(h, wanted(a)...)
	}}
	return ruletest.Run(ctx, cases, local.Open, nil), set, nil
}

// testFiles finds the test files that paths name, or that lie in folders they name.
func testFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, usageError{err}
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && p != path && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
				return fs.SkipDir
			case !d.IsDir() && strings.HasSuffix(p, testSuffix):
				files = append(files, p)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func writeJUnit(path string, r *ruletest.Report) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := r.JUnit(f, "botd test"); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func (c *cli) printReport(r *ruletest.Report, set *rules.Set) error {
	var names []string
	for _, x := range set.Rules {
		names = append(names, x.Name)
	}
	missing := r.Uncovered(names)
	failed := r.Failed()
	if c.json {
		if err := c.printJSON(reportJSON(r, missing)); err != nil {
			return err
		}
	} else {
		for _, x := range r.Results {
			mark := "ok  "
			if len(x.Problems) > 0 {
				mark = "FAIL"
			}
			fmt.Fprintf(c.stdout, "%s %s (%s)\n", mark, x.Case.Name, x.Took.Round(time.Millisecond))
			printProblems(c.stdout, x.Problems)
		}
		fmt.Fprintf(c.stdout, "%d passed, %d failed; rules reached: %d of %d\n", len(r.Results)-failed, failed, len(names)-len(missing), len(names))
		if len(missing) > 0 {
			fmt.Fprintf(c.stdout, "not reached: %s\n", strings.Join(missing, ", "))
		}
	}
	if failed > 0 {
		return errFound
	}
	return nil
}

func reportJSON(r *ruletest.Report, missing []string) any {
	type result struct {
		Name     string        `json:"name"`
		Passed   bool          `json:"passed"`
		Problems []jsonProblem `json:"problems"`
	}
	var results []result
	for _, x := range r.Results {
		results = append(results, result{x.Case.Name, len(x.Problems) == 0, jsonProblems(x.Problems)})
	}
	return map[string]any{"results": results, "rules": r.Rules, "not_reached": missing}
}
