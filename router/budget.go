package router

import (
	"reflect"
	"time"

	"github.com/expr-lang/expr/ast"
)

// What one run of an expression may use. The language has no recursion and no loops but over lists, so that the work is
// at most nodes × steps × size of the largest value; each of the three is bounded:
//
//   - nodes by the source (maxSource, maxNodes, maxNest), those of patterns by maxPattern;
//   - steps by a counter in the body of every loop, which watches the clock too;
//   - sizes by charging every value that is made: concatenations, lists, maps and results of functions. What is made by
//     a factor (repeat, replace, join) is charged before it is made.
const (
	maxSteps   = 100_000                // turns of all loops together
	maxTime    = 200 * time.Millisecond // of loops
	maxMade    = 4 << 20                // bytes of text, and elementSize for each element, made in one run
	maxRange   = 100_000                // elements of ranges (1..n) and lists, counted by the engine
	maxPattern = 5_000                  // instructions of all regular expressions together, about

	elementSize = 16 // bytes
)

type limitError string

func (e limitError) Error() string { return string(e) }

const (
	errSteps  limitError = "the expression takes too many steps"
	errTime   limitError = "the expression takes too long"
	errMemory limitError = "the expression makes too much data"
)

// budget counts what a run used.
type budget struct {
	steps int
	made  int
	start time.Time
}

func (b *budget) step() error {
	if b.steps++; b.steps > maxSteps {
		return errSteps
	}
	if b.start.IsZero() {
		b.start = time.Now()
	} else if time.Since(b.start) > maxTime {
		return errTime
	}
	return nil
}

func (b *budget) charge(n int) error {
	if n < 0 || n > maxMade || b.made+n > maxMade {
		return errMemory
	}
	b.made += n
	return nil
}

// chargeValue charges all that v holds, shared parts as often as they are reached: who walks v later walks no more
// than what was charged.
func (b *budget) chargeValue(v any) error {
	switch v := v.(type) {
	case string:
		return b.charge(len(v))
	case nil, bool, int, float64:
		return nil
	case []any:
		if err := b.charge(len(v) * elementSize); err != nil {
			return err
		}
		for _, e := range v {
			if err := b.chargeValue(e); err != nil {
				return err
			}
		}
		return nil
	}
	return b.chargeReflect(reflect.ValueOf(v))
}

func (b *budget) chargeReflect(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		if err := b.charge(v.Len() * elementSize); err != nil {
			return err
		}
		for i := range v.Len() {
			if err := b.chargeValue(v.Index(i).Interface()); err != nil {
				return err
			}
		}
	case reflect.Map:
		if err := b.charge(v.Len() * 2 * elementSize); err != nil {
			return err
		}
		for it := v.MapRange(); it.Next(); {
			if err := b.chargeValue(it.Key().Interface()); err != nil {
				return err
			}
			if err := b.chargeValue(it.Value().Interface()); err != nil {
				return err
			}
		}
	}
	return nil
}

// bound wraps what could grow or last without bound. It runs on the checked tree, so it knows the types.
func bound(p *ast.Node) { boundNode(p, false) }

func boundNode(p *ast.Node, loop bool) {
	inner := loop
	if _, ok := (*p).(*ast.PredicateNode); ok {
		inner = true
	}
	for _, c := range children(*p) {
		boundNode(c, inner)
	}
	switch n := (*p).(type) {
	case *ast.PredicateNode:
		step := callNode("_step", reflect.TypeFor[bool]())
		step.SetLocation(n.Location())
		body := &ast.SequenceNode{Nodes: []ast.Node{step, n.Node}}
		keepType(body, n.Node)
		replace(&n.Node, body)
	case *ast.BinaryNode:
		boundBinary(p, n)
	case *ast.ArrayNode:
		if !allLiterals(n.Nodes) {
			charge(p)
		}
	case *ast.MapNode:
		charge(p)
	case *ast.BuiltinNode:
		if makes, known := builtinMakes[n.Name]; known && (makes == grows || loop) {
			charge(p)
		}
	case *ast.CallNode:
		boundCall(p, n, loop)
	}
}

func boundBinary(p *ast.Node, n *ast.BinaryNode) {
	switch n.Operator {
	case "+":
		if number(n.Left) && number(n.Right) {
			return
		}
		add := callNode("_add", nil, n.Left, n.Right)
		keepType(add, n)
		replace(p, add)
	case "in":
		n.Right = members(n.Left, n.Right)
	}
}

// members makes a list of texts a set where the left side is surely a text; where it may be a number the list stays,
// for looking up a number in a set of texts is an error and not false.
func members(left, right ast.Node) ast.Node {
	var list []any
	switch r := right.(type) {
	case *ast.ArrayNode:
		for _, e := range r.Nodes {
			s, ok := e.(*ast.StringNode)
			if !ok {
				return right
			}
			list = append(list, s.Value)
		}
	case *ast.ConstantNode:
		switch v := r.Value.(type) {
		case []any:
			list = v
		case []string:
			for _, s := range v {
				list = append(list, s)
			}
		default:
			return right
		}
	default:
		return right
	}
	set := make(map[string]struct{}, len(list))
	for _, e := range list {
		s, ok := e.(string)
		if !ok {
			return right
		}
		set[s] = struct{}{}
	}
	var n ast.Node = constant(set)
	if left.Type().Kind() != reflect.String {
		n = constant(list)
	}
	n.SetLocation(right.Location())
	return n
}

func boundCall(p *ast.Node, n *ast.CallNode, loop bool) {
	if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
		if callee.Value[0] != '_' {
			charge(p) // a function of ours that a rule may call
		}
		return
	}
	if loop && !number(n) && n.Type().Kind() != reflect.Bool {
		charge(p)
	}
}

// charge puts a node into a call that charges its value.
func charge(p *ast.Node) {
	n := callNode("_charge", nil, *p)
	keepType(n, *p)
	replace(p, n)
}

func keepType(n, from ast.Node) { n.SetNature(*from.Nature()) }

func number(n ast.Node) bool {
	switch n.Type().Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

func allLiterals(nodes []ast.Node) bool {
	for _, n := range nodes {
		switch n.(type) {
		case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NilNode:
		default:
			return false
		}
	}
	return true
}
