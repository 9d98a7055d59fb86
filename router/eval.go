package router

import (
	"context"

	"github.com/expr-lang/expr/vm"
)

// A machine runs expressions, one at a time, for one message.
type machine struct {
	vm     vm.VM
	env    env
	have   needs // of env.q and env.scope, be it there or in error
	loaded bool  // env holds the header of env.q

	userErr, sessionErr error
}

func (m *machine) reset() {
	m.env = env{}
	m.have, m.loaded, m.userErr, m.sessionErr = 0, false, nil, nil
	clear(m.vm.Stack[:cap(m.vm.Stack)])
	clear(m.vm.Variables)
}

// forgetSession makes the next run read the session again.
func (m *machine) forgetSession() { m.have &^= needSession }

// Eval runs the expression for q; extra gives the values of Scope.Extra. An error is an *EvalError.
func (e *Expr) Eval(ctx context.Context, q *Request, extra map[string]any) (any, error) {
	m := e.scope.machine(q)
	defer e.scope.release(m, q)
	return m.run(ctx, e, q, extra)
}

// machine is that of q's turn or, outside of one, a used one: a fresh one costs more than a run.
func (s *Scope) machine(q *Request) *machine {
	if q.turn != nil {
		return &q.turn.machine
	}
	if m, ok := s.machines.Get().(*machine); ok {
		return m
	}
	return new(machine)
}

func (s *Scope) release(m *machine, q *Request) {
	if q.turn == nil {
		m.reset()
		s.machines.Put(m)
	}
}

func (m *machine) run(ctx context.Context, e *Expr, q *Request, extra map[string]any) (any, error) {
	m.load(q, e.scope)
	if e.needs != 0 {
		if err := m.fill(ctx, e.needs); err != nil {
			return nil, err
		}
	}
	m.env.Args, m.env.extra, m.env.budget = q.Vars, extra, budget{}
	m.vm.MemoryBudget = maxRange
	v, err := m.vm.Run(e.program, &m.env)
	if err != nil {
		return nil, evalError(err)
	}
	return v, nil
}

// load fills in what every message has. What depends on the scope is forgotten when another scope's turn comes.
func (m *machine) load(q *Request, s *Scope) {
	e := &m.env
	if e.scope != s {
		e.scope = s
		m.have &^= needNow | needTime | needVars
	}
	e.q = q
	if m.loaded {
		return
	}
	m.loaded = true
	e.Msg = msgEnv{
		ID: int(q.ID), Type: string(q.Type), Text: q.Text, From: q.From, Event: q.Event, Key: q.Key,
	}
	e.User.ID = q.From
	e.App = q.App
}

// Matcher is a Condition as a matcher, with the guards that its syntax tree implies. A Value that is no bool matches
// nothing.
func (e *Expr) Matcher() Matcher { return exprMatcher{e} }

// MustExpr is a condition in code: Condition of an empty Scope. It panics when src does not compile.
func MustExpr(src string) Matcher {
	e, err := new(Scope).Condition(src)
	if err != nil {
		panic("router: MustExpr: " + err.Error())
	}
	return e.Matcher()
}

type exprMatcher struct{ *Expr }

func (m exprMatcher) Match(ctx context.Context, q *Request) (map[string]string, bool) {
	_, ok, _ := m.test(ctx, q)
	return nil, ok
}

func (m exprMatcher) test(ctx context.Context, q *Request) (map[string]string, bool, error) {
	v, err := m.Eval(ctx, q, nil)
	if err != nil {
		return nil, false, err
	}
	ok, _ := v.(bool)
	return nil, ok, nil
}

func (m exprMatcher) guard() guard   { return m.Expr.guard }
func (m exprMatcher) String() string { return "when " + m.src }
