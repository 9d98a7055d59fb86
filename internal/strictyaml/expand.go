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
	put, failed := false, false
	at := e.doc.textOf(n)
	for i := 0; i < len(n.Value); {
		tail := n.Value[i:]
		switch {
		case strings.HasPrefix(tail, "$$"):
			out.WriteByte('$')
			put = true
			i += 2
		case strings.HasPrefix(tail, "${"):
			ref, _, closed := strings.Cut(tail[2:], "}")
			if !closed {
				e.problems = append(e.problems, at.at(i).Problem(`"${" without "}"`).WithHint(`write "$${" for the characters themselves`))
				e.doc.expanded[n] = expansion{raw: n.Value, failed: true}
				return
			}
			value, problem := e.lookup(ref, at.at(i))
			if problem != nil {
				e.problems = append(e.problems, *problem)
				failed = true
			}
			out.WriteString(value)
			put = true
			i += len("${}") + len(ref)
		default:
			j := strings.IndexByte(tail[1:], '$') + 1
			if j == 0 {
				j = len(tail)
			}
			out.WriteString(tail[:j])
			i += j
		}
	}
	if put {
		e.doc.expanded[n] = expansion{out.String(), n.Value, failed}
	}
}

func (e *expander) lookup(ref string, at Pos) (string, *Problem) {
	if path, ok := strings.CutPrefix(ref, "file:"); ok {
		return e.file(path, at)
	}
	if !envName.MatchString(ref) {
		p := at.Problem("${%s} is neither ${NAME} nor ${file:path}", ref).WithHint(`write "$${" for the characters themselves`)
		return "", &p
	}
	value, ok := e.options.Env(ref)
	if !ok {
		p := at.Problem("${%s} is not set", ref).WithHint("set this environment variable")
		return "", &p
	}
	return value, nil
}

func (e *expander) file(path string, at Pos) (string, *Problem) {
	if e.options.ReadFile == nil {
		p := at.Problem("${file:…} cannot be used here")
		return "", &p
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(e.doc.src.name), path)
	}
	b, err := e.options.ReadFile(path)
	switch {
	case err != nil:
		p := at.Problem("%v", err).WithHint("the path is relative to this file")
		return "", &p
	case len(b) > maxExpansion:
		p := at.Problem("%s is larger than %s", path, kib(maxExpansion))
		return "", &p
	}
	return string(bytes.TrimRight(b, "\r\n")), nil
}
