package rules_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/internal/golden"
	"github.com/wecombot/wecombot/rules"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestBrokenRules(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d broken rules files, %v", len(files), err)
	}
	var got strings.Builder
	for _, file := range files {
		_, problems := rules.Load([]string{file}, rules.Options{})
		if len(problems) == 0 {
			t.Errorf("%s is accepted", file)
		}
		for _, p := range problems {
			fmt.Fprintln(&got, strings.TrimPrefix(filepath.ToSlash(p.String()), "testdata/broken/"))
		}
		fmt.Fprintln(&got)
	}
	golden.Check(t, *update, "testdata/broken.golden", got.String())
}

func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Add(leaveForm)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, src string) {
		file := filepath.Join(dir, fmt.Sprintf("%d.yaml", os.Getpid()))
		write(t, file, src)
		set, problems := rules.Load([]string{file}, rules.Options{App: "hr"})
		if (set.Table != nil) != (problems == nil) {
			t.Errorf("a table is there: %v, with problems %v", set.Table != nil, problems)
		}
		if problems == nil {
			set.CheckExamples()
			rules.Lint(set)
		}
	})
}
