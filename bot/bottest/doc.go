// Package bottest tests bots through the wire: a real bot, a simulated platform, encrypted callbacks between them,
// members who talk, and a clock that the test moves.
//
//	func TestLeave(t *testing.T) {
//		b := bottest.New(t, bottest.Plugin("leave", leave.New, "max_days: 10"), bottest.Rules("rules/*.yaml"))
//		u := b.User("zhangsan", bottest.Name("张三"), bottest.Departments(2))
//		u.Says("请假").Expect("请几天？")
//		b.Restart()
//		u.Says("3").ExpectCard("请假 3 天")
//		u.Clicks("提交").ExpectUpdate("已提交")
//		b.Advance(24 * time.Hour)
//		u.ExpectContains("明天")
//	}
//
// # What is tested
//
// The bot is put together as botd does it: endpoint, inbox, outbox, directory, plugins, dialogs, forms, rules. Messages
// travel as HTTP, signed and encrypted, and what a member is told is what the platform shows him, whichever way it came.
// Only the network is made of pipes, and the store is in memory. Restart ends the bot and starts it over the same store.
//
// # Time
//
// All of it lives in a bubble of testing/synctest, so every clock in it, also those of plugins, is one: it stands still
// while the test does something else, and goes on only where everybody waits. A handler that takes a minute takes no time
// at all, the five seconds of a callback are exactly five, and Advance lets a week pass. Each act of a member takes a
// second. This needs that plugins reach the outside through Env; a server of net/http/httptest on this machine can be
// reached, and so can hosts that the test serves (Host). What a test shares with a plugin needs a lock, as always.
//
// # What fails a test
//
// Expectations; and at the end answers that nobody read, calls of the API beyond those that every bot makes (MayCall,
// ExpectCall), refused calls, hosts that are not there, answers that were not delivered, goroutines that a plugin leaves
// behind. A failure prints the whole conversation.
//
// # Conversation tests
//
// Play runs files of conversations (*.test.yaml, see package rules/ruletest) twice, in process and through the wire, and
// compares what came of them.
package bottest
