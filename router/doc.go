// Package router decides which handler answers a message: routes written in code and rules from files become one
// indexed, immutable Table.
//
//	r := router.New()
//	r.HandleFunc(router.Keyword("hi", "在吗"), greet)
//	r.HandleFunc(router.Regexp(ticketNo), ticket) // q.Vars["id"]
//	r.HandleFunc(router.And(router.Keyword("审批"), router.From("zhangsan")), approve)
//	r.HandleFunc(router.MustExpr(`msg.event == "click" && msg.key startsWith "menu."`), menu)
//	r.NotFound(help)
//	table, err := r.Build()
//	…
//	answer, matched, err := table.Handle(ctx, q)
//
// # Order
//
// The highest Priority comes first, then the order of appearance; the first rule that matches answers. A rule with
// Continue lets later rules answer, too; the replies are collected. What nothing matched goes to NotFound, unless it is
// an event.
//
// # Matching text
//
// Exact, Prefix and Keyword compare with Fold: upper and lower case are one, so are full and half width (NFKC), and
// surrounding space does not count. They, and Regexp, match text messages only. Captures (the named groups of Regexp,
// "rest" of Prefix and KeyPrefix) are in Request.Vars, and for the expressions after them in args.
//
// # Expressions
//
// A Scope compiles conditions, values and templates in expr-lang. They see
//
//	msg      id type text from event key chat time media_id url title label latitude longitude field("Any/Path")
//	user     id name department departments tags leader position
//	args     captures
//	session  what earlier rules set
//	vars     of the rules file; their values are compiled in
//	now      in the time zone of the scope; now.Weekday() and now.Month() are numbers
//	app      the app's name
//
// and the names of Scope.Extra. An unknown name or a wrong type is an *ExprError with its position and the nearest
// known name. user.id is known from the message; any other part of user reads the member's record, once a message and
// only when a rule that asks for it may match at all. A condition that fails at run time does not match: it is logged,
// without the member's words, and counted (Table.Failures). Work and memory of a run are bounded (see budget).
//
// # Index
//
// Every matcher implies a guard: words that must be in the text, a type, an event, a key. Those of expressions come from
// their syntax tree, those of regular expressions from the literals they need. One pass over the text (Aho-Corasick) and
// a few look-ups find the rules whose guard holds, and only these are evaluated: 10,000 rules cost about what 10 cost.
// Table.Explain tells, for each rule, what it asked for and what was found.
//
// # Promises
//
// A Table, a Scope, an Expr and a Template are safe for concurrent use; a Router is for one goroutine. The zero Scope is
// ready to use. A panic of a handler is not recovered here.
//
// The message types and events are those of documents 90239 and 90240 of the platform.
package router
