package rules

import (
	"hash/fnv"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
)

// oneOfSpec is a choice among replies.
type oneOfSpec struct {
	Where   strictyaml.Where
	Choices []choiceSpec `yaml:"choices,required" doc:"the replies, each with its weight"`
	Pick    string       `yaml:"pick" enum:"random|sticky" default:"random" doc:"sticky: a member always gets the same one"`
}

// UnmarshalYAML takes the list of replies too.
func (o *oneOfSpec) UnmarshalYAML(n *strictyaml.Node) {
	type plain oneOfSpec
	if n.Kind() == strictyaml.Mapping {
		n.Into((*plain)(o))
	} else {
		o.Pick = "random"
		o.Where.Pos = n.Pos()
		n.Into(&o.Choices)
	}
	if len(o.Choices) == 1 {
		n.Report("give two or more, or use reply", "%s has one choice", n.Name())
	}
}

// JSONSchema describes both forms.
func (o *oneOfSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&o.Choices), b.Struct(o))
}

// choiceSpec is a reply with its weight.
type choiceSpec struct {
	Weight int        `yaml:"weight" default:"1" min:"1" max:"1000000" doc:"how often, beside the weights of the others"`
	Reply  *replySpec `yaml:"reply,required"`
}

// UnmarshalYAML takes a reply too.
func (c *choiceSpec) UnmarshalYAML(n *strictyaml.Node) {
	type plain choiceSpec
	if n.Kind() == strictyaml.Mapping && (n.Has("weight") || !isReply(n)) {
		n.Into((*plain)(c))
		return
	}
	c.Weight = 1
	c.Reply = new(replySpec)
	n.Into(c.Reply)
}

// JSONSchema describes both forms.
func (c *choiceSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&c.Reply), b.Struct(c))
}

func (c *compiler) oneOf(o *oneOfSpec, s *sight) maker {
	makers, total := make([]maker, len(o.Choices)), 0
	for i := range o.Choices {
		makers[i] = c.reply(o.Choices[i].Reply, s)
		total += o.Choices[i].Weight
	}
	draw := func(*turn) int { return int(c.options.Rand() * float64(total)) }
	if o.Pick == "sticky" {
		salt := c.subject
		draw = func(t *turn) int {
			h := fnv.New64a()
			h.Write([]byte(t.q.From + "\x00" + t.q.App + "\x00" + salt))
			return int(h.Sum64() % uint64(total))
		}
	}
	c.constant = false
	return func(t *turn) reply.Reply {
		n := draw(t)
		for i := range makers {
			if n -= o.Choices[i].Weight; n < 0 {
				return makers[i](t)
			}
		}
		return makers[len(makers)-1](t)
	}
}
