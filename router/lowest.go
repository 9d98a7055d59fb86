package router

import "unicode"

// lowest is one rune for all that differ in case only. It maps rune by rune, so that a text that contains a word still
// contains it after both were mapped; which Fold does not promise for words that composing marks may follow.
func lowest(r rune) rune {
	switch {
	case r < 'A':
		return r
	case r <= 'Z':
		return r + 'a' - 'A'
	case r < 0x80 || caseless(r):
		return r
	case r == 'İ' || r == 'ı': // lower and upper case of i, for Go's ToLower and ToUpper, but not for its SimpleFold
		return 'i'
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' {
		return least + 'a' - 'A'
	}
	return least
}

func lowestText(s string) string {
	runes := []rune(s)
	for i, r := range runes {
		runes[i] = lowest(r)
	}
	return string(runes)
}
