package plugins_test

import (
	"context"
	"fmt"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/echo"
	"github.com/wecombot/wecombot/plugins/greet"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage/memstore"
)

func Example() {
	reg := plugins.NewRegistry()
	plugins.Add(reg, "greet", greet.New)
	plugins.Add(reg, "echo", echo.New)

	ctx := context.Background()
	store := memstore.New()
	defer store.Close()
	app, err := reg.Open(plugins.Host{App: "hr", Store: store},
		plugins.Wanted{ID: "greet", Config: plugins.YAML("word: 嗨")}, plugins.Wanted{ID: "echo"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer app.Close(ctx)
	if err := app.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	table, err := router.NewTable(app.Rules(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"在吗", "今天天气不错"} {
		q := &router.Request{App: "hr", Message: &message.Message{From: "zhangsan", Type: message.TypeText, Text: text}}
		answer, matched, _ := table.Handle(ctx, q)
		units, _ := answer.Units(reply.Options{})
		fmt.Println(matched, units[0].Plain)
	}
	// Output:
	// [greet: exact hi|hello|在吗|你好|您好] 嗨，zhangsan
	// [echo: echo] 今天天气不错
}
