// Package assembly puts a WeCom app together on a bot and an outbox: its client, directory, plugins, dialogs, forms and
// rules. botd and bottest stand on it, so what a test talks to is what is served.
//
//	app, err := assembly.Open(host, assembly.Settings{Name: "hr", CorpID: …})
//	set, problems := app.Load(files, rules.Options{…})
//	err = app.Use(set)
//	err = app.Start(ctx)
//	defer app.Close(ctx)
package assembly
