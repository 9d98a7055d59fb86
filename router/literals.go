package router

import (
	"regexp/syntax"
	"slices"

	"github.com/wecombot/wecombot/message"
)

const (
	maxClass        = 8  // runes of a character class that count as alternatives
	maxAlternatives = 64 // of a pattern
)

// required gives sets of texts: every match of the pattern contains, case aside, a text of each. None: not known.
func required(pattern string) [][]string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return literals(re)
}

func literals(re *syntax.Regexp) [][]string {
	switch re.Op {
	case syntax.OpLiteral:
		return [][]string{{string(re.Rune)}}
	case syntax.OpCharClass:
		if runes := classRunes(re.Rune); runes != nil {
			return [][]string{runes}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return literals(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return literals(re.Sub[0])
		}
	case syntax.OpConcat:
		var all [][]string
		for _, sub := range re.Sub {
			all = append(all, literals(sub)...)
		}
		return all
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			sets := literals(sub)
			if len(sets) == 0 {
				return nil
			}
			longest := slices.MaxFunc(sets, func(a, b []string) int { return shortest(a) - shortest(b) })
			if all = append(all, longest...); len(all) > maxAlternatives {
				return nil
			}
		}
		return [][]string{all}
	}
	return nil
}

// patternGuard is what a match of the pattern implies of the text.
func patternGuard(types typeSet, pattern string) guard {
	g := guard{types: types}
	for _, words := range required(pattern) {
		g = g.and(terms(types, textContains, words))
	}
	return g
}

func classRunes(ranges []rune) []string {
	var all []string
	for i := 0; i < len(ranges); i += 2 {
		if int(ranges[i+1]-ranges[i])+len(all) >= maxClass {
			return nil
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			all = append(all, string(r))
		}
	}
	return all
}

// shortest is the length in bytes of the shortest.
func shortest(words []string) int {
	return len(slices.MinFunc(words, func(a, b string) int { return len(a) - len(b) }))
}

func (m *pattern) guard() guard { return patternGuard(typeBit(message.TypeText), m.re.String()) }
