package router

import (
	"github.com/wecombot/wecombot/message"

	"cmp"
	"slices"
)

// index finds the rules that may match a message: those whose guard holds. A rule is found by one of its terms or, if
// it has none, by the message's type.
type index struct {
	types  []typeSet // by rule
	always [len(knownTypes) + 1][]int32

	exact, events, keys, senders map[string][]int32
	starts, keyStarts            prefixes
	folded, text                 wordIndex
}

// scratch is what a look-up needs of memory.
type scratch struct {
	hits []int32
	seen bitset
}

func newIndex(rules []Rule) *index {
	guards := make([]guard, len(rules))
	asked := make(map[term]int) // by how many rules
	for i := range rules {
		guards[i] = guardOf(rules[i].Match)
		for _, way := range guards[i].ways {
			for _, t := range way {
				asked[t]++
			}
		}
	}
	ix := &index{types: make([]typeSet, len(rules))}
	found := make(map[term][]int32)
	for i, g := range guards {
		ix.types[i] = g.types
		ix.post(int32(i), g, asked, found)
	}
	ix.fill(found)
	return ix
}

// post enters a rule under the terms of its best way or, if it has none, under its types.
func (ix *index) post(rule int32, g guard, asked map[term]int, found map[term][]int32) {
	if len(g.ways) == 0 {
		for bit := range ix.always {
			if g.types&(1<<bit) != 0 {
				ix.always[bit] = append(ix.always[bit], rule)
			}
		}
		return
	}
	way := slices.MaxFunc(g.ways, func(a, b []term) int { return selectivity(a, asked) - selectivity(b, asked) })
	for _, t := range way {
		if rs := found[t]; len(rs) == 0 || rs[len(rs)-1] != rule {
			found[t] = append(rs, rule)
		}
	}
}

func (ix *index) fill(found map[term][]int32) {
	var by [fromIs + 1]map[string][]int32
	for t, rules := range found {
		if by[t.kind] == nil {
			by[t.kind] = make(map[string][]int32)
		}
		by[t.kind][t.word] = rules
	}
	ix.exact, ix.events, ix.keys, ix.senders = by[foldedIs], by[eventIs], by[keyIs], by[fromIs]
	ix.starts, ix.keyStarts = newPrefixes(by[foldedStarts]), newPrefixes(by[keyStarts])
	ix.folded, ix.text = newWordIndex(by[foldedContains]), newWordIndex(by[textContains])
}

// candidates are the rules whose guards hold for q, in order. They are valid until q's turn ends.
func (ix *index) candidates(q *Request) candidates {
	sc := &q.turn.scratch
	hits := append(sc.hits[:0], ix.senders[q.From]...)
	hits = append(hits, ix.events[q.Event]...)
	hits = append(hits, ix.keys[q.Key]...)
	hits = ix.keyStarts.find(q.Key, hits)
	kind := typeIndex(q.Type)
	if q.Type == message.TypeText {
		folded := q.folded()
		hits = append(hits, ix.exact[folded]...)
		hits = ix.starts.find(folded, hits)
		hits = ix.folded.find(folded, nil, sc, hits)
	}
	hits = ix.text.find(q.Text, lowest, sc, hits)
	if len(ix.text.rules) > 0 {
		if slim := q.narrowed(); slim != q.Text { // a pattern is tried on it, too
			hits = ix.text.find(slim, lowest, sc, hits)
		}
	}
	hits = slices.DeleteFunc(hits, func(i int32) bool { return ix.types[i]&(1<<kind) == 0 })
	slices.Sort(hits)
	sc.hits = hits
	return candidates{hits: slices.Compact(hits), always: ix.always[kind]}
}

// candidates yields rule numbers in order.
type candidates struct {
	hits, always []int32 // each sorted, without a common element
}

func (c *candidates) next() (rule int, ok bool) {
	switch {
	case len(c.hits) == 0 && len(c.always) == 0:
		return 0, false
	case len(c.always) == 0 || len(c.hits) > 0 && c.hits[0] < c.always[0]:
		rule, c.hits = int(c.hits[0]), c.hits[1:]
	default:
		rule, c.always = int(c.always[0]), c.always[1:]
	}
	return rule, true
}

// wordIndex finds the rules of the words that a text contains.
type wordIndex struct {
	automaton *automaton
	rules     [][]int32 // by word
}

func newWordIndex(words map[string][]int32) wordIndex {
	ix := wordIndex{rules: make([][]int32, 0, len(words))}
	list := make([][]rune, 0, len(words))
	for w, rules := range words {
		list = append(list, []rune(w))
		ix.rules = append(ix.rules, rules)
	}
	ix.automaton = newAutomaton(list)
	return ix
}

func (ix *wordIndex) find(text string, lower func(rune) rune, sc *scratch, hits []int32) []int32 {
	ix.automaton.find(text, lower, &sc.seen, func(w int32) { hits = append(hits, ix.rules[w]...) })
	return hits
}

// prefixes finds the rules of the prefixes that a text begins with, by one look-up for each length there is.
type prefixes struct {
	lengths []int // in bytes, ascending
	rules   map[string][]int32
}

func newPrefixes(rules map[string][]int32) prefixes {
	p := prefixes{rules: rules}
	for w := range rules {
		p.lengths = append(p.lengths, len(w))
	}
	slices.SortFunc(p.lengths, cmp.Compare)
	p.lengths = slices.Compact(p.lengths)
	return p
}

func (p *prefixes) find(text string, hits []int32) []int32 {
	for _, n := range p.lengths {
		if n > len(text) {
			break
		}
		hits = append(hits, p.rules[text[:n]]...)
	}
	return hits
}
