package router

import (
	"math/bits"
	"slices"

	"github.com/wecombot/wecombot/message"
)

// A guard is a condition that must hold wherever a matcher matches; it may hold where the matcher does not. The index
// finds the rules whose guards hold, and only these are evaluated.
type guard struct {
	types typeSet
	// ways to find the rule: of each, at least one term holds. The index takes the way that finds the fewest other
	// rules. None: not known.
	ways [][]term
}

const maxWays = 4 // kept of a guard

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
	textContains                   // lowestText of the text contains word
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
	way := make([]term, len(words))
	for i, w := range words {
		if w == "" && kind.everywhere() {
			return guard{types: types}
		}
		if kind == textContains {
			w = lowestText(w)
		}
		way[i] = term{kind, w}
	}
	return guard{types, [][]term{way}}
}

// everywhere says that the empty word holds of every message.
func (k termKind) everywhere() bool {
	return k == foldedStarts || k == foldedContains || k == textContains || k == keyStarts
}

func (g guard) and(h guard) guard {
	types := g.types & h.types
	if types == 0 {
		return nothing
	}
	return guard{types, best(slices.Concat(g.ways, h.ways))}
}

func (g guard) or(h guard) guard {
	switch {
	case g.never():
		return h
	case h.never():
		return g
	}
	var ways [][]term
	for _, a := range g.ways {
		for _, b := range h.ways {
			ways = append(ways, slices.Concat(a, b))
		}
	}
	return guard{g.types | h.types, best(ways)}
}

// best keeps the most selective ways.
func best(ways [][]term) [][]term {
	if len(ways) <= maxWays {
		return ways
	}
	slices.SortStableFunc(ways, func(a, b []term) int { return selectivity(b, nil) - selectivity(a, nil) })
	return ways[:maxWays]
}

// selectivity says how few messages take the way, judged by its weakest term. rules counts the rules that have a term:
// what many rules ask for, many messages hold.
func selectivity(way []term, rules map[term]int) int {
	least := 1000
	for _, t := range way {
		least = min(least, t.selectivity()-4*bits.Len(uint(rules[t])))
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
