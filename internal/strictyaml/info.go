package strictyaml

import (
	"reflect"
	"strconv"
	"strings"
)

// rules are what the tags of a field ask of its value.
type rules struct {
	required bool
	enum     []string
	min, max string
	standard string // the default
	doc      string
}

// ofItem are the rules that also hold for each item of a list: all but being there.
func (r rules) ofItem() rules {
	r.required, r.standard = false, ""
	return r
}

// limit reads min or max as the field's type writes it.
func (r rules) limit(s string, t reflect.Type) (float64, bool) {
	if s == "" {
		return 0, false
	}
	switch t {
	case durationType:
		d, ok := parseDuration(s)
		return float64(d), ok
	case sizeType:
		n, ok := parseSize(s)
		return float64(n), ok
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

type field struct {
	index []int
	rules rules
	typ   reflect.Type
}

// structInfo is a struct type seen as a mapping.
type structInfo struct {
	names  []string // in order of declaration
	byName map[string]field
	where  []int // index of the Where field
	self   []int // index of the *Node field that keeps the mapping itself
}

func (d *decoder) info(t reflect.Type) *structInfo {
	if i, ok := d.types[t]; ok {
		return i
	}
	i := inspect(t)
	d.types[t] = i
	return i
}

func inspect(t reflect.Type) *structInfo {
	info := &structInfo{byName: map[string]field{}}
	for i := range t.NumField() {
		info.add(t.Field(i))
	}
	return info
}

func (info *structInfo) add(f reflect.StructField) {
	if f.Type == whereType {
		info.where = f.Index
		return
	}
	tag, ok := f.Tag.Lookup("yaml")
	if !ok || tag == "-" {
		return
	}
	name, options, _ := strings.Cut(tag, ",")
	if options == "self" {
		info.self = f.Index
		return
	}
	if options == "inline" {
		inner := inspect(f.Type)
		for _, name := range inner.names {
			in := inner.byName[name]
			in.index = append([]int{f.Index[0]}, in.index...)
			info.names = append(info.names, name)
			info.byName[name] = in
		}
		if inner.where != nil && info.where == nil {
			info.where = append([]int{f.Index[0]}, inner.where...)
		}
		return
	}
	r := rules{
		required: options == "required",
		min:      f.Tag.Get("min"), max: f.Tag.Get("max"),
		standard: f.Tag.Get("default"), doc: f.Tag.Get("doc"),
	}
	if e := f.Tag.Get("enum"); e != "" {
		r.enum = strings.Split(e, "|")
	}
	info.names = append(info.names, name)
	info.byName[name] = field{index: f.Index, rules: r, typ: f.Type}
}
