package ruletest

import (
	"os"
	"regexp"
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// Case is one conversation.
type Case struct {
	Where   strictyaml.Where
	Name    string          `yaml:"name,required" doc:"what is tested; unique in the file"`
	As      string          `yaml:"as" default:"zhangsan" doc:"user id of the member who writes"`
	At      Time            `yaml:"at" doc:"when it begins, as 2026-03-02T09:30:00+08:00; default: a Wednesday at 10:00"`
	Members map[string]User `yaml:"members" doc:"what the directory knows of members, by user id"`
	HTTP    []Call          `yaml:"http" doc:"what URLs answer; any other call fails the test"`
	Steps   []Step          `yaml:"steps,required"`
}

// User is a member as the directory knows him.
type User struct {
	Name        string `yaml:"name"`
	Departments []int  `yaml:"departments"`
	Tags        []int  `yaml:"tags"`
	Leader      string `yaml:"leader"`
	Position    string `yaml:"position"`
}

// Call is what a URL answers.
type Call struct {
	URL    string `yaml:"url,required" doc:"the beginning of the URL, not escaped"`
	Method string `yaml:"method" doc:"default: any"`
	Status int    `yaml:"status" default:"200"`
	JSON   any    `yaml:"json"`
	Text   string `yaml:"text"`
	Fail   bool   `yaml:"fail" doc:"no connection"`
}

// Step is one message, or time that passes.
type Step struct {
	Where  strictyaml.Where
	As     string            `yaml:"as" doc:"another member, for this step"`
	Say    *strictyaml.Text  `yaml:"say" doc:"a text"`
	Type   string            `yaml:"type" enum:"image|voice|video|location|link" doc:"a message that is no text"`
	Fields map[string]string `yaml:"fields" doc:"elements of such a message by name, as PicUrl, Label or Title"`
	Click  string            `yaml:"click" doc:"the key of a menu entry, or the key or the text of a button"`
	Event  string            `yaml:"event" doc:"an event by name; click gives its key"`
	Wait   time.Duration     `yaml:"wait" doc:"time that passes before"`
	Expect *Expect           `yaml:"expect"`
}

// Expect is what is looked for in an answer; all of it must hold.
type Expect struct {
	Where       strictyaml.Where
	Rule        []string          `yaml:"rule" doc:"rules that answered; NAME-form while a form is filled in"`
	Equals      *strictyaml.Text  `yaml:"equals" doc:"all that the member reads"`
	Contains    []strictyaml.Text `yaml:"contains"`
	NotContains []strictyaml.Text `yaml:"not_contains"`
	Matches     []strictyaml.Text `yaml:"matches" doc:"an RE2 pattern"`
	None        bool              `yaml:"none" doc:"nothing is answered"`
	Sends       []Sends           `yaml:"sends" doc:"messages to others, in order"`

	patterns []*regexp.Regexp
}

// Sends is a message to others.
type Sends struct {
	Where    strictyaml.Where
	To       []string          `yaml:"to" doc:"user ids, department:2, tag:3, chat:ID or all"`
	Equals   *strictyaml.Text  `yaml:"equals"`
	Contains []strictyaml.Text `yaml:"contains"`
}

// UnmarshalYAML takes texts too, which are contains.
func (e *Expect) UnmarshalYAML(n *strictyaml.Node) {
	type plain Expect
	if n.Kind() != strictyaml.Mapping {
		e.Where.Pos = n.Pos()
		n.Into(&e.Contains)
		return
	}
	n.Into((*plain)(e))
	for _, m := range e.Matches {
		re, err := regexp.Compile(m.Value)
		if err != nil {
			n.ReportAt(m.Pos, "", "matches: %v", err)
			continue
		}
		e.patterns = append(e.patterns, re)
	}
	said := e.Equals != nil || len(e.Contains)+len(e.Matches) > 0
	if e.None && said {
		n.Report("choose one", "none and a text in one expect")
	}
}

// JSONSchema describes both forms.
func (e *Expect) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return strictyaml.Schema{"anyOf": []strictyaml.Schema{b.Of(&e.Contains), b.Struct(e)}}
}

// Time is an RFC 3339 time.
type Time struct{ time.Time }

// UnmarshalYAML reads it.
func (t *Time) UnmarshalYAML(n *strictyaml.Node) {
	var text strictyaml.Text
	if !n.Into(&text) {
		return
	}
	var err error
	if t.Time, err = time.Parse(time.RFC3339, text.Value); err != nil {
		n.Report("write 2026-03-02T09:30:00+08:00", "%s is not a time: %q", n.Name(), text.Value)
	}
}

// JSONSchema describes it.
func (t *Time) JSONSchema(*strictyaml.SchemaBuilder) strictyaml.Schema {
	return strictyaml.Schema{"type": "string", "format": "date-time"}
}

// document is a file of cases.
type document struct{ cases []Case }

// UnmarshalYAML takes the list.
func (d *document) UnmarshalYAML(n *strictyaml.Node) {
	if n.Kind() != strictyaml.List {
		n.Mismatch("a list of cases")
		return
	}
	n.Into(&d.cases)
}

// Load reads files of cases and returns every problem of every file.
func Load(files ...string) ([]Case, []strictyaml.Problem) {
	var all []Case
	var problems []strictyaml.Problem
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			problems = append(problems, strictyaml.Problem{File: f, Message: "cannot be read"})
			continue
		}
		var d document
		problems = append(problems, strictyaml.Decode(f, raw, &d, strictyaml.Options{})...)
		names := map[string]strictyaml.Pos{}
		for i := range d.cases {
			c := &d.cases[i]
			if first, twice := names[c.Name]; twice {
				problems = append(problems, c.Where.Of("name").Problem("the case %q is already at %s", c.Name, first).WithHint("rename one"))
			}
			names[c.Name] = c.Where.Of("name")
			problems = append(problems, c.check()...)
		}
		all = append(all, d.cases...)
	}
	strictyaml.Sort(problems, files...)
	return all, problems
}

// check finds steps that say nothing, several things, or expect nothing.
func (c *Case) check() (problems []strictyaml.Problem) {
	for i := range c.Steps {
		s := &c.Steps[i]
		says := s.says()
		switch {
		case s.Say != nil && (s.Click != "" || s.Event != ""), s.Type != "" && (s.Say != nil || s.Click != "" || s.Event != ""):
			problems = append(problems, s.Where.Pos.Problem("a step says one thing").WithHint("make two steps"))
		case !says && s.Wait == 0:
			problems = append(problems, s.Where.Pos.Problem("a step that does nothing").WithHint("write say, type, click, event or wait"))
		case s.Fields != nil && s.Type == "":
			problems = append(problems, s.Where.Of("fields").Problem("fields of no message").WithHint("add type: image, voice, video, location or link"))
		case says && s.Expect == nil:
			problems = append(problems, s.Where.Pos.Problem("nothing is expected of the answer").WithHint("write expect: {contains: …} or {none: true}"))
		}
	}
	return problems
}

func (s *Step) says() bool { return s.Say != nil || s.Type != "" || s.Click != "" || s.Event != "" }
