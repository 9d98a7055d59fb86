package router

import (
	"maps"
	"slices"
	"strings"
)

// topNames are the names that every expression sees.
var topNames = []string{"msg", "args", "user", "session", "vars", "now", "app"}

// suggest is "did you mean X?" for the known name nearest to name, or nothing when none is near. A name that is known
// below msg or user is offered with its prefix.
func suggest(name string, known []string) string {
	best, least := "", 1+len([]rune(name))/3
	for _, k := range known {
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if _, leaf, ok := strings.Cut(k, "."); ok {
			d = min(d, distance(strings.ToLower(name), strings.ToLower(leaf)))
		}
		if d < least || d == least && best == "" {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// dotted are the names below a prefix, written out.
func dotted[V any](prefix string, names map[string]V) []string {
	all := slices.Sorted(maps.Keys(names))
	for i, n := range all {
		all[i] = prefix + "." + n
	}
	return all
}

// distance is the number of insertions, deletions, replacements and swaps of neighbours between a and b.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, next := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := range s {
		next[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			next[j+1] = min(last[j]+cost, last[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(t)]
}
