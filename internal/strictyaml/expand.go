package strictyaml

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// expansion is a scalar in which something was put in. Its text may be secret and stands in no message.
type expansion struct {
	text   string
	raw    string // as written
	failed bool   // and was reported: nothing more is said about the value
}

// maxExpansion bounds what one ${file:…} may hold: keys and certificates, not data.
const maxExpansion = 64 << 10

// maxFailures bounds the problems of one scalar: finding the place of each costs a walk through it.
const maxFailures = 10

const literally = `write "$${" for the characters themselves`

var reference = regexp.MustCompile(`\$\$|\$\{[^}]*\}?`)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expander replaces ${NAME} and ${file:path} in the scalar values of a document, never in keys.
type expander struct {
	doc      *document
	options  Options
	problems []Problem
}

func (e *expander) walk(n *yaml.Node, key bool) {
	if n == nil {
		return
	}
	e.doc.count++
	if n.Kind == yaml.ScalarNode && !key && e.options.Env != nil && strings.Contains(n.Value, "$") {
		e.scalar(n)
	}
	for i, c := range n.Content { // an alias has no content: its anchor is walked where it stands
		e.walk(c, n.Kind == yaml.MappingNode && i%2 == 0)
	}
}

func (e *expander) scalar(n *yaml.Node) {
	var out strings.Builder
	last, failures := 0, 0
	for _, m := range reference.FindAllStringIndex(n.Value, -1) {
		out.WriteString(n.Value[last:m[0]])
		last = m[1]
		value, wrong, hint := e.lookup(n.Value[m[0]:m[1]])
		if wrong != "" {
			p := e.doc.textOf(n).at(m[0]).Problem("%s", wrong)
			p.Hint = hint
			e.problems = append(e.problems, p)
			if failures++; failures == maxFailures {
				break
			}
		}
		out.WriteString(value)
	}
	if last > 0 {
		out.WriteString(n.Value[last:])
		e.doc.expanded[n] = expansion{out.String(), n.Value, failures > 0}
	}
}

// lookup returns what a reference stands for, or what is wrong with it.
func (e *expander) lookup(ref string) (value, wrong, hint string) {
	if ref == "$$" {
		return "$", "", ""
	}
	ref, closed := strings.CutSuffix(strings.TrimPrefix(ref, "${"), "}")
	if !closed {
		return "", `"${" without "}"`, literally
	}
	if path, ok := strings.CutPrefix(ref, "file:"); ok {
		return e.file(path)
	}
	if !envName.MatchString(ref) {
		return "", "${" + ref + "} is neither ${NAME} nor ${file:path}", literally
	}
	value, ok := e.options.Env(ref)
	if !ok {
		return "", "${" + ref + "} is not set", "set this environment variable"
	}
	return value, "", ""
}

func (e *expander) file(path string) (value, wrong, hint string) {
	if e.options.ReadFile == nil {
		return "", "${file:…} cannot be used here", ""
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(e.doc.src.name), path)
	}
	b, err := e.options.ReadFile(path)
	switch {
	case err != nil:
		return "", path + " cannot be read: " + reason(err), "the path is relative to this file"
	case len(b) > maxExpansion:
		return "", path + " is larger than " + kib(maxExpansion), ""
	}
	return string(bytes.TrimRight(b, "\r\n")), "", ""
}
