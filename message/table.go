package message

import (
	"reflect"
	"strings"
	"sync"
)

// entry is one kind of message: what Message.Kind returns for it, the page that documents it, what it is, and the
// type of its body.
type entry struct {
	kind  string
	doc   string
	title string
	body  reflect.Type
	plan  *plan
}

// of lists kinds with one type of body. A kind is "event/name", or "event/name/change"; several changes of one
// event are separated by blanks; "@" and a number is the page of one change.
func of[T any](doc, title, kind, changes string) []entry {
	body := reflect.TypeFor[T]()
	if changes == "" {
		return []entry{{kind: kind, doc: doc, title: title, body: body}}
	}
	var out []entry
	for change := range strings.FieldsSeq(changes) {
		change, page, ok := strings.Cut(change, "@")
		if !ok {
			page = doc
		}
		out = append(out, entry{kind: kind + "/" + change, doc: page, title: title, body: body})
	}
	return out
}

// table is every kind that this release knows. It drives decoding, docs/events.md and the test of its completeness.
func table() (all []entry) {
	for _, area := range [][][]entry{
		messageKinds(), appKinds(), contactKinds(), externalKinds(), approvalKinds(), serviceKinds(),
		officeKinds(), meetingKinds(), schoolKinds(), suiteKinds(), deviceKinds(),
	} {
		for _, entries := range area {
			all = append(all, entries...)
		}
	}
	return all
}

// index finds an entry by its kind, and the family of a ChangeType that is new: an event all of whose changes have
// one type has it for the next one too.
type index struct {
	kinds    map[string]*entry
	families map[string]*entry
}

// known is computed once, when the first body is decoded.
var known = sync.OnceValue(func() index {
	x := index{kinds: map[string]*entry{}, families: map[string]*entry{}}
	plans := map[reflect.Type]*plan{}
	mixed := map[string]bool{}
	all := table()
	for i := range all {
		e := &all[i]
		if plans[e.body] == nil {
			plans[e.body] = compile(e.body)
		}
		e.plan = plans[e.body]
		x.kinds[e.kind] = e
		family := family(e.kind)
		if first := x.families[family]; first != nil && first.body != e.body {
			mixed[family] = true
		}
		x.families[family] = e
	}
	for f := range mixed {
		delete(x.families, f)
	}
	return x
})

// family is a kind without its ChangeType.
func family(kind string) string {
	envelope, rest, _ := strings.Cut(kind, "/")
	name, _, _ := strings.Cut(rest, "/")
	return envelope + "/" + name
}

func lookup(m *Message) *entry {
	kind := m.Kind()
	if e := known().kinds[kind]; e != nil {
		return e
	}
	return known().families[family(kind)]
}
