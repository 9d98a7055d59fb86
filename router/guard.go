package router

import "github.com/wecombot/wecombot/message"

// A guard is a condition that must hold wherever a matcher matches; it may hold where the matcher does not. The index
// finds the rules whose guards hold, and only these are evaluated.
type guard struct {
	types typeSet
	terms []term // at least one of them holds; nil: unknown
}

// A term is a fact about a message that a table look-up answers.
type term struct {
	kind termKind
	word string
}

type termKind uint8

const (
	foldedIs       termKind = iota // Fold(text) == word
	foldedStarts                   // Fold(text) starts with word
	foldedContains                 // Fold(text) contains word
	textContains                   // the text contains word, case aside (see lowest)
	keyIs
	keyStarts
	eventIs
	fromIs
)

// typeSet is a set of message types, one bit each; the types we do not know share the last bit.
type typeSet uint16

var knownTypes = [...]message.Type{
	message.TypeText, message.TypeImage, message.TypeVoice, message.TypeVideo,
	message.TypeLocation, message.TypeLink, message.TypeEvent, "",
}

const allTypes typeSet = 1<<(len(knownTypes)+1) - 1

func typeBit(t message.Type) typeSet { return 1 << typeIndex(t) }

func typeIndex(t message.Type) int {
	for i, k := range knownTypes {
		if t == k {
			return i
		}
	}
	return len(knownTypes)
}

var (
	anything = guard{types: allTypes}
	nothing  = guard{}
)

func (g guard) never() bool { return g.types == 0 }

// terms makes a guard of alternatives of one kind. No words at all is a matcher that never matches.
func terms(types typeSet, kind termKind, words []string) guard {
	if len(words) == 0 {
		return nothing
	}
	g := guard{types: types}
	for _, w := range words {
		if w == "" && kind != foldedIs && kind != keyIs && kind != eventIs && kind != fromIs {
			return guard{types: types} // everything contains it
		}
		g.terms = append(g.terms, term{kind, w})
	}
	return g
}

// and keeps the more selective terms of the two: one of them is enough to find the rule.
func (g guard) and(h guard) guard {
	types := g.types & h.types
	if types == 0 {
		return nothing
	}
	if h.selectivity() > g.selectivity() {
		g.terms = h.terms
	}
	g.types = types
	return g
}

func (g guard) or(h guard) guard {
	switch {
	case g.never():
		return h
	case h.never():
		return g
	case g.terms == nil || h.terms == nil:
		return guard{types: g.types | h.types}
	}
	all := make([]term, 0, len(g.terms)+len(h.terms))
	return guard{types: g.types | h.types, terms: append(append(all, g.terms...), h.terms...)}
}

// selectivity says how few messages pass, judged by the weakest alternative.
func (g guard) selectivity() int {
	if g.terms == nil {
		return 0
	}
	least := 1000
	for _, t := range g.terms {
		least = min(least, t.selectivity())
	}
	return least
}

func (t term) selectivity() int {
	switch t.kind {
	case foldedIs, keyIs:
		return 200
	case foldedStarts, keyStarts:
		return 100 + min(len(t.word), 90)
	case fromIs:
		return 50
	case eventIs:
		return 20
	default:
		return 30 + min(len(t.word), 60)
	}
}
