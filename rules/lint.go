package rules

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/router"
)

// Lint looks for what is allowed and hardly meant: rules that are never reached, words that another rule takes,
// conditions that cannot be true, captures that nothing sets, forms that nothing starts. It knows what it reports for
// certain; what it cannot tell, it leaves alone.
func Lint(s *Set) []strictyaml.Problem {
	l := linter{set: s, byName: map[string]*source{}, order: map[string]int{}}
	l.sort()
	l.shadows()
	for i := range s.sources {
		l.captures(&s.sources[i])
		l.conditions(&s.sources[i])
	}
	l.sessions()
	l.unusedForms()
	strictyaml.Sort(l.problems, s.Files...)
	return l.problems
}

type linter struct {
	set      *Set
	byName   map[string]*source
	order    map[string]int // the place of each rule in the order in which they are tried
	problems []strictyaml.Problem
}

func (l *linter) report(at strictyaml.Pos, hint, format string, args ...any) {
	p := at.Problem(format, args...)
	p.Hint = hint
	l.problems = append(l.problems, p)
}

// kinds of words, by what a rule that has one is sure to take: a keyword takes every message that holds it, a prefix
// every one that begins with it, an exact word itself.
type wordKind int

const (
	exactWord wordKind = iota
	prefixWord
	keywordWord
	keyWord // of events
)

// words lists a rule's words of a kind.
func (src *source) words(k wordKind) (key string, words []string) {
	switch k {
	case exactWord:
		return "exact", src.match.Exact
	case prefixWord:
		return "prefix", src.match.Prefix
	case keywordWord:
		return "keyword", src.match.Keyword
	}
	return "key", src.match.Key
}

// greedy reports whether the rule takes every message with one of its words: it has words of one kind and no other
// condition.
func (src *source) greedy() bool {
	m := src.match
	kinds := 0
	for _, words := range [][]string{m.Exact, m.Prefix, m.Keyword, m.Key} {
		if len(words) > 0 {
			kinds++
		}
	}
	return kinds == 1 && m.When.IsZero() && len(m.Regex) == 0 && len(m.Event) == 0 && src.audience == nil && src.window == nil && !src.goOn
}

// shadows finds the words whose messages an earlier rule always takes. All greedy rules stand in one table for each kind
// of word, so that the cost does not grow with the square of the rules.
func (l *linter) shadows() {
	tables := map[wordKind]*router.Table{}
	for kind := exactWord; kind <= keyWord; kind++ {
		tables[kind] = l.takers(kind)
	}
	for i := range l.set.sources {
		src := &l.set.sources[i]
		taken, words := l.taken(src, tables)
		switch {
		case len(taken) == 0:
		case len(taken) == words && sameTaker(taken):
			a := taken[0].by
			l.report(src.where.Of("match"), "give it a higher priority, or move it above", "the rule %q is never reached: %q at %s takes all its messages", src.name, a.name, a.where.Pos)
		default:
			for _, x := range taken {
				l.report(x.at, "delete it, or give the rule a higher priority", "the %s %q of %q is never reached: %q at %s takes it", x.key, x.word, src.name, x.by.name, x.by.where.Pos)
			}
		}
	}
}

type takenWord struct {
	key, word string
	at        strictyaml.Pos
	by        *source
}

func sameTaker(ws []takenWord) bool {
	return !slices.ContainsFunc(ws, func(w takenWord) bool { return w.by != ws[0].by })
}

func (l *linter) sort() {
	rank := make([]*source, len(l.set.sources))
	for i := range rank {
		rank[i] = &l.set.sources[i]
		l.byName[rank[i].name] = rank[i]
	}
	slices.SortStableFunc(rank, func(a, b *source) int { return b.priority - a.priority })
	for i, src := range rank {
		l.order[src.name] = i
	}
}

// takers is a table of the greedy rules that take every message in which a word of a kind stands where that kind
// stands.
func (l *linter) takers(kind wordKind) *router.Table {
	var rules []router.Rule
	for i := range l.set.sources {
		src := &l.set.sources[i]
		if !src.greedy() {
			continue
		}
		var m router.Matcher
		match := src.match
		switch {
		case kind == keyWord && len(match.Key) > 0:
			m = (&compiler{}).keys(match)
		case len(match.Keyword) > 0 && kind != keyWord:
			m = router.Keyword(match.Keyword...)
		case len(match.Prefix) > 0 && (kind == prefixWord || kind == exactWord):
			m = router.Prefix(match.Prefix...)
		case len(match.Exact) > 0 && kind == exactWord:
			m = router.Exact(match.Exact...)
		default:
			continue
		}
		rules = append(rules, router.Rule{Name: src.name, Match: m, Handler: silent, Priority: src.priority, Continue: true})
	}
	table, err := router.NewTable(rules, nil)
	if err != nil {
		return nil // names are unique in a set that was loaded
	}
	return table
}

// taken are the words of a rule that another one takes, and how many alternatives the rule has in all.
func (l *linter) taken(src *source, tables map[wordKind]*router.Table) (taken []takenWord, all int) {
	kinds := 0
	for kind := exactWord; kind <= keyWord; kind++ {
		key, words := src.words(kind)
		if len(words) == 0 {
			continue
		}
		kinds++
		all = len(words)
		for i, w := range words {
			if by := l.taker(src, kind, w, tables[kind]); by != nil {
				taken = append(taken, takenWord{key, w, src.match.Where.Item(key, i), by})
			}
		}
	}
	if kinds != 1 {
		return nil, 0 // words of several kinds must all hold: one that is taken does not tell
	}
	return taken, all
}

func (l *linter) taker(src *source, kind wordKind, word string, table *router.Table) *source {
	q := &router.Request{Message: &message.Message{Type: message.TypeText, Text: word}}
	if kind == keyWord {
		if strings.HasSuffix(word, "*") {
			return nil
		}
		q.Message = &message.Message{Type: message.TypeEvent, Key: word}
	}
	_, matched, err := table.Handle(context.Background(), q)
	if err != nil {
		return nil
	}
	for _, name := range matched {
		if l.order[name] >= l.order[src.name] {
			continue
		}
		by := l.byName[name]
		if !slices.ContainsFunc(src.match.types(), func(t message.Type) bool { return !slices.Contains(by.match.types(), t) }) {
			return by
		}
	}
	return nil
}

var (
	argsName    = regexp.MustCompile(`\bargs\.([\pL_][\pL\pN_]*)`)
	sessionName = regexp.MustCompile(`\bsession\.([\pL_][\pL\pN_]*)`)
	quotedText  = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`)
)

// expressions are the parts of a rule's texts that are expressions, with their places.
func (src *source) expressions() []strictyaml.Text {
	var all []strictyaml.Text
	for t := range src.raw.Texts() {
		for _, m := range inserted.FindAllStringSubmatchIndex(t.Value, -1) {
			all = append(all, t.Part(m[2], m[3]))
		}
	}
	if !src.match.When.IsZero() {
		all = append(all, src.match.When)
	}
	for _, v := range src.set {
		if v.value != nil {
			all = append(all, *v.value)
		}
	}
	return all
}

// captures reports args that no part of the rule's match gives.
func (l *linter) captures(src *source) {
	names := map[string]bool{}
	if len(src.match.Prefix) > 0 || slices.ContainsFunc(src.match.Key, func(k string) bool { return strings.HasSuffix(k, "*") }) {
		names["rest"] = true
	}
	for _, t := range src.match.Regex {
		if re := l.set.patterns[t.Value]; re != nil {
			for _, n := range re.SubexpNames() {
				names[n] = true
			}
		}
	}
	delete(names, "")
	for _, e := range src.expressions() {
		for _, m := range argsName.FindAllStringSubmatchIndex(e.Value, -1) {
			name := e.Value[m[2]:m[3]]
			if names[name] {
				continue
			}
			known := slices.Sorted(maps.Keys(names))
			hint := "the match of this rule captures nothing: write regex with (?P<" + name + ">…), or prefix for args.rest"
			if near := nearest.Name(name, known); near != "" {
				hint = "did you mean args." + near + "?"
			} else if len(known) > 0 {
				hint = "there is args." + strings.Join(known, ", args.")
			}
			l.report(e.Part(m[0], m[1]).Pos, hint, "args.%s is always empty", name)
		}
	}
}

// sessions reports session names that are read, never set, and much like one that is set.
func (l *linter) sessions() {
	set := map[string]bool{}
	for i := range l.set.sources {
		for _, v := range l.set.sources[i].set {
			set[v.name] = true
		}
	}
	for _, f := range l.set.forms {
		for _, v := range f.spec.Then.Set {
			set[v.name] = true
		}
	}
	known := slices.Sorted(maps.Keys(set))
	for i := range l.set.sources {
		for _, e := range l.set.sources[i].expressions() {
			for _, m := range sessionName.FindAllStringSubmatchIndex(e.Value, -1) {
				name := e.Value[m[2]:m[3]]
				if near := nearest.Name(name, known); !set[name] && near != "" {
					l.report(e.Part(m[0], m[1]).Pos, "did you mean session."+near+"?", "session.%s is never set", name)
				}
			}
		}
	}
}

func (l *linter) unusedForms() {
	started := map[string]bool{}
	for i := range l.set.sources {
		started[l.set.sources[i].form] = true
	}
	for _, top := range l.set.Menu {
		started[top.Key] = true
		for _, below := range top.Children {
			started[below.Key] = true
		}
	}
	for name, f := range l.set.forms {
		if !started[name] {
			l.report(f.spec.Where.Pos, "add a rule with form: "+name, "no rule starts the form %q", name)
		}
	}
}
