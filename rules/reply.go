package rules

import (
	"context"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// replySpec is a reply as it is written: a text, a mapping, or a list of replies.
type replySpec struct {
	pos  strictyaml.Pos
	text strictyaml.Text // of a plain text
	body *replyBody
	list []replySpec
}

// replyBody is the mapping form; exactly one of its types is given.
type replyBody struct {
	Where    strictyaml.Where
	Text     *strictyaml.Text `yaml:"text" doc:"a text, split when it is over 2,048 bytes"`
	Markdown *strictyaml.Text `yaml:"markdown" doc:"CommonMark, shown as WeCom can show it"`
}

// UnmarshalYAML takes the three forms.
func (r *replySpec) UnmarshalYAML(n *strictyaml.Node) {
	r.pos = n.Pos()
	switch n.Kind() {
	case strictyaml.Scalar:
		r.text = n.Text()
		if r.text.Value == "" {
			n.Report("delete the key, or write a text", "%s is empty", n.Name())
		}
	case strictyaml.List:
		items := n.Items()
		if len(items) == 0 {
			n.Report("delete the key, or write a reply", "%s is empty", n.Name())
		}
		r.list = make([]replySpec, len(items))
		for i, item := range items {
			item.Into(&r.list[i])
		}
	case strictyaml.Mapping:
		r.body = new(replyBody)
		if n.Into(r.body) && r.body.kinds() != 1 {
			n.Report("several replies are a list", "%s needs exactly one of text, markdown", n.Name())
		}
	default:
		n.Report("delete the key, or write a text", "%s is empty", n.Name())
	}
}

// JSONSchema describes the three forms.
func (r *replySpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return strictyaml.Schema{"anyOf": []strictyaml.Schema{b.Of(&r.text), b.Of(&r.body), b.Of(&r.list)}}
}

func (b *replyBody) kinds() int {
	n := 0
	for _, given := range []bool{b.Text != nil, b.Markdown != nil} {
		if given {
			n++
		}
	}
	return n
}

// maker makes a reply for a request.
type maker func(ctx context.Context, q *router.Request, extra map[string]any) (reply.Reply, error)

// reply compiles a reply; what is wrong is reported, and the maker is then nil.
func (c *compiler) reply(r *replySpec, s *router.Scope) maker {
	switch {
	case r.list != nil:
		return c.replies(r.list, s)
	case r.body == nil:
		return c.textual(r.text, s, reply.Text)
	case r.body.Text != nil:
		return c.textual(*r.body.Text, s, reply.Text)
	case r.body.Markdown != nil:
		return c.textual(*r.body.Markdown, s, reply.Markdown)
	}
	return nil
}

func (c *compiler) replies(list []replySpec, s *router.Scope) maker {
	makers := make([]maker, len(list))
	for i := range list {
		makers[i] = c.reply(&list[i], s)
	}
	return func(ctx context.Context, q *router.Request, extra map[string]any) (reply.Reply, error) {
		rs := make([]reply.Reply, len(makers))
		for i, m := range makers {
			var err error
			if rs[i], err = m(ctx, q, extra); err != nil {
				return nil, err
			}
		}
		return reply.List(rs...), nil
	}
}

// textual is a reply that is one template.
func (c *compiler) textual(t strictyaml.Text, s *router.Scope, build func(string) reply.Reply) maker {
	template := c.template(t, s)
	return func(ctx context.Context, q *router.Request, extra map[string]any) (reply.Reply, error) {
		text, err := template.Render(ctx, q, extra, nil)
		if err != nil {
			return nil, err
		}
		return build(text), nil
	}
}
