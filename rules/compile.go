package rules

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
)

// compiler turns what is written into what runs, and collects what is wrong.
type compiler struct {
	options  Options
	ctx      context.Context // of dry runs
	now      func() time.Time
	location *time.Location
	problems []strictyaml.Problem

	values      map[string]any // vars
	formsByName map[string]*form
	calendar    calendar
	sights      map[string]*sight
	base        *sight
	patterns    map[string]*regexp.Regexp
	httpClient  *http.Client

	subject   string // the rule, form or schedule at hand
	constant  bool   // no template since it was set holds an expression
	transfers bool   // some rule transfers
}

func newCompiler(o Options) *compiler {
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	c := &compiler{
		options: o, ctx: context.Background(), values: maps.Clone(o.Vars), calendar: calendar{off: map[string]bool{}, on: map[string]bool{}},
		sights: map[string]*sight{}, formsByName: map[string]*form{}, patterns: map[string]*regexp.Regexp{}, now: o.Now, location: cmp.Or(o.Location, time.Local),
	}
	if c.values == nil {
		c.values = map[string]any{}
	}
	if p := o.Previous; p != nil {
		if slices.Equal(p.httpAllow, o.HTTPAllow) {
			c.httpClient = p.httpClient
		}
		if o.State == nil {
			c.options.State = p.state
		}
	}
	if c.options.State == nil {
		c.options.State = memory()
	}
	return c
}

// memory is a store for who has no other: checks, tests, one process that may forget.
func memory() storage.KV {
	kv, err := memstore.New().KV("rules")
	if err != nil {
		panic(err) // the name is ours
	}
	return kv
}

func (c *compiler) report(at strictyaml.Pos, hint, format string, args ...any) {
	p := at.Problem(format, args...)
	p.Hint = hint
	c.problems = append(c.problems, p)
}

// sight is what expressions at one place see.
type sight struct {
	*router.Scope
	kind string
}

// sight gives the scope of a kind of place. It takes over what the previous set compiled for that kind.
func (c *compiler) sight(kind string, extra map[string]any) *sight {
	if s := c.sights[kind]; s != nil {
		return s
	}
	s := &sight{&router.Scope{Vars: c.values, Now: c.now, Location: c.location, Extra: extra}, kind}
	if p := c.options.Previous; p != nil && p.sights[kind] != nil {
		s.Reuse(p.sights[kind].Scope)
	}
	c.sights[kind] = s
	return s
}

// with is what is seen where s is, and more.
func (s *sight) with(c *compiler, kind string, extra map[string]any) *sight {
	all := maps.Clone(extra)
	maps.Copy(all, s.Extra)
	return c.sight(s.kind+"+"+kind, all)
}

// expression reports err, of an expression or template in t, where it stands in the file.
func (c *compiler) expression(t strictyaml.Text, err error) {
	var e *router.ExprError
	if !errors.As(err, &e) {
		c.report(t.Pos, "", "%v", err)
		return
	}
	hint := e.Hint
	if m := elsewhere.FindStringSubmatch(e.Message); m != nil {
		hint = elsewhereHints[m[1]]
	}
	c.report(t.At(e.Line, e.Col), hint, "%s", e.Message)
}

// elsewhere are names that only some places see.
var (
	elsewhere      = regexp.MustCompile(`^unknown name (response|form|value|suggest|error)\b[^.]*$`)
	elsewhereHints = map[string]string{
		"response": "it is there after http or run", "error": "it is there after http or run", "form": "it is there in forms",
		"value": "it is there in the check of a question", "suggest": "it is there in the fallback",
	}
)

// text compiles a template; what is wrong is reported. No source is the empty text.
func (c *compiler) text(src *strictyaml.Text, s *sight) text {
	if src == nil {
		return text{}
	}
	if strings.Contains(src.Value, "{{") {
		c.constant = false
	}
	template, err := s.Template(src.Value)
	if err != nil {
		c.expression(*src, err)
	}
	return text{template}
}

func (c *compiler) texts(srcs []strictyaml.Text, s *sight) []text {
	ts := make([]text, len(srcs))
	for i := range srcs {
		ts[i] = c.text(&srcs[i], s)
	}
	return ts
}

// value compiles an expression; what is wrong is reported, and the expression is then nil.
func (c *compiler) value(src strictyaml.Text, s *sight) *router.Expr {
	e, err := s.Value(src.Value)
	if err != nil {
		c.expression(src, err)
		return nil
	}
	return e
}

// condition compiles an expression that is true or false; what is wrong is reported, and the expression is then nil.
func (c *compiler) condition(src strictyaml.Text, s *sight) *router.Expr {
	e, err := s.Condition(src.Value)
	if err != nil {
		c.expression(src, err)
		return nil
	}
	return e
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
	if m.Where.Has("when") && m.When.IsZero() && m.Where.Sound() {
		c.report(m.Where.Of("when"), "write a condition, or delete the key", "when is empty")
	}
	if !m.When.IsZero() {
		if e := c.condition(m.When, c.base); e != nil {
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
