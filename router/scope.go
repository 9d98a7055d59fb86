package router

import (
	"context"
	"time"
)

// Scope fixes what the expressions of one rule set see, and compiles them (expr-lang). The environment is flat and
// typed: an unknown name or a wrong type is an *ExprError at compile time, with the nearest known name.
type Scope struct {
	Vars     map[string]any   // `vars` of the rules file
	Now      func() time.Time // default time.Now
	Location *time.Location   // of `now`; default time.Local
	// Extra are names that only some templates see, each with a zero value that gives its type:
	// response (after an http call), form, value (the answer under check), suggest, error.
	Extra map[string]any
}

// ExprError is an expression or template that does not compile. Line and Col are within its source, from 1.
type ExprError struct {
	Source    string
	Line, Col int
	Message   string
	Hint      string // "did you mean msg.text?"; may be empty
}

func (e *ExprError) Error() string { panic("not yet") }

// Expr is a compiled expression. Safe for concurrent use.
type Expr struct{}

// Condition compiles an expression that must be a bool.
func (s *Scope) Condition(src string) (*Expr, error) { panic("not yet") }

// Value compiles an expression of any type.
func (s *Scope) Value(src string) (*Expr, error) { panic("not yet") }

// Eval runs the expression for q; extra gives the values of Scope.Extra.
func (e *Expr) Eval(ctx context.Context, q *Request, extra map[string]any) (any, error) {
	panic("not yet")
}

// Matcher is a Condition as a matcher, with the guards that its syntax tree implies.
func (e *Expr) Matcher() Matcher { panic("not yet") }

// Template is text with {{ expressions }}. Safe for concurrent use.
type Template struct{}

// Template compiles text with {{ }}.
func (s *Scope) Template(src string) (*Template, error) { panic("not yet") }

// Render fills the template in; escape, if not nil, is applied to every inserted value (a URL, a JSON string).
func (t *Template) Render(ctx context.Context, q *Request, extra map[string]any, escape func(string) string) (string, error) {
	panic("not yet")
}
