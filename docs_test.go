package wecombot_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/daemon"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/rules/ruletest"
)

// pages are all that is written for people; those that are generated have tests of their own.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md", "examples/*/README*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) < 5 {
		t.Fatalf("only %v", all)
	}
	return all
}

// block is a fenced block of a page. Its info is what follows the fence: a language, then what the block is.
type block struct {
	page, info, text string
}

var fenced = regexp.MustCompile("(?ms)^```([^\n]+)\n(.*?)^```$")

func blocks(t *testing.T, page string) []block {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, m := range fenced.FindAllStringSubmatch(string(raw), -1) {
		all = append(all, block{page, m[1], m[2]})
	}
	return all
}

// Every block that calls itself rules is a rules file without a mistake, and a block of tests after it passes.
func TestRulesInPagesLoad(t *testing.T) {
	t.Parallel()
	n := 0
	for _, page := range pages(t) {
		for i, b := range blocks(t, page) {
			var problems []strictyaml.Problem
			switch b.info {
			case "yaml rules":
				n++
				problems = checkRules(t, b.text)
			case "yaml test":
				n++
				problems = play(t, lastForm(t, page), b.text)
			}
			for _, p := range problems {
				t.Errorf("%s, block %d: %v\n%s", page, i+1, p, b.text)
			}
		}
	}
	if n < 10 {
		t.Errorf("%d blocks of rules and tests in all pages", n)
	}
}

func checkRules(t *testing.T, text string) []strictyaml.Problem {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	write(t, file, text)
	set, problems := rules.Load([]string{file}, rules.Options{
		App: "hr", AllowRun: true, Roles: map[string]rules.Audience{"hr": {Users: []string{"lisi"}}},
	})
	if len(problems) > 0 {
		return problems
	}
	return append(set.CheckExamples(), rules.Lint(set)...)
}

// lastForm is the page's rules with a form, which its tests are about.
func lastForm(t *testing.T, page string) string {
	t.Helper()
	found := ""
	for _, b := range blocks(t, page) {
		if b.info == "yaml rules" && strings.Contains(b.text, "forms:") {
			found = b.text
		}
	}
	return found
}

func play(t *testing.T, ruleText, testText string) []strictyaml.Problem {
	t.Helper()
	dir := t.TempDir()
	file, test := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "rules.test.yaml")
	write(t, file, ruleText)
	write(t, test, testText)
	cases, problems := ruletest.Load(test)
	local := &ruletest.Local{Files: []string{file}, Options: rules.Options{App: "hr"}}
	for _, r := range ruletest.Run(t.Context(), cases, local.Open, nil).Results {
		problems = append(problems, r.Problems...)
	}
	return problems
}

// Every block that calls itself bot is a bot.yaml without a mistake. Not parallel: its secrets are environment variables.
func TestConfigurationsInPagesLoad(t *testing.T) {
	t.Setenv("HR_SECRET", "secret")
	t.Setenv("HR_TOKEN", "token")
	t.Setenv("HR_AES_KEY", strings.Repeat("A", 43))
	for _, page := range pages(t) {
		for i, b := range blocks(t, page) {
			if b.info != "yaml bot" {
				continue
			}
			dir := t.TempDir()
			write(t, filepath.Join(dir, "rules", "empty.yaml"), "rules: []\n")
			write(t, filepath.Join(dir, "bot.yaml"), b.text)
			if _, problems := daemon.LoadConfig(filepath.Join(dir, "bot.yaml")); len(problems) > 0 {
				t.Errorf("%s, block %d: %v\n%s", page, i+1, problems, b.text)
			}
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every block of Go that names a file is that file, which is compiled and tested where it is.
func TestCodeInPagesIsTheFiles(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			file, ok := strings.CutPrefix(b.info, "go ")
			if !ok {
				continue
			}
			if raw, err := os.ReadFile(file); err != nil {
				t.Errorf("%s: %v", page, err)
			} else if string(raw) != b.text {
				t.Errorf("%s shows another %s than there is", page, file)
			}
		}
	}
}

var linked = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		raw, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range linked.FindAllStringSubmatch(fenced.ReplaceAllString(string(raw), ""), -1) {
			path, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(path, "://") || strings.HasPrefix(path, "mailto:") {
				continue
			}
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(t, target), anchor) {
				t.Errorf("%s links to %s: no such heading", page, m[1])
			}
		}
	}
}

var (
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	named   = regexp.MustCompile(`<a id="([^"]+)">`)
	unsaid  = regexp.MustCompile(`[^\pL\pN\- _]`)
)

// anchors are the places of a page that a link can name, as GitHub makes them.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(string(raw), ""), -1) {
		all = append(all, strings.ReplaceAll(unsaid.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	for _, m := range named.FindAllStringSubmatch(string(raw), -1) {
		all = append(all, m[1])
	}
	return all
}

// A page and its Chinese twin have the same parts, so that neither is forgotten when the other changes.
func TestTwinsSayTheSame(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		twin := strings.TrimSuffix(page, ".md") + ".zh-CN.md"
		if _, err := os.Stat(twin); err != nil {
			continue
		}
		if en, zh := shape(t, page), shape(t, twin); !slices.Equal(en, zh) {
			t.Errorf("%s has the parts\n%s\nand %s\n%s", page, strings.Join(en, "\n"), twin, strings.Join(zh, "\n"))
		}
	}
}

var part = regexp.MustCompile("(?m)^(#{1,6} |```.+$|\\| --- )")

func shape(t *testing.T, page string) []string {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range part.FindAllString(string(raw), -1) {
		all = append(all, strings.TrimSpace(m))
	}
	return all
}

var (
	required = regexp.MustCompile(`(?m)^\t(\S+) (v\S+(?: // indirect)?)$`)
	listed   = regexp.MustCompile(`(?m)^\| (\S+\.\S+/\S+) \| (v\S+) \|`)
)

// Every direct dependency is explained, and nothing that is not required any more.
func TestDependenciesAreExplained(t *testing.T) {
	t.Parallel()
	list, mod := versions(t, listed, "docs/adr/0001-dependencies.md"), versions(t, required, "go.mod")
	for path := range list {
		if _, ok := mod[path]; !ok {
			t.Errorf("%s is in the list of dependencies, and not required by go.mod", path)
		}
	}
	for path, version := range mod {
		if _, ok := list[path]; !ok && !strings.HasSuffix(version, "indirect") {
			t.Errorf("%s is required by go.mod, and not in the list of dependencies", path)
		}
	}
}

func versions(t *testing.T, line *regexp.Regexp, file string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, m := range line.FindAllStringSubmatch(string(raw), -1) {
		all[m[1]] = m[2]
	}
	if len(all) == 0 {
		t.Fatalf("%s names no module", file)
	}
	return all
}
