package ruletest_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/internal/golden"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/rules/ruletest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

func run(t *testing.T, file string) *ruletest.Report {
	t.Helper()
	cases, problems := ruletest.Load(file)
	for _, p := range problems {
		t.Error(p)
	}
	local := &ruletest.Local{Files: []string{"testdata/desk.yaml"}, Options: rules.Options{App: "hr", Location: shanghai}}
	fixed := func() time.Time { return time.Time{} }
	return ruletest.Run(t.Context(), cases, local.Open, fixed)
}

func TestCasesThatPass(t *testing.T) {
	t.Parallel()
	report := run(t, "testdata/pass.test.yaml")
	for _, r := range report.Results {
		for _, p := range r.Problems {
			t.Errorf("%s: %v", r.Case.Name, p)
		}
	}
	set, problems := rules.Load([]string{"testdata/desk.yaml"}, rules.Options{})
	if problems != nil {
		t.Fatal(problems)
	}
	var all []string
	for _, r := range set.Rules {
		all = append(all, r.Name)
	}
	if got := report.Uncovered(all); !slices.Equal(got, []string{"never"}) || report.Rules["leave-form"] != 5 {
		t.Errorf("Uncovered = %v, Rules = %v", got, report.Rules)
	}
}

func TestCasesThatFail(t *testing.T) {
	t.Parallel()
	report := run(t, "testdata/fail.test.yaml")
	if report.Failed() != len(report.Results) {
		t.Errorf("%d of %d cases failed", report.Failed(), len(report.Results))
	}
	var got bytes.Buffer
	for _, r := range report.Results {
		for _, p := range r.Problems {
			fmt.Fprintln(&got, p)
		}
	}
	if err := report.JUnit(&got, "rules"); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, *update, "testdata/fail.golden", got.String())
}

func TestApplyRewritesEquals(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/fail.test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "x.test.yaml")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := run(t, file).Apply()
	if n != 3 || err != nil {
		t.Errorf("Apply = %d, %v", n, err)
	}
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(`'请几天'`, `"请几天假？"`, `equals: x`, `equals: "zhangsan 需要帮助"`, `equals: 几天`, `equals: "请几天假？"`).Replace(string(raw))
	if string(after) != want {
		t.Errorf("after Apply:\n%s\nwant:\n%s", after, want)
	}
}

func TestBrokenCases(t *testing.T) {
	t.Parallel()
	_, problems := ruletest.Load("testdata/broken.test.yaml", "testdata/none.test.yaml")
	var got strings.Builder
	for _, p := range problems {
		fmt.Fprintln(&got, p)
	}
	golden.Check(t, *update, "testdata/broken.golden", got.String())
}
