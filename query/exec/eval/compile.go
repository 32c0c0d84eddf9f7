package eval

import (
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// compiler turns expressions into nodes and counts the slots they need.
type compiler struct {
	env   Env
	slots int
	nodes int // that compute something
}

func (c *compiler) slot() int {
	c.slots++
	return c.slots - 1
}

func (c *compiler) compile(e plan.Expr) (node, error) {
	switch e := e.(type) {
	case plan.Col:
		return &column{e.Index, e.T}, nil
	case plan.Const:
		return constant(e.Value), nil
	case plan.Call:
		n, err := c.call(e)
		if err != nil {
			return nil, err
		}
		return c.fold(n), nil
	case plan.EngineCall:
		return c.engineCall(e)
	}
	return nil, fault.Errorf("eval: compile", fault.Internal, "%T has no value of its own: %v", e, e)
}

func (c *compiler) compileAll(es []plan.Expr) (args, error) {
	out := make(args, len(es))
	for i, e := range es {
		var err error
		if out[i], err = c.compile(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// constant makes the one-row column of v.
func constant(v record.Value) *konst {
	t := v.Type
	if t.Kind == record.Null || t.Kind == record.Invalid {
		t = record.T(record.Keyword)
	}
	col := record.NewColumn(t, 1)
	col.Append(v)
	return &konst{col}
}

// fold computes n now if it looks at no column. An error is left to the run:
// the value may never be needed.
func (c *compiler) fold(n node) node {
	c.nodes++
	if len(n.columns(nil)) > 0 {
		return n
	}
	f := frame{n: 1, s: &Scratch{slots: make([]slot, c.slots)}}
	col, err := n.eval(&f)
	if err != nil {
		return n
	}
	c.nodes--
	return &konst{col}
}

// constOf returns the value of a constant node.
func constOf(n node) (record.Value, bool) {
	if k, ok := n.(*konst); ok {
		return k.col.Value(0), true
	}
	return record.Value{}, false
}

func (c *compiler) call(e plan.Call) (node, error) {
	if e.Func == plan.Highlight {
		return c.highlight(e)
	}
	a, err := c.compileAll(e.Args)
	if err != nil {
		return nil, err
	}
	switch e.Func {
	case "and", "or":
		return c.connective(e.Func == "or", a), nil
	case "not":
		return &not{id: c.slot(), arg: a[0]}, nil
	case "is_null", "is_not_null", "is_true", "is_not_true", "is_false", "is_not_false", "is_unknown", "is_not_unknown":
		return c.truthTest(e.Func, a[0]), nil
	case "=", "<>", "<", "<=", ">", ">=":
		return c.comparison(compareOps[e.Func], a[0], a[1], e.Args[0].Type(), e.Args[1].Type()), nil
	case "is_distinct_from", "is_not_distinct_from":
		return c.distinct(e.Func == "is_not_distinct_from", a, e), nil
	case "between":
		return c.between(e)
	case "in":
		return c.in(e, a)
	case "case":
		return c.caseNode(a, e.T), nil
	case "coalesce":
		return c.coalesce(a, e.T), nil
	case "nullif":
		return c.nullIf(a, e), nil
	case "greatest", "least":
		return c.extreme(e.Func == "greatest", a, e.T), nil
	case "concat", "concat_ws":
		return c.concat(e, a)
	case "cast":
		return c.cast(a[0], e.Args[0].Type(), e.T)
	case "+", "-", "*", "/", "%", "neg":
		if n := c.arithmetic(e, a); n != nil {
			return n, nil
		}
	}
	return c.function(e, a)
}
