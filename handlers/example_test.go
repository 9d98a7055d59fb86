package handlers_test

import (
	"context"
	"fmt"

	"github.com/wecombot/wecombot/handlers"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

func Example() {
	roles := handlers.Roles{"hr": {Users: []string{"zhangsan"}}}
	r := router.New()
	hr := r.Group(handlers.Allow(roles.Role("hr"), reply.Text("请联系人事部")))
	hr.Handle(router.Exact("名单"), handlers.Text("张三、李四"))
	table, err := r.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, user := range []string{"zhangsan", "lisi"} {
		q := &router.Request{Message: &message.Message{From: user, Type: message.TypeText, Text: "名单"}}
		answer, _, _ := table.Handle(context.Background(), q)
		units, _ := answer.Units(reply.Options{})
		fmt.Println(user, units[0].Plain)
	}
	// Output:
	// zhangsan 张三、李四
	// lisi 请联系人事部
}
