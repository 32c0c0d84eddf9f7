package exec

import (
	"math"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// addBlock counts the selected rows of a block.
func (a *aggOp) addBlock(st *aggState, v *blockView) error {
	var done []bool
	if len(a.spec.keys) == 0 {
		all, err := a.addWhole(st, v)
		if err != nil || all {
			return err
		}
		done = st.done
	}
	for lo := 0; lo < v.count; lo += vectorRows {
		hi := min(v.count, lo+vectorRows)
		if kept, err := a.keepBlock(st, v, lo, hi); kept || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		gids, err := a.assignBlock(st, v, lo, hi)
		if err != nil {
			return err
		}
		c, err := a.argumentsOf(st, v, lo, hi, done)
		if err != nil {
			return err
		}
		if err := a.accumulate(st, gids, c, done); err != nil {
			return err
		}
	}
	return nil
}

// keepBlock keeps the selected rows [lo, hi) for later, where the state has
// come to that.
func (a *aggOp) keepBlock(st *aggState, v *blockView, lo, hi int) (bool, error) {
	t, ok := st.table.(*intTable)
	if !ok || st.spill == nil && t.len() < spillGroups {
		return false, nil
	}
	key, err := a.keyBlock(st, t, v, lo, hi)
	if err != nil {
		return false, err
	}
	return a.keepRows(st, key, func() ([]*record.Column, error) {
		c, err := a.chunkOf(st, v, lo, hi, a.spec.args)
		if err != nil {
			return nil, err
		}
		return a.spec.arguments(c)
	})
}

// argumentsOf reads the columns that arguments and filters need.
func (a *aggOp) argumentsOf(st *aggState, v *blockView, lo, hi int, done []bool) (*plan.Chunk, error) {
	c, err := a.chunkOf(st, v, lo, hi, a.spec.filters)
	for i := range a.spec.args {
		if err != nil {
			return nil, err
		}
		if a.needed(i, done) {
			err = a.readInto(c, st, v, lo, hi, &a.spec.args[i])
		}
	}
	return c, err
}

// chunkOf reads the columns that ins need; the others stay nil.
func (a *aggOp) chunkOf(st *aggState, v *blockView, lo, hi int, ins []input) (*plan.Chunk, error) {
	c := &plan.Chunk{N: hi - lo, Cols: make([]*record.Column, len(v.blocks))}
	for i := range ins {
		if err := a.readInto(c, st, v, lo, hi, &ins[i]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (a *aggOp) readInto(c *plan.Chunk, st *aggState, v *blockView, lo, hi int, in *input) error {
	for _, col := range in.reads {
		if c.Cols[col] != nil {
			continue
		}
		c.Cols[col] = st.column(col)
		if err := v.read(c.Cols[col], col, lo, hi); err != nil {
			return err
		}
	}
	return nil
}

// addWhole adds a block to the accumulators that can take one as it is, by its
// statistics or by kernels on its form, and notes them in st.done. There is
// one group.
func (a *aggOp) addWhole(st *aggState, v *blockView) (all bool, err error) {
	st.done = resize(st.done, len(st.accs))
	all = true
	for i, acc := range st.accs {
		acc.grow(1)
		spec := &a.spec.accs[i]
		st.done[i] = false
		if spec.filter < 0 && !spec.states {
			if st.done[i], err = a.wholeBlock(st, acc, spec, v); err != nil {
				return false, err
			}
		}
		all = all && st.done[i]
	}
	return all, nil
}

func (a *aggOp) wholeBlock(st *aggState, acc accumulator, spec *accSpec, v *blockView) (bool, error) {
	if c, ok := acc.(*rowCount); ok {
		c.n[0] += int64(v.count)
		return true, nil
	}
	col := a.plainArg(spec)
	if col < 0 || v.part.columns[col] == nil {
		return false, nil
	}
	if v.st == codec.All {
		if addStats(acc, v.part.columns[col].BlockStats(v.b), v.n) {
			return true, nil
		}
	}
	b, err := v.block(col)
	if err != nil {
		return false, err
	}
	if st.sel == nil {
		st.sel = new(codec.Sel)
	}
	return addSelected(acc, b, v, st.sel), nil
}

// plainArg is the scan column that is the one argument of spec, or -1.
func (a *aggOp) plainArg(spec *accSpec) int {
	if len(spec.args) != 1 {
		return -1
	}
	return a.spec.args[spec.args[0]].col
}

// addStats adds n rows of which all that matters stands in s. Statistics that
// do not cover n rows say nothing.
func addStats(acc accumulator, s codec.Stats, n int) bool {
	if s.Rows != n {
		return false
	}
	known := s.Min.Valid && s.Max.Valid
	if s.Nulls == s.Rows {
		known = true
	}
	switch acc := acc.(type) {
	case *nullCount:
		if !known && s.Nulls == 0 {
			return false
		}
		acc.n[0] += int64(s.Nulls)
		return true
	case *intSum:
		if !known { // then the sum may not be known either
			return false
		}
		acc.put(0, codec.Int128{Hi: s.SumHi, Lo: s.SumLo})
		return true
	case *floatSum:
		if !known || math.IsNaN(s.SumFloat) {
			return false
		}
		acc.v[0] += s.SumFloat
		return true
	case *intExtreme:
		if known && s.Nulls < s.Rows {
			acc.put(0, extreme(s, acc.max).I)
		}
		return known
	case *floatExtreme:
		if known && s.Nulls < s.Rows {
			acc.put(0, extreme(s, acc.max).F)
		}
		return known
	case *stringExtreme:
		if known && s.Nulls < s.Rows {
			acc.put(0, extreme(s, acc.max).S)
		}
		return known
	}
	return false
}

func extreme(s codec.Stats, most bool) record.Value {
	if most {
		return s.Max
	}
	return s.Min
}

// addSelected adds the selected rows of b by the kernels of its form.
func addSelected(acc accumulator, b *codec.Block, v *blockView, room *codec.Sel) bool {
	sel, st := &v.sel, v.st
	if n, ok := acc.(*nullCount); ok {
		if b.Nulls > 0 {
			*room = *sel
			n.n[0] += int64(codec.CountState(room, b.AndNull(room, st), b.N))
		}
		return true
	}
	if b.Nulls > 0 {
		if st == codec.Some {
			*room = *sel
		}
		sel, st = room, b.AndValid(room, st)
	}
	if st == codec.None {
		switch acc.(type) {
		case *intSum, *floatSum, *intExtreme, *floatExtreme, *stringExtreme:
			return true
		}
		return false
	}
	switch acc := acc.(type) {
	case *intSum:
		acc.put(0, b.Ints.Sum(sel, st))
	case *floatSum:
		acc.v[0] += b.SumFloats(sel, st)
	case *intExtreme:
		if lo, hi, ok := b.Ints.MinMax(sel, st); ok {
			acc.put(0, choose(acc.max, lo, hi))
		}
	case *floatExtreme:
		if lo, hi, ok := b.MinMaxFloats(sel, st); ok {
			acc.put(0, choose(acc.max, lo, hi))
		}
	case *stringExtreme:
		if b.Dict == nil {
			return false
		}
		if lo, hi, ok := b.Ints.MinMax(sel, st); ok {
			acc.put(0, b.Dict.Strs.At(int(choose(acc.max, lo, hi))))
		}
	default:
		return false
	}
	return true
}

func choose[T any](most bool, lo, hi T) T {
	if most {
		return hi
	}
	return lo
}

// answer adds a part without reading its blocks, where every accumulator can:
// row counts come from the set, the rest from the statistics of whole columns
// where all rows of the part are selected. There is one group and no filter.
func (a *aggOp) answer(p *scanPart) bool {
	whole := p.set.IsAll(p.Rows)
	for i := range a.spec.accs {
		spec := &a.spec.accs[i]
		if spec.filter >= 0 || spec.states {
			return false
		}
		if spec.kind == "rows" {
			continue
		}
		col := a.plainArg(spec)
		if !whole || col < 0 || p.columns[col] == nil {
			return false
		}
		probe := spec.make()
		probe.grow(1)
		if !addStats(probe, p.columns[col].Stats(), p.Rows) {
			return false
		}
	}
	st := a.state(0)
	for i, acc := range st.accs {
		acc.grow(1)
		if c, ok := acc.(*rowCount); ok {
			c.n[0] += int64(p.set.Len())
			continue
		}
		addStats(acc, p.columns[a.plainArg(&a.spec.accs[i])].Stats(), p.Rows)
	}
	return true
}

// onlyCounts reports whether the number of rows is all that is asked.
func (a *aggOp) onlyCounts() bool {
	for i := range a.spec.accs {
		if spec := &a.spec.accs[i]; spec.kind != "rows" || spec.filter >= 0 || spec.states {
			return false
		}
	}
	return true
}

// count adds n rows that nobody has looked at.
func (a *aggOp) count(n int) {
	st := a.state(0)
	for _, acc := range st.accs {
		acc.grow(1)
		acc.(*rowCount).n[0] += int64(n)
	}
}
