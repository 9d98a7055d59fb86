package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// method writes one operation.
func (s *api) method(w *bytes.Buffer, v *service, o *operation) {
	s.methodDoc(w, o)
	if o.Answers == "url" {
		s.link(w, v, o)
		return
	}
	result := s.result(o)
	returns := "error"
	if result != "" {
		returns = "(" + result + ", error)"
	}
	fmt.Fprintf(w, "func (%s) %s(%s) %s {\n", receiver(v), o.verb,
		parameters(append([]arg{{"ctx", "context.Context"}}, s.args(o)...)), returns)
	s.body(w, v, o, result)
	w.WriteString("}\n\n")
	if o.Paging != nil {
		s.iterator(w, v, o)
	}
}

func receiver(v *service) string {
	if v.Client == v.Name {
		return "s *" + v.Name
	}
	return "s *" + v.Name + "Service"
}

type arg struct{ name, typ string }

// args are the parameters of the Go method after ctx.
func (s *api) args(o *operation) []arg {
	var as []arg
	switch {
	case o.request != "":
		as = append(as, arg{"r", "*" + o.request})
	default:
		for _, f := range o.params() {
			t := s.goType(f, false)
			if f.elem() != f.Type || s.types[f.elem()] == nil {
				as = append(as, arg{f.arg(), t})
				continue
			}
			as = append(as, arg{f.arg(), "*" + strings.TrimPrefix(t, "*")})
		}
		if o.Token == "user" {
			as = append([]arg{{"accessToken", "string"}}, as...)
		}
	}
	if len(o.Files) > 0 {
		as = append(as, arg{"f", "*File"})
	}
	return as
}

// parameters writes a parameter list, neighbours of one type together.
func parameters(as []arg) string {
	var b strings.Builder
	for i, a := range as {
		b.WriteString(a.name)
		if i+1 == len(as) || as[i+1].typ != a.typ {
			b.WriteString(" " + a.typ)
		}
		if i+1 < len(as) {
			b.WriteString(", ")
		}
	}
	return b.String()
}

// result is the Go type that the method returns beside the error; empty: none.
func (s *api) result(o *operation) string {
	switch {
	case o.Answers == "file":
		return "*Download"
	case o.named != "":
		return "*" + o.named
	case len(o.Result) == 0:
		return ""
	}
	f := o.Result[0]
	t := s.goType(f, false)
	if !f.list() && s.types[f.elem()] != nil {
		return "*" + t
	}
	return t
}

func (s *api) methodDoc(w *bytes.Buffer, o *operation) {
	text := s.translate(fmt.Sprintf("%s %s.", o.verb, o.Doc))
	paragraph := func(t string) {
		if t != "" {
			text += "\n\n" + strings.TrimSuffix(s.translate(sentence(o, t)), ".") + "."
		}
	}
	for _, n := range o.Notes {
		paragraph(n)
	}
	if o.Apps != "" {
		paragraph("For " + o.Apps)
	}
	if o.Limit != "" {
		paragraph("Limit: " + o.Limit)
	}
	if o.Unconfirmed != "" {
		paragraph("Unconfirmed: " + o.Unconfirmed)
	}
	if list := s.argDoc(o); list != "" {
		text += "\n" + list
	}
	if o.Deprecated != "" {
		paragraph("Deprecated: " + o.Deprecated)
	}
	comment(w, "", text)
	fmt.Fprintf(w, "//\n//wecom:op %s %s %s\n", o.method, o.path, strings.Join(o.Docs, " "))
}

// sentence starts a text with a capital, unless it starts with a name on the wire.
func sentence(o *operation, text string) string {
	first, _, _ := strings.Cut(text, " ")
	for _, f := range slices.Concat(o.Query, o.Body, o.Result) {
		if f.Name == strings.TrimRight(first, ",.:") {
			return text
		}
	}
	return upper(text)
}

// argDoc lists what is to be known about single parameters and a single result.
func (s *api) argDoc(o *operation) string {
	var b strings.Builder
	if o.request == "" {
		for _, f := range o.params() {
			if f.Doc != "" {
				fmt.Fprintf(&b, "\n  - %s: %s", f.arg(), s.translate(f.Doc))
			}
		}
	}
	if o.named == "" && len(o.Result) == 1 && o.Result[0].Doc != "" {
		fmt.Fprintf(&b, "\n  - returned: %s", s.translate(o.Result[0].Doc))
	}
	return b.String()
}

var opID = regexp.MustCompile(`\b[a-z0-9]+(_[a-z0-9]+)+\b`)

// translate replaces ids of operations by the methods' names.
func (s *api) translate(text string) string {
	return opID.ReplaceAllStringFunc(text, func(id string) string {
		for _, o := range s.ops {
			if o.ID == id {
				return s.public(o)
			}
		}
		return id
	})
}

func (s *api) body(w *bytes.Buffer, v *service, o *operation, result string) {
	if o.request != "" && !hasRequired(o) {
		fmt.Fprintf(w, "\tr = cmp.Or(r, new(%s))\n", o.request)
	}
	query := s.query(w, o)
	payload := s.payload(w, o)
	call := fmt.Sprintf("%q, %q, %s", o.method, o.path, query)
	switch {
	case o.Answers == "file":
		fmt.Fprintf(w, "\treturn s.conn.download(ctx, %s)\n", call)
		return
	case len(o.Files) > 0:
		call = "s.conn.upload(ctx, " + fmt.Sprintf("%q, %s, f", o.path, query)
	default:
		call = "s.conn.call(ctx, " + call + ", " + payload
	}
	switch {
	case result == "":
		fmt.Fprintf(w, "\treturn %s, nil)\n", call)
	case o.named != "":
		fmt.Fprintf(w, "\tout := new(%s)\n\tif err := %s, out); err != nil {\n\t\treturn nil, err\n\t}\n\treturn out, nil\n", o.named, call)
	default:
		f := o.Result[0]
		t, value := s.goType(f, false), "out."+f.name()
		if strings.HasPrefix(result, "*") {
			fmt.Fprintf(w, "\tvar out struct {\n\t\t%s *%s `json:%q`\n\t}\n", f.name(), t, f.Name)
		} else {
			fmt.Fprintf(w, "\tvar out struct {\n\t\t%s %s `json:%q`\n\t}\n", f.name(), t, f.Name)
		}
		fmt.Fprintf(w, "\terr := %s, &out)\n\treturn %s, err\n", call, value)
	}
}

func hasRequired(o *operation) bool {
	for _, f := range o.params() {
		if f.Required {
			return true
		}
	}
	return false
}

// literal writes a composite literal, over several lines where it would be too long for one.
func literal(typ string, pairs []string) string {
	if one := typ + "{" + strings.Join(pairs, ", ") + "}"; len(one) < 90 {
		return one
	}
	return typ + "{\n" + strings.Join(pairs, ",\n") + ",\n}"
}

// payload writes what builds the body and returns the expression to pass on.
func (s *api) payload(w *bytes.Buffer, o *operation) string {
	fs := asked(o.Body)
	switch {
	case o.request != "" && len(fs) > 0:
		return "r"
	case len(fs) == 0 && o.method == "POST":
		return "struct{}{}" // the platform wants an object, be it empty
	case len(fs) == 0:
		return "nil"
	}
	optional := false
	for _, f := range fs {
		optional = optional || !f.Required
	}
	if !optional {
		var pairs []string
		for _, f := range fs {
			pairs = append(pairs, fmt.Sprintf("%q: %s", f.Name, f.arg()))
		}
		fmt.Fprintf(w, "\tbody := %s\n", literal("map[string]any", pairs))
		return "body"
	}
	w.WriteString("\tbody := struct {\n")
	var values []string
	for _, f := range fs {
		fmt.Fprintf(w, "\t\t%s %s `json:%q`\n", f.name(), s.goType(f, true), f.Name+omit(f))
		values = append(values, f.arg())
	}
	fmt.Fprintf(w, "\t}{%s}\n", strings.Join(values, ", "))
	return "body"
}

// link writes a method that builds a URL for a browser.
func (s *api) link(w *bytes.Buffer, v *service, o *operation) {
	fmt.Fprintf(w, "func (%s) %s(%s) string {\n", receiver(v), o.verb, parameters(s.args(o)))
	query := s.query(w, o)
	fmt.Fprintf(w, "\treturn s.conn.link(%q, %q, %s, %q)\n}\n\n", o.Host, o.path, query, o.Fragment)
}
