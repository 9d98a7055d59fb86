package command

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/internal/when"
)

// env is what values are read with.
type env struct {
	now  time.Time
	lang string
}

func (e env) say(s sentence, args ...any) string { return s.In(e.lang, args...) }

// bind fills the struct that out points to. Its errors are usageErrors.
func bind(params []param, l line, e env, out any) error {
	b := binder{params: params, line: l, env: e, out: reflect.ValueOf(out).Elem(), set: map[int]bool{}}
	if err := b.words(); err != nil {
		return err
	}
	for _, p := range params {
		switch {
		case b.set[p.index]:
		case p.def != "":
			if err := b.value(p, p.def); err != nil {
				return err
			}
		case !p.optional:
			return b.wrong(sayMissing, p.name)
		}
	}
	return nil
}

type binder struct {
	params []param
	line   line
	env    env
	out    reflect.Value
	set    map[int]bool
	next   int // argument
}

func (b *binder) wrong(s sentence, args ...any) error { return usageError(b.env.say(s, args...)) }

func (b *binder) words() error {
	options := true
	for i := 0; i < len(b.line.words); i++ {
		w := b.line.words[i]
		name, value, hasValue, isOption := w.option()
		if !options || !isOption {
			done, err := b.argument(w)
			if done || err != nil {
				return err
			}
			continue
		}
		if name == "" {
			options = false
			continue
		}
		p, err := b.option(name)
		switch {
		case err != nil:
			return err
		case !hasValue && p.isSwitch():
			value = "true"
		case !hasValue && i+1 < len(b.line.words):
			i++
			value = b.line.words[i].text
		case !hasValue:
			return b.wrong(sayNoValue, "--"+p.name)
		}
		if err := b.value(p, value); err != nil {
			return err
		}
	}
	return nil
}

// argument reads one word at its place; done says that it took the rest of the line.
func (b *binder) argument(w word) (done bool, err error) {
	if b.next >= len(b.params) || b.params[b.next].option {
		return false, b.wrong(sayTooMany, w.text)
	}
	p := b.params[b.next]
	if p.rest {
		return true, b.value(p, strings.TrimSpace(b.line.text[w.at:]))
	}
	if !p.takesAll() {
		b.next++
	}
	return false, b.value(p, w.text)
}

func (b *binder) option(name string) (param, error) {
	var names []string
	for _, p := range b.params {
		if p.option {
			if p.name == name || p.short != "" && p.short == name {
				return p, nil
			}
			names = append(names, p.name)
		}
	}
	if near := nearest.Name(name, names); near != "" {
		return param{}, b.wrong(sayNearOption, "--"+name, "--"+near)
	}
	return param{}, b.wrong(sayNoOption, "--"+name)
}

// value reads text into the parameter's field; a slice's field grows.
func (b *binder) value(p param, text string) error {
	if len(p.enum) > 0 {
		i := slices.IndexFunc(p.enum, func(s string) bool { return strings.EqualFold(s, norm.NFKC.String(text)) })
		if i < 0 {
			return b.wrong(sayEnum, p.name, strings.Join(p.enum, "、"))
		}
		text = p.enum[i]
	}
	field := b.out.Field(p.index)
	b.set[p.index] = true
	if p.typ.Kind() == reflect.Slice {
		item := reflect.New(p.typ.Elem()).Elem()
		if err := b.scalar(p, text, item); err != nil {
			return err
		}
		field.Set(reflect.Append(field, item))
		return nil
	}
	return b.scalar(p, text, field)
}

func (b *binder) scalar(p param, text string, v reflect.Value) error {
	half := strings.TrimSpace(norm.NFKC.String(text))
	switch {
	case v.Type() == timeType:
		day, ok := when.Date(text, b.env.now)
		if !ok {
			return b.wrong(sayNoDate, p.name, text)
		}
		v.Set(reflect.ValueOf(day))
		return nil
	case v.Type() == durationType:
		d, err := time.ParseDuration(half)
		if err != nil {
			return b.wrong(sayNoDuration, p.name, text)
		}
		v.SetInt(int64(d))
		return nil
	}
	switch v.Kind() {
	case reflect.Int:
		n, err := strconv.Atoi(half)
		if err != nil {
			return b.wrong(sayNoInt, p.name, text)
		}
		v.SetInt(int64(n))
		return b.bounds(p, float64(n))
	case reflect.Float64:
		n, err := strconv.ParseFloat(half, 64)
		if err != nil || n != n {
			return b.wrong(sayNoNumber, p.name, text)
		}
		v.SetFloat(n)
		return b.bounds(p, n)
	case reflect.Bool:
		on, err := strconv.ParseBool(half)
		if err != nil {
			return b.wrong(sayNoBool, p.name, text)
		}
		v.SetBool(on)
	default:
		v.SetString(text)
	}
	return nil
}

func (b *binder) bounds(p param, n float64) error {
	short := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
	switch {
	case p.min != nil && p.max != nil && (n < *p.min || n > *p.max):
		return b.wrong(sayBetween, p.name, short(*p.min), short(*p.max))
	case p.min != nil && n < *p.min:
		return b.wrong(sayAtLeast, p.name, short(*p.min))
	case p.max != nil && n > *p.max:
		return b.wrong(sayAtMost, p.name, short(*p.max))
	}
	return nil
}
