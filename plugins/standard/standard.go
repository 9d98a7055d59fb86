// Package standard lists the plugins that botd has. A daemon with more begins with this list and adds its own:
//
//	reg := standard.Registry()
//	plugins.Add(reg, "leave", leave.New)
package standard

import (
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/directory"
	"github.com/wecombot/wecombot/plugins/echo"
	"github.com/wecombot/wecombot/plugins/faq"
	"github.com/wecombot/wecombot/plugins/greet"
	"github.com/wecombot/wecombot/plugins/help"
	"github.com/wecombot/wecombot/plugins/llm"
	"github.com/wecombot/wecombot/plugins/notify"
	"github.com/wecombot/wecombot/plugins/poll"
	"github.com/wecombot/wecombot/plugins/relay"
	"github.com/wecombot/wecombot/plugins/remind"
)

// Registry is a registry of the standard plugins.
func Registry() *plugins.Registry {
	reg := plugins.NewRegistry()
	plugins.Add(reg, "directory", directory.New)
	plugins.Add(reg, "echo", echo.New)
	plugins.Add(reg, "faq", faq.New)
	plugins.Add(reg, "greet", greet.New)
	plugins.Add(reg, "help", help.New)
	plugins.Add(reg, "llm", llm.New)
	plugins.Add(reg, "notify", notify.New)
	plugins.Add(reg, "poll", poll.New)
	plugins.Add(reg, "relay", relay.New)
	plugins.Add(reg, "remind", remind.New)
	return reg
}
