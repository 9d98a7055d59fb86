// Package nearest finds the name that somebody probably meant.
package nearest

import "strings"

// Name returns the candidate that differs least from word, or "" when none is close: a third of the letters may be
// wrong, missing, extra or swapped (of two letters, none). Case does not count, and a candidate that word begins or ends with (or the other
// way round) is close too. Of equals the first wins.
func Name(word string, candidates []string) string {
	w := []rune(strings.ToLower(word))
	if len(w) == 0 || len(w) > 64 {
		return ""
	}
	best, bestCost := "", 1+len(w)/3
	for _, c := range candidates {
		r := []rune(strings.ToLower(c))
		if len(r) > 64 {
			continue
		}
		cost := distance(w, r)
		if cost >= bestCost && best == "" && len(r) > 1 && len(w) > 1 && affix(string(w), string(r)) {
			cost = bestCost - 1
		}
		if cost < bestCost {
			best, bestCost = c, cost
		}
	}
	return best
}

func affix(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	return strings.HasPrefix(a, b) || strings.HasSuffix(a, b)
}

// distance is the optimal string alignment distance: edits, with a swap of neighbours as one.
func distance(a, b []rune) int {
	two, one, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return one[len(b)]
}
