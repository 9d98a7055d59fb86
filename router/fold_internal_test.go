package router

import (
	"math/rand/v2"
	"testing"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
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

// The short way gives what the long way would.
func TestFoldingTakesAShortWay(t *testing.T) {
	t.Parallel()
	letters := []rune("aZ9 ~ＡｚＺ！～　年假、。《》“”‘’")
	for r := rune(0xFF01); r <= 0xFF5E; r++ {
		letters = append(letters, r)
	}
	g := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		var s string
		for range g.IntN(5) {
			s += string(letters[g.IntN(len(letters))])
		}
		if kindOf(s) == intricate {
			t.Fatalf("%q takes the long way", s)
		}
		if got, want := foldInner(s), norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s))); got != want {
			t.Fatalf("foldInner(%q) = %q, want %q", s, got, want)
		}
		if got, want := narrow(s), width.Fold.String(s); got != want {
			t.Fatalf("narrow(%q) = %q, want %q", s, got, want)
		}
	}
}
