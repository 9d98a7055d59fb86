package examples_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wecombot/wecombot/daemon"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/rules/ruletest"
)

// equivalent are mutants that no test can tell from the rules as they are, each with the reason.
var equivalent = map[string]string{}

// Every mistake in an example's rules turns one of its conversations red, or the rules cannot be loaded.
func TestNoMutantSurvives(t *testing.T) {
	t.Parallel()
	used := sync.Map{}
	for _, bot := range bots {
		t.Run(bot, func(t *testing.T) {
			b := open(t, bot)
			var all []mutant
			for _, f := range b.files {
				all = append(all, mutants(t, f, b.raw[f])...)
			}
			var refused, killed atomic.Int64
			var wg sync.WaitGroup
			slots := make(chan struct{}, 4)
			for i, m := range all {
				if i%sample != 0 && m.what != unchanged {
					continue
				}
				wg.Add(1)
				slots <- struct{}{}
				go func() {
					defer func() { <-slots; wg.Done() }()
					name := m.file + ": " + m.what
					switch failed := b.play(m, b.nearest(m.file)); {
					case m.what == unchanged:
						if failed != "" {
							t.Errorf("the rules as they are: %s", failed)
						}
					case failed == notLoaded:
						refused.Add(1)
					case failed != "":
						killed.Add(1)
					case equivalent[name] == "":
						t.Errorf("survives: %s", name)
					default:
						used.Store(name, true)
					}
				}()
			}
			wg.Wait()
			t.Logf("%d mutants: %d conversations turn red, %d are refused", len(all)-len(b.files), killed.Load(), refused.Load())
		})
	}
	for name := range equivalent {
		if _, ok := used.Load(name); !ok && sample == 1 {
			t.Errorf("the allow-list names what is no surviving mutant: %s", name)
		}
	}
}

// example is one bot with its conversations.
type example struct {
	files   []string
	raw     map[string][]byte
	cases   []ruletest.Case
	options rules.Options
}

func open(t *testing.T, bot string) *example {
	t.Helper()
	cfg, _ := daemon.LoadConfig(filepath.Join(bot, "bot.yaml")) // its credentials are missing
	a := cfg.Apps[0]
	b := &example{files: a.RuleFiles, raw: map[string][]byte{}, options: rules.Options{
		App: a.Name, Location: cfg.Location, Vars: a.Vars, Roles: map[string]rules.Audience{}, HTTPAllow: cfg.HTTPAllow,
	}}
	for name, r := range cfg.Roles {
		b.options.Roles[name] = rules.Audience{Users: r.Users, Departments: r.Departments, Tags: r.Tags}
	}
	for _, f := range b.files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b.raw[f] = raw
	}
	tests, err := filepath.Glob(filepath.Join(bot, "rules", "*.test.yaml"))
	if err != nil || len(tests) == 0 {
		t.Fatalf("no tests of %s: %v", bot, err)
	}
	cases, problems := ruletest.Load(tests...)
	if problems != nil {
		t.Fatal(problems[0])
	}
	b.cases = cases
	return b
}

// nearest puts the conversations about a file first: they are the ones that most likely turn red.
func (b *example) nearest(file string) []ruletest.Case {
	own := strings.TrimSuffix(file, ".yaml") + ".test.yaml"
	var first, then []ruletest.Case
	for _, c := range b.cases {
		if c.Where.Pos.File == own {
			first = append(first, c)
		} else {
			then = append(then, c)
		}
	}
	return slices.Concat(first, then)
}

const notLoaded = "the rules cannot be loaded"

// play says which conversation turns red with the mutant in its file's place; "" is none.
func (b *example) play(m mutant, cases []ruletest.Case) string {
	o := b.options
	o.ReadFile = func(name string) ([]byte, error) {
		if name == m.file {
			return m.text, nil
		}
		if raw, ok := b.raw[name]; ok {
			return raw, nil
		}
		return nil, errors.New("no such file")
	}
	if _, problems := rules.Load(b.files, o); problems != nil {
		return notLoaded
	}
	local := &ruletest.Local{Files: b.files, Options: o}
	for i := range cases {
		for _, r := range ruletest.Run(context.Background(), cases[i:i+1], local.Open, nil).Results {
			if len(r.Problems) > 0 {
				return r.Case.Name + ": " + r.Problems[0].String()
			}
		}
	}
	return ""
}
