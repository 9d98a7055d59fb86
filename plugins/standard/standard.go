// Package standard lists the plugins that botd has. A botd of your own takes the list and adds to it:
//
//	func main() {
//		reg := standard.Registry()
//		plugins.Add(reg, "leave", leave.New)
//		os.Exit(daemon.Main(reg))
//	}
package standard

import (
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/echo"
	"github.com/wecombot/wecombot/plugins/faq"
	"github.com/wecombot/wecombot/plugins/greet"
	"github.com/wecombot/wecombot/plugins/help"
)

// Registry is a new registry with the standard plugins.
func Registry() *plugins.Registry {
	reg := plugins.NewRegistry()
	plugins.Add(reg, "echo", echo.New)
	plugins.Add(reg, "faq", faq.New)
	plugins.Add(reg, "greet", greet.New)
	plugins.Add(reg, "help", help.New)
	return reg
}
