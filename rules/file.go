package rules

import (
	"github.com/wecombot/wecombot/internal/strictyaml"
)

// file is one rules file as it is written.
type file struct {
	Where    strictyaml.Where
	Vars     vars      `yaml:"vars" doc:"values for all expressions, as vars.NAME"`
	Rules    []rule    `yaml:"rules" doc:"first match wins, highest priority first, then order of appearance"`
	Fallback *fallback `yaml:"fallback" doc:"answers a message that no rule matched"`
}

// rule says when to do what.
type rule struct {
	Where       strictyaml.Where
	Name        string           `yaml:"name,required" doc:"for traces, tests and explain; unique in the app"`
	Match       match            `yaml:"match" doc:"all of it must hold; nothing: every text message"`
	Priority    int              `yaml:"priority" min:"-1000000" max:"1000000" doc:"highest first, default 0"`
	Continue    bool             `yaml:"continue" doc:"go on to later rules; all replies are sent"`
	Examples    []example        `yaml:"examples" doc:"messages that this rule must answer; also offered by \"did you mean\""`
	NotExamples []example        `yaml:"not_examples" doc:"messages that this rule must not answer"`
	action      `yaml:",inline"` // what to do
}

// match is the condition of a rule. Values of one key are alternatives, the keys must all hold.
type match struct {
	Where   strictyaml.Where
	Type    []string          `yaml:"type" enum:"text|image|voice|video|file|location|link|event" doc:"message types; absent: text, or event where event or key is given"`
	Event   []string          `yaml:"event" doc:"event names: click, enter_agent, template_card_event …"`
	Key     []string          `yaml:"key" doc:"keys of menu items and card buttons; one that ends with * is a prefix, args.rest is what follows"`
	Exact   []string          `yaml:"exact" doc:"the whole message; case, width and surrounding space do not count"`
	Prefix  []string          `yaml:"prefix" doc:"the beginning of the message; args.rest is what follows"`
	Keyword []string          `yaml:"keyword" doc:"anywhere in the message"`
	Regex   []strictyaml.Text `yaml:"regex" doc:"RE2 patterns; (?P<name>…) becomes args.name"`
	When    strictyaml.Text   `yaml:"when" doc:"an expression that must be true"`
}

// action is what a rule does.
type action struct {
	Reply *replySpec `yaml:"reply" doc:"a text, {markdown: …} and other types, or a list of replies"`
}

// example is a message as a test.
type example struct {
	Where strictyaml.Where
	Say   strictyaml.Text `yaml:"say,required" doc:"what is said"`
}

// UnmarshalYAML takes a text too.
func (e *example) UnmarshalYAML(n *strictyaml.Node) {
	type plain example
	if n.Kind() == strictyaml.Mapping {
		n.Into((*plain)(e))
		return
	}
	if n.Into(&e.Say) {
		e.Where.Pos = n.Pos()
	}
}

// JSONSchema describes both forms.
func (e *example) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return strictyaml.Schema{"anyOf": []strictyaml.Schema{b.Of(&e.Say), b.Struct(e)}}
}

// variable is one of `vars`.
type variable struct {
	name  string
	pos   strictyaml.Pos
	value any
}

// vars keep their order and places.
type vars []variable

// UnmarshalYAML takes a mapping.
func (v *vars) UnmarshalYAML(n *strictyaml.Node) {
	if n.Kind() != strictyaml.Mapping {
		if n.Kind() != strictyaml.Null {
			n.Mismatch("a mapping of names to values")
		}
		return
	}
	for key, node := range n.Entries() {
		x := variable{name: key.Value, pos: key.Pos}
		node.Into(&x.value)
		*v = append(*v, x)
	}
}

// JSONSchema allows anything.
func (v *vars) JSONSchema(*strictyaml.SchemaBuilder) strictyaml.Schema {
	return strictyaml.Schema{"type": []string{"object", "null"}}
}

// Schema is the JSON Schema of a rules file, what `botd schema rules` prints.
func Schema() ([]byte, error) { return strictyaml.SchemaOf("botd rules", &file{}, false) }
