package strictyaml

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

const (
	defaultMaxBytes = 16 << 20
	maxDepth        = 100
)

// document is a parsed file. It does not change after parse, so nodes kept from it are safe for concurrent use.
type document struct {
	src      *source
	root     *yaml.Node // nil when the file holds nothing
	expanded map[*yaml.Node]expansion
	count    int // nodes in the file
}

func parse(file string, raw []byte, o Options) (*document, []Problem) {
	limit := o.MaxBytes
	if limit == 0 {
		limit = defaultMaxBytes
	}
	doc := &document{src: newSource(file, raw), expanded: map[*yaml.Node]expansion{}}
	if len(raw) > limit {
		return doc, []Problem{Pos{File: file}.Problem("larger than %s", kib(limit))}
	}
	if ps := doc.src.check(); ps != nil {
		return doc, ps
	}
	root, problem := doc.load()
	if problem != nil {
		return doc, []Problem{*problem}
	}
	doc.root = root
	e := expander{doc: doc, options: o}
	e.walk(root, false)
	return doc, e.problems
}

func (d *document) load() (*yaml.Node, *Problem) {
	loader, err := yaml.NewLoader(bytes.NewReader([]byte(d.src.text)), yaml.WithAllDocuments(),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		return nil, d.syntax(err)
	}
	var first, second yaml.Node
	switch err := loader.Load(&first); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, d.syntax(err)
	}
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, d.syntax(err)
	default:
		p := d.src.pos(second.Line, second.Column).Problem("a second document").
			WithHint(`one file holds one document: remove the "---" above`)
		return nil, &p
	}
	if first.Kind != yaml.DocumentNode || len(first.Content) == 0 {
		return nil, nil
	}
	return first.Content[0], nil
}

// syntax says in our words what the parser did not like.
func (d *document) syntax(err error) *Problem {
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	if errors.As(err, &many) && len(many.Errors) > 0 {
		one = many.Errors[0]
	} else if !errors.As(err, &one) {
		return &Problem{File: d.src.name, Message: "not YAML: " + err.Error()}
	}
	pos := d.src.pos(one.Mark.Line, one.Mark.Column)
	message, hint := one.Message, ""
	at := rest(d.src.line(pos.Line), pos.Col)
	for _, s := range syntaxes {
		if !strings.Contains(one.Message, s.contains) || s.at != nil && !s.at.MatchString(at) ||
			s.context != "" && !strings.Contains(one.ContextMsg, s.context) {
			continue
		}
		message, hint = s.message, s.hint
		if s.opened && one.ContextMark.Line > 0 {
			pos = d.src.pos(one.ContextMark.Line, one.ContextMark.Column)
		}
		break
	}
	p := pos.Problem("%s", message)
	p.Hint = hint
	return &p
}

// rest is the line from a column on.
func rest(line string, col int) string {
	r := []rune(line)
	if col < 1 || col > len(r) {
		return ""
	}
	return string(r[col-1:])
}

// syntaxes translates the parser's messages. opened moves the problem to where the unfinished thing began.
var syntaxes = []struct {
	contains, context string
	at                *regexp.Regexp
	message, hint     string
	opened            bool
}{
	{contains: "cannot start any token", at: regexp.MustCompile(`^\s*\t`),
		message: "a tab at the start of a line", hint: "indent with spaces"},
	{contains: "tab character", message: "a tab at the start of a line", hint: "indent with spaces"},
	{contains: "cannot start any token", at: regexp.MustCompile("^[@`%]"),
		message: "a value cannot start with this character", hint: "put the value in quotes"},
	{contains: "mapping values are not allowed",
		message: `": " inside a value`, hint: "put the value in quotes, or start a new line"},
	{contains: "unexpected end of stream", context: "quoted scalar",
		message: "the quote is never closed", hint: "add the missing quote", opened: true},
	{contains: "unexpected document indicator", context: "quoted scalar",
		message: "the quote is never closed", hint: "add the missing quote", opened: true},
	{contains: "did not find expected ','", at: regexp.MustCompile(`^\{`),
		message: "this value is not in quotes", hint: `put a text with { } in quotes: "${NAME}", "{{ x }}"`},
	{contains: "did not find expected ',' or ']'",
		message: `this "[" list is never closed, or a comma is missing`, hint: `end it with "]", put texts with [ ] { } , in quotes`, opened: true},
	{contains: "did not find expected ',' or '}'",
		message: `this "{" mapping is never closed, or a comma is missing`, hint: `end it with "}", put texts with [ ] { } , in quotes`, opened: true},
	{contains: "did not find expected '-' indicator",
		message: "a key inside a list", hint: "indent it under its entry, or move it to the left of the list"},
	{contains: "did not find expected key",
		message: "the line does not fit the lines above", hint: "check the indentation, and quotes in the line before"},
	{contains: "could not find expected ':'",
		message: `a ":" is missing after the key`, hint: "write key: value, with a space after the colon"},
	{contains: "exceeded max depth", message: "nested too deep", hint: "at most 100 levels"},
	{contains: "unknown escape character",
		message: `unknown escape after "\"`, hint: `use single quotes, or write "\\" for a backslash`},
	{contains: "unknown anchor",
		message: "this alias names no anchor", hint: `write "&name" where the value stands; put a text that starts with "*" in quotes`},
	{contains: "block sequence entries are not allowed",
		message: `"- " is not allowed here`, hint: "start the list on a line of its own"},
}
