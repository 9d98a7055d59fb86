package router

import (
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What the guards rely on: no change of case, by whichever of Go's functions, leaves the class of a rune.
func TestLowestIgnoresCase(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		for _, other := range []rune{unicode.ToLower(r), unicode.ToUpper(r), unicode.SimpleFold(r)} {
			if lowest(r) != lowest(other) {
				t.Errorf("lowest(%q) = %q, lowest(%q) = %q", r, lowest(r), other, lowest(other))
			}
		}
	}
}

// What Fold's short way relies on.
func TestCaselessRunesFoldToThemselves(t *testing.T) {
	t.Parallel()
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if !caseless(r) {
			continue
		}
		if s := string(r); norm.NFKC.String(s) != s || unicode.SimpleFold(r) != r || !norm.NFKC.PropertiesString(s).BoundaryBefore() ||
			norm.NFKC.String("a"+s) != "a"+s || norm.NFKC.String(s+s) != s+s {
			t.Errorf("caseless(%U) is wrong", r)
		}
	}
}
