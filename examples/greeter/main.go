// Command greeter is a botd of your own: the standard plugins and one more. It has all of botd's commands:
//
//	go run ./examples/greeter dev -c examples/greeter/bot.yaml
package main

import (
	"os"

	"github.com/wecombot/wecombot/daemon"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/standard"
)

func main() { os.Exit(daemon.Main(registry())) }

func registry() *plugins.Registry {
	reg := standard.Registry()
	plugins.Add(reg, "greeter", newGreeter)
	return reg
}
