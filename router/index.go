package router

// index finds the rules that may match a message.
type index struct {
	all []int32
}

type scratch struct{}

// candidates yields rule numbers in order.
type candidates struct {
	hits, always []int32 // each sorted, without a common element
}

func newIndex(rules []Rule) *index {
	ix := &index{all: make([]int32, len(rules))}
	for i := range rules {
		ix.all[i] = int32(i)
	}
	return ix
}

func (ix *index) candidates(*Request) candidates { return candidates{always: ix.all} }

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
