// Package rules turns the rules files of an app, YAML that people write without code, into a router.Table:
//
//	set, problems := rules.Load([]string{"rules/faq.yaml"}, rules.Options{App: "hr"})
//	if len(problems) > 0 {
//		for _, p := range problems {
//			fmt.Println(p) // rules/faq.yaml:4:11: unknown name msg.txt (did you mean msg.text?)
//		}
//		return
//	}
//	answer, matched, err := set.Table.Handle(ctx, request)
//
// # A file
//
//	vars: {hr_phone: 8001}
//	calendar: {holidays: [2026-10-01..2026-10-07], workdays: [2026-10-10]}
//	rules:
//	  - name: annual-leave
//	    match: {keyword: [年假], when: 'user.id in vars.admins || now.Hour() < 18'}
//	    who: {departments: [2], roles: [hr]}     # also: a list of user ids
//	    time: {hours: 09:00-18:00, days: workday}
//	    limit: {times: 3, every: 1h}             # also: a cool-down such as 5m
//	    reply: '{{ user.name }}，请拨 {{ vars.hr_phone }}'
//	    examples: [年假怎么算]
//	forms: …
//	menus: …
//	schedules: …
//	fallback: {reply: '你是不是想问：{{ suggest }}', every: 5m}
//
// All files of an app are one set: what they hold is put together in the order of the files, and a name may stand only
// once. Load reports every mistake of every file at once, each at its place, also within an expression, a template or
// a pattern. Schema is the full reference, for editors.
//
// # What a rule does
//
// In this order: http or run, whose answer the rest sees as response; set; send; transfer; handler; reply or one_of; form. When http
// or run fails and has an on_error, that is the answer and the rest is left out. A rule that is over its limit still takes
// the message; it answers with the limit's reply, or not at all.
//
// What happens outside, messages to others and calls, carries a key that is the same when a message is handled again
// after a crash, so that a receiver can tell. In a form it happens once.
//
// # Checks
//
// Load finds what is wrong. Set.CheckExamples routes the examples. Lint finds what is hardly meant. Package ruletest
// plays whole conversations.
//
// # Life
//
// A Set does not change. A reload loads a new one and swaps the pointer; with Options.Previous it takes over what was
// compiled before. Revision names the content in traces and logs. A member who is in the middle of a form finishes it as it
// was when he began, also after a restart: see Forms. RunDue runs the schedules.
//
// # Safety
//
// Nothing in a rules file makes Load panic. Who may write rules may call company systems, but no cloud metadata service
// and, with http_allow, only the hosts named; may run no local command unless bot.yaml allows it; may send only files that lie
// beside the rules; and sees no environment variable: secrets come as vars of bot.yaml. A message cannot choose the host
// of a URL, leave its place in one, or choose a program. A Set is safe for concurrent use.
package rules
