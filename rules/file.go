package rules

import (
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// file is one rules file as it is written.
type file struct {
	Where     strictyaml.Where
	Vars      ordered[any]        `yaml:"vars" doc:"values for all expressions, as vars.NAME"`
	Calendar  calendarSpec        `yaml:"calendar" doc:"holidays and working weekends, for time: and schedules"`
	Rules     []rule              `yaml:"rules" doc:"first match wins, highest priority first, then order of appearance"`
	Forms     ordered[formSpec]   `yaml:"forms" doc:"questions and what is done with the answers, by name"`
	Menus     ordered[[]menuSpec] `yaml:"menus" doc:"the apps' menus, by app; pushed by botd menu"`
	Schedules []scheduleSpec      `yaml:"schedules" doc:"what happens at certain times"`
	Fallback  *fallback           `yaml:"fallback" doc:"answers a message that no rule matched"`
}

// rule says when to do what.
type rule struct {
	Where       strictyaml.Where
	Name        string     `yaml:"name,required" doc:"for traces, tests and explain; unique in the app"`
	Match       match      `yaml:"match" doc:"all of it must hold; nothing: every text message"`
	Who         *whoSpec   `yaml:"who" doc:"only these members: user ids, or {users, departments, tags, roles}, any of them"`
	Time        *timeSpec  `yaml:"time" doc:"only at these times"`
	Limit       *limitSpec `yaml:"limit" doc:"how often: a cool-down such as 5m, or {times: 3, every: 1h}"`
	Priority    int        `yaml:"priority" min:"-1000000" max:"1000000" doc:"highest first, default 0"`
	Continue    bool       `yaml:"continue" doc:"go on to later rules; all replies are sent"`
	Examples    []example  `yaml:"examples" doc:"messages that this rule must answer; also offered by \"did you mean\""`
	NotExamples []example  `yaml:"not_examples" doc:"messages that this rule must not answer"`
	action      `yaml:",inline"`

	Raw *strictyaml.Node `yaml:",self"` // for lint
}

// match is the condition of a rule. Values of one key are alternatives, the keys must all hold.
type match struct {
	Where   strictyaml.Where
	Type    []string          `yaml:"type" enum:"text|image|voice|video|location|link|event" doc:"message types; absent: text, or event where event or key is given"`
	Event   []string          `yaml:"event" doc:"event names: click, enter_agent, template_card_event …"`
	Key     []string          `yaml:"key" doc:"keys of menu items and card buttons; one that ends with * is a prefix, args.rest is what follows"`
	Exact   []string          `yaml:"exact" doc:"the whole message; case, width and surrounding space do not count"`
	Prefix  []string          `yaml:"prefix" doc:"the beginning of the message; args.rest is what follows"`
	Keyword []string          `yaml:"keyword" doc:"anywhere in the message"`
	Regex   []strictyaml.Text `yaml:"regex" doc:"RE2 patterns; (?P<name>…) becomes args.name"`
	When    strictyaml.Text   `yaml:"when" doc:"an expression that must be true"`
}

// action is what a rule does: first the calls, then what is remembered and sent to others, then the answer.
type action struct {
	HTTP  *httpSpec                 `yaml:"http" doc:"call a URL; response.status, response.json and response.text hold the answer"`
	Run   *runSpec                  `yaml:"run" doc:"run a local command; response.status and response.text hold its end. Off unless bot.yaml says allow_run"`
	Set   ordered[*strictyaml.Text] `yaml:"set" doc:"session values by name, as expressions; nothing after the colon deletes"`
	Send  sendSpecs                 `yaml:"send" doc:"a message to others"`
	Reply *replySpec                `yaml:"reply" doc:"a text, {markdown: …} and other types, or a list of replies"`
	OneOf *oneOfSpec                `yaml:"one_of" doc:"one of several replies"`
	Call  *handlerSpec              `yaml:"handler" doc:"a plugin's named handler"`
	Human *transferSpec             `yaml:"transfer" doc:"hand the conversation over to a person"`
	Form  strictyaml.Text           `yaml:"form" doc:"ask the questions of this form"`
}

// fallback is what answers when no rule does: a reply, or what a rule may do, and how often.
type fallback struct {
	Where  strictyaml.Where
	Every  time.Duration `yaml:"every" min:"1s" max:"30d" doc:"at most once in this time for each member; further messages get no answer"`
	action `yaml:",inline"`
}

// UnmarshalYAML takes a reply too.
func (f *fallback) UnmarshalYAML(n *strictyaml.Node) {
	type plain fallback
	if n.Kind() == strictyaml.Mapping && !isReply(n) {
		if n.Into((*plain)(f)) && !f.does() {
			n.Report("add reply: …", "fallback does nothing")
		}
		return
	}
	f.Where.Pos = n.Pos()
	f.Reply = new(replySpec)
	n.Into(f.Reply)
}

// JSONSchema describes both forms.
func (f *fallback) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&f.Reply), b.Struct(f))
}

// example is a message as a test.
type example struct {
	Where strictyaml.Where
	Say   strictyaml.Text `yaml:"say,required" doc:"what is said"`
	As    string          `yaml:"as" doc:"by which member; default: one whom the rule is for"`
	At    strictyaml.Text `yaml:"at" doc:"when, as 2026-03-02T09:30:00+08:00; default: a time the rule is for"`

	at time.Time
}

// UnmarshalYAML takes a text too.
func (e *example) UnmarshalYAML(n *strictyaml.Node) {
	type plain example
	if n.Kind() != strictyaml.Mapping {
		e.Where.Pos = n.Pos()
		n.Into(&e.Say)
		return
	}
	if !n.Into((*plain)(e)) || e.At.IsZero() {
		return
	}
	var err error
	if e.at, err = time.Parse(time.RFC3339, e.At.Value); err != nil {
		n.ReportAt(e.At.Pos, "write 2026-03-02T09:30:00+08:00", "at is not a time: %q", e.At.Value)
	}
}

// JSONSchema describes both forms.
func (e *example) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&e.Say), b.Struct(e))
}

// named is an entry of a mapping whose keys are names that the author chose.
type named[T any] struct {
	name  string
	pos   strictyaml.Pos
	value T
}

// ordered is such a mapping, in order and with places.
type ordered[T any] []named[T]

// UnmarshalYAML takes a mapping.
func (o *ordered[T]) UnmarshalYAML(n *strictyaml.Node) {
	if n.Kind() != strictyaml.Mapping {
		if n.Kind() != strictyaml.Null {
			n.Mismatch("a mapping of names")
		}
		return
	}
	for key, node := range n.Entries() {
		x := named[T]{name: key.Value, pos: key.Pos}
		node.Into(&x.value)
		*o = append(*o, x)
	}
}

// JSONSchema describes the values.
func (o *ordered[T]) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	var v T
	return strictyaml.Schema{"type": []string{"object", "null"}, "additionalProperties": b.Of(&v)}
}

func either(forms ...strictyaml.Schema) strictyaml.Schema { return strictyaml.Schema{"anyOf": forms} }

// Schema is the JSON Schema of a rules file, what `botd schema rules` prints.
func Schema() ([]byte, error) { return strictyaml.SchemaOf("botd rules", &file{}, false) }
