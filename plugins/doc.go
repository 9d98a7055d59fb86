// Package plugins is the contract between a bot and what is plugged into it: how a plugin is made, what it is given, what
// it may do, and how it is taken out again.
//
//	package greet
//
//	type Config struct {
//		Word string `yaml:"word" default:"你好"`
//	}
//	type greeter struct{ word string }
//
//	func New(_ plugins.Env, c Config) (plugins.Plugin, error) { return &greeter{c.Word}, nil }
//
//	func (g *greeter) Mount(r *router.Router) { r.HandleFunc(router.Keyword("hi", "在吗"), g.greet) }
//
//	func (g *greeter) greet(_ context.Context, q *router.Request) (reply.Reply, error) {
//		return reply.Text(g.word + "，" + q.From), nil
//	}
//
// and in a list that somebody can read:
//
//	reg := plugins.NewRegistry()
//	plugins.Add(reg, "greet", greet.New)
//
// # Life
//
// New gets an Env and a decoded Config, validates and returns; it starts nothing and calls nothing outside. Mount adds
// routes, once. What a plugin has beside routes it shows by further methods: Commander, Helper, Named, Web, Starter, and
// io.Closer. Start runs when the app is about to serve, Close when the plugin is taken out.
//
// # Configuration
//
// Config is decoded strictly: an unknown key, a wrong type, a missing value is an error with its place. Tags (default,
// enum, min, max, required) are those of bot.yaml. A Config with a method Validate() error is asked afterwards.
//
// # What a plugin is given
//
// Env has a logger, a key space of its own, clock, language and time zone, and ways to the outside that are closed unless
// declared. Goroutines, schedules and dialogs that a plugin has from Env end with it, so taking a plugin out leaves
// nothing behind; a goroutine that does not end is named in the error of Close.
//
// # What a plugin may do
//
// A Config with a method Needs() Needs declares to whom the plugin sends, which API operations it calls and which hosts
// it reaches. All else is refused with ErrNotDeclared before anything leaves. This holds up what is done by mistake or
// by a careless dependency through Env; Go code that wants to harm is not stopped by an interface.
//
// # Order
//
// Rules of files and routes of plugins share one table: by priority, and of one priority the files come first. A plugin
// that answers what nobody else does mounts a rule of priority Fallback; Router.NotFound is the app's own.
package plugins
