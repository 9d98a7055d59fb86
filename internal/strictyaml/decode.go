package strictyaml

import (
	"encoding"
	"errors"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/wecombot/wecombot/internal/nearest"
)

// Options are choices of one Decode; the zero value expands nothing.
type Options struct {
	// Env looks an environment variable up; nil: ${…} and $$ are ordinary text.
	Env func(name string) (string, bool)
	// ReadFile reads the file of ${file:path}; a relative path is relative to the document. nil: not allowed.
	ReadFile func(path string) ([]byte, error)
	MaxBytes int // of the document; 0 is 16 MiB
}

// Unmarshaler is a type that decodes itself. It reports what is wrong on n and need not stop at the first.
type Unmarshaler interface{ UnmarshalYAML(n *Node) }

// Decode reads the document raw of the named file into the struct (or other value) that out points to, and returns
// all problems in order of their places. out holds what could be read. An empty document is an empty mapping.
func Decode(file string, raw []byte, out any, o Options) []Problem {
	doc, problems := parse(file, raw, o)
	d := newDecoder(doc, problems)
	v := reflect.ValueOf(out).Elem()
	switch {
	case doc.root != nil:
		d.value(doc.root, v, "the file", rules{}, 0)
	case len(problems) == 0 && v.Kind() == reflect.Struct:
		d.structure(&yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}, v, "the file", 0)
	}
	Sort(d.problems)
	return d.problems
}

// DecodeFile reads a file and decodes it.
func DecodeFile(path string, out any, o Options) []Problem {
	raw, err := os.ReadFile(path)
	if err != nil {
		return []Problem{{File: path, Message: "cannot be read: " + reason(err)}}
	}
	return Decode(path, raw, out, o)
}

// reason is the error without the operation and the path, which stand before it already.
func reason(err error) string {
	var e *os.PathError
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

type decoder struct {
	doc      *document
	problems []Problem
	budget   int // nodes that may still be visited; aliases multiply them
	types    map[reflect.Type]*structInfo
}

func newDecoder(doc *document, problems []Problem) *decoder {
	return &decoder{doc: doc, problems: problems, budget: 10*doc.count + 1000, types: map[reflect.Type]*structInfo{}}
}

func (d *decoder) pos(n *yaml.Node) Pos { return d.doc.src.pos(n.Line, n.Column) }

func (d *decoder) report(n *yaml.Node, hint, format string, args ...any) {
	p := d.pos(n).Problem(format, args...)
	p.Hint = hint
	d.problems = append(d.problems, p)
}

var (
	unmarshalerType = reflect.TypeFor[Unmarshaler]()
	textType        = reflect.TypeFor[encoding.TextUnmarshaler]()
	nodeType        = reflect.TypeFor[*Node]()
	whereType       = reflect.TypeFor[Where]()
	placedType      = reflect.TypeFor[Text]()
	durationType    = reflect.TypeFor[time.Duration]()
	sizeType        = reflect.TypeFor[Size]()
)

// value decodes n into v. name is what messages call it; r bounds it.
func (d *decoder) value(n *yaml.Node, v reflect.Value, name string, r rules, depth int) {
	n = resolve(n)
	if d.spent(n, depth) {
		return
	}
	t := v.Type()
	switch {
	case isNull(n) && r.required:
		d.report(n, "", "%s is empty", name)
		return
	case t == nodeType:
		v.Set(reflect.ValueOf(&Node{doc: d.doc, node: n, name: name}))
		return
	case v.CanAddr() && reflect.PointerTo(t).Implements(unmarshalerType):
		v.Addr().Interface().(Unmarshaler).UnmarshalYAML(&Node{doc: d.doc, node: n, name: name, dec: d, depth: depth})
		return
	case t.Kind() == reflect.Pointer:
		if isNull(n) {
			return
		}
		if v.IsNil() {
			v.Set(reflect.New(t.Elem()))
		}
		d.value(n, v.Elem(), name, r, depth+1)
		return
	case t == placedType || v.CanAddr() && reflect.PointerTo(t).Implements(textType):
		d.scalar(n, v, name, r)
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		d.structure(n, v, name, depth)
	case reflect.Map:
		d.mapping(n, v, name, r, depth)
	case reflect.Slice:
		d.list(n, v, name, r, depth)
	case reflect.Interface:
		if any := d.any(n, depth); any != nil {
			v.Set(reflect.ValueOf(any))
		}
	default:
		d.scalar(n, v, name, r)
	}
}

// spent counts a visit of n and reports, once, when aliases made it too many or too deep.
func (d *decoder) spent(n *yaml.Node, depth int) bool {
	if d.budget < 0 {
		return true
	}
	if d.budget--; d.budget >= 0 && depth <= maxDepth {
		return false
	}
	d.report(n, "", "too much: aliases multiply, or an anchor holds itself")
	d.budget = -1
	return true
}

// resolve follows an alias to what it names.
func resolve(n *yaml.Node) *yaml.Node {
	for i := 0; n.Kind == yaml.AliasNode && n.Alias != nil && i < maxDepth; i++ {
		n = n.Alias
	}
	return n
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, name string, depth int) {
	if isNull(n) {
		n = &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}
	}
	info := d.info(v.Type())
	if n.Kind != yaml.MappingNode {
		d.mismatch(n, name, "a mapping with "+list(info.names))
		return
	}
	where, before := Where{Pos: d.pos(n), keys: map[string]place{}}, len(d.problems)
	for _, e := range d.entries(n, depth) {
		f, known := info.byName[e.key.Value]
		if !known {
			d.report(e.key, didYouMean(nearest.Name(e.key.Value, info.names), info.names), "unknown key %q", e.key.Value)
			continue
		}
		where.keys[e.key.Value] = d.place(e)
		d.value(e.value, v.FieldByIndex(f.index), e.key.Value, f.rules, depth+1)
	}
	for _, name := range info.names {
		f := info.byName[name]
		if where.Has(name) {
			continue
		}
		if f.rules.required {
			d.report(n, "", "missing key %q", name)
		} else if f.rules.standard != "" {
			d.scalar(&yaml.Node{Kind: yaml.ScalarNode, Value: f.rules.standard}, v.FieldByIndex(f.index), name, rules{})
		} else if t := v.FieldByIndex(f.index); t.Kind() == reflect.Struct && d.hasDefaults(t.Type()) {
			d.structure(&yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}, t, name, depth+1)
		}
	}
	if info.self != nil {
		v.FieldByIndex(info.self).Set(reflect.ValueOf(&Node{doc: d.doc, node: n, name: name}))
	}
	if info.where != nil {
		where.broken = len(d.problems) > before
		v.FieldByIndex(info.where).Set(reflect.ValueOf(where))
	}
}

// hasDefaults reports whether an absent mapping of type t still fills something in.
func (d *decoder) hasDefaults(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(unmarshalerType) || reflect.PointerTo(t).Implements(textType) || t == placedType {
		return false
	}
	for _, f := range d.info(t).byName {
		if f.rules.standard != "" {
			return true
		}
	}
	return false
}

func (d *decoder) place(e entry) place {
	p := place{key: d.pos(e.key), value: d.pos(e.value)}
	if v := resolve(e.value); v.Kind == yaml.SequenceNode {
		for _, c := range v.Content {
			p.items = append(p.items, d.pos(c))
		}
	}
	return p
}

type entry struct{ key, value *yaml.Node }

// entries lists a mapping's keys in order, those of merged mappings ("<<") after its own, and reports what cannot be
// a key or stands twice.
func (d *decoder) entries(n *yaml.Node, depth int) []entry {
	if templateBraces(n) {
		d.report(n, `put a text that starts with {{ in quotes`, "{{ }} without quotes")
		return nil
	}
	var es, merged []entry
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolve(n.Content[i]), n.Content[i+1]
		switch first := seen[key.Value]; {
		case key.Tag == "!!merge":
			merged = append(merged, d.merge(value, depth+1)...)
		case key.Kind != yaml.ScalarNode:
			d.report(n.Content[i], `put a text with { } [ ] in quotes`, "a key must be a single value")
		case first != nil:
			d.report(n.Content[i], "first at line "+strconv.Itoa(first.Line), "key %q stands twice", key.Value)
		default:
			seen[key.Value] = key
			es = append(es, entry{key, value})
		}
	}
	for _, e := range merged {
		if seen[e.key.Value] == nil {
			seen[e.key.Value] = e.key
			es = append(es, e)
		}
	}
	return es
}

func (d *decoder) merge(n *yaml.Node, depth int) []entry {
	n = resolve(n)
	if d.spent(n, depth) {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return d.entries(n, depth)
	case yaml.SequenceNode:
		var es []entry
		for _, c := range n.Content {
			es = append(es, d.merge(c, depth+1)...)
		}
		return es
	default:
		d.mismatch(n, "<<", "a mapping (an alias) to merge")
		return nil
	}
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, name string, r rules, depth int) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.mismatch(n, name, "a mapping")
		return
	}
	m := reflect.MakeMap(v.Type())
	for _, e := range d.entries(n, depth) {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(e.value, elem, e.key.Value, r.ofItem(), depth+1)
		m.SetMapIndex(reflect.ValueOf(e.key.Value).Convert(v.Type().Key()), elem)
	}
	v.Set(m)
	if r.required && m.Len() == 0 {
		d.report(n, "", "%s is empty", name)
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, name string, r rules, depth int) {
	if isNull(n) {
		return
	}
	items := n.Content
	if n.Kind != yaml.SequenceNode {
		if elem := v.Type().Elem(); n.Kind == yaml.MappingNode && !reflect.PointerTo(elem).Implements(unmarshalerType) ||
			n.Kind == yaml.ScalarNode && !single(elem) {
			d.report(n, `start each entry with "- "`, "%s must be a list, found %s", name, d.found(n))
			return
		}
		items = []*yaml.Node{n}
	}
	s := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		itemName := name
		if len(items) > 1 {
			itemName += "[" + strconv.Itoa(i) + "]"
		}
		d.value(item, s.Index(i), itemName, r.ofItem(), depth+1)
	}
	v.Set(s)
	if r.required && len(items) == 0 {
		d.report(n, "", "%s is empty", name)
	}
}

// single reports whether values of type t are written as one scalar, so that a list of one needs no brackets.
func single(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if p := reflect.PointerTo(t); p.Implements(unmarshalerType) || p.Implements(textType) || t == placedType {
		return true
	}
	return !slices.Contains([]reflect.Kind{reflect.Struct, reflect.Map, reflect.Slice}, t.Kind())
}

// any decodes n by what it is: map[string]any, []any, string, int, float64, bool or nil.
func (d *decoder) any(n *yaml.Node, depth int) any {
	n = resolve(n)
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		d.mapping(n, reflect.ValueOf(&m).Elem(), "", rules{}, depth)
		return m
	case yaml.SequenceNode:
		s := []any{}
		d.list(n, reflect.ValueOf(&s).Elem(), "", rules{}, depth)
		return s
	default:
		return d.anyScalar(n)
	}
}

// mismatch reports a value of the wrong kind.
func (d *decoder) mismatch(n *yaml.Node, name, want string) {
	hint := ""
	if templateBraces(n) {
		hint = `put a text that starts with {{ in quotes`
	}
	d.report(n, hint, "%s must be %s, found %s", name, want, d.found(n))
}

// templateBraces reports whether n is what an unquoted {{ x }} reads as: a mapping whose key is a mapping.
func templateBraces(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Kind == yaml.MappingNode
}

// found describes what stands there. What was put in by expansion, and long texts, are not shown.
func (d *decoder) found(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	if e, ok := d.doc.expanded[n]; ok {
		return "the value of " + strconv.Quote(e.raw)
	}
	text := []rune(n.Value)
	if len(text) > 40 {
		text = append(text[:40], '…')
	}
	return strconv.Quote(string(text))
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// list joins names for people.
func list(names []string) string {
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
