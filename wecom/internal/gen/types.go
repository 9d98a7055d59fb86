package main

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
)

// goType is the Go type of a field. In what is sent, an object that may be left out is a pointer, and so is a value
// whose zero differs from leaving it out.
func (s *api) goType(f *field, sent bool) string {
	if f.list() {
		return "[]" + s.goType(&field{Type: f.elem()}, false)
	}
	t := f.Type
	switch t {
	case "float":
		t = "float64"
	case "raw":
		t = "json.RawMessage"
	case "text":
		t = "Text"
	}
	if sent && !f.Required && (f.Nullable || s.types[f.Type] != nil) {
		return "*" + t
	}
	return t
}

// omit is the option of a JSON tag that leaves out what is not set.
func omit(f *field) string {
	if f.Required {
		return ""
	}
	return ",omitzero"
}

func (s *api) requestType(w *bytes.Buffer, o *operation) {
	if o.request != "" {
		text := fmt.Sprintf("%s is the request of %s.", o.request, s.public(o))
		if !hasRequired(o) {
			text += " Its zero value, or nil, asks with the platform's defaults."
		}
		comment(w, "", text)
		fmt.Fprintf(w, "type %s struct {\n", o.request)
		for _, f := range asked(o.Query) {
			s.structField(w, f, true, "-")
		}
		for _, f := range asked(o.Body) {
			s.structField(w, f, true, "")
		}
		w.WriteString("}\n\n")
	}
	if o.Answer == "" && len(o.Result) > 1 {
		comment(w, "", fmt.Sprintf("%s is the answer of %s.", o.named, s.public(o)))
		s.structType(w, o.named, o.Result, false)
	}
}

func (s *api) modelType(w *bytes.Buffer, m *model) {
	doc := m.Doc
	if doc == "" {
		doc = s.origin(m.Name)
	}
	comment(w, "", m.Name+" "+doc+".")
	s.structType(w, m.Name, m.Fields, m.sent)
}

func (s *api) structType(w *bytes.Buffer, name string, fs []*field, sent bool) {
	fmt.Fprintf(w, "type %s struct {\n", name)
	for _, f := range fs {
		s.structField(w, f, sent, "")
	}
	w.WriteString("}\n\n")
}

func (s *api) structField(w *bytes.Buffer, f *field, sent bool, tag string) {
	if tag == "" {
		tag = f.Name
		if sent {
			tag += omit(f)
		}
	}
	line := fmt.Sprintf("\t%s %s `json:%q`", f.name(), s.goType(f, sent), tag)
	doc := s.translate(f.Doc)
	if len(line)+columns(doc) > 110 {
		comment(w, "\t", doc)
		doc = ""
	}
	if doc != "" {
		line += " // " + doc
	}
	w.WriteString(line + "\n")
}

// origin says where a type stands that has no text of its own: which answer, or which field of another type.
func (s *api) origin(name string) string {
	for _, o := range s.ops {
		if o.Answer == name {
			return "is the answer of " + s.public(o)
		}
	}
	for _, a := range s.areas {
		for _, m := range a.Types {
			for _, f := range m.Fields {
				if f.elem() == name && m.Name != name {
					return standsFor(f, m.Name)
				}
			}
		}
	}
	for _, o := range s.ops {
		for _, f := range o.Body {
			if f.elem() == name {
				return standsFor(f, "the request of "+s.public(o))
			}
		}
		for _, f := range o.Result {
			if f.elem() == name {
				return standsFor(f, "the answer of "+s.public(o))
			}
		}
	}
	return "is not used"
}

func standsFor(f *field, owner string) string {
	if f.list() {
		return "is an entry of " + f.Name + " in " + owner
	}
	return "is " + f.Name + " in " + owner
}

func (s *api) enumType(w *bytes.Buffer, e *enum) {
	doc := e.Doc
	if doc == "" {
		doc = s.origin(e.Name)
	}
	comment(w, "", fmt.Sprintf("%s %s.", e.Name, doc))
	fmt.Fprintf(w, "type %s %s\n\n// Values of %s.\nconst (\n", e.Name, e.Base, e.Name)
	for _, v := range e.Values {
		value := v.Value
		if e.Base == "string" {
			value = fmt.Sprintf("%q", v.Value)
		}
		fmt.Fprintf(w, "\t%s%s %s = %s", cmp.Or(e.Prefix, e.Name), v.Name, e.Name, value)
		if v.Doc != "" {
			w.WriteString(" // " + strings.TrimSuffix(v.Doc, "."))
		}
		w.WriteString("\n")
	}
	w.WriteString(")\n\n")
}
