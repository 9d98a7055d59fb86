package router

import "slices"

// automaton finds all of its words in a text in one pass (Aho-Corasick over runes). States are numbered breadth first,
// so that edge i leads to state i+1 and needs no target; edges of a state are sorted by rune.
type automaton struct {
	first []uint32 // first edge of each state; one more at the end
	label []rune   // of each edge
	fail  []uint32 // the state of the longest proper suffix
	word  []int32  // the word that ends in a state, -1 for none
	out   []uint32 // the nearest state on the way of fail that ends a word; 0 for none
	root  runeMap  // edges of the first state, which most runes of a text meet
	words int
}

// newAutomaton takes distinct words, none of them empty. A word is reported by its place in the list.
func newAutomaton(words [][]rune) *automaton {
	order := make([]int32, len(words))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return slices.Compare(words[a], words[b]) })
	a := &automaton{words: len(words)}
	a.grow(words, order)
	a.link()
	return a
}

// grow makes the trie, level by level: a state is a range of the sorted words that begin alike.
func (a *automaton) grow(words [][]rune, order []int32) {
	type state struct{ from, to, depth int }
	queue := []state{{0, len(order), 0}}
	for i := 0; i < len(queue); i++ {
		s := queue[i]
		a.first = append(a.first, uint32(len(a.label)))
		a.word = append(a.word, -1)
		if s.from < s.to && len(words[order[s.from]]) == s.depth {
			a.word[i] = order[s.from]
			s.from++
		}
		for s.from < s.to {
			r := words[order[s.from]][s.depth]
			n := s.from + 1
			for n < s.to && words[order[n]][s.depth] == r {
				n++
			}
			a.label = append(a.label, r)
			queue = append(queue, state{s.from, n, s.depth + 1})
			s.from = n
		}
	}
	a.first = append(a.first, uint32(len(a.label)))
	a.root = newRuneMap(a.label[:a.first[1]])
}

// link fills fail and out, in the order of the states: the suffix of a state is shorter and so comes before it.
func (a *automaton) link() {
	a.fail = make([]uint32, len(a.word))
	a.out = make([]uint32, len(a.word))
	for s := uint32(0); int(s) < len(a.word); s++ {
		for e := a.first[s]; e < a.first[s+1]; e++ {
			child := e + 1
			if s == 0 {
				continue
			}
			f := a.step(a.fail[s], a.label[e])
			a.fail[child] = f
			if a.out[child] = a.out[f]; a.word[f] >= 0 {
				a.out[child] = f
			}
		}
	}
}

// step is the state after r.
func (a *automaton) step(s uint32, r rune) uint32 {
	for s != 0 {
		if next := a.child(s, r); next != 0 {
			return next
		}
		s = a.fail[s]
	}
	return a.root.get(r)
}

func (a *automaton) child(s uint32, r rune) uint32 {
	from, to := a.first[s], a.first[s+1]
	for to-from > 8 {
		if mid := (from + to) / 2; a.label[mid] <= r {
			from = mid
		} else {
			to = mid
		}
	}
	for ; from < to; from++ {
		if a.label[from] == r {
			return from + 1
		}
	}
	return 0
}

// find reports each word of the automaton that is in text, once. lower is applied to each rune; seen is scratch.
func (a *automaton) find(text string, lower func(rune) rune, seen *bitset, report func(word int32)) {
	if a.words == 0 {
		return
	}
	seen.reset(a.words)
	s := uint32(0)
	for _, r := range text {
		if lower != nil {
			r = lower(r)
		}
		s = a.step(s, r)
		at := s
		if a.word[at] < 0 {
			at = a.out[at]
		}
		for ; at != 0 && seen.add(a.word[at]); at = a.out[at] { // a word seen before: its suffixes were, too
			report(a.word[at])
		}
	}
}

// bitset is a set of small numbers.
type bitset []uint64

func (b *bitset) reset(n int) {
	words := (n + 63) / 64
	if cap(*b) < words {
		*b = make([]uint64, words)
	}
	*b = (*b)[:words]
	clear(*b)
}

// add says whether i is new.
func (b bitset) add(i int32) bool {
	mask := uint64(1) << (i & 63)
	if b[i>>6]&mask != 0 {
		return false
	}
	b[i>>6] |= mask
	return true
}

// runeMap maps runes to edge targets: i+1 for the i-th rune. Open addressing, at most half full.
type runeMap struct {
	runes []rune // -1: free
	to    []uint32
	mask  uint32
}

func newRuneMap(labels []rune) runeMap {
	size := 4
	for size < 2*len(labels) {
		size *= 2
	}
	m := runeMap{make([]rune, size), make([]uint32, size), uint32(size - 1)}
	for i := range m.runes {
		m.runes[i] = -1
	}
	for i, r := range labels {
		at := m.slot(r)
		m.runes[at], m.to[at] = r, uint32(i+1)
	}
	return m
}

func (m *runeMap) slot(r rune) uint32 {
	at := uint32(r) * 2654435769 >> 7 & m.mask
	for m.runes[at] >= 0 && m.runes[at] != r {
		at = (at + 1) & m.mask
	}
	return at
}

func (m *runeMap) get(r rune) uint32 { return m.to[m.slot(r)] }
