// Package daemon is botd: its configuration, its commands and its life cycle. A botd with plugins of your own is a main
// of ten lines:
//
//	package main
//
//	func main() {
//		reg := standard.Registry()
//		plugins.Add(reg, "leave", leave.New)
//		os.Exit(daemon.Main(reg))
//	}
//
// It has every command that botd has, from dev, which serves a simulated platform with a chat page, to run.
//
// # Configuration
//
// LoadConfig reads bot.yaml strictly: an unknown key, a wrong type or a reference to an unset variable is a Problem with
// its line, and all problems are reported at once. ConfigSchema is the same in JSON Schema, for editors. Secrets
// print as ***.
//
// # Life
//
// The run command opens the store, puts the apps together, and listens twice: for callbacks, and for health, metrics and
// the console. A change of rules is taken over while serving, and refused as a whole when it has a mistake: the old
// rules stay. At the end of its context it stops in the order that loses nothing: first what produces (callbacks,
// schedules, plugins), then what delivers, then the store.
//
// # Exit codes
//
// 0 is fine, 1 is a command that found something wrong, and 2 is one that was called wrong.
package daemon
