package main

import (
	"bytes"
	"fmt"
)

// query writes what builds the query and returns the expression to pass on.
func (s *api) query(w *bytes.Buffer, o *operation) string {
	var sure, maybe []*field
	for _, f := range o.Query {
		if f.Fixed != "" || f.Given != "" || f.Required {
			sure = append(sure, f)
		} else {
			maybe = append(maybe, f)
		}
	}
	if len(o.Query) == 0 && o.Token != "user" {
		return "nil"
	}
	var pairs []string
	if o.Token == "user" {
		pairs = append(pairs, `"access_token": {accessToken}`)
	}
	for _, f := range sure {
		pairs = append(pairs, fmt.Sprintf("%q: {%s}", f.Name, s.text(o, f)))
	}
	values := literal("url.Values", pairs)
	if len(maybe) == 0 && len(values) < 60 {
		return values
	}
	fmt.Fprintf(w, "\tq := %s\n", values)
	for _, f := range maybe {
		zero := "0"
		switch s.base(f) {
		case "string":
			zero = `""`
		case "bool":
			fmt.Fprintf(w, "\tif %s {\n\t\tq.Set(%q, \"true\")\n\t}\n", s.value(o, f), f.Name)
			continue
		}
		fmt.Fprintf(w, "\tif %s != %s {\n\t\tq.Set(%q, %s)\n\t}\n", s.value(o, f), zero, f.Name, s.text(o, f))
	}
	return "q"
}

// value is the Go expression of a parameter.
func (s *api) value(o *operation, f *field) string {
	switch {
	case f.Fixed != "":
		return fmt.Sprintf("%q", f.Fixed)
	case f.Given != "":
		return fmt.Sprintf("s.conn.given[%q]", f.Given)
	case o.request != "":
		return "r." + f.name()
	}
	return f.arg()
}

// text is the parameter's value as a string.
func (s *api) text(o *operation, f *field) string {
	v := s.value(o, f)
	if f.Fixed != "" || f.Given != "" {
		return v
	}
	base, isEnum := s.base(f), s.enums[f.elem()] != nil
	switch {
	case base == "string" && isEnum:
		return "string(" + v + ")"
	case base == "string":
		return v
	case base == "int64":
		return "strconv.FormatInt(" + v + ", 10)"
	case base == "bool":
		return "strconv.FormatBool(" + v + ")"
	case isEnum:
		return "strconv.Itoa(int(" + v + "))"
	}
	return "strconv.Itoa(" + v + ")"
}

// base is the basic type behind a field.
func (s *api) base(f *field) string {
	if e := s.enums[f.elem()]; e != nil {
		return e.Base
	}
	return f.elem()
}
