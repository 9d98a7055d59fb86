// Package simulator is the WeCom platform in memory, behind real HTTP: the API that an app calls, and the encrypted
// callbacks that an app receives. It is what botd dev, the conversation tests and our own tests run against.
//
//	srv := simulator.New()
//	defer srv.Close()
//	simulator.Demo(srv) // 张三 zhangsan, 李四 lisi, 王五 wangwu …
//	app := srv.AddApp(simulator.App{CorpID: "ww1", CallbackURL: bot.URL + "/callback/hr"})
//	// the bot is configured with app.CorpID, app.AgentID, app.Secret, app.Token, app.EncodingAESKey and srv.URL
//	d := srv.Say(ctx, app, "zhangsan", "请假")
//	fmt.Println(d.Reply.Text)            // the passive answer
//	seen, err := srv.WaitFor(ctx, "zhangsan", 2) // and what came by message/send
//
// # What a member sends
//
// Say, Send and Deliver encrypt a message or event with the app's keys, post it to the callback URL and wait as the
// platform does: five seconds, three attempts, the same plaintext encrypted anew each time; a time-out, a broken
// connection and any status but 200 are tried again, redirects are not followed. The Delivery says what happened. A
// passive reply is checked as strictly as the platform may check it (signature, padding to 32, receiver id, swapped
// addresses, XML 1.0); one that fails is not shown, and Delivery.Problem says why. Press is a button of a card: the event
// carries a fresh response code, and a passive update changes the card of this member only.
//
// # What a member sees
//
// Inbox lists passive and active messages in the order of their arrival, cut where the platform cuts, with cards as
// they look now. Lost lists what the platform swallowed in silence: sends over the pace, types that a reader in WeChat
// does not see, refused replies. Events yields every change for a page that is live.
//
// # What the app calls
//
// Every call of the specification (package wecom/spec) is served; Routes lists them, any other path is HTTP 404. Calls is
// the record. Calls around messages (tokens, sends, cards, group chats, robots, media, menus, reads of the address book)
// have checks of their own, written here a second time on purpose, with types of their own: the simulator is the
// independent judge of packages crypto, message, reply and wecom. All others are checked by the specification. State is
// kept of members, departments, tags, customers with their tags and groups, calendars, schedules, approvals, suites, and
// what is only added, read, changed and deleted (contact ways, welcome templates …). The rest answers the documented
// shape with made-up values; Answer sets what a test needs instead.
//
// Changes that the API makes send their events to the apps of the corp (change_contact, change_external_tag,
// add_schedule …) and to suites. Only an app with ContactSync may change the address book.
//
// Where the documentation leaves a choice the stricter reading was taken:
//
//   - The pace of 30 messages a minute and 1,000 an hour slides.
//   - JSON that spells printable characters as \uXXXX is refused (40033).
//   - A task_id that an app has used before is refused (42014).
//   - enable_duplicate_check compares app, receivers and content with every send of the interval, whether or not that
//     one asked for the check; a duplicate is answered like the first one and not shown again.
//
// # Pages and suites
//
// The pages that open in a browser lead back at once, with a code of whom SetVisitor names: web authorisation, login by
// QR code, installation of a suite. AddSuite makes the platform a provider's: PushTicket, Install, ResetPermanentCode and
// CancelAuth send the suite's events, which want the answer success; a corp that installed it has its app, found by
// Installed, to which its members write as to any other.
//
// # What goes wrong
//
// Inject adds faults, which ParseFault also reads from text: "42001@3" (the third API call finds its token expired),
// "message/send:timeout-after@1" (delivered, but the answer never comes), "callback:duplicate" and so on; FaultHelp
// lists them.
//
// # Promises
//
// All methods are safe for concurrent use. The only connections it opens are those to callback URLs. Memory is bounded
// by WithHistory, uploads aside, which live for three days. Implemented are docs 90196, 90200, 90201, 90208, 90213,
// 90216, 90227, 90231 to 90233, 90236, 90238 to 90241, 90245 to 90248, 90250, 90253, 90254, 90256, 90312, 90313, 90506,
// 90930, 90968, 91022, 91023, 91039, 91579, 91609, 91770, 92369, 94867, 94888, 95350, 95351, 95402 and 96067.
package simulator
