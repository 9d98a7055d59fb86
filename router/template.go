package router

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Template is text with {{ expressions }}. Safe for concurrent use.
type Template struct {
	src   string
	scope *Scope
	parts []templatePart
}

// A templatePart is an expression after a text; the last part has none.
type templatePart struct {
	text string
	expr *Expr
	at   int // where the expression begins in the source, in bytes
}

const (
	maxTemplate = 64 << 10 // bytes of source
	maxRendered = 1 << 20  // bytes of output
)

// Template compiles text with {{ }}. Text without {{ is a constant. To write {{ itself: {{ '{{' }}. Braces with nothing
// between them stand for themselves: text about templates is no mistake.
func (s *Scope) Template(src string) (*Template, error) {
	if len(src) > maxTemplate {
		return nil, &ExprError{Source: src[:maxSource], Line: 1, Col: 1, Message: "the template is longer than 64 KiB"}
	}
	t := &Template{src: src, scope: s}
	for at, search := 0, 0; ; {
		open := strings.Index(src[search:], "{{")
		if open < 0 {
			t.parts = append(t.parts, templatePart{text: src[at:]})
			return t, nil
		}
		open += search - at // from at
		from := at + open + len("{{")
		n := exprEnd(src[from:])
		if n < 0 {
			e := &ExprError{Source: src, Line: 1, Col: 1, Message: "{{ is never closed", Hint: "a literal {{ is written {{ '{{' }}"}
			return nil, e.shift(src, at+open)
		}
		if strings.TrimSpace(src[from:from+n]) == "" {
			search = from + n + len("}}")
			continue
		}
		e, err := s.Value(src[from : from+n])
		if err != nil {
			if bad := (*ExprError)(nil); errors.As(err, &bad) {
				return nil, bad.shift(src, from)
			}
			return nil, err
		}
		t.parts = append(t.parts, templatePart{src[at : at+open], e, from})
		at = from + n + len("}}")
		search = at
	}
}

// exprEnd finds the }} that closes an expression: one outside of quotes and of the braces of maps. -1: none.
func exprEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\'', '`':
			n := quoted(s[i:])
			if n < 0 {
				return -1
			}
			i += n - 1
		case '{':
			depth++
		case '}':
			if depth == 0 && strings.HasPrefix(s[i:], "}}") {
				return i
			}
			depth = max(depth-1, 0)
		}
	}
	return -1
}

// quoted is the length of the quoted text at the beginning of s, -1 where it does not end.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return i + 1
		case s[i] == '\\' && s[0] != '`':
			i++
		}
	}
	return -1
}

// Source is the text of the template.
func (t *Template) Source() string { return t.src }

// Constant says whether the template is plain text.
func (t *Template) Constant() bool { return len(t.parts) == 1 }

// NeedsUser says whether rendering reads the sender's record.
func (t *Template) NeedsUser() bool {
	for _, p := range t.parts {
		if p.expr != nil && p.expr.NeedsUser() {
			return true
		}
	}
	return false
}

// Render fills the template in, with values as Format writes them; escape, if not nil, is applied to every inserted
// value (a URL, a JSON string).
func (t *Template) Render(ctx context.Context, q *Request, extra map[string]any, escape func(string) string) (string, error) {
	if t.Constant() {
		return t.parts[0].text, nil
	}
	m := t.scope.machine(q) // one for all parts: they see one member's record and one moment
	defer t.scope.release(m, q)
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.text)
		if p.expr == nil {
			break
		}
		v, err := m.run(ctx, p.expr, q, extra)
		if err != nil {
			return "", fmt.Errorf("template, line %d: %w", 1+strings.Count(t.src[:p.at], "\n"), err)
		}
		s := Format(v)
		if escape != nil {
			s = escape(s)
		}
		if b.Len()+len(s) > maxRendered {
			return "", fmt.Errorf("template: the text is longer than %d bytes", maxRendered)
		}
		b.WriteString(s)
	}
	return b.String(), nil
}
