package message

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// plan is how the children of an element go into a struct. It is made from the struct's fields and their tags:
//
//	Name  string                                  // the element of that name; case does not matter
//	Key   string   `wire:"EventKey"`              // another name
//	Items []string `wire:"List>Item"`             // below another element
//	IDs   []string `wire:"OptionIds>Id|Opiton>Id"` // either of two
//	Users []string `wire:"AddUserItems,list"`     // one text, joined by commas (or |)
//	Text  string   `wire:",raw"`                  // white space inside CDATA counts
//
// A slice takes every element of its name, anything else the first that is not empty. Structs and slices of
// structs have plans of their own; embedded structs are part of the outer one.
type plan struct {
	edges []edge
}

// edge is one element name. Either the plan of a wrapper, whose children go into the same struct, or a field.
type edge struct {
	name    string
	wrapper *plan
	field   *target
}

type target struct {
	index  []int
	repeat bool                            // a slice
	set    func(v reflect.Value, s string) // a value, or one value of a slice
	split  bool                            // a joined list
	raw    bool
	nested *plan // a struct, or one of a slice
}

// compile panics on a mistake in a type: the table is part of the program.
func compile(t reflect.Type) *plan {
	p := &plan{}
	p.add(t, nil)
	return p
}

func (p *plan) add(t reflect.Type, index []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int(nil), index...), i)
		if f.Anonymous {
			p.add(f.Type, at)
			continue
		}
		paths, options, _ := strings.Cut(f.Tag.Get("wire"), ",")
		if paths == "" {
			paths = f.Name
		}
		dst := newTarget(f.Type)
		dst.index, dst.split, dst.raw = at, options == "list", options == "raw"
		for path := range strings.SplitSeq(paths, "|") {
			p.insert(strings.Split(path, ">"), dst)
		}
	}
}

func newTarget(t reflect.Type) *target {
	dst := &target{}
	if t.Kind() == reflect.Slice {
		dst.repeat = true
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		dst.nested = compile(t)
	case reflect.String:
		dst.set = reflect.Value.SetString
	case reflect.Int, reflect.Int64:
		dst.set = func(v reflect.Value, s string) { v.SetInt(parseInt(s)) }
	case reflect.Float64:
		dst.set = func(v reflect.Value, s string) {
			if n, err := strconv.ParseFloat(s, 64); err == nil {
				v.SetFloat(n)
			}
		}
	case reflect.Bool:
		dst.set = func(v reflect.Value, s string) { v.SetBool(s == "1" || strings.EqualFold(s, "true")) }
	default:
		panic(fmt.Sprintf("message: no decoder for %v", t))
	}
	return dst
}

func (p *plan) insert(path []string, dst *target) {
	e := p.edge(path[0])
	switch {
	case e == nil && len(path) == 1:
		p.edges = append(p.edges, edge{name: path[0], field: dst})
	case e == nil:
		w := &plan{}
		w.insert(path[1:], dst)
		p.edges = append(p.edges, edge{name: path[0], wrapper: w})
	case len(path) > 1 && e.wrapper != nil:
		e.wrapper.insert(path[1:], dst)
	default:
		panic("message: two fields for " + strings.Join(path, ">"))
	}
}

func (p *plan) edge(name string) *edge {
	for i := range p.edges {
		if e := &p.edges[i]; len(e.name) == len(name) && strings.EqualFold(e.name, name) {
			return e
		}
	}
	return nil
}

// decode reads the children of the element that just started into v.
func (p *plan) decode(z *scanner, v reflect.Value) {
	for z.next() && z.kind != endTag {
		if z.kind != startTag {
			continue
		}
		switch e := p.edge(z.name); {
		case e == nil:
			z.skip()
		case e.wrapper != nil:
			e.wrapper.decode(z, v)
		default:
			e.field.decode(z, v.FieldByIndex(e.field.index))
		}
	}
}

func (t *target) decode(z *scanner, v reflect.Value) {
	if t.nested != nil {
		if t.repeat {
			v = grow(v)
		}
		t.nested.decode(z, v)
		return
	}
	s := z.value()
	if !t.raw {
		s = strings.TrimSpace(s)
	}
	switch {
	case s == "":
	case t.split && t.repeat:
		for item := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == '|' }) {
			t.set(grow(v), strings.TrimSpace(item))
		}
	case t.repeat:
		t.set(grow(v), s)
	case v.IsZero():
		t.set(v, s)
	}
}

// grow appends a zero to a slice and returns it.
func grow(v reflect.Value) reflect.Value {
	v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	return v.Index(v.Len() - 1)
}

// extra collects the children of the element that just started which no edge leads to.
func (p *plan) extra(z *scanner, known func(name string) bool) []Element {
	var out []Element
	for z.next() && z.kind != endTag {
		if z.kind != startTag {
			continue
		}
		name, e := z.name, p.edge(z.name)
		var inner *plan
		switch {
		case e == nil && known(name):
			z.skip()
			continue
		case e == nil:
			out = append(out, z.element())
			continue
		case e.wrapper != nil:
			inner = e.wrapper
		default:
			inner = e.field.nested
		}
		if inner == nil {
			z.skip()
		} else if more := inner.extra(z, func(string) bool { return false }); more != nil {
			out = append(out, Element{Name: name, Children: more})
		}
	}
	return out
}
