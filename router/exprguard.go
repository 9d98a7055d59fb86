package router

import (
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"github.com/wecombot/wecombot/message"
)

// exprGuard is what must hold of a message for which the expression is true, as far as its syntax tree tells. It reads
// the tree after the values of vars took the place of their names.
func exprGuard(n ast.Node) guard { return implied(n, true) }

// implied is what must hold where n is truth.
func implied(n ast.Node, truth bool) guard {
	switch n := n.(type) {
	case *ast.BoolNode:
		if n.Value != truth {
			return nothing
		}
	case *ast.UnaryNode:
		if n.Operator == "!" || n.Operator == "not" {
			return implied(n.Node, !truth)
		}
	case *ast.ConditionalNode:
		yes := implied(n.Cond, true).and(implied(n.Exp1, truth))
		no := implied(n.Cond, false).and(implied(n.Exp2, truth))
		return yes.or(no)
	case *ast.BinaryNode:
		return impliedBinary(n, truth)
	case *ast.BuiltinNode:
		if n.Name == "any" && truth {
			return impliedAny(n)
		}
	}
	return anything
}

func impliedBinary(n *ast.BinaryNode, truth bool) guard {
	op := n.Operator
	switch {
	case op == "&&" || op == "and" || op == "||" || op == "or":
		left, right := implied(n.Left, truth), implied(n.Right, truth)
		if (op == "&&" || op == "and") == truth {
			return left.and(right)
		}
		return left.or(right)
	case op == "!=" && !truth:
		op = "=="
	case !truth:
		return anything
	}
	if op == "==" {
		if _, ok := n.Left.(*ast.StringNode); ok {
			return comparison(n.Right, op, textsOf(n.Left))
		}
	}
	return comparison(n.Left, op, textsOf(n.Right))
}

// impliedAny reads any(["a", "b"], msg.text contains #).
func impliedAny(n *ast.BuiltinNode) guard {
	body, ok := n.Arguments[1].(*ast.PredicateNode)
	if !ok {
		return anything
	}
	b, ok := body.Node.(*ast.BinaryNode)
	if !ok {
		return anything
	}
	if p, ok := b.Right.(*ast.PointerNode); !ok || p.Name != "" || b.Operator == "in" {
		return anything
	}
	return comparison(b.Left, b.Operator, textsOf(n.Arguments[0]))
}

// comparison is what "left op one of values" implies. No values: not known.
func comparison(left ast.Node, op string, values []string) guard {
	if values == nil {
		return anything
	}
	g := nothing
	for _, v := range values {
		g = g.or(compare(subjectOf(left), op, v))
	}
	return g
}

func compare(s subject, op, value string) guard {
	equal := op == "==" || op == "in"
	switch {
	case s == ofText:
		return textGuard(op, value)
	case s == ofType && equal:
		return guard{types: typeBit(message.Type(value))}
	case s == ofEvent && equal:
		return terms(allTypes, eventIs, []string{value})
	case s == ofKey && equal:
		return terms(allTypes, keyIs, []string{value})
	case s == ofKey && op == "startsWith":
		return terms(allTypes, keyStarts, []string{value})
	case s == ofSender && equal:
		return terms(allTypes, fromIs, []string{value})
	}
	return anything
}

// textGuard: whatever the comparison, the text contains the value, case aside.
func textGuard(op, value string) guard {
	switch op {
	case "==", "in", "contains", "startsWith", "endsWith":
		if utf8.ValidString(value) {
			return terms(allTypes, textContains, []string{value})
		}
	case "matches":
		return patternGuard(allTypes, value)
	}
	return anything
}

// A subject is the part of a message that an expression compares.
type subject uint8

const (
	ofNothing subject = iota
	ofText
	ofType
	ofEvent
	ofKey
	ofSender
)

func subjectOf(n ast.Node) subject {
	switch n := n.(type) {
	case *ast.ChainNode:
		return subjectOf(n.Node)
	case *ast.BuiltinNode:
		switch n.Name {
		case "lower", "upper", "trim":
			if len(n.Arguments) == 1 && subjectOf(n.Arguments[0]) == ofText {
				return ofText
			}
		}
	case *ast.MemberNode:
		of, ok := n.Node.(*ast.IdentifierNode)
		name, named := n.Property.(*ast.StringNode)
		if !ok || !named {
			return ofNothing
		}
		switch of.Value + "." + name.Value {
		case "msg.text":
			return ofText
		case "msg.type":
			return ofType
		case "msg.event":
			return ofEvent
		case "msg.key":
			return ofKey
		case "msg.from", "user.id":
			return ofSender
		}
	}
	return ofNothing
}

// textsOf is a literal text or list of texts; nil where it is anything else.
func textsOf(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.StringNode:
		return []string{n.Value}
	case *ast.ArrayNode:
		texts := make([]string, 0, len(n.Nodes))
		for _, e := range n.Nodes {
			s, ok := e.(*ast.StringNode)
			if !ok {
				return nil
			}
			texts = append(texts, s.Value)
		}
		return texts
	case *ast.ConstantNode:
		switch v := n.Value.(type) {
		case []string:
			return append([]string{}, v...)
		case []any:
			texts := make([]string, 0, len(v))
			for _, e := range v {
				s, ok := e.(string)
				if !ok {
					return nil
				}
				texts = append(texts, s)
			}
			return texts
		}
	}
	return nil
}
