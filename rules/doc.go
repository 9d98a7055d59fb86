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
// # Files
//
// All files of an app are one set: their vars, rules, forms, menus and schedules are put together, in the order of the
// files, and a name may stand only once. Load reports every mistake of every file at once, each at its place, also
// within an expression, a template or a pattern.
//
// # Life
//
// A Set does not change. A reload loads a new one and swaps the pointer; with Options.Previous it takes over what was
// compiled before, so that a reload costs what changed. Revision names the content in traces and logs.
//
// # Safety
//
// Nothing in a rules file makes Load panic. A Set is safe for concurrent use.
package rules
