package strictyaml

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Schema is a JSON Schema (draft 2020-12) or a part of one.
type Schema = map[string]any

// Schemer is a type with an UnmarshalYAML that says itself what it accepts.
type Schemer interface{ JSONSchema(b *SchemaBuilder) Schema }

// SchemaOf writes the JSON Schema of the documents that Decode(…, out, …) accepts, for editors and `botd schema`.
// expand: values may be ${NAME} where a number or another type is asked for.
func SchemaOf(title string, out any, expand bool) ([]byte, error) {
	b := &SchemaBuilder{expand: expand, defs: Schema{}, names: map[reflect.Type]string{}}
	s := b.structure(reflect.TypeOf(out).Elem())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = title
	if len(b.defs) > 0 {
		s["$defs"] = b.defs
	}
	return json.MarshalIndent(s, "", "  ")
}

// SchemaBuilder collects the definitions of one schema.
type SchemaBuilder struct {
	expand bool
	defs   Schema
	names  map[reflect.Type]string
}

var schemerType = reflect.TypeFor[Schemer]()

// Of is the schema of v's type (a pointer to it), by its tags.
func (b *SchemaBuilder) Of(v any) Schema { return b.typ(reflect.TypeOf(v).Elem(), rules{}) }

// Struct is the schema of the struct type that v points to by its tags, for a Schemer that is also a struct.
func (b *SchemaBuilder) Struct(v any) Schema { return b.structure(reflect.TypeOf(v).Elem()) }

func (b *SchemaBuilder) typ(t reflect.Type, r rules) Schema {
	for t.Kind() == reflect.Pointer && t != nodeType {
		t = t.Elem()
	}
	switch p := reflect.PointerTo(t); {
	case t == nodeType:
		return Schema{}
	case p.Implements(schemerType):
		return b.define(t, func() Schema { return reflect.New(t).Interface().(Schemer).JSONSchema(b) })
	case p.Implements(unmarshalerType):
		return Schema{}
	case t == placedType, p.Implements(textType):
		return b.text(r)
	case t == durationType:
		return b.orReference(Schema{"type": "string", "pattern": `^([0-9.]+(ns|us|µs|ms|s|m|h))+$|^[0-9]+d$`})
	case t == sizeType:
		return b.orReference(Schema{"type": []string{"string", "integer"}, "pattern": `^[0-9]+ ?([KMG]i?B|B)?$`})
	}
	switch t.Kind() {
	case reflect.Struct:
		return b.define(t, func() Schema { return b.structure(t) })
	case reflect.Map:
		return Schema{"type": []string{"object", "null"}, "additionalProperties": b.typ(t.Elem(), r.ofItem())}
	case reflect.Slice:
		item := b.typ(t.Elem(), r.ofItem())
		many := Schema{"type": []string{"array", "null"}, "items": item}
		if single(t.Elem()) {
			return Schema{"anyOf": []Schema{item, many}}
		}
		return many
	case reflect.Interface:
		return Schema{}
	case reflect.String:
		return b.text(r)
	case reflect.Bool:
		return b.orReference(Schema{"type": "boolean"})
	case reflect.Float32, reflect.Float64:
		return b.orReference(b.bounded(Schema{"type": "number"}, r))
	default:
		return b.orReference(b.bounded(Schema{"type": "integer"}, r))
	}
}

// define puts a named type's schema under $defs once and refers to it.
func (b *SchemaBuilder) define(t reflect.Type, make func() Schema) Schema {
	if strings.Contains(t.Name(), "[") { // a generic type has no name to refer to
		return make()
	}
	name, ok := b.names[t]
	if !ok {
		name = t.Name()
		for i := 2; b.defs[name] != nil; i++ {
			name = t.Name() + strconv.Itoa(i)
		}
		b.names[t] = name
		b.defs[name] = Schema{} // taken, also while the type refers to itself
		b.defs[name] = make()
	}
	return Schema{"$ref": "#/$defs/" + name}
}

func (b *SchemaBuilder) structure(t reflect.Type) Schema {
	info := inspect(t)
	properties, required := Schema{}, []string{}
	for _, name := range info.names {
		f := info.byName[name]
		p := b.typ(f.typ, f.rules)
		if f.rules.doc != "" {
			p["description"] = f.rules.doc
		}
		if f.rules.standard != "" {
			p["default"] = f.rules.standard
		}
		properties[name] = p
		if f.rules.required {
			required = append(required, name)
		}
	}
	s := Schema{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// text is any single value, since a string takes it as written.
func (b *SchemaBuilder) text(r rules) Schema {
	if r.enum != nil {
		return b.orReference(Schema{"enum": r.enum})
	}
	return Schema{"type": []string{"string", "number", "boolean"}}
}

func (b *SchemaBuilder) bounded(s Schema, r rules) Schema {
	if r.min != "" {
		s["minimum"] = json.Number(r.min)
	}
	if r.max != "" {
		s["maximum"] = json.Number(r.max)
	}
	return s
}

// orReference also allows ${NAME} where the document may hold it.
func (b *SchemaBuilder) orReference(s Schema) Schema {
	if !b.expand {
		return s
	}
	return Schema{"anyOf": []Schema{s, {"type": "string", "pattern": `\$\{[^}]+\}`}}}
}
