package main

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
)

// all is the name of the iterator beside a method that lists.
func (o *operation) all() string {
	return cmp.Or(o.All, strings.Replace(o.verb, "List", "All", 1))
}

// iterator writes the method that follows the pages.
func (s *api) iterator(w *bytes.Buffer, v *service, o *operation) {
	name := o.all()
	var items, ask *field
	for _, f := range s.answer(o) {
		if f.Name == o.Paging.Items {
			items = f
		}
	}
	others := 0
	for _, f := range o.params() {
		switch f.Name {
		case o.Paging.Ask:
			ask = f
		case "limit", o.Paging.Size:
		default:
			others++
		}
	}
	elem := s.goType(&field{Type: items.elem()}, false)
	comment(w, "", fmt.Sprintf("%s yields what %s returns page by page, one after the other. It ends with the first error, which it yields.", name, o.verb))
	params, pass := []arg{{"ctx", "context.Context"}}, []string(nil)
	if o.request != "" && others > 0 {
		params = append(params, arg{"r", "*" + o.request})
	}
	if o.request == "" {
		for _, f := range o.params() {
			if f.Name != o.Paging.Ask {
				params = append(params, arg{f.arg(), s.goType(f, false)})
				pass = append(pass, f.arg())
			} else {
				pass = append(pass, "page")
			}
		}
	}
	fmt.Fprintf(w, "func (%s) %s(%s) iter.Seq2[%s, error] {\n", receiver(v), name, parameters(params), elem)
	start := zeroOf(ask)
	switch {
	case o.request != "" && others > 0:
		if !hasRequired(o) {
			fmt.Fprintf(w, "\tr = cmp.Or(r, new(%s))\n", o.request)
		}
		start = "r." + ask.name()
	}
	fmt.Fprintf(w, "\treturn pages(%s, func(page %s) ([]%s, %s, error) {\n", start, s.goType(ask, false), elem, s.goType(ask, false))
	switch {
	case o.request == "":
		fmt.Fprintf(w, "\t\tout, err := s.%s(ctx, %s)\n", o.verb, strings.Join(pass, ", "))
	case others > 0:
		fmt.Fprintf(w, "\t\tq := *r\n\t\tq.%s = page\n\t\tout, err := s.%s(ctx, &q)\n", ask.name(), o.verb)
	default:
		fmt.Fprintf(w, "\t\tout, err := s.%s(ctx, &%s{%s: page})\n", o.verb, o.request, ask.name())
	}
	got := "out"
	if o.named != "" {
		got = "out." + items.name()
	}
	fmt.Fprintf(w, "\t\tif err != nil {\n\t\t\treturn nil, %s, err\n\t\t}\n", zeroOf(ask))
	s.next(w, o, ask, got, others > 0 && o.request != "")
	w.WriteString("\t})\n}\n\n")
}

// next writes the return of a page: its items and where the next page starts, zero when this was the last.
func (s *api) next(w *bytes.Buffer, o *operation, ask *field, got string, limited bool) {
	p := o.Paging
	switch {
	case p.Size != "":
		cond := "len(" + got + ") == 0"
		if limited {
			cond += " || len(" + got + ") < r." + goName(p.Size)
		}
		fmt.Fprintf(w, "\t\tif %s {\n\t\t\treturn %s, 0, nil\n\t\t}\n\t\treturn %s, page + len(%s), nil\n", cond, got, got, got)
	case p.Total != "":
		fmt.Fprintf(w, "\t\tif out.%s >= out.%s {\n\t\t\treturn %s, 0, nil\n\t\t}\n", goName(p.Next), goName(p.Total), got)
		fmt.Fprintf(w, "\t\treturn %s, out.%s, nil\n", got, goName(p.Next))
	case p.More != "":
		fmt.Fprintf(w, "\t\tif out.%s == 0 {\n\t\t\treturn %s, %s, nil\n\t\t}\n", goName(p.More), got, zeroOf(ask))
		fmt.Fprintf(w, "\t\treturn %s, out.%s, nil\n", got, goName(p.Next))
	default:
		fmt.Fprintf(w, "\t\treturn %s, out.%s, nil\n", got, goName(p.Next))
	}
}

func zeroOf(f *field) string {
	if f.Type == "string" {
		return `""`
	}
	return "0"
}
