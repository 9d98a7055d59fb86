package router

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
)

// children are the places of a node's direct children.
func children(n ast.Node) []*ast.Node {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return []*ast.Node{&n.Node}
	case *ast.BinaryNode:
		return []*ast.Node{&n.Left, &n.Right}
	case *ast.ChainNode:
		return []*ast.Node{&n.Node}
	case *ast.MemberNode:
		return []*ast.Node{&n.Node, &n.Property}
	case *ast.SliceNode:
		return present(&n.Node, &n.From, &n.To)
	case *ast.CallNode:
		return append([]*ast.Node{&n.Callee}, each(n.Arguments)...)
	case *ast.BuiltinNode:
		return each(n.Arguments)
	case *ast.PredicateNode:
		return []*ast.Node{&n.Node}
	case *ast.VariableDeclaratorNode:
		return []*ast.Node{&n.Value, &n.Expr}
	case *ast.SequenceNode:
		return each(n.Nodes)
	case *ast.ConditionalNode:
		return []*ast.Node{&n.Cond, &n.Exp1, &n.Exp2}
	case *ast.ArrayNode:
		return each(n.Nodes)
	case *ast.MapNode:
		return each(n.Pairs)
	case *ast.PairNode:
		return []*ast.Node{&n.Key, &n.Value}
	}
	return nil
}

func each(nodes []ast.Node) []*ast.Node {
	places := make([]*ast.Node, len(nodes))
	for i := range nodes {
		places[i] = &nodes[i]
	}
	return places
}

func present(places ...*ast.Node) []*ast.Node {
	kept := places[:0]
	for _, p := range places {
		if *p != nil {
			kept = append(kept, p)
		}
	}
	return kept
}

// replace puts n in the place p, at the same position of the source.
func replace(p *ast.Node, n ast.Node) {
	n.SetLocation((*p).Location())
	*p = n
}

// callNode calls one of our functions with the environment and args. A type is the type of its result.
func callNode(name string, typ reflect.Type, args ...ast.Node) *ast.CallNode {
	n := &ast.CallNode{
		Callee:    &ast.IdentifierNode{Value: name},
		Arguments: append([]ast.Node{&ast.IdentifierNode{Value: "$env"}}, args...),
	}
	if typ != nil {
		n.SetType(typ)
	}
	return n
}

// extraNode reads a name of Scope.Extra, or what is below it. The type is that of the zero value.
func extraNode(name, below string, zero any) ast.Node {
	return callNode("_extra", reflect.TypeOf(zero), constant(name), constant(below))
}

// constant is a value from outside as a literal.
func constant(v any) ast.Node {
	var n ast.Node
	switch v := v.(type) {
	case nil:
		return &ast.NilNode{}
	case string:
		n = &ast.StringNode{Value: v}
	case bool:
		n = &ast.BoolNode{Value: v}
	case float64:
		n = &ast.FloatNode{Value: v}
	case int:
		n = &ast.IntegerNode{Value: v}
	case int64:
		return constant(int(v))
	case uint64:
		return constant(int(v))
	default:
		n = &ast.ConstantNode{Value: v}
	}
	n.SetType(reflect.TypeOf(v))
	return n
}
