package eval

import (
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// highlighter is what marks a text: the registry of engines.
type highlighter interface {
	Highlight(calls []predicate.Call, text, before, after string) (string, error)
}

// highlight(text, before, after, conditions...) is the text with what makes
// the conditions true between before and after. The conditions themselves are
// not computed.
func (c *compiler) highlight(e plan.Call) (node, error) {
	h, ok := c.env.Functions.(highlighter)
	if !ok {
		return nil, fault.E("eval: compile", fault.Unsupported, "no engines to highlight by")
	}
	text, marks, calls, err := plan.HighlightArgs(e)
	if err != nil {
		return nil, err
	}
	a, err := c.compileAll([]plan.Expr{text})
	if err != nil {
		return nil, err
	}
	fn := rowFunc{value: func(r *row) (record.Value, error) {
		s, err := h.Highlight(calls, r.value(0).S, marks[0], marks[1])
		return record.TextValue(s), err
	}}
	return &rowwise{id: c.slot(), args: a, t: e.T, name: e.Func, fn: fn}, nil
}
