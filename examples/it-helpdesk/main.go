// Command it-helpdesk is not the bot, which is YAML alone: it plays the ticket system that the bot calls, so that it can be
// tried.
//
//	go run ./examples/it-helpdesk
//	botd dev -c examples/it-helpdesk/bot.yaml
package main

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/wecombot/wecombot/examples/it-helpdesk/tickets"
)

func main() {
	// botd dev gives what is not set the value "unset".
	srv := &http.Server{Addr: "127.0.0.1:8390", Handler: tickets.New(cmp.Or(os.Getenv("TICKETS_TOKEN"), "unset")), ReadHeaderTimeout: time.Second}
	fmt.Println("工单系统 ticket system http://" + srv.Addr)
	fmt.Fprintln(os.Stderr, srv.ListenAndServe())
	os.Exit(1)
}
