package command

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// param is one argument or option of a command: a field of its struct.
type param struct {
	index    int
	name     string
	short    string // of an option
	option   bool
	optional bool
	rest     bool
	def      string
	enum     []string
	min, max *float64
	help     string
	typ      reflect.Type
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

// paramsOf reads the tags of T. What it cannot make sense of is a mistake in code.
func paramsOf[T any](command string) []param {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("command %s: arguments must be a struct, not %v", command, t))
	}
	var args, opts []param
	for i := range t.NumField() {
		f := t.Field(i)
		p, ok, err := paramOf(f, i)
		switch {
		case err != nil:
			panic(fmt.Sprintf("command %s: field %s: %v", command, f.Name, err))
		case !ok:
			continue
		case p.option:
			opts = append(opts, p)
			continue
		}
		if n := len(args); n > 0 && (args[n-1].takesAll() || args[n-1].optional && !p.optional) {
			panic(fmt.Sprintf("command %s: argument %s can never be reached", command, p.name))
		}
		args = append(args, p)
	}
	return append(args, opts...)
}

func paramOf(f reflect.StructField, index int) (p param, ok bool, err error) {
	arg, isArg := f.Tag.Lookup("arg")
	opt, isOpt := f.Tag.Lookup("opt")
	if !isArg && !isOpt {
		return p, false, nil
	}
	if !f.IsExported() || isArg && isOpt {
		return p, false, fmt.Errorf("must be exported and have either arg or opt")
	}
	p = param{index: index, option: isOpt, typ: f.Type, help: f.Tag.Get("help")}
	name, more, _ := strings.Cut(arg+opt, ",")
	p.name = name
	p.def, p.optional = f.Tag.Lookup("default")
	switch {
	case isOpt:
		p.short, p.optional = more, true
	case more == "rest":
		p.rest, p.optional = true, true
	case more == "optional", f.Type.Kind() == reflect.Slice:
		p.optional = p.optional || more == "optional"
	case more != "":
		return p, false, fmt.Errorf("unknown tag option %q", more)
	}
	if e := f.Tag.Get("enum"); e != "" {
		p.enum = strings.Split(e, "|")
	}
	if p.min, err = bound(f.Tag, "min"); err == nil {
		p.max, err = bound(f.Tag, "max")
	}
	if err == nil && (name == "" || !supported(f.Type) || p.rest && f.Type.Kind() != reflect.String) {
		err = fmt.Errorf("no name, or a type that cannot be typed in: %v", f.Type)
	}
	return p, true, err
}

func bound(tag reflect.StructTag, name string) (*float64, error) {
	s, ok := tag.Lookup(name)
	if !ok {
		return nil, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	return &n, err
}

func supported(t reflect.Type) bool {
	if t == timeType || t == durationType {
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Float64, reflect.Bool:
		return true
	case reflect.Slice:
		return t.Elem().Kind() == reflect.String || t.Elem().Kind() == reflect.Int
	}
	return false
}

// takesAll reports whether nothing can follow the argument.
func (p param) takesAll() bool { return p.rest || p.typ.Kind() == reflect.Slice }

// isSwitch reports whether the option stands without a value.
func (p param) isSwitch() bool { return p.option && p.typ.Kind() == reflect.Bool }

// label is how help names the parameter.
func (p param) label() string {
	switch {
	case p.option && p.short != "":
		return "--" + p.name + ", -" + p.short
	case p.option:
		return "--" + p.name
	}
	return p.name
}

func (p param) usage() string {
	s := p.name
	if len(p.enum) > 0 {
		s = strings.Join(p.enum, "|")
	}
	switch {
	case p.isSwitch():
		return "[--" + p.name + "]"
	case p.option:
		if len(p.enum) == 0 {
			s = "…"
		}
		return "[--" + p.name + " " + s + "]"
	case p.takesAll() && !p.rest:
		s += " …"
	}
	if p.optional {
		return "[" + s + "]"
	}
	return s
}
