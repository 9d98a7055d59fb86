package plugins

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/internal/strictyaml"
)

// Registry is the plugins that a daemon knows, by id. It is filled when the program starts, by one goroutine.
type Registry struct{ kinds map[string]kind }

// kind makes instances of one plugin.
type kind struct {
	decode func(d Decoder) (config any, needs Needs, err error)
	make   func(e Env, config any) (Plugin, error)
	schema func() ([]byte, error)
}

// Decoder reads a plugin's own configuration, strictly and with defaults, into what into points to.
type Decoder interface{ Decode(into any) error }

// NewRegistry is an empty registry.
func NewRegistry() *Registry { return &Registry{kinds: map[string]kind{}} }

var validID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// Add registers a plugin under an id of up to 32 of [a-z0-9-]. An id that cannot be used, or is used twice, panics: a
// mistake in code.
func Add[C any](r *Registry, id string, make func(Env, C) (Plugin, error)) {
	if !validID.MatchString(id) {
		panic(fmt.Sprintf("plugins: %q cannot be an id", id))
	}
	if _, twice := r.kinds[id]; twice {
		panic(fmt.Sprintf("plugins: %q is registered twice", id))
	}
	r.kinds[id] = kind{
		decode: func(d Decoder) (any, Needs, error) { return decode[C](d) },
		make:   func(e Env, config any) (Plugin, error) { return make(e, config.(C)) },
		schema: func() ([]byte, error) { return strictyaml.SchemaOf(id, new(C), true) },
	}
}

// IDs are the registered ids, sorted.
func (r *Registry) IDs() []string { return slices.Sorted(maps.Keys(r.kinds)) }

// Schema is the JSON Schema of a plugin's configuration.
func (r *Registry) Schema(id string) ([]byte, error) {
	k, err := r.kind(id)
	if err != nil {
		return nil, err
	}
	return k.schema()
}

// Check decodes and validates a configuration without making the plugin.
func (r *Registry) Check(w Wanted) error {
	k, err := r.kind(w.ID)
	if err == nil {
		_, _, err = k.decode(w.Config)
	}
	return err
}

func (r *Registry) kind(id string) (kind, error) {
	k, ok := r.kinds[id]
	if ok {
		return k, nil
	}
	if near := nearest.Name(id, r.IDs()); near != "" {
		return k, fmt.Errorf("no plugin %q (did you mean %q?)", id, near)
	}
	return k, fmt.Errorf("no plugin %q", id)
}

func decode[C any](d Decoder) (any, Needs, error) {
	var c C
	if d == nil {
		d = YAML("")
	}
	if err := d.Decode(&c); err != nil {
		return nil, Needs{}, err
	}
	if v, ok := any(&c).(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return nil, Needs{}, err
		}
	}
	var needs Needs
	if n, ok := any(&c).(needy); ok {
		needs = n.Needs()
	}
	return c, needs, nil
}

// YAML is a configuration written in a program: YAML("word: 嗨").
func YAML(source string) Decoder { return yamlText(source) }

// Node is a configuration that stands in a file.
func Node(n *strictyaml.Node) Decoder { return yamlNode{n} }

type yamlText string

func (y yamlText) Decode(into any) error {
	return joined(strictyaml.Decode("config", []byte(y), into, strictyaml.Options{}))
}

type yamlNode struct{ node *strictyaml.Node }

func (y yamlNode) Decode(into any) error { return joined(y.node.Decode(into)) }

// joined keeps every problem: errors.As finds each strictyaml.Problem with its place.
func joined(ps []strictyaml.Problem) error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errors.Join(errs...)
}
