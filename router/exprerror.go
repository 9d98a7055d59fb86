package router

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// ExprError is an expression or template that does not compile. Line and Col are within its source, from 1; Col counts
// characters.
type ExprError struct {
	Source    string
	Line, Col int
	Message   string
	Hint      string // "did you mean msg.text?"; may be empty
}

func (e *ExprError) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Message)
	}
	return fmt.Sprintf("%d:%d: %s, %s", e.Line, e.Col, e.Message, e.Hint)
}

// exprError is an error of the library with its position.
func exprError(src string, err error) *ExprError {
	e := &ExprError{Source: src, Line: 1, Col: 1, Message: err.Error()}
	if at := (*file.Error)(nil); errors.As(err, &at) {
		e.Line, e.Col, e.Message = max(at.Line, 1), at.Column+1, at.Message
	}
	e.Message, _, _ = strings.Cut(e.Message, "\n")
	e.Message = strings.NewReplacer("interface {}", "any", "[]interface{}", "[]any").Replace(e.Message)
	return e
}

// errorAt is an error at a node.
func errorAt(src string, n ast.Node, message, hint string) *ExprError {
	e := &ExprError{Source: src, Message: message, Hint: hint}
	e.Line, e.Col = position(src, n.Location().From)
	return e
}

// position turns an offset in characters into line and column.
func position(src string, offset int) (line, col int) {
	line, col = 1, 1
	for _, r := range src {
		if offset == 0 {
			break
		}
		offset--
		if col++; r == '\n' {
			line, col = line+1, 1
		}
	}
	return line, col
}

// shift moves the position of an error in a part that starts at byte from of whole to the whole.
func (e *ExprError) shift(whole string, from int) *ExprError {
	line, col := position(whole, utf8.RuneCountInString(whole[:from]))
	if e.Line == 1 {
		e.Col += col - 1
	}
	e.Line += line - 1
	e.Source = whole
	return e
}

// EvalError is an expression that failed at run time. Its text never holds what the member wrote; Unwrap has the
// whole story.
type EvalError struct {
	Line, Col int // within the expression, from 1; 0 where there is none
	Message   string
	cause     error
}

func (e *EvalError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Message)
}

// Unwrap is the error as the engine gave it; it may quote the message.
func (e *EvalError) Unwrap() error { return e.cause }

// evalError hides what the engine's message may quote.
func evalError(err error) *EvalError {
	e := &EvalError{Message: "the expression failed", cause: err}
	at := (*file.Error)(nil)
	if !errors.As(err, &at) {
		return e
	}
	e.Line, e.Col = max(at.Line, 1), at.Column+1
	var limit limitError
	if errors.As(err, &limit) {
		e.Message = string(limit)
		return e
	}
	for _, known := range [...]struct{ prefix, message string }{
		{"invalid operation: int(", "int() of something that is not a number"},
		{"invalid operation: float(", "float() of something that is not a number"},
		{"index out of range", "no element at this index"},
		{"cannot fetch", "no such field or element"},
		{"cannot get", "no such field or element"},
		{"memory budget exceeded", string(errMemory)},
		{"integer divide by zero", "division by zero"},
		{"runtime error: integer divide by zero", "division by zero"},
		{"interface conversion", "a value of another type than expected"},
		{"invalid operation", "an operation on values that do not fit"},
		{"operator \"in\"", "\"in\" needs a list or a map on its right"},
	} {
		if strings.HasPrefix(at.Message, known.prefix) {
			e.Message = known.message
			break
		}
	}
	return e
}
