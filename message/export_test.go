package message

import "reflect"

// Entry is an entry of the table, for tests and the page that lists it.
type Entry struct {
	Kind, Doc, Title string
	Body             reflect.Type
}

// Table is every kind in its order.
func Table() (out []Entry) {
	for _, e := range table() {
		out = append(out, Entry{e.kind, e.doc, e.title, e.body})
	}
	return out
}

// MaxDepth bounds nesting.
const MaxDepth = maxDepth

// IsClean and Clean are the two halves of sanitising.
var (
	IsClean = isClean
	Clean   = clean
)
