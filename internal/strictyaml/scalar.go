package strictyaml

import (
	"encoding"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/wecombot/wecombot/internal/nearest"
)

// Size is a number of bytes, written 512, 64KiB, 1MiB, 10MB.
type Size int64

// textOf is the scalar with its place.
func (d *document) textOf(n *yaml.Node) Text {
	if e, ok := d.expanded[n]; ok {
		return Text{Value: e.text, Pos: d.src.pos(n.Line, n.Column)}
	}
	return Text{Value: n.Value, Pos: d.src.pos(n.Line, n.Column), node: n, src: d.src}
}

// scalar decodes a single value into v and holds it against r.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, name string, r rules) {
	want, hint := expected(v.Type())
	switch {
	case n.Kind != yaml.ScalarNode || isNull(n):
		d.mismatch(n, name, want)
		return
	case !coreTags[n.Tag]:
		d.report(n, "delete it", "the tag %s means nothing here", n.Tag)
		return
	}
	text := d.doc.textOf(n)
	put, expanded := d.doc.expanded[n]
	if put.failed {
		return
	}
	ok := true
	switch t, i := v.Type(), v.Addr().Interface(); {
	case t == placedType:
		v.Set(reflect.ValueOf(text))
	case reflect.PointerTo(t).Implements(textType):
		if err := i.(encoding.TextUnmarshaler).UnmarshalText([]byte(text.Value)); err != nil {
			ok = false
			if !expanded {
				d.report(n, "", "%s: %v", name, err)
				return
			}
		}
	case t == durationType:
		var dur time.Duration
		dur, ok = parseDuration(text.Value)
		v.SetInt(int64(dur))
	case t == sizeType:
		var size int64
		size, ok = parseSize(text.Value)
		v.SetInt(size)
	default:
		ok = plainScalar(text.Value, v)
		if quoted(n) && !expanded && ok && t.Kind() != reflect.String {
			ok, hint = false, "remove the quotes"
		}
	}
	if !ok {
		d.report(n, hint, "%s must be %s, found %s", name, want, d.found(n))
		return
	}
	d.bounds(n, v, name, text.Value, r)
}

// plainScalar sets v, a string, bool or number, from its text.
func plainScalar(s string, v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		v.SetBool(s == "true" || s == "True" || s == "TRUE")
		return v.Bool() || s == "false" || s == "False" || s == "FALSE"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, ok := parseInt(s)
		if !ok || v.OverflowInt(i) {
			return false
		}
		v.SetInt(i)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		i, ok := parseInt(s)
		if !ok || i < 0 || v.OverflowUint(uint64(i)) {
			return false
		}
		v.SetUint(uint64(i))
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
		v.SetFloat(f)
	default:
		panic("strictyaml: a field of type " + v.Type().String() + " cannot be decoded") // a mistake in our code
	}
	return true
}

// bounds reports an empty required value, one outside its enumeration, or outside its range.
func (d *decoder) bounds(n *yaml.Node, v reflect.Value, name, text string, r rules) {
	if r.required && text == "" {
		d.report(n, "", "%s is empty", name)
		return
	}
	if r.enum != nil && !slices.Contains(r.enum, text) {
		hint := ""
		if near := nearest.Name(text, r.enum); near != "" {
			hint = didYouMean(near, nil)
		}
		d.report(n, hint, "%s must be %s, found %s", name, oneOf(r.enum), d.found(n))
		return
	}
	x, isNumber := number(v)
	if low, ok := r.limit(r.min, v.Type()); isNumber && ok && x < low {
		d.report(n, "", "%s must be at least %s, found %s", name, r.min, d.found(n))
	}
	if high, ok := r.limit(r.max, v.Type()); isNumber && ok && x > high {
		d.report(n, "", "%s must be at most %s, found %s", name, r.max, d.found(n))
	}
}

func number(v reflect.Value) (float64, bool) {
	switch {
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanFloat():
		return v.Float(), true
	}
	return 0, false
}

// expected names the type for people, with an example.
func expected(t reflect.Type) (want, hint string) {
	switch {
	case t == durationType:
		return "a duration", "write 4s, 10m or 1h30m"
	case t == sizeType:
		return "a size", "write 64KiB or 1MiB"
	}
	switch k := t.Kind(); {
	case k == reflect.Bool:
		return "true or false", ""
	case k == reflect.Float32 || k == reflect.Float64:
		return "a number", ""
	case k >= reflect.Int && k <= reflect.Uint64:
		return "a whole number", ""
	}
	return "a text", ""
}

// anyScalar decodes a scalar by what it is. Expanded and quoted ones are texts.
func (d *decoder) anyScalar(n *yaml.Node) any {
	text := d.doc.textOf(n).Value
	if _, expanded := d.doc.expanded[n]; expanded || quoted(n) {
		return text
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(text, "true")
	case "!!int":
		if i, ok := parseInt(text); ok {
			return int(i)
		}
	case "!!float":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	}
	return text
}

func quoted(n *yaml.Node) bool {
	return n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// coreTags are those a value gets by itself or may be given.
var coreTags = map[string]bool{"": true, "!": true, "!!str": true, "!!int": true, "!!float": true, "!!bool": true, "!!timestamp": true, "!!merge": true}

// parseInt reads a decimal, 0x or 0o number; 0777 is refused, since readers disagree on what it is.
func parseInt(s string) (int64, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return 0, false
	}
	i, err := strconv.ParseInt(s, 0, 64)
	return i, err == nil
}

// parseDuration reads a Go duration, and days.
func parseDuration(s string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 32)
		return time.Duration(n) * 24 * time.Hour, err == nil && n >= 0 && n <= 36500
	}
	dur, err := time.ParseDuration(s)
	return dur, err == nil && dur >= 0 && s != "0"
}

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1},
}

func parseSize(s string) (int64, bool) {
	for _, u := range sizeUnits {
		if digits, ok := strings.CutSuffix(s, u.suffix); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
			return n * u.bytes, err == nil && n >= 0 && n <= math.MaxInt64/u.bytes
		}
	}
	return 0, false
}

// oneOf lists alternatives for people.
func oneOf(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
