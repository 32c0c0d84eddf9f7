package eval

import (
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// pointFunc computes functions of points.
func pointFunc(s *site) (rowFunc, bool, error) {
	switch s.name {
	case "st_makepoint":
		return rowFunc{value: func(r *row) (record.Value, error) {
			return record.PointValue(r.float(0), r.float(1)), record.CheckPoint(r.float(0), r.float(1))
		}}, true, nil
	case "st_x":
		return rowFunc{sure: true, float: func(r *row) (float64, error) { lon, _ := r.point(0); return lon, nil }}, true, nil
	case "st_y":
		return rowFunc{sure: true, float: func(r *row) (float64, error) { _, lat := r.point(0); return lat, nil }}, true, nil
	}
	return rowFunc{}, false, nil
}

// arrayFunc computes functions of arrays.
func arrayFunc(s *site) (rowFunc, bool, error) {
	if len(s.name) > 4 {
		word := s.name[4:]
		switch op, ok := quantifiers[word]; {
		case ok && s.name[:4] == "has_":
			return quantified(0, 1, op, false), true, nil
		case ok && s.name[:4] == "any_":
			return quantified(1, 0, op.swapped(), false), true, nil
		case ok && s.name[:4] == "all_":
			return quantified(1, 0, op.swapped(), true), true, nil
		}
	}
	switch s.name {
	case "in":
		return arrayIn(), true, nil
	case "cardinality", "array_length":
		return rowFunc{sure: true, int: func(r *row) (int64, error) {
			_, lo, hi := r.elems(0)
			if r.has(1) && (r.int(1) != 1 || lo == hi) {
				return 0, errNull
			}
			return int64(hi - lo), nil
		}}, true, nil
	case "array_to_string":
		return rowFunc{sure: true, text: func(dst []byte, r *row) ([]byte, error) {
			elem, lo, hi := r.elems(0)
			for i := lo; i < hi; i++ {
				if i > lo {
					dst = append(dst, r.text(1)...)
				}
				dst = elem.Value(i).AppendText(dst)
			}
			return dst, nil
		}}, true, nil
	case "subscript":
		return rowFunc{sure: true, value: func(r *row) (record.Value, error) {
			elem, lo, hi := r.elems(0)
			if i := r.int(1); i >= 1 && i <= int64(hi-lo) {
				return elem.Value(lo + int(i) - 1), nil
			}
			return record.Value{}, errNull
		}}, true, nil
	case "array":
		return rowFunc{sure: true, value: func(r *row) (record.Value, error) {
			v := record.Value{Type: s.t, Valid: true}
			for k := range r.cols {
				v.Elems = append(v.Elems, r.value(k))
			}
			return v, nil
		}}, true, nil
	case "||":
		return rowFunc{sure: true, value: func(r *row) (record.Value, error) {
			a := r.value(0)
			a.Elems = append(a.Elems, r.value(1).Elems...)
			return a, nil
		}}, s.t.IsArray(), nil
	case "@>":
		return arrayPair(func(a, b []record.Value) bool { return containsAll(a, b) }), true, nil
	case "<@":
		return arrayPair(func(a, b []record.Value) bool { return containsAll(b, a) }), true, nil
	case "&&":
		return arrayPair(func(a, b []record.Value) bool {
			return slices.ContainsFunc(a, func(x record.Value) bool { return containsAll(b, []record.Value{x}) })
		}), true, nil
	}
	return rowFunc{}, false, nil
}

var quantifiers = map[string]compareOp{"eq": opEQ, "ne": opNE, "lt": opLT, "le": opLE, "gt": opGT, "ge": opGE}

// quantified compares the elements of argument array with argument x: true if
// one (all) of them op x. Of no elements none is and all are, whatever x is:
// also NULL, as in PostgreSQL.
func quantified(array, x int, op compareOp, all bool) rowFunc {
	return rowFunc{lax: true, sure: true, int: func(r *row) (int64, error) {
		if r.null(array) {
			return 0, errNull
		}
		elem, lo, hi := r.elems(array)
		if lo == hi {
			return boolInt(all), nil
		}
		if r.null(x) {
			return 0, errNull
		}
		v := r.value(x)
		for i := lo; i < hi; i++ {
			if op.holds(record.Compare(elem.Value(i), v)) != all {
				return boolInt(!all), nil
			}
		}
		return boolInt(all), nil
	}}
}

// arrayIn is array IN (...): one element equals one member. A NULL member
// makes what is not found NULL.
func arrayIn() rowFunc {
	return rowFunc{lax: true, sure: true, int: func(r *row) (int64, error) {
		if r.null(0) {
			return 0, errNull
		}
		elems := r.value(0).Elems
		hasNull := false
		for k := 1; k < len(r.cols); k++ {
			if r.null(k) {
				hasNull = true
			} else if containsAll(elems, []record.Value{r.value(k)}) {
				return 1, nil
			}
		}
		if hasNull && len(elems) > 0 {
			return 0, errNull
		}
		return 0, nil
	}}
}

func arrayPair(f func(a, b []record.Value) bool) rowFunc {
	return rowFunc{sure: true, int: func(r *row) (int64, error) { return boolInt(f(r.value(0).Elems, r.value(1).Elems)), nil }}
}

func containsAll(a, b []record.Value) bool {
	for _, x := range b {
		if !slices.ContainsFunc(a, func(y record.Value) bool { return record.Compare(x, y) == 0 }) {
			return false
		}
	}
	return true
}

// miscFunc computes what belongs nowhere else.
func miscFunc(s *site) (rowFunc, bool, error) {
	if s.name == "to_char" {
		if s.types[0].Kind == record.Timestamp {
			return rowFunc{sure: true, text: func(dst []byte, r *row) ([]byte, error) { return appendTime(dst, r.int(0), r.text(1)), nil }}, true, nil
		}
		return rowFunc{text: func(dst []byte, r *row) ([]byte, error) { return appendNumber(dst, r.value(0), r.text(1)) }}, true, nil
	}
	if s.name == "pg_typeof" {
		name := s.types[0].String()
		return rowFunc{lax: true, sure: true, text: func(dst []byte, _ *row) ([]byte, error) { return append(dst, name...), nil }}, true, nil
	}
	return rowFunc{}, false, nil
}

// engineCall is a condition of an engine, decided by its slow meaning.
type engineCall struct {
	id int
	args
	name   string
	fn     predicate.EvalFunc
	consts []record.Value
}

func (c *compiler) engineCall(e plan.EngineCall) (node, error) {
	if c.env.Functions == nil {
		return nil, bug("no engines to decide %s", e.Function)
	}
	fn, ok := c.env.Functions.EvalFunc(e.Function)
	if !ok {
		return nil, fault.E("eval: compile", fault.NotFound, fault.Code("42883"), "no engine knows "+e.Function)
	}
	a, err := c.compileAll(e.Fields)
	if err != nil {
		return nil, err
	}
	c.nodes++
	return &engineCall{id: c.slot(), args: a, name: e.Function, fn: fn, consts: e.Args}, nil
}

func (n *engineCall) slotID() int  { return n.id }
func (n *engineCall) faulty() bool { return true }
func (n *engineCall) eval(f *frame) (*record.Column, error) {
	return boolColumn(f, n.id, n)
}

func (n *engineCall) test(f *frame, t, u record.Bitmap) error {
	clear(t)
	clear(u)
	r := &f.s.slots[n.id].row
	r.cols = sized(r.cols, len(n.args))
	for i, a := range n.args {
		c, err := a.eval(f)
		if err != nil {
			return err
		}
		r.cols[i] = c
	}
	fields := make([]record.Value, len(n.args))
	for i := range f.n {
		r.i = i
		if r.anyNull() {
			u.Set(i)
			continue
		}
		for k := range fields {
			fields[k] = r.value(k)
		}
		truth, err := n.fn(fields, n.consts)
		switch {
		case err != nil:
			return fault.E("eval: "+n.name, err)
		case truth == predicate.True:
			t.Set(i)
		case truth == predicate.Unknown:
			u.Set(i)
		}
	}
	return nil
}
