package rules

import (
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// fallback is what answers when no rule does: a reply, or a mapping with the reply and how often.
type fallback struct {
	Where  strictyaml.Where
	Every  time.Duration `yaml:"every" max:"30d" doc:"at most once in this time for each member; further messages get no answer"`
	action `yaml:",inline"`
}

// UnmarshalYAML takes a reply too.
func (f *fallback) UnmarshalYAML(n *strictyaml.Node) {
	type plain fallback
	if n.Kind() == strictyaml.Mapping && !n.Has("text") && !n.Has("markdown") {
		if n.Into((*plain)(f)) && f.Reply == nil {
			n.Report("write fallback: {reply: …}", "fallback has no reply")
		}
		return
	}
	f.Where.Pos = n.Pos()
	f.Reply = new(replySpec)
	n.Into(f.Reply)
}

// JSONSchema describes both forms.
func (f *fallback) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return strictyaml.Schema{"anyOf": []strictyaml.Schema{b.Of(&f.Reply), b.Struct(f)}}
}
