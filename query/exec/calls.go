package exec

import (
	"slices"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// An engine's condition within a computed one, as in match(note, 'storm') OR
// n % 7 = 3, cannot be part of Where. In parts whose index answers it, it is a
// set found before, and for the computed condition a column of BOOLEANs; its
// slow meaning is for the other parts.

// calledFilter is the scan's residual conditions with calls as columns: that of
// calls[i] comes after those of the scan, at i.
type calledFilter struct {
	calls  []predicate.Call
	filter []scalar
	used   []int // columns of the scan that filter reads
}

// callRows are the rows of a part where a call is True, and where it is Unknown.
type callRows struct{ yes, unknown rows.Set }

// findCalls finds the calls in the residual conditions.
func (s *scanOp) findCalls() error {
	width := len(s.node.Columns)
	out := &calledFilter{}
	var filter []plan.Expr
	for _, f := range s.node.Filter {
		filter = append(filter, plan.Rewrite(f, func(e plan.Expr) plan.Expr {
			if c, ok := e.(plan.EngineCall); ok {
				if call, ok := s.callOf(c); ok {
					return plan.Col{Index: width + out.number(call), Name: call.Function, T: c.Type()}
				}
			}
			return e
		}))
	}
	if len(out.calls) == 0 {
		return nil
	}
	var err error
	if out.filter, err = s.q.compileAll(filter); err != nil {
		return err
	}
	for _, f := range filter {
		out.used = columnsOf(f, out.used)
	}
	out.used = slices.DeleteFunc(out.used, func(i int) bool { return i >= width })
	s.called = out
	return nil
}

// number is the place of a call, once.
func (f *calledFilter) number(c predicate.Call) int {
	for i, have := range f.calls {
		if have.String() == c.String() {
			return i
		}
	}
	f.calls = append(f.calls, c)
	return len(f.calls) - 1
}

// callOf is e as a condition on the scan's columns, if its fields are such.
func (s *scanOp) callOf(e plan.EngineCall) (predicate.Call, bool) {
	out := predicate.Call{Function: e.Function, Args: e.Args}
	for _, f := range e.Fields {
		c, ok := f.(plan.Col)
		if !ok {
			return out, false
		}
		at := s.node.Table.Schema.ByID(s.node.Columns[c.Index])
		if at < 0 {
			return out, false
		}
		field := &s.node.Table.Schema.Fields[at]
		out.Fields = append(out.Fields, predicate.Field{ID: field.ID, Name: field.Name, Type: field.Type})
	}
	return out, len(out.Fields) > 0
}

// askCalls finds the rows of the calls in the parts whose indexes know them all.
func (s *scanOp) askCalls() error {
	if s.called == nil || s.noIndex() {
		return nil
	}
	weight := int64(0)
	for _, p := range s.parts {
		weight += int64(p.set.Len())
	}
	return s.q.each(len(s.parts), weight, func(_ *worker, i int) error {
		p := s.parts[i]
		if p.Open || p.set.IsEmpty() {
			return nil
		}
		found := make([]callRows, len(s.called.calls))
		for k, c := range s.called.calls {
			var ok bool
			var err error
			if found[k], ok, err = s.askCall(p, c); err != nil || !ok {
				return err
			}
		}
		p.called = found
		return nil
	})
}

func (s *scanOp) askCall(p *scanPart, c predicate.Call) (out callRows, ok bool, err error) {
	ask := func(cond predicate.P) (rows.Set, bool, error) {
		ch := chooser{part: p.Part, scan: s}
		step, ok := ch.byIndex(cond)
		if !ok {
			return rows.Set{}, false, nil
		}
		set, err := s.take(p.Part, &step, p.set, s.stats.root())
		if err != nil {
			err = fault.E("exec: match", fault.Item(p.Name), err)
		}
		return set, true, err
	}
	if out.yes, ok, err = ask(c); err != nil || !ok {
		return out, false, err
	}
	for _, f := range c.Fields {
		if col := columnOf(p.Part, p.shard, f.ID); col != nil && hasNoNull(col, p.Rows) {
			continue
		}
		null, ok, err := ask(predicate.IsNull{Field: f})
		if err != nil || !ok {
			return out, false, err
		}
		out.unknown = out.unknown.Or(null)
	}
	return out, true, nil
}

func hasNoNull(col engines.ColumnReader, n int) bool {
	st := col.Stats()
	return st.Rows == n && st.Nulls == 0
}

// residual returns the conditions to decide rows of the view by, and the
// columns they read.
func (v *blockView) residual() ([]scalar, []int) {
	if v.part.called != nil {
		return v.scan.called.filter, v.scan.called.used
	}
	return v.scan.filter, v.scan.used
}

// callBits are what a block's rows are in the sets of the calls.
type callBits struct{ yes, unknown codec.Sel }

// bitsOfCalls takes the view's block out of the sets.
func (v *blockView) bitsOfCalls() []callBits {
	out := make([]callBits, len(v.part.called))
	for i := range v.part.called {
		words := func(set rows.Set, to *codec.Sel) {
			switch codec.State(set.BlockN(v.b, v.n, to)) {
			case codec.None:
				clear(to[:])
			case codec.All:
				codec.FillSel(to, v.n)
			}
		}
		words(v.part.called[i].yes, &out[i].yes)
		words(v.part.called[i].unknown, &out[i].unknown)
	}
	return out
}

// column is a call as a column of the picked rows.
func (b *callBits) column(p picked) *record.Column {
	c := record.NewColumn(record.T(record.Bool), p.n)
	for i := range p.n {
		r := p.row(i)
		if b.unknown[r>>6]>>(r&63)&1 != 0 {
			c.AppendNull()
			continue
		}
		c.Append(record.BoolValue(b.yes[r>>6]>>(r&63)&1 != 0))
	}
	return c
}
