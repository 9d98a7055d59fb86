package router

import (
	"context"
	"slices"
	"strconv"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// explainParts gives each sub-expression of &&, ||, ! and comparisons its value.
func (e *Expr) explainParts(ctx context.Context, q *Request) []Part {
	tree, err := parser.ParseWithConfig(e.src, newConfig(e.scope))
	if err != nil {
		return nil // it compiled once: cannot be
	}
	x := explainer{e.scope, ctx, q}
	root := x.node(tree.Node)
	if len(root.Parts) > 0 {
		return root.Parts
	}
	return nil
}

// explainer evaluates parts of an expression, each compiled by itself.
type explainer struct {
	scope *Scope
	ctx   context.Context
	q     *Request
}

func (x explainer) node(n ast.Node) Part {
	p := x.leaf("expr", n)
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "!" || n.Operator == "not" {
			p.Parts = []Part{x.node(n.Node)}
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&", "and", "||", "or":
			p.Parts = x.chain(n)
		default:
			if comparisons[n.Operator] {
				p.Parts = x.operands(n)
			}
		}
	}
	return p
}

var comparisons = map[string]bool{
	"==": true, "!=": true, "<": true, ">": true, "<=": true, ">=": true, "in": true, "contains": true,
	"startsWith": true, "endsWith": true, "matches": true,
}

// chain explains a && b && c, or a || b || c, one under the other; after the one that decides they are skipped.
func (x explainer) chain(n *ast.BinaryNode) []Part {
	goesOn := isAnd(n)
	var parts []Part
	decided := false
	for _, side := range flatten(n, goesOn) {
		if decided {
			parts = append(parts, Part{Kind: "expr", Want: []string{side.String()}, Skipped: true})
			continue
		}
		p := x.node(side)
		decided = p.Error != "" || p.OK != goesOn
		parts = append(parts, p)
	}
	return parts
}

func isAnd(n *ast.BinaryNode) bool { return n.Operator == "&&" || n.Operator == "and" }

func flatten(n ast.Node, and bool) []ast.Node {
	b, ok := n.(*ast.BinaryNode)
	if !ok || isAnd(b) != and || !isAnd(b) && b.Operator != "||" && b.Operator != "or" {
		return []ast.Node{n}
	}
	return append(flatten(b.Left, and), flatten(b.Right, and)...)
}

// operands are the values of both sides, where they are not written there already.
func (x explainer) operands(n *ast.BinaryNode) []Part {
	var parts []Part
	for _, side := range []ast.Node{n.Left, n.Right} {
		if !literal(side) {
			parts = append(parts, x.leaf("value", side))
		}
	}
	return parts
}

func literal(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NilNode, *ast.PointerNode:
		return true
	case *ast.ArrayNode:
		return !slices.ContainsFunc(n.Nodes, func(n ast.Node) bool { return !literal(n) })
	case *ast.BinaryNode:
		return n.Operator == ".." && literal(n.Left) && literal(n.Right)
	case *ast.UnaryNode:
		return literal(n.Node)
	}
	return false
}

func (x explainer) leaf(kind string, n ast.Node) Part {
	src := n.String()
	p := Part{Kind: kind, Want: []string{src}}
	e, err := x.scope.compileOnce(exprKey{src: src})
	if err != nil { // it has meaning only within the whole
		p.Skipped = true
		return p
	}
	v, err := e.Eval(x.ctx, x.q, nil)
	if err != nil {
		p.Error = err.Error()
		return p
	}
	p.OK, _ = v.(bool)
	p.Got = shown(v)
	return p
}

// shown is a value with texts in quotes, cut to a length that a line can hold.
func shown(v any) string {
	const most = 80 // characters
	s, isText := v.(string)
	if !isText {
		s = Format(v)
	}
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	switch {
	case isText:
		return strconv.Quote(s)
	case v == nil:
		return "nil"
	}
	return s
}
