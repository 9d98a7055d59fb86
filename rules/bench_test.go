package rules_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/rules"
)

// manyRules is a file of n rules: words, patterns, expressions and templates in turn.
func manyRules(n int) string {
	var b strings.Builder
	b.WriteString("vars: {phone: 8001}\nrules:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - name: rule-%d\n", i)
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "    match: {keyword: [词%d, word%d]}\n    reply: 回答 %d\n    examples: [问词%d]\n", i, i, i, i)
		case 1:
			fmt.Fprintf(&b, "    match: {regex: '^订单%d-(?P<no>\\d+)$'}\n    reply: '{{ args.no }}'\n", i)
		case 2:
			fmt.Fprintf(&b, "    match: {when: 'msg.text startsWith \"报%d\" && now.Hour() < 24'}\n    reply: {markdown: '**{{ user.name }}** {{ vars.phone }}'}\n", i)
		case 3:
			fmt.Fprintf(&b, "    match: {prefix: 查%d, when: 'len(args.rest) > 0'}\n    reply: '{{ args.rest }} {{ vars.phone + %d }}'\n", i, i)
		}
	}
	return b.String()
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		file := filepath.Join(b.TempDir(), "rules.yaml")
		write(b, file, manyRules(n))
		first, problems := rules.Load([]string{file}, rules.Options{App: "hr"})
		if problems != nil {
			b.Fatal(problems[0])
		}
		for name, previous := range map[string]*rules.Set{"first": nil, "again": first} {
			b.Run(fmt.Sprintf("%d rules/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					rules.Load([]string{file}, rules.Options{App: "hr", Previous: previous})
				}
			})
		}
	}
}

func BenchmarkCheckExamples(b *testing.B) {
	file := filepath.Join(b.TempDir(), "rules.yaml")
	write(b, file, manyRules(10000))
	set, _ := rules.Load([]string{file}, rules.Options{App: "hr"})
	b.Run("examples", func(b *testing.B) {
		for b.Loop() {
			set.CheckExamples()
		}
	})
	b.Run("lint", func(b *testing.B) {
		for b.Loop() {
			rules.Lint(set)
		}
	})
}
