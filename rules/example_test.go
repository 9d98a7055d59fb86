package rules_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/rules"
)

func Example() {
	dir, err := os.MkdirTemp("", "rules")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "faq.yaml")
	yaml := `
vars: {hr_phone: 8001}
rules:
  - {name: annual-leave, match: {keyword: 年假}, reply: '请拨 {{ vars.hr_phone }}'}
fallback: 没听懂
`
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	set, problems := rules.Load([]string{file}, rules.Options{App: "hr"})
	for _, p := range problems {
		fmt.Println(p)
	}
	for _, text := range []string{"年假怎么算", "你好"} {
		q := &router.Request{Message: &message.Message{Type: message.TypeText, From: "zhangsan", Text: text}}
		answer, matched, err := set.Table.Handle(context.Background(), q)
		if err != nil {
			fmt.Println(err)
			return
		}
		units, err := answer.Units(reply.Options{})
		fmt.Println(matched, units[0].Plain, err)
	}
	// Output:
	// [annual-leave] 请拨 8001 <nil>
	// [] 没听懂 <nil>
}
