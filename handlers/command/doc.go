// Package command runs commands like /leave 3 --from 2026-12-01 with typed arguments.
//
//	type leave struct {
//		Days int       `arg:"days" min:"1" max:"15" help:"how many"`
//		From time.Time `opt:"from,f" default:"tomorrow" help:"first day"`
//		Half bool      `opt:"half"`
//		Note string    `arg:"note,rest"`
//	}
//	set := command.NewSet()
//	err := set.Add("leave", command.New("leave", "ask for leave",
//		func(ctx context.Context, q *router.Request, a leave) (reply.Reply, error) { … }, command.Roles("staff")))
//	r.Add(set.Rules()...)
//
// # What a member types
//
// A command begins with a slash, half or full width, and its name; arguments follow in order, options anywhere:
// --from 2026-12-01, --from=2026-12-01, -f 2026-12-01. Quotes of any kind hold words together; the dashes that phones
// make of "--" are understood. -- ends the options. --help explains the command.
//
// # Arguments
//
// A command's arguments are the fields of a struct. arg:"name" stands at its place and must be given, unless the tag
// goes on with ",optional"; ",rest" takes what remains of the message as it was typed; a slice takes all remaining words.
// opt:"name,n" is an option with its short form; a bool option is a switch. default, min, max and enum ("a|b") say what a
// value is and may be; help describes it. Types are string, int, float64, bool, time.Duration, time.Time (a day, also
// 明天 or next friday), and slices of string and int.
//
// # Who may
//
// A command with Roles is run, shown in help and offered as a suggestion only to members who have one of them.
//
// # Promises
//
// A Set is safe for concurrent use. Mistakes in code, like an unknown type of field, panic in New; a name that two
// owners use is an error of Add that names both. Whatever a member types gets a sentence and the usage, never an error.
package command
