package rules

import (
	"errors"
	"maps"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/router"
)

// compiler turns what is written into what runs, and collects what is wrong.
type compiler struct {
	options  Options
	problems []strictyaml.Problem
	values   map[string]any           // vars
	scopes   map[string]*router.Scope // by what they see beside the base
	base     *router.Scope
	patterns map[string]*regexp.Regexp
}

func newCompiler(o Options) *compiler {
	c := &compiler{options: o, values: maps.Clone(o.Vars), scopes: map[string]*router.Scope{}, patterns: map[string]*regexp.Regexp{}}
	if c.values == nil {
		c.values = map[string]any{}
	}
	return c
}

func (c *compiler) report(at strictyaml.Pos, hint, format string, args ...any) {
	p := at.Problem(format, args...)
	p.Hint = hint
	c.problems = append(c.problems, p)
}

// scope is what expressions of one kind see. It takes over what the previous set compiled for that kind.
func (c *compiler) scope(kind string, extra map[string]any) *router.Scope {
	if s := c.scopes[kind]; s != nil {
		return s
	}
	s := &router.Scope{Vars: c.values, Now: c.options.Now, Location: c.options.Location, Extra: extra}
	if p := c.options.Previous; p != nil && p.scopes[kind] != nil {
		s.Reuse(p.scopes[kind])
	}
	c.scopes[kind] = s
	return s
}

// expression reports err, of an expression or template in t, where it stands in the file.
func (c *compiler) expression(t strictyaml.Text, err error) {
	var e *router.ExprError
	if !errors.As(err, &e) {
		c.report(t.Pos, "", "%v", err)
		return
	}
	c.report(t.At(e.Line, e.Col), e.Hint, "%s", e.Message)
}

// template compiles t; what is wrong is reported, and the template is then nil.
func (c *compiler) template(t strictyaml.Text, s *router.Scope) *router.Template {
	template, err := s.Template(t.Value)
	if err != nil {
		c.expression(t, err)
		return nil
	}
	return template
}

// match compiles the condition of a rule; what is wrong is reported.
func (c *compiler) match(m *match) router.Matcher {
	all := []router.Matcher{router.Type(m.types()...)}
	if len(m.Event) > 0 {
		all = append(all, router.Event(c.words(m, "event", m.Event)...))
	}
	if len(m.Key) > 0 {
		all = append(all, c.keys(m))
	}
	if len(m.Exact) > 0 {
		all = append(all, router.Exact(c.words(m, "exact", m.Exact)...))
	}
	if len(m.Prefix) > 0 {
		all = append(all, router.Prefix(c.words(m, "prefix", m.Prefix)...))
	}
	if len(m.Keyword) > 0 {
		all = append(all, router.Keyword(c.words(m, "keyword", m.Keyword)...))
	}
	if len(m.Regex) > 0 {
		all = append(all, c.regex(m.Regex))
	}
	if !m.When.IsZero() {
		if e, err := c.base.Condition(m.When.Value); err != nil {
			c.expression(m.When, err)
		} else {
			all = append(all, e.Matcher())
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return router.And(all...)
}

// types are those given, or what the other keys imply.
func (m *match) types() []message.Type {
	switch {
	case len(m.Type) > 0:
	case len(m.Event) > 0 || len(m.Key) > 0:
		return []message.Type{message.TypeEvent}
	default:
		return []message.Type{message.TypeText}
	}
	types := make([]message.Type, len(m.Type))
	for i, t := range m.Type {
		types[i] = message.Type(t)
	}
	return types
}

// words refuses the empty word, which would match everything.
func (c *compiler) words(m *match, key string, words []string) []string {
	for i, w := range words {
		if strings.TrimSpace(w) == "" {
			c.report(m.Where.Item(key, i), "delete it", "an empty %s", key)
		}
	}
	return words
}

func (c *compiler) keys(m *match) router.Matcher {
	var exact, prefixes []string
	for _, k := range c.words(m, "key", m.Key) {
		if p, ok := strings.CutSuffix(k, "*"); ok {
			prefixes = append(prefixes, p)
		} else {
			exact = append(exact, k)
		}
	}
	switch {
	case prefixes == nil:
		return router.Key(exact...)
	case exact == nil:
		return router.KeyPrefix(prefixes...)
	}
	return router.Or(router.Key(exact...), router.KeyPrefix(prefixes...))
}

func (c *compiler) regex(list []strictyaml.Text) router.Matcher {
	var any []router.Matcher
	for _, t := range list {
		if re := c.pattern(t); re != nil {
			any = append(any, router.Regexp(re))
		}
	}
	if len(any) == 1 {
		return any[0]
	}
	return router.Or(any...)
}

func (c *compiler) pattern(t strictyaml.Text) *regexp.Regexp {
	if t.Value == "" {
		c.report(t.Pos, "delete it", "an empty regex")
		return nil
	}
	re := c.patterns[t.Value]
	if p := c.options.Previous; re == nil && p != nil {
		re = p.patterns[t.Value]
	}
	if re == nil {
		var err error
		if re, err = regexp.Compile(t.Value); err != nil {
			c.regexProblem(t, err)
			return nil
		}
	}
	c.patterns[t.Value] = re
	return re
}

// regexProblem points to the part of the pattern that is wrong, where the error names it.
func (c *compiler) regexProblem(t strictyaml.Text, err error) {
	at, message, hint := t.Pos, err.Error(), ""
	var e *syntax.Error
	if errors.As(err, &e) {
		message = "regex: " + e.Code.String()
		if i := strings.LastIndex(t.Value, e.Expr); i >= 0 && e.Expr != "" && e.Expr != t.Value {
			before := t.Value[:i]
			line := strings.Count(before, "\n") + 1
			at = t.At(line, len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))+1)
			message += " " + e.Expr
		}
		hint = regexHints[e.Code]
		if e.Code == syntax.ErrInvalidNamedCapture && (strings.Contains(e.Expr, "(?<=") || strings.Contains(e.Expr, "(?<!")) {
			message, hint = "regex: look-behind", regexHints[syntax.ErrInvalidPerlOp]
		}
	}
	c.report(at, hint, "%s", message)
}

var regexHints = map[syntax.ErrorCode]string{
	syntax.ErrMissingParen:          `close the "(", or write "\(" for the character`,
	syntax.ErrUnexpectedParen:       `open the "(", or write "\)" for the character`,
	syntax.ErrMissingBracket:        `close the "[", or write "\[" for the character`,
	syntax.ErrInvalidPerlOp:         "look-around and back references are not available",
	syntax.ErrInvalidNamedCapture:   "write (?P<name>…)",
	syntax.ErrMissingRepeatArgument: `put something before it, or a "\"`,
	syntax.ErrInvalidRepeatSize:     "at most 1000",
	syntax.ErrTrailingBackslash:     `write "\\" for a backslash`,
}
