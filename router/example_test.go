package router_test

import (
	"context"
	"fmt"
	"regexp"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

func Example() {
	r := router.New()
	r.HandleFunc(router.Regexp(regexp.MustCompile(`工单(?P<id>\d+)`)), func(_ context.Context, q *router.Request) (reply.Reply, error) {
		return reply.Text("查询工单 " + q.Vars["id"]), nil
	})
	r.HandleFunc(router.Keyword("ping"), func(context.Context, *router.Request) (reply.Reply, error) {
		return reply.Text("pong"), nil
	})
	table, err := r.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"ＰＩＮＧ ", "工单１０４２到哪了"} {
		q := &router.Request{Message: &message.Message{Type: message.TypeText, From: "zhangsan", Text: text}}
		answer, matched, _ := table.Handle(context.Background(), q)
		units, _ := answer.Units(reply.Options{})
		fmt.Println(matched, units[0].Plain)
	}
	// Output:
	// [keyword ping] pong
	// [regexp 工单(?P<id>\d+)] 查询工单 1042
}

func ExampleScope_Template() {
	s := &router.Scope{Vars: map[string]any{"phone": 8001}}
	t, err := s.Template("{{ user.id }}，请拨 {{ vars.phone }}")
	if err != nil {
		fmt.Println(err)
		return
	}
	q := &router.Request{Message: &message.Message{Type: message.TypeText, From: "zhangsan"}}
	fmt.Println(t.Render(context.Background(), q, nil, nil))
	_, err = s.Template("{{ vars.fone }}")
	fmt.Println(err)
	// Output:
	// zhangsan，请拨 8001 <nil>
	// 1:9: unknown name vars.fone, did you mean vars.phone?
}
