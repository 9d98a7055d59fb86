// Command botd serves chatbots for WeCom (企业微信) apps.
package main

import (
	"os"

	"github.com/wecombot/wecombot/daemon"
)

func main() { os.Exit(daemon.Main()) }
