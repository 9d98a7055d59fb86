// Command botd serves chatbots for WeCom (企业微信) apps.
package main

import (
	"os"

	"github.com/wecombot/wecombot/daemon"
	"github.com/wecombot/wecombot/plugins/standard"
)

func main() { os.Exit(daemon.Main(standard.Registry())) }
