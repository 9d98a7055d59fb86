package strictyaml

import (
	"iter"
	"reflect"

	"go.yaml.in/yaml/v4"
)

// Kind is the shape of a node.
type Kind int

// The shapes.
const (
	Null Kind = iota // nothing, ~ or null
	Scalar
	List
	Mapping
)

// Node is a part of a document with its place. Inside UnmarshalYAML its methods report to the running Decode; a *Node
// kept in a struct is decoded later with Decode, as often as wanted, also concurrently.
type Node struct {
	doc   *document
	node  *yaml.Node
	name  string
	dec   *decoder // nil when kept
	depth int
}

// Name is the key the node stands under, for messages.
func (n *Node) Name() string { return n.name }

// Pos is where the node stands.
func (n *Node) Pos() Pos { return n.doc.src.pos(n.node.Line, n.node.Column) }

// Kind is the node's shape.
func (n *Node) Kind() Kind {
	switch {
	case n.node.Kind == yaml.MappingNode:
		return Mapping
	case n.node.Kind == yaml.SequenceNode:
		return List
	case isNull(n.node):
		return Null
	}
	return Scalar
}

// Text is the value of a Scalar.
func (n *Node) Text() Text { return n.doc.textOf(n.node) }

// Into decodes the node into what out points to, as a part of the running Decode, and reports whether all was well.
func (n *Node) Into(out any) bool {
	d := n.decoder()
	before := len(d.problems)
	d.value(n.node, reflect.ValueOf(out).Elem(), n.name, rules{}, n.depth+1)
	return len(d.problems) == before
}

// decoder is the running one; for a kept node, one whose problems nobody reads.
func (n *Node) decoder() *decoder {
	if n.dec != nil {
		return n.dec
	}
	return newDecoder(n.doc, nil)
}

// Decode decodes a kept node into what out points to. A nil node is an empty mapping.
func (n *Node) Decode(out any) []Problem {
	if n == nil {
		return Decode("", nil, out, Options{})
	}
	d := newDecoder(n.doc, nil)
	d.value(n.node, reflect.ValueOf(out).Elem(), n.name, rules{}, 0)
	Sort(d.problems)
	return d.problems
}

// Report adds a problem at the node to the running Decode; hint may be empty.
func (n *Node) Report(hint, format string, args ...any) {
	n.decoder().report(n.node, hint, format, args...)
}

// ReportAt is Report at a place within the node.
func (n *Node) ReportAt(at Pos, hint, format string, args ...any) {
	d := n.decoder()
	d.problems = append(d.problems, at.Problem(format, args...).WithHint("%s", hint))
}

// Mismatch reports that the node should have been something else: "NAME must be WANT, found …".
func (n *Node) Mismatch(want string) { n.decoder().mismatch(n.node, n.name, want) }

// Entries are a mapping's keys and values in order, merged ones last; duplicate keys are reported.
func (n *Node) Entries() iter.Seq2[Text, *Node] {
	return func(yield func(Text, *Node) bool) {
		if n.node.Kind != yaml.MappingNode {
			return
		}
		for _, e := range n.decoder().entries(n.node, n.depth) {
			child := &Node{n.doc, resolve(e.value), e.key.Value, n.dec, n.depth + 1}
			if !yield(n.doc.textOf(e.key), child) {
				return
			}
		}
	}
}

// Has reports whether a mapping has the key itself (merged ones do not count).
func (n *Node) Has(key string) bool {
	if n.node.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(n.node.Content); i += 2 {
		if n.node.Content[i].Value == key {
			return true
		}
	}
	return false
}

// Items are a list's items; of anything else, the node itself.
func (n *Node) Items() []*Node {
	if n.node.Kind != yaml.SequenceNode {
		return []*Node{n}
	}
	items := make([]*Node, len(n.node.Content))
	for i, c := range n.node.Content {
		items[i] = &Node{n.doc, resolve(c), n.name, n.dec, n.depth + 1}
	}
	return items
}

// Texts are all scalars within a node that are values, also of a kept one. What aliases repeat comes once.
func (n *Node) Texts() iter.Seq[Text] {
	return func(yield func(Text) bool) { n.doc.texts(n.node, yield) }
}

func (d *document) texts(n *yaml.Node, yield func(Text) bool) bool {
	if n.Kind == yaml.ScalarNode {
		return yield(d.textOf(n))
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue
		}
		if !d.texts(c, yield) {
			return false
		}
	}
	return true
}

// Where is a field of a struct that records where the struct's mapping and its keys stand. The zero value is nowhere.
type Where struct {
	Pos    Pos // of the mapping
	keys   map[string]place
	broken bool
}

// Sound reports whether the mapping, with all within it, was decoded without a problem.
func (w Where) Sound() bool { return !w.broken }

type place struct {
	key, value Pos
	items      []Pos
}

// Has reports whether the key was written, even with nothing.
func (w Where) Has(key string) bool {
	_, ok := w.keys[key]
	return ok
}

// Key is where the key stands, or the mapping where the key is absent.
func (w Where) Key(key string) Pos {
	if p, ok := w.keys[key]; ok {
		return p.key
	}
	return w.Pos
}

// Of is where the key's value stands, or the mapping where the key is absent.
func (w Where) Of(key string) Pos {
	if p, ok := w.keys[key]; ok {
		return p.value
	}
	return w.Pos
}

// Item is where the i-th item of the key's list stands.
func (w Where) Item(key string, i int) Pos {
	if p, ok := w.keys[key]; ok && i >= 0 && i < len(p.items) {
		return p.items[i]
	}
	return w.Of(key)
}
