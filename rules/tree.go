package rules

import (
	"regexp"
	"strings"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// tree is any YAML value whose texts are templates.
type tree struct {
	text  *strictyaml.Text
	plain any // numbers, true, false, nothing
	list  []tree
	keys  ordered[tree]
	kind  strictyaml.Kind
}

// UnmarshalYAML takes anything.
func (x *tree) UnmarshalYAML(n *strictyaml.Node) {
	switch x.kind = n.Kind(); x.kind {
	case strictyaml.Mapping:
		n.Into(&x.keys)
	case strictyaml.List:
		items := n.Items()
		x.list = make([]tree, len(items))
		for i, item := range items {
			item.Into(&x.list[i])
		}
	case strictyaml.Scalar:
		n.Into(&x.plain)
		if _, isText := x.plain.(string); isText {
			t := n.Text()
			x.text = &t
		}
	}
}

// JSONSchema allows anything.
func (x *tree) JSONSchema(*strictyaml.SchemaBuilder) strictyaml.Schema { return strictyaml.Schema{} }

// oneValue is a text that is one expression and nothing else.
var oneValue = regexp.MustCompile(`^\{\{((?:[^{}]|\{[^{}]*\})*)\}\}$`)

// json compiles a tree into what encoding/json takes. A text that is one {{ }} keeps the type of its value.
func (c *compiler) json(x *tree, s *sight) func(t *turn) any {
	switch {
	case x.kind == strictyaml.Mapping:
		values := make([]func(t *turn) any, len(x.keys))
		for i := range x.keys {
			values[i] = c.json(&x.keys[i].value, s)
		}
		return func(t *turn) any {
			m := make(map[string]any, len(values))
			for i, v := range values {
				m[x.keys[i].name] = v(t)
			}
			return m
		}
	case x.kind == strictyaml.List:
		values := make([]func(t *turn) any, len(x.list))
		for i := range x.list {
			values[i] = c.json(&x.list[i], s)
		}
		return func(t *turn) any {
			l := make([]any, len(values))
			for i, v := range values {
				l[i] = v(t)
			}
			return l
		}
	case x.text == nil:
		return func(*turn) any { return x.plain }
	}
	if m := oneValue.FindStringSubmatchIndex(strings.TrimSpace(x.text.Value)); m != nil && strings.TrimSpace(x.text.Value) == x.text.Value {
		if e := c.value(x.text.Part(m[2], m[3]), s); e != nil {
			return func(t *turn) any { return t.value(e) }
		}
		return nil
	}
	template := c.text(x.text, s)
	return func(t *turn) any { return t.text(template) }
}
