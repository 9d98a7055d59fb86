package router

import (
	"maps"
	"sync"
	"time"

	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// Limits of an expression. See budget for those of a run.
const (
	maxSource = 4096 // bytes
	maxNodes  = 1000 // of the syntax tree
	maxNest   = 4    // loops within loops, such as any(…, all(…))
)

// Scope fixes what the expressions of one rule set see, and compiles them (expr-lang). The environment is flat and
// typed: an unknown name or a wrong type is an *ExprError at compile time, with the nearest known name.
//
// A Scope keeps what it compiled: the same source gives the same *Expr. It must not be copied, nor its fields changed,
// once it has compiled something; it is safe for concurrent use.
type Scope struct {
	Vars     map[string]any   // `vars` of the rules file
	Now      func() time.Time // default time.Now
	Location *time.Location   // of `now`; default time.Local
	// Extra are names that only some templates see, each with a zero value that gives its type:
	// response (after an http call), form, value (the answer under check), suggest, error.
	// A map that is not empty lists the names below it: an unknown one is an error; an empty map is open.
	Extra map[string]any

	mu       sync.Mutex
	compiler *exprCompiler
	exprs    map[exprKey]*Expr
	previous map[exprKey]*Expr // of the scope that this one replaces
	machines sync.Pool
}

type exprKey struct {
	src       string
	condition bool
}

// Expr is a compiled expression. Safe for concurrent use.
type Expr struct {
	src       string
	condition bool
	program   *vm.Program
	needs     needs
	guard     guard
	uses      uses
	scope     *Scope
}

// Condition compiles an expression that must be a bool.
func (s *Scope) Condition(src string) (*Expr, error) { return s.compile(exprKey{src, true}) }

// Value compiles an expression of any type.
func (s *Scope) Value(src string) (*Expr, error) { return s.compile(exprKey{src, false}) }

// Source is the text of the expression.
func (e *Expr) Source() string { return e.src }

// NeedsUser says whether a run reads the sender's record; user.id alone does not.
func (e *Expr) NeedsUser() bool { return e.needs&needUser != 0 }

// Reuse lets s take over what old compiled, where s would compile it to the same: an expression does not change when
// the vars and the extra names that it uses did not. For a reload, before s compiles anything.
func (s *Scope) Reuse(old *Scope) {
	old.mu.Lock()
	exprs := maps.Clone(old.exprs)
	old.previous = nil // or each reload would keep all those before it
	old.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.previous = exprs
}

func (s *Scope) compile(key exprKey) (*Expr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.exprs[key]; e != nil {
		return e, nil
	}
	if s.exprs == nil {
		s.exprs = make(map[exprKey]*Expr)
	}
	e := s.adopt(s.previous[key])
	if e == nil {
		var err error
		if e, err = s.compileLocked(key); err != nil {
			return nil, err
		}
	}
	s.exprs[key] = e
	return e, nil
}

// compileOnce compiles without keeping.
func (s *Scope) compileOnce(key exprKey) (*Expr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.compileLocked(key)
}

func (s *Scope) compileLocked(key exprKey) (*Expr, error) {
	if s.compiler == nil {
		s.compiler = newExprCompiler(s)
	}
	return s.compiler.compile(key)
}

func (s *Scope) adopt(old *Expr) *Expr {
	if old == nil || !old.uses.same(old.scope, s) {
		return nil
	}
	e := *old
	e.scope = s
	return &e
}

func (s *Scope) now() time.Time {
	if s.Now != nil {
		return s.Now().In(s.location())
	}
	return time.Now().In(s.location())
}

func (s *Scope) location() *time.Location {
	if s.Location != nil {
		return s.Location
	}
	return time.Local
}

// exprCompiler holds what the compilations of a scope share.
type exprCompiler struct {
	scope     *Scope
	condition *conf.Config // expects a bool
	value     *conf.Config
}

func newExprCompiler(s *Scope) *exprCompiler {
	c := &exprCompiler{scope: s, condition: newConfig(s), value: newConfig(s)}
	expectBool(c.condition)
	return c
}

// compile does what expr.Compile does, with steps of ours between: names are resolved before the types are checked,
// and what could grow or last without bound is wrapped after.
func (c *exprCompiler) compile(key exprKey) (_ *Expr, err error) {
	if len(key.src) > maxSource {
		return nil, &ExprError{Source: key.src, Line: 1, Col: 1, Message: "the expression is longer than 4096 bytes"}
	}
	defer func() { // a defect of the library must not take the daemon down
		if r := recover(); r != nil {
			err = &ExprError{Source: key.src, Line: 1, Col: 1, Message: "the expression cannot be compiled"}
		}
	}()
	config := c.value
	if key.condition {
		config = c.condition
	}
	tree, err := parser.ParseWithConfig(key.src, config)
	if err != nil {
		return nil, exprError(key.src, err)
	}
	names := &analysis{scope: c.scope, src: key.src, functions: config.Functions}
	if err := names.resolve(&tree.Node); err != nil {
		return nil, err
	}
	if _, err := new(checker.Checker).Check(tree, config); err != nil {
		return nil, exprError(key.src, err)
	}
	implied := exprGuard(tree.Node)
	bound(&tree.Node)
	if err := optimizer.Optimize(&tree.Node, config); err != nil {
		return nil, exprError(key.src, err)
	}
	program, err := compiler.Compile(tree, config)
	if err != nil {
		return nil, exprError(key.src, err)
	}
	return &Expr{key.src, key.condition, program, names.needs, implied, names.uses, c.scope}, nil
}
