// Package ruletest runs conversation tests (*.test.yaml) against a rule set:
//
//   - name: asks for the number of days
//     as: zhangsan
//     at: 2026-03-02T09:30:00+08:00
//     steps:
//   - say: 请假
//     expect: {contains: 几天}
//   - wait: 11m
//   - say: 继续
//     expect: {rule: leave-form, contains: 几天}
//   - click: leave.cancel
//     expect: {equals: 已取消}
//
// # How it runs
//
// Load decodes files; Run plays cases to a Bot and reports each expectation that was not met at its place, and which
// rules answered at all. A Bot is anything that takes a member's message and gives the answer: Local is a rule set in
// this process with a clock of its own; a bot behind a simulator is another, and gives the same results.
//
// # What a step says
//
// say is a text, type a picture or another message that is no text, click a menu key or a button of the last card, by key
// or text, event an event by name. wait lets time pass. as names another member for
// this step.
//
// # What a step expects
//
// contains, equals, matches (RE2) and not_contains look at what the member reads, several messages joined by a line
// break; rule names a rule that answered, "NAME-form" while a form is filled in; none: true expects silence; sends looks at messages to
// others. An answer without expect is an error of the test: what nobody looks at breaks unnoticed.
package ruletest
