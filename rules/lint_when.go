package rules

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/router"
)

// comparison is a part of a condition that compares something with a constant.
var comparison = regexp.MustCompile(`^\s*(.+?)\s*(==|!=|<=|>=|<|>)\s*(-?\d+|"[^"]*"|'[^']*')\s*$`)

// dynamic are names whose values differ from message to message.
var dynamic = regexp.MustCompile(`\b(msg|args|user|session|now|app)\b`)

// conditions reports a when that is never true.
func (l *linter) conditions(src *source) {
	when := src.match.When
	if when.IsZero() {
		return
	}
	bare := quotedText.ReplaceAllString(when.Value, `""`)
	if !dynamic.MatchString(bare) {
		if e, err := l.set.sights[""].Condition(when.Value); err == nil {
			q := &router.Request{Message: &message.Message{}}
			if v, err := e.Eval(context.Background(), q, nil); err == nil && v == false {
				l.report(when.Pos, "delete the rule, or mend the condition", "the condition of %q is never true", src.name)
			}
		}
		return
	}
	if strings.Contains(bare, "||") || strings.Contains(bare, " or ") || strings.Contains(bare, "?") {
		return
	}
	if why := contradiction(when.Value, src.match); why != "" {
		l.report(when.Pos, why, "the condition of %q is never true", src.name)
	}
}

// facts are what the conjuncts of a condition say about one thing.
type facts struct {
	low, high int64
	is        string
	known     bool
}

// contradiction finds two conjuncts that exclude each other, or one that the rule's types exclude.
func contradiction(when string, m *match) string {
	about := map[string]*facts{}
	for _, part := range splitAnd(when) {
		c := comparison.FindStringSubmatch(part)
		if c == nil {
			continue
		}
		f := about[c[1]]
		if f == nil {
			f = &facts{low: -1 << 62, high: 1 << 62}
			about[c[1]] = f
		}
		n, err := strconv.ParseInt(c[3], 10, 64)
		switch {
		case err != nil && c[2] == "==":
			value := strings.Trim(c[3], `"'`)
			if f.known && f.is != value {
				return fmt.Sprintf("%s cannot be %q and %q", c[1], f.is, value)
			}
			f.is, f.known = value, true
		case err != nil:
		case c[2] == "==":
			f.low, f.high = max(f.low, n), min(f.high, n)
		case c[2] == "<":
			f.high = min(f.high, n-1)
		case c[2] == "<=":
			f.high = min(f.high, n)
		case c[2] == ">":
			f.low = max(f.low, n+1)
		case c[2] == ">=":
			f.low = max(f.low, n)
		}
		if f.low > f.high {
			return "no number is all that " + c[1] + " has to be"
		}
	}
	if f := about["msg.type"]; f != nil && f.known && !slices.Contains(m.types(), message.Type(f.is)) {
		return fmt.Sprintf("the rule matches %s only: add type: %s", typeNames(m), f.is)
	}
	return ""
}

func typeNames(m *match) string {
	names := make([]string, 0, len(m.types()))
	for _, t := range m.types() {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

// splitAnd splits a condition at its && and "and" outside of quotes and brackets.
func splitAnd(s string) []string {
	var parts []string
	depth, start := 0, 0
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], "&&"):
			parts = append(parts, s[start:i])
			start = i + 2
			i++
		case depth == 0 && strings.HasPrefix(s[i:], " and "):
			parts = append(parts, s[start:i])
			start = i + len(" and ")
		}
	}
	return append(parts, s[start:])
}
