package command_test

import (
	"context"
	"fmt"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

func Example() {
	type args struct {
		Days int    `arg:"days" min:"1" max:"15" help:"how many"`
		Half bool   `opt:"half" help:"only half of the first day"`
		Note string `arg:"note,rest"`
	}
	set := command.NewSet(command.WithLanguage("en"))
	err := set.Add("leave", command.New("leave", "ask for leave", func(_ context.Context, q *router.Request, a args) (reply.Reply, error) {
		return reply.Text(fmt.Sprintf("%s: %d days, half %v, %q", q.From, a.Days, a.Half, a.Note)), nil
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	table, err := router.NewTable(set.Rules(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"/leave 3 --half see the doctor", "/leave 30", "/laeve 3", "/leave --help"} {
		q := &router.Request{Message: &message.Message{From: "zhangsan", Type: message.TypeText, Text: text}}
		answer, _, _ := table.Handle(context.Background(), q)
		units, _ := answer.Units(reply.Options{})
		fmt.Println(units[0].Plain)
	}
	// Output:
	// zhangsan: 3 days, half true, "see the doctor"
	// days must be from 1 to 15
	// Usage: /leave days [note] [--half]
	// There is no command /laeve, did you mean /leave?
	// /leave days [note] [--half]
	// ask for leave
	//   days  how many
	//   --half  only half of the first day
}
