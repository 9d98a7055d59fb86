package examples_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// mutant is a rules file with one mistake.
type mutant struct {
	file string
	what string // where, and what was changed
	text []byte // the file as JSON, which is YAML
}

// mutants are all the mistakes that are made of one file: an operator that says the opposite, a boundary that is off
// by one, a word that nobody says, a condition that is gone.
func mutants(t *testing.T, file string, raw []byte) []mutant {
	t.Helper()
	var tree any
	if problems := strictyaml.Decode(file, raw, &tree, strictyaml.Options{}); problems != nil {
		t.Fatal(problems[0])
	}
	m := &mutator{t: t, file: file, tree: tree}
	m.changeTo(nil, tree, unchanged)
	m.walk(nil, tree)
	return m.found
}

// unchanged is the mutant that is none: it must survive, or the others prove nothing.
const unchanged = "unchanged"

type mutator struct {
	t     *testing.T
	file  string
	tree  any
	found []mutant
}

// step is a key of a mapping or an index of a list.
type step any

// walk visits everything in order, so that failures come in the order of the file.
func (m *mutator) walk(at []step, x any) {
	switch x := x.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			m.entry(append(slices.Clone(at), k), x[k])
		}
	case []any:
		for i, item := range x {
			m.walk(append(slices.Clone(at), i), item)
		}
	case string:
		m.text(at, x)
	}
}

// gone is what a mapping's key is changed to when it is deleted.
type gone struct{}

// words are the keys of match whose values are words.
var words = []string{"exact", "prefix", "keyword", "regex", "key", "event", "type"}

// conditions are keys that narrow what a rule, a question, a schedule or a fallback does.
var conditions = []string{"who", "time", "limit", "when", "check", "hours", "days", "every"}

func (m *mutator) entry(at []step, x any) {
	key, parent := at[len(at)-1].(string), ""
	if len(at) > 1 {
		parent, _ = at[len(at)-2].(string)
	}
	switch {
	case parent == "match" && slices.Contains(words, key):
		m.words(at, x)
		return
	case key == "priority":
		if n, ok := x.(int); ok {
			m.change(at, -n)
		}
	case key == "times":
		if n, ok := x.(int); ok {
			m.change(at, n+1)
		}
	case key == "continue":
		m.change(at, x != true)
	case key == "days" && parent != "form":
		m.days(at, x)
	}
	if slices.Contains(conditions, key) && at[0] != "vars" && !(key == "every" && parent == "limit") {
		m.change(at, gone{})
	}
	m.walk(at, x)
}

// words replaces each word, and all of them, by one that nobody says.
func (m *mutator) words(at []step, x any) {
	never := any("⊘")
	if at[len(at)-1] == "type" {
		never = "link"
	}
	list, isList := x.([]any)
	if !isList {
		m.change(at, never)
		return
	}
	for i := range list {
		m.change(append(slices.Clone(at), i), never)
	}
	if len(list) > 1 {
		m.change(at, []any{never})
	}
}

// days makes working days of holidays, and the other way round.
func (m *mutator) days(at []step, x any) {
	opposite := map[any]any{"workday": "holiday", "holiday": "workday"}
	for i, day := range asList(x) {
		if other := opposite[day]; other != nil {
			flipped := slices.Clone(asList(x))
			flipped[i] = other
			m.change(at, flipped)
		}
	}
}

func asList(x any) []any {
	if list, ok := x.([]any); ok {
		return list
	}
	return []any{x}
}

var braces = regexp.MustCompile(`\{\{(.*?)\}\}`)

// text mutates the expressions of a text: all of it where the key is an expression's, else what stands in {{ }}.
func (m *mutator) text(at []step, x string) {
	if at[0] == "vars" {
		return
	}
	if slices.ContainsFunc(at, func(s step) bool { return s == "set" }) || isExpression(at) {
		m.expression(at, x, 0, len(x))
		return
	}
	for _, found := range braces.FindAllStringSubmatchIndex(x, -1) {
		m.expression(at, x, found[2], found[3])
	}
}

func isExpression(at []step) bool {
	key, _ := at[len(at)-1].(string)
	return key == "when" || key == "check"
}

// token is what an expression is cut into; quoted texts are tokens too, so that what stands in them is left alone.
var token = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|==|!=|<=|>=|&&|\|\||\?\?|\?\.|[-+*/%<>!?]|[\pL_][\pL\pN_]*|\d+(?:\.\d+)?`)

// opposites are what each operator is changed to.
var opposites = map[string][]string{
	"==": {"!="}, "!=": {"=="}, "<": {">=", "<="}, "<=": {">", "<"}, ">": {"<=", ">="}, ">=": {"<", ">"},
	"&&": {"||"}, "||": {"&&"}, "and": {"or"}, "or": {"and"}, "+": {"-"}, "-": {"+"}, "*": {"/"}, "/": {"*"}, "%": {"*"},
	"?": {"== false ?"}, "!": {""}, "not": {""}, "in": {"not in"}, "contains": {"not contains"}, "startsWith": {"not startsWith"}, "endsWith": {"not endsWith"},
	"matches": {"not matches"},
}

func (m *mutator) expression(at []step, x string, from, to int) {
	last := ""
	for _, f := range token.FindAllStringIndex(x[from:to], -1) {
		i, j := from+f[0], from+f[1]
		tok := x[i:j]
		others := opposites[tok]
		if last == "not" {
			others = nil // "not in" is changed at its not
		}
		if n, err := strconv.ParseFloat(tok, 64); err == nil {
			others = []string{strconv.FormatFloat(n+1, 'f', -1, 64)}
		}
		for _, other := range others {
			m.changeTo(at, x[:i]+other+x[j:], fmt.Sprintf("%q: %s becomes %q", strings.TrimSpace(x[from:to]), tok, other))
		}
		last = tok
	}
}

func (m *mutator) change(at []step, to any) {
	what := "is deleted"
	if to != any(gone{}) {
		raw, _ := json.Marshal(to)
		what = "becomes " + string(raw)
	}
	m.changeTo(at, to, what)
}

func (m *mutator) changeTo(at []step, to any, what string) {
	raw, err := json.MarshalIndent(with(m.tree, at, to), "", " ") // positions in long lines take long to find
	if err != nil {
		m.t.Fatal(err)
	}
	m.found = append(m.found, mutant{m.file, strings.TrimSpace(m.name(at) + " " + what), raw})
}

// name is the place as a person reads it: rules[annual-leave].match.keyword[0].
func (m *mutator) name(at []step) string {
	var b strings.Builder
	x := m.tree
	for _, s := range at {
		switch s := s.(type) {
		case string:
			b.WriteString("." + s)
			x = x.(map[string]any)[s]
		case int:
			x = x.([]any)[s]
			label := any(s)
			if m, ok := x.(map[string]any); ok && m["name"] != nil {
				label = m["name"]
			}
			fmt.Fprintf(&b, "[%v]", label)
		}
	}
	return strings.TrimPrefix(b.String(), ".")
}

// with is a copy of a tree in which one place is another value.
func with(x any, at []step, to any) any {
	if len(at) == 0 {
		return to
	}
	switch x := x.(type) {
	case map[string]any:
		x = maps.Clone(x)
		key := at[0].(string)
		if len(at) == 1 && to == any(gone{}) {
			delete(x, key)
		} else {
			x[key] = with(x[key], at[1:], to)
		}
		return x
	case []any:
		x = slices.Clone(x)
		i := at[0].(int)
		x[i] = with(x[i], at[1:], to)
		return x
	}
	return x
}
