package dialog_test

import (
	"context"
	"fmt"

	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage/memstore"
)

func Example() {
	store := memstore.New()
	defer store.Close()
	kv, err := store.KV("dialogs")
	if err != nil {
		fmt.Println(err)
		return
	}
	engine := dialog.New(kv)
	leave := engine.Define("leave", func(d *dialog.D) (reply.Reply, error) {
		days, err := d.AskInt("请几天假？", dialog.Between(1, 15))
		if err != nil {
			return nil, err
		}
		if err := d.Confirm(fmt.Sprintf("请 %d 天，提交吗？", days)); err != nil {
			return nil, err
		}
		number, err := dialog.Do(d, "submit", func(context.Context) (int, error) { return 1042, nil })
		if err != nil {
			return nil, err
		}
		return reply.Text(fmt.Sprintf("已提交，编号 %d", number)), nil
	})

	var table *router.Table
	r := router.New()
	r.Add(engine.Rule(router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		answer, _, err := table.Handle(ctx, q)
		return answer, err
	})))
	r.Handle(router.Exact("请假"), leave)
	if table, err = r.Build(); err != nil {
		fmt.Println(err)
		return
	}

	for i, text := range []string{"请假", "很多", "3", "好的"} {
		q := &router.Request{App: "hr", Message: &message.Message{From: "zhangsan", Type: message.TypeText, ID: uint64(i + 1), Text: text}}
		answer, _, err := table.Handle(context.Background(), q)
		if err != nil {
			fmt.Println(err)
			return
		}
		units, _ := answer.Units(reply.Options{})
		fmt.Printf("> %s\n%s\n", text, units[0].Plain)
	}
	// Output:
	// > 请假
	// 请几天假？
	// > 很多
	// 请输入 1 到 15 之间的数字
	// 例如：3
	// 请几天假？
	// > 3
	// 请 3 天，提交吗？
	// > 好的
	// 已提交，编号 1042
}
