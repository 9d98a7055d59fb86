package daemon

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// LoadConfig reads and checks a configuration file. It returns every problem it finds, in order of place; the Config
// may only be used when there is none.
func LoadConfig(path string) (*Config, []strictyaml.Problem) { return loadConfig(path, os.LookupEnv) }

func loadConfig(path string, env func(string) (string, bool)) (*Config, []strictyaml.Problem) {
	c := &Config{Path: path, Files: []string{path}}
	problems := strictyaml.DecodeFile(path, c, strictyaml.Options{
		Env: env,
		ReadFile: func(path string) ([]byte, error) {
			c.Files = append(c.Files, path)
			return os.ReadFile(path)
		},
	})
	check := checker{config: c, problems: problems}
	check.all()
	strictyaml.Sort(check.problems)
	slices.Sort(c.Files[1:])
	c.Files = slices.Compact(c.Files)
	return c, check.problems
}

// ruleFiles expands the app's patterns. Conversation tests may lie beside the rules and are no rules.
func (c *checker) ruleFiles(a *App) {
	for i, pattern := range a.Rules {
		found, err := filepath.Glob(c.config.Resolve(pattern))
		found = slices.DeleteFunc(found, func(f string) bool { return strings.HasSuffix(f, ".test.yaml") })
		switch {
		case err != nil:
			c.report(a.Where.Item("rules", i), "* is any name, ? any character, [a-z] a range", "%q is not a pattern", pattern)
		case len(found) == 0:
			c.report(a.Where.Item("rules", i), "the path is relative to "+filepath.Base(c.config.Path), "no file matches %q", pattern)
		}
		a.RuleFiles = append(a.RuleFiles, found...)
	}
	slices.Sort(a.RuleFiles)
	a.RuleFiles = slices.Compact(a.RuleFiles)
	c.config.Files = append(c.config.Files, a.RuleFiles...)
}
