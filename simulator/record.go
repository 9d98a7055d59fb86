package simulator

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// text is a field that holds a string; "" where it does not.
func (f fields) text(name string) string {
	s, _ := f[name].(string)
	return s
}

// has reports whether a field is there and not null.
func (f fields) has(name string) bool { return f[name] != nil }

// int is a field that holds a whole number; 0 where it does not.
func (f fields) int(name string) int64 { return wholeNumber(f[name]) }

func wholeNumber(v any) int64 {
	switch n := v.(type) {
	case json.Number:
		i, _ := n.Int64() // checked by the specification
		return i
	case int:
		return int64(n)
	case int64:
		return n
	case float64:
		return int64(n)
	}
	return 0
}

// object is a field that holds an object; an empty one where it does not. It is the field's own, not a copy.
func (f fields) object(name string) fields {
	switch o := f[name].(type) {
	case fields:
		return o
	case map[string]any:
		return o
	}
	return fields{}
}

// list is a field that holds a list.
func (f fields) list(name string) []any {
	l, _ := f[name].([]any)
	return l
}

func (f fields) texts(name string) []string {
	out := []string{}
	for _, v := range f.list(name) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (f fields) ints(name string) []int {
	out := []int{}
	for _, v := range f.list(name) {
		out = append(out, int(wholeNumber(v)))
	}
	return out
}

func (f fields) objects(name string) []fields {
	out := []fields{}
	for _, v := range f.list(name) {
		if o, ok := v.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// with is a copy with the other's fields over it.
func (f fields) with(other fields) fields {
	out := maps.Clone(f)
	if out == nil {
		out = fields{}
	}
	maps.Copy(out, other)
	return out
}

// only keeps the named fields that are there.
func (f fields) only(names ...string) fields {
	out := fields{}
	for _, n := range names {
		if f.has(n) {
			out[n] = f[n]
		}
	}
	return out
}

// text is a field of the member that the API was told and that has no place of its own.
func (m *Member) text(name string) string { return m.profile.text(name) }

// sameID compares user ids as the platform does.
func sameID(a, b string) bool { return strings.EqualFold(a, b) }

func hasID(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(x string) bool { return sameID(x, id) })
}

func withoutID(ids []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(x string) bool { return sameID(x, id) })
}
