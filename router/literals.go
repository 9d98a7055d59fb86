package router

import (
	"regexp/syntax"

	"github.com/wecombot/wecombot/message"
)

const (
	maxClass        = 8  // runes of a character class that count as alternatives
	maxAlternatives = 64 // of a pattern
)

// required are texts of which every match of the pattern contains at least one, case aside; nil: not known.
func required(pattern string) []string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return literals(re)
}

func literals(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		return classRunes(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return literals(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return literals(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if l := literals(sub); shortest(l) > shortest(best) {
				best = l
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			l := literals(sub)
			if l == nil || len(all)+len(l) > maxAlternatives {
				return nil
			}
			all = append(all, l...)
		}
		return all
	}
	return nil
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

// shortest is the length in bytes of the shortest, 0 for none.
func shortest(words []string) int {
	n := 0
	for i, w := range words {
		if i == 0 || len(w) < n {
			n = len(w)
		}
	}
	return n
}

func (m *pattern) guard() guard {
	text := typeBit(message.TypeText)
	if words := required(m.re.String()); words != nil {
		return terms(text, textContains, words)
	}
	return guard{types: text}
}
