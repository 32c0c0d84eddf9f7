package eval

import (
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// site is the place of a call: what its function may prepare for.
type site struct {
	name  string
	t     record.Type   // of the result
	types []record.Type // of the arguments
	args  args
	env   Env
}

// konst returns argument k if it is a constant that is not NULL.
func (s *site) konst(k int) (record.Value, bool) {
	if k >= len(s.args) {
		return record.Value{}, false
	}
	v, ok := constOf(s.args[k])
	return v, ok && v.Valid
}

// function compiles a call of a function that is computed row by row.
func (c *compiler) function(e plan.Call, a args) (node, error) {
	s := &site{name: e.Func, t: e.T, args: a, env: c.env}
	for _, x := range e.Args {
		s.types = append(s.types, x.Type())
	}
	for _, family := range [...]func(*site) (rowFunc, bool, error){
		mathFunc, textFunc, patternFunc, timeFunc, spanFunc, jsonFunc, arrayFunc, pointFunc, geoFunc, miscFunc,
	} {
		fn, ok, err := family(s)
		if err != nil {
			return nil, fault.E("eval: "+e.Func, err)
		}
		if ok && fn.match != nil {
			return &match{id: c.slot(), args: a[:1], fn: fn.match}, nil
		}
		if ok {
			return &rowwise{id: c.slot(), args: a, t: e.T, name: e.Func, fn: fn}, nil
		}
	}
	return nil, fault.E("eval: compile", fault.Unsupported, fault.Code("0A000"), "function "+e.Func+" cannot be computed yet")
}
