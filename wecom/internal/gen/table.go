package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// tableFiles are the files of package wecom/spec: one per area, and one for the shapes they share.
func tableFiles(s *api) map[string][]byte {
	files := map[string][]byte{"spec/zz_shapes.go": s.shapes()}
	var all bytes.Buffer
	header(&all, "spec", "wecom/spec")
	all.WriteString("var areas = [][]Operation{\n")
	for _, a := range s.areas {
		files["spec/zz_"+a.Area+".go"] = s.table(a)
		fmt.Fprintf(&all, "\t%s,\n", a.Area)
	}
	all.WriteString("}\n")
	files["spec/zz_areas.go"] = all.Bytes()
	return files
}

func (s *api) table(a *area) []byte {
	var w bytes.Buffer
	header(&w, "spec", "wecom/spec/"+a.Area+".yaml")
	fmt.Fprintf(&w, "var %s = []Operation{\n", a.Area)
	for _, o := range a.Operations {
		client := o.service // a method of the client itself
		if v := s.services[o.service]; v != nil {
			client = v.Client
		}
		w.WriteString("{\n")
		text := func(name, value string) {
			if value != "" {
				fmt.Fprintf(&w, "\t%s: %q,\n", name, value)
			}
		}
		text("ID", o.ID)
		text("Go", s.goPath(o))
		if o.Paging != nil {
			text("All", strings.TrimSuffix(s.goPath(o), o.verb)+o.all())
		}
		text("Client", client)
		text("Area", a.Area)
		text("Method", o.method)
		text("Path", o.path)
		text("Host", o.Host)
		text("Fragment", o.Fragment)
		text("Token", o.Token)
		text("TokenParam", tokenParam(o))
		text("Doc", s.translate(o.Doc))
		texts(&w, "Docs", o.Docs)
		texts(&w, "Notes", o.Notes)
		text("Limit", o.Limit)
		if o.PerMinute > 0 {
			fmt.Fprintf(&w, "\tPerMinute: %d,\n", o.PerMinute)
		}
		text("Deprecated", s.translate(o.Deprecated))
		if o.Reads {
			w.WriteString("\tReads: true,\n")
		}
		text("Answers", o.Answers)
		if p := o.Paging; p != nil {
			fmt.Fprintf(&w, "\tPaging: &Paging{Items: %q, Ask: %q, Next: %q, More: %q, Size: %q, Total: %q},\n",
				p.Items, p.Ask, p.Next, p.More, p.Size, p.Total)
		}
		s.tableFields(&w, "Query", o.Query)
		s.tableFields(&w, "Body", o.Body)
		s.tableFields(&w, "Files", o.Files)
		s.tableFields(&w, "Headers", o.Headers)
		s.tableFields(&w, "Answer", s.answer(o))
		w.WriteString("},\n")
	}
	w.WriteString("}\n")
	return w.Bytes()
}

// goPath is the method as a program writes it, from its client on: Users.Get, Authorizations.Get, Send.
func (s *api) goPath(o *operation) string {
	v := s.services[o.service]
	if v == nil || v.Name == v.Client {
		return o.verb
	}
	return v.Field + "." + o.verb
}

// public is the method as documentation names it: with its client, unless that is Client.
func (s *api) public(o *operation) string {
	if v := s.services[o.service]; v != nil && v.Client != "Client" && v.Client != v.Name {
		return v.Client + "." + s.goPath(o)
	}
	return o.Go
}

func tokenParam(o *operation) string {
	switch o.Token {
	case "none":
		return ""
	case "user":
		return "access_token"
	}
	return cmp.Or(o.TokenParam, o.Token)
}

func texts(w *bytes.Buffer, name string, values []string) {
	if len(values) == 0 {
		return
	}
	fmt.Fprintf(w, "\t%s: []string{", name)
	for i, v := range values {
		if i > 0 {
			w.WriteString(", ")
		}
		fmt.Fprintf(w, "%q", v)
	}
	w.WriteString("},\n")
}

func (s *api) tableFields(w *bytes.Buffer, name string, fs []*field) {
	if len(fs) == 0 {
		return
	}
	fmt.Fprintf(w, "\t%s: []Field{\n", name)
	for _, f := range fs {
		s.tableField(w, f)
	}
	w.WriteString("\t},\n")
}

func (s *api) tableField(w *bytes.Buffer, f *field) {
	kinds := map[string]string{"int": "Int", "int64": "Int", "float": "Float", "bool": "Bool", "raw": "Raw", "file": "Part"}
	fmt.Fprintf(w, "\t\t{Name: %q", f.Name)
	kind := kinds[s.base(f)]
	if s.types[f.elem()] != nil {
		kind = "Object"
		fmt.Fprintf(w, ", Model: %q", f.elem())
	}
	if s.enums[f.elem()] != nil {
		fmt.Fprintf(w, ", Enum: %q", f.elem())
	}
	if kind != "" {
		fmt.Fprintf(w, ", Kind: %s", kind)
	}
	if f.list() {
		w.WriteString(", List: true")
	}
	if f.Required {
		w.WriteString(", Required: true")
	}
	for _, p := range [][2]string{{"Fixed", f.Fixed}, {"Given", f.Given}, {"Doc", f.Doc}} {
		if p[1] != "" {
			fmt.Fprintf(w, ", %s: %q", p[0], p[1])
		}
	}
	w.WriteString("},\n")
}

func (s *api) shapes() []byte {
	var w bytes.Buffer
	header(&w, "spec", "wecom/spec")
	w.WriteString("// models is in the order of names.\nvar models = []model{\n")
	for _, name := range sortedKeys(s.types) {
		fmt.Fprintf(&w, "{%q, []Field{\n", name)
		for _, f := range s.types[name].Fields {
			s.tableField(&w, f)
		}
		w.WriteString("}},\n")
	}
	w.WriteString("}\n\n// enums is in the order of names.\nvar enums = []enum{\n")
	for _, name := range sortedKeys(s.enums) {
		fmt.Fprintf(&w, "{%q, []EnumValue{", name)
		for _, v := range s.enums[name].Values {
			fmt.Fprintf(&w, "{%q, %q, %q},", v.Value, v.Name, v.Doc)
		}
		w.WriteString("}},\n")
	}
	w.WriteString("}\n")
	return w.Bytes()
}

func sortedKeys[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	return names
}
