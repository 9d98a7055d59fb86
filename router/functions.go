package router

import (
	"errors"
	"reflect"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/vm/runtime"
)

// disabled are functions of the language that rules do not get: now is a value here, and the time zone is the scope's.
var disabled = [...]string{"now", "timezone"}

// A creation says whether what a builtin function makes may grow from call to call.
type creation uint8

const (
	copies creation = iota // no larger than what it is given: charged in loops only
	grows
)

// builtinMakes are the builtin functions that make texts, lists and maps.
var builtinMakes = map[string]creation{
	"upper": copies, "lower": copies, "split": grows, "splitAfter": grows,
	"toBase64": grows, "fromBase64": copies, "toJSON": grows, "fromJSON": grows,
	"concat": grows, "flatten": grows, "keys": grows, "values": grows, "toPairs": grows, "fromPairs": grows,
	"reverse": grows, "sort": grows, "map": grows, "filter": grows, "groupBy": grows, "sortBy": grows,
}

// newConfig is the language as the rules of a scope see it.
func newConfig(s *Scope) *conf.Config {
	c := conf.New(env{}) // not a pointer: only then are fields found by number; runs are given a pointer
	c.MaxNodes = maxNodes
	c.ExpectAny = true
	for _, name := range disabled {
		c.Disabled[name] = true
		delete(c.Builtins, name)
	}
	for _, f := range functions(s.location()) {
		c.Functions[f.Name] = f
	}
	return c
}

func expectBool(c *conf.Config) { c.Expect = reflect.Bool }

// functions are ours: those with an underscore are put in by the compiler, with the environment as first argument;
// the others replace builtin ones that make more than they are given, or know nothing of the rules' time zone.
func functions(zone *time.Location) []*builtin.Function {
	return []*builtin.Function{
		{Name: "_step", Func: func(p ...any) (any, error) { return true, p[0].(*env).step() }},
		{Name: "_charge", Func: func(p ...any) (any, error) { return p[1], p[0].(*env).chargeValue(p[1]) }},
		{Name: "_add", Func: add},
		{Name: "_extra", Func: func(p ...any) (any, error) { return p[0].(*env).lookUp(p[1].(string), p[2].(string)), nil }},
		{Name: "_field", Func: messageField, Validate: fieldType},
		{Name: "repeat", Func: repeat, Types: types(strings.Repeat)},
		{Name: "replace", Func: replaceText, Types: types(strings.ReplaceAll, strings.Replace)},
		{Name: "join", Func: joinText, Validate: joinType},
		{Name: "string", Func: func(p ...any) (any, error) { return Format(p[0]), nil }, Types: types((func(any) string)(nil))},
		{Name: "uniq", Func: uniq, Types: types((func(any) []any)(nil))},
		{Name: "date", Func: date(zone), Types: types((func(string) time.Time)(nil), (func(string, string) time.Time)(nil))},
	}
}

func types(funcs ...any) []reflect.Type {
	ts := make([]reflect.Type, len(funcs))
	for i, f := range funcs {
		ts[i] = reflect.TypeOf(f)
	}
	return ts
}

func add(p ...any) (any, error) {
	a, aText := p[1].(string)
	b, bText := p[2].(string)
	if !aText || !bText {
		return runtime.Add(p[1], p[2]), nil
	}
	if err := p[0].(*env).charge(len(a) + len(b)); err != nil {
		return nil, err
	}
	return a + b, nil
}

// lookUp reads an extra name, or what is below it; one that was not given has its zero value.
func (e *env) lookUp(name, below string) any {
	v, ok := e.extra[name]
	zero := e.scope.Extra[name]
	if !ok {
		v = zero
	}
	if below == "" {
		return v
	}
	if m, ok := v.(map[string]any); ok {
		if v, ok := m[below]; ok {
			return v
		}
	}
	return zero.(map[string]any)[below]
}

func messageField(p ...any) (any, error) { return p[0].(*env).q.Message.Field(p[1].(string)), nil }

func fieldType(args []reflect.Type) (reflect.Type, error) {
	if k := args[1].Kind(); k != reflect.String && k != reflect.Interface {
		return nil, errors.New("msg.field takes a text")
	}
	return reflect.TypeFor[string](), nil
}

func repeat(p ...any) (any, error) {
	s, n := p[0].(string), runtime.ToInt(p[1])
	if n < 0 || len(s) > 0 && n > maxMade/len(s) {
		return nil, errMemory
	}
	return strings.Repeat(s, n), nil
}

func replaceText(p ...any) (any, error) {
	s, from, to, n := p[0].(string), p[1].(string), p[2].(string), -1
	if len(p) == 4 {
		n = runtime.ToInt(p[3])
	}
	times := strings.Count(s, from)
	if n >= 0 {
		times = min(times, n)
	}
	if len(to) > 0 && times > maxMade/len(to) {
		return nil, errMemory
	}
	return strings.Replace(s, from, to, n), nil
}

// joinText writes the elements of a list as a template would.
func joinText(p ...any) (any, error) {
	glue := ""
	if len(p) == 2 {
		glue = p[1].(string)
	}
	list := reflect.ValueOf(p[0])
	if k := list.Kind(); k != reflect.Slice && k != reflect.Array {
		return nil, errors.New("join takes a list")
	}
	var b strings.Builder
	for i := range list.Len() {
		if i > 0 {
			b.WriteString(glue)
		}
		b.WriteString(Format(list.Index(i).Interface()))
		if b.Len() > maxMade {
			return nil, errMemory
		}
	}
	return b.String(), nil
}

func joinType(args []reflect.Type) (reflect.Type, error) {
	if len(args) != 1 && len(args) != 2 {
		return nil, errors.New("join takes a list and what to put between")
	}
	if k := args[0].Kind(); k != reflect.Slice && k != reflect.Array && k != reflect.Interface {
		return nil, errors.New("join takes a list")
	}
	if len(args) == 2 && args[1].Kind() != reflect.String && args[1].Kind() != reflect.Interface {
		return nil, errors.New("join puts a text between")
	}
	return reflect.TypeFor[string](), nil
}

// uniq is linear, for lists of plain values.
func uniq(p ...any) (any, error) {
	list := reflect.ValueOf(p[0])
	if k := list.Kind(); k != reflect.Slice && k != reflect.Array {
		return nil, errors.New("uniq takes a list")
	}
	seen := make(map[any]bool, list.Len())
	once := []any{}
	for i := range list.Len() {
		v := list.Index(i).Interface()
		if v != nil && !reflect.TypeOf(v).Comparable() {
			return nil, errors.New("uniq takes a list of plain values")
		}
		if !seen[v] {
			seen[v] = true
			once = append(once, v)
		}
	}
	return once, nil
}

// date reads a day, a time of a day or an instant in the time zone of the rules; with a second argument, in that layout.
func date(zone *time.Location) func(...any) (any, error) {
	layouts := []string{time.DateOnly, "2006-01-02 15:04", time.DateTime, time.RFC3339, "15:04", time.TimeOnly}
	return func(p ...any) (any, error) {
		try := layouts
		if len(p) == 2 {
			try = []string{p[1].(string)}
		}
		for _, layout := range try {
			if t, err := time.ParseInLocation(layout, p[0].(string), zone); err == nil {
				return t, nil
			}
		}
		return nil, errors.New("not a date")
	}
}

// patternSize is about the number of instructions that a regular expression compiles to.
func patternSize(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n += patternSize(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}
