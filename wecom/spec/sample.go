package spec

import (
	"net/url"
	"slices"
	"strconv"
)

// SampleQuery fills in every parameter of the query but the token.
func (o *Operation) SampleQuery() url.Values {
	q := url.Values{}
	for i := range o.Query {
		f := &o.Query[i]
		switch v := f.sample(nil, i).(type) {
		case string:
			q.Set(f.Name, v)
		case int:
			q.Set(f.Name, strconv.Itoa(v))
		case bool:
			q.Set(f.Name, strconv.FormatBool(v))
		}
	}
	return q
}

// SampleBody fills in every field of a JSON body. An object inside one of its own kind is left out.
func (o *Operation) SampleBody() map[string]any { return sampleObject(o.Body, nil) }

// SampleAnswer fills in every field of an answer, with errcode 0.
func (o *Operation) SampleAnswer() map[string]any {
	m := sampleObject(o.Answer, nil)
	m["errcode"], m["errmsg"] = 0, "ok"
	return m
}

func sampleObject(fields []Field, inside []string) map[string]any {
	m := map[string]any{}
	for i := range fields {
		if v := fields[i].sample(inside, i); v != nil {
			m[fields[i].Name] = v
		}
	}
	return m
}

// sample is a value that tells fields apart; nil where the field would contain itself.
func (f *Field) sample(inside []string, i int) any {
	if f.Kind == Object {
		if slices.Contains(inside, f.Model) {
			return nil
		}
	}
	v := f.one(inside, i)
	if f.List {
		return []any{v}
	}
	return v
}

func (f *Field) one(inside []string, i int) any {
	values := Enum(f.Enum)
	switch f.Kind {
	case Object:
		return sampleObject(f.Fields(), append(inside[:len(inside):len(inside)], f.Model))
	case Int:
		if len(values) > 0 {
			n, _ := strconv.Atoi(values[len(values)-1].Value) // generated from numbers
			return n
		}
		return i + 1
	case Float:
		return float64(i) + 0.5
	case Bool:
		return true
	case Raw:
		return map[string]any{"any": f.Name}
	}
	switch {
	case f.Fixed != "":
		return f.Fixed
	case len(values) > 0:
		return values[len(values)-1].Value
	}
	return f.Name + "-" + strconv.Itoa(i+1)
}
