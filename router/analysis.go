package router

import (
	"maps"
	"reflect"
	"regexp/syntax"
	"slices"
	"strconv"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
)

// analysis resolves the names of an expression before its types are checked: it finds unknown names, notes what the
// expression needs of the environment, and puts the values of vars in the place of their names.
type analysis struct {
	scope     *Scope
	src       string
	functions conf.FunctionsTable

	needs needs
	uses  uses
	lets  []string // declared by let, innermost last
	loops int      // depth of loops within loops

	patterns int // size of all
}

// uses are the values of a scope that were compiled into an expression.
type uses struct{ vars []string }

// same says that compiling in to gives what compiling in from gave.
func (u uses) same(from, to *Scope) bool {
	for _, name := range u.vars {
		if !reflect.DeepEqual(from.Vars[name], to.Vars[name]) {
			return false
		}
	}
	return reflect.DeepEqual(from.Extra, to.Extra) && from.location().String() == to.location().String()
}

func (a *analysis) resolve(p *ast.Node) error {
	switch n := (*p).(type) {
	case *ast.IdentifierNode:
		return a.identifier(p, n)
	case *ast.MemberNode:
		return a.member(p, n)
	case *ast.CallNode:
		return a.call(p, n)
	case *ast.VariableDeclaratorNode:
		return a.let(n)
	case *ast.PredicateNode:
		if a.loops++; a.loops > maxNest {
			return errorAt(a.src, n, "loops are nested more than "+strconv.Itoa(maxNest)+" deep", "")
		}
		defer func() { a.loops-- }()
	case *ast.BinaryNode:
		if n.Operator == "matches" {
			return a.matches(n)
		}
	}
	return a.children(*p)
}

func (a *analysis) children(n ast.Node) error {
	for _, c := range children(n) {
		if err := a.resolve(c); err != nil {
			return err
		}
	}
	return nil
}

// identifier is a name that stands alone.
func (a *analysis) identifier(p *ast.Node, n *ast.IdentifierNode) error {
	name := n.Value
	if slices.Contains(a.lets, name) {
		return nil
	}
	if zero, ok := a.scope.Extra[name]; ok {
		replace(p, extraNode(name, "", zero))
		return nil
	}
	switch name {
	case "msg", "user":
		return errorAt(a.src, n, name+" is not a value by itself", "write for example "+name+".id")
	case "session":
		a.needs |= needSession
	case "now":
		a.needs |= needNow
	case "vars":
		a.needs |= needVars
	case "args", "app":
	default:
		return a.unknown(n, name, a.known())
	}
	return nil
}

// member is x.name or x["name"].
func (a *analysis) member(p *ast.Node, n *ast.MemberNode) error {
	name, named := n.Property.(*ast.StringNode)
	if id, ok := n.Node.(*ast.IdentifierNode); ok && named && !slices.Contains(a.lets, id.Value) {
		switch id.Value {
		case "msg":
			return a.part(n, "msg", name, msgNames)
		case "user":
			return a.part(n, "user", name, userNames)
		case "vars":
			return a.fold(p, "vars", name, a.scope.Vars)
		}
		if below, ok := a.scope.Extra[id.Value].(map[string]any); ok && len(below) > 0 {
			return a.below(p, id.Value, name, below)
		}
	}
	path := n.Node.String()
	if err := a.children(n); err != nil {
		return err
	}
	if c, ok := n.Node.(*ast.ConstantNode); ok && named {
		if values, ok := c.Value.(map[string]any); ok {
			return a.fold(p, path, name, values)
		}
	}
	return nil
}

// part is a field of msg or user.
func (a *analysis) part(n *ast.MemberNode, of string, name *ast.StringNode, names map[string]needs) error {
	want, ok := names[name.Value]
	if !ok {
		return a.unknown(name, of+"."+name.Value, dotted(of, names))
	}
	if of == "msg" && name.Value == "field" {
		return errorAt(a.src, name, "msg.field is a function", `write msg.field("Path/To/Element")`)
	}
	n.Optional = false // msg and user are never nil
	a.needs |= want
	return nil
}

// below is a name below one of Scope.Extra that lists them.
func (a *analysis) below(p *ast.Node, of string, name *ast.StringNode, names map[string]any) error {
	zero, ok := names[name.Value]
	if !ok {
		return a.unknown(name, of+"."+name.Value, dotted(of, names))
	}
	replace(p, extraNode(of, name.Value, zero))
	return nil
}

// fold puts the value of a var in the place of its name.
func (a *analysis) fold(p *ast.Node, path string, name *ast.StringNode, values map[string]any) error {
	v, ok := values[name.Value]
	if !ok {
		return a.unknown(name, path+"."+name.Value, dotted(path, values))
	}
	if path == "vars" {
		a.uses.vars = append(a.uses.vars, name.Value)
	}
	replace(p, constant(v))
	return nil
}

// call is f(…) or x.f(…).
func (a *analysis) call(p *ast.Node, n *ast.CallNode) error {
	switch callee := n.Callee.(type) {
	case *ast.IdentifierNode:
		if slices.Contains(topNames, callee.Value) {
			return errorAt(a.src, callee, callee.Value+" is not a function", "write "+callee.Value)
		}
		if _, ok := a.functions[callee.Value]; !ok || callee.Value[0] == '_' {
			return a.unknown(callee, callee.Value+"()", a.functionNames())
		}
	case *ast.MemberNode:
		name, named := callee.Property.(*ast.StringNode)
		if id, ok := callee.Node.(*ast.IdentifierNode); ok && named && id.Value == "msg" {
			if name.Value != "field" {
				return a.unknown(name, "msg."+name.Value+"()", []string{"msg.field()"})
			}
			if len(n.Arguments) != 1 {
				return errorAt(a.src, name, "msg.field takes one path", "")
			}
			if err := a.resolve(&n.Arguments[0]); err != nil {
				return err
			}
			replace(p, callNode("_field", nil, n.Arguments[0]))
			return nil
		}
		if err := a.resolve(&callee.Node); err != nil {
			return err
		}
		if err := a.resolve(&callee.Property); err != nil {
			return err
		}
	default:
		return errorAt(a.src, n, "this cannot be called", "")
	}
	for i := range n.Arguments {
		if err := a.resolve(&n.Arguments[i]); err != nil {
			return err
		}
	}
	if m, ok := n.Callee.(*ast.MemberNode); ok {
		if name, ok := m.Property.(*ast.StringNode); ok && (name.Value == "Weekday" || name.Value == "Month") {
			// Their own types compare with no number: now.Weekday() in 1..5 must work.
			replace(p, &ast.BuiltinNode{Name: "int", Arguments: []ast.Node{n}})
		}
	}
	return nil
}

func (a *analysis) let(n *ast.VariableDeclaratorNode) error {
	if _, extra := a.scope.Extra[n.Name]; extra || slices.Contains(topNames, n.Name) || n.Name[0] == '_' {
		return errorAt(a.src, n, "let cannot give "+n.Name+" another meaning", "")
	}
	if err := a.resolve(&n.Value); err != nil {
		return err
	}
	a.lets = append(a.lets, n.Name)
	defer func() { a.lets = a.lets[:len(a.lets)-1] }()
	return a.resolve(&n.Expr)
}

// matches wants its pattern at load: a pattern made at run time could be any size.
func (a *analysis) matches(n *ast.BinaryNode) error {
	if err := a.children(n); err != nil {
		return err
	}
	pattern, ok := n.Right.(*ast.StringNode)
	if !ok {
		return errorAt(a.src, n.Right, "the pattern of matches must be a quoted text or a var", "")
	}
	re, err := syntax.Parse(pattern.Value, syntax.Perl)
	if err != nil {
		return errorAt(a.src, n.Right, err.Error(), "")
	}
	if a.patterns += patternSize(re); a.patterns > maxPattern {
		return errorAt(a.src, n.Right, "the patterns of matches are too large", "")
	}
	return nil
}

func (a *analysis) unknown(n ast.Node, name string, known []string) error {
	return errorAt(a.src, n, "unknown name "+name, suggest(name, known))
}

// known are all names an expression may begin with, and those one level down, which people tend to use bare.
func (a *analysis) known() []string {
	all := append(slices.Clone(a.lets), topNames...)
	all = append(all, slices.Sorted(maps.Keys(a.scope.Extra))...)
	all = append(all, dotted("msg", msgNames)...)
	all = append(all, dotted("user", userNames)...)
	return append(all, dotted("vars", a.scope.Vars)...)
}

func (a *analysis) functionNames() []string {
	var all []string
	for _, f := range builtin.Builtins {
		if !slices.Contains(disabled[:], f.Name) {
			all = append(all, f.Name+"()")
		}
	}
	for name := range a.functions {
		if name[0] != '_' {
			all = append(all, name+"()")
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
