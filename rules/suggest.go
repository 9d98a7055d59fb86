package rules

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/wecombot/wecombot/router"
)

// maxSuggestions is how many phrases {{ suggest }} holds.
const maxSuggestions = 3

// suggestions are the phrases that "did you mean" offers: the examples of the rules, and their words where a rule has
// no example.
type suggestions []suggestion

type suggestion struct {
	phrase  string
	marks   map[string]int
	total   int
	allowed router.Matcher // of the rule's who and time; nil: everybody, always
}

func newSuggestion(phrase string, allowed router.Matcher) suggestion {
	s := suggestion{phrase: phrase, allowed: allowed}
	s.marks, s.total = marks(phrase)
	return s
}

// marks are what texts are compared by: Chinese characters and their pairs, and pairs of letters within words.
func marks(text string) (m map[string]int, total int) {
	m = map[string]int{}
	last, lastHan := ' ', false
	for i, c := range []rune(router.Fold(text) + " ") {
		if i > 200 {
			break
		}
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			c = ' '
		}
		han := unicode.Is(unicode.Han, c)
		if han {
			m[string(c)]++
			total++
		}
		if atBorder := c == ' ' || last == ' '; !atBorder || c != last && !han && !lastHan {
			m[string([]rune{last, c})]++
			total++
		}
		last, lastHan = c, han
	}
	return m, total
}

// likeness is 0 for nothing in common and 1 for the same text (Dice's coefficient).
func (s *suggestion) likeness(of map[string]int, total int) float64 {
	common := 0
	for p, n := range of {
		common += min(n, s.marks[p])
	}
	return 2 * float64(common) / float64(max(1, total+s.total))
}

// enough is the likeness below which a phrase is not what was meant.
const enough = 0.25

// like are the phrases nearest to the message that its sender may use; when none is near, the first ones, so that
// a member learns what can be asked.
func (ss suggestions) like(ctx context.Context, q *router.Request) string {
	type scored struct {
		phrase string
		score  float64
	}
	of, total := marks(q.Text)
	var near, first []scored
	for i := range ss {
		s := &ss[i]
		score := s.likeness(of, total)
		if score < enough && len(first) == maxSuggestions || !s.allows(ctx, q) {
			continue
		}
		if score >= enough {
			near = append(near, scored{s.phrase, score})
		}
		if len(first) < maxSuggestions {
			first = append(first, scored{phrase: s.phrase})
		}
	}
	if near == nil {
		near = first
	}
	slices.SortStableFunc(near, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	phrases := make([]string, 0, maxSuggestions)
	for _, n := range near[:min(len(near), maxSuggestions)] {
		phrases = append(phrases, n.phrase)
	}
	return strings.Join(phrases, "、")
}

func (s *suggestion) allows(ctx context.Context, q *router.Request) bool {
	if s.allowed == nil {
		return true
	}
	_, ok := s.allowed.Match(ctx, q)
	return ok
}

// suggest collects the phrases of a rule.
func (l *loader) suggest(r *rule, allowed router.Matcher) {
	var phrases []string
	for _, e := range r.Examples {
		phrases = append(phrases, e.Say.Value)
	}
	if phrases == nil && r.Match.textual() {
		phrases = slices.Concat(r.Match.Exact, r.Match.Keyword, r.Match.Prefix)
		phrases = phrases[:min(len(phrases), 1)]
	}
	for _, p := range phrases {
		l.phrases = append(l.phrases, newSuggestion(p, allowed))
	}
}

// textual reports whether the rule can match a text message.
func (m *match) textual() bool { return slices.Contains(m.types(), "text") }
