package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/internal/nearest"
)

// Problem is one thing in a request that the specification does not allow.
type Problem struct {
	At     string // where: "calendar.shares[0].userid"; empty: the whole body
	What   Fault
	Detail string // what was expected
	Near   string // the name that was probably meant; may be empty
}

// Fault is a kind of problem.
type Fault string

// Faults.
const (
	Unknown Fault = "unknown"      // no such name
	Missing Fault = "missing"      // required, and not there
	Wrong   Fault = "wrong type"   // of another type
	Strange Fault = "strange"      // not one of the values the documentation names
	Broken  Fault = "invalid JSON" // the body as a whole
)

func (p Problem) String() string {
	s := string(p.What)
	if p.At != "" {
		s = p.At + ": " + s
	}
	if p.Detail != "" {
		s += ", " + p.Detail
	}
	if p.Near != "" {
		s += ", did you mean " + p.Near + "?"
	}
	return s
}

// CheckQuery compares a query with the operation's. The token and debug may be there.
func (o *Operation) CheckQuery(q url.Values) []Problem {
	var ps []Problem
	for _, name := range slices.Sorted(maps.Keys(q)) {
		f := find(o.Query, name)
		switch {
		case f != nil:
			ps = append(ps, f.checkText(q.Get(name))...)
		case name != o.TokenParam && name != "debug":
			ps = append(ps, Problem{At: name, What: Unknown, Near: near(name, o.Query)})
		}
	}
	return append(ps, missing("", o.Query, func(name string) bool { return q.Has(name) })...)
}

// CheckBody compares a JSON body with the operation's: unknown and missing names, other types, unnamed values. An empty
// body is an empty object.
func (o *Operation) CheckBody(body []byte) []Problem {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return []Problem{{What: Broken, Detail: err.Error()}}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return []Problem{{What: Broken, Detail: "more than one value"}}
	}
	return checkObject("", o.Body, v)
}

// CheckAnswer compares a JSON answer with the operation's: unknown names, other types, unnamed values. Anything may be
// missing.
func (o *Operation) CheckAnswer(body []byte) []Problem {
	fields := append(slices.Clip(o.Answer), Field{Name: "errcode", Kind: Int}, Field{Name: "errmsg"})
	with := Operation{Body: fields}
	return slices.DeleteFunc(with.CheckBody(body), func(p Problem) bool { return p.What == Missing })
}

func checkObject(at string, fields []Field, v any) []Problem {
	m, ok := v.(map[string]any)
	if !ok {
		return []Problem{{At: at, What: Wrong, Detail: "want an object"}}
	}
	var ps []Problem
	for _, name := range slices.Sorted(maps.Keys(m)) {
		f := find(fields, name)
		if f == nil {
			ps = append(ps, Problem{At: join(at, name), What: Unknown, Near: near(name, fields)})
			continue
		}
		ps = append(ps, f.check(join(at, name), m[name])...)
	}
	return append(ps, missing(at, fields, func(name string) bool { return m[name] != nil })...)
}

// check compares a value; null is as if it were not there.
func (f *Field) check(at string, v any) []Problem {
	if v == nil || f.Kind == Raw {
		return nil
	}
	if !f.List {
		return f.checkOne(at, v)
	}
	list, ok := v.([]any)
	if !ok {
		return []Problem{{At: at, What: Wrong, Detail: "want a list, " + f.Type()}}
	}
	var ps []Problem
	for i, item := range list {
		ps = append(ps, f.checkOne(fmt.Sprintf("%s[%d]", at, i), item)...)
	}
	return ps
}

func (f *Field) checkOne(at string, v any) []Problem {
	if f.Kind == Object {
		return checkObject(at, f.Fields(), v)
	}
	var ok bool
	var text string
	switch v := v.(type) {
	case string:
		ok, text = f.Kind == String, v
	case bool:
		ok = f.Kind == Bool
	case json.Number:
		text = v.String()
		_, err := v.Int64()
		ok = f.Kind == Float || f.Kind == Int && err == nil
	}
	if !ok {
		return []Problem{{At: at, What: Wrong, Detail: "want " + article(f.Kind)}}
	}
	return f.checkValue(at, text)
}

// checkText compares a value of a query.
func (f *Field) checkText(s string) []Problem {
	var err error
	switch f.Kind {
	case Int:
		_, err = strconv.ParseInt(s, 10, 64)
	case Bool:
		_, err = strconv.ParseBool(s)
	}
	if err != nil {
		return []Problem{{At: f.Name, What: Wrong, Detail: "want " + article(f.Kind)}}
	}
	return f.checkValue(f.Name, s)
}

func (f *Field) checkValue(at, text string) []Problem {
	if f.Fixed != "" && text != f.Fixed {
		return []Problem{{At: at, What: Strange, Detail: "want " + f.Fixed}}
	}
	values := Enum(f.Enum)
	if len(values) == 0 || slices.ContainsFunc(values, func(v EnumValue) bool { return v.Value == text }) {
		return nil
	}
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = v.Value
	}
	p := Problem{At: at, What: Strange, Detail: "want one of " + strings.Join(names, ", ")}
	if f.Kind == String {
		p.Near = nearest.Name(text, names)
	}
	return []Problem{p}
}

func missing(at string, fields []Field, has func(string) bool) []Problem {
	var ps []Problem
	for i := range fields {
		if f := &fields[i]; f.Required && !has(f.Name) {
			ps = append(ps, Problem{At: join(at, f.Name), What: Missing, Detail: f.Doc})
		}
	}
	return ps
}

func find(fields []Field, name string) *Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}

func near(name string, fields []Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return nearest.Name(name, names)
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func article(k Kind) string {
	if k == Int {
		return "an int"
	}
	return "a " + k.String()
}
