// Package reply is what leaves: the answers of handlers as values, and their two forms on the wire.
//
//	func hello(_ context.Context, q *router.Request) (reply.Reply, error) {
//		return reply.Text("你好，" + q.From), nil
//	}
//
// # Replies and units
//
// A Reply is what a handler means. Units renders it into one or more messages of the wire: a text over 2,048 bytes is
// several units. Every documented limit is checked there, once, and an error names field, limit and size.
//
// # Passive and active
//
// A Unit always has the JSON body of an active message (doc 90236). When CanPassive says so, it also has the XML of
// an answer in the callback's own response (doc 90241). The bot picks; a handler never knows.
//
// # Promises
//
// Replies and units are values: they may be rendered any number of times and from several goroutines. Text that
// reaches the wire is valid UTF-8 without the control characters that XML forbids, and with LF line ends; nothing else
// of it is lost. Bytes from outside never panic.
//
// The package implements docs 90236, 90241 (with 90377 and 90859).
package reply
