// Package bot is the callback endpoint: it opens what the platform sends, routes it, and answers in time.
//
//	b, err := bot.New(store, box)
//	err = b.SetApp(bot.App{Name: "hr", CorpID: corp, AgentID: 1000002, Crypter: crypter})
//	b.SetTable("hr", table, "rev1")
//	b.Start()
//	http.ListenAndServe(":8080", b.Handler())
//
// # The way of a message
//
// Size limit, outer XML, signature, decryption, receiver id; then the message is parsed and its duplicate key made. The
// first attempt of a message starts a run; a later attempt joins it, or gets the stored answer. Runs of one member take
// turns in order of arrival (a lane); different members run in parallel.
//
// # Passive or active
//
// A run that ends within reply_within answers in the callback's response when its first unit can be passive; whatever
// else there is goes to the outbox first. At the deadline the message is committed to the inbox, the callback gets an
// empty 200 (or a notice), and the answer goes active whenever it is ready. A message in the inbox is handled again after
// a crash; its answer has the same id in the outbox, so it is not sent twice.
//
// # Suites
//
// A third-party app has one callback URL for all corps, /suite/{suite} (SetSuite): the platform's commands are handed
// over and answered with success, what a corp's member sends goes to the app that the suite is at that corp.
//
// # Exits
//
// Every callback ends as answered, deferred, duplicate or refused, counted by wecombot_callbacks_total.
//
// A Bot is safe for concurrent use. Implements docs 90238, 90930, 90968, 90241.
package bot
