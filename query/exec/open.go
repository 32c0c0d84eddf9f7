package exec

import (
	"cmp"
	"slices"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// Rows that no index knows, the open ones above all, are decided one by one.
// For most conditions that is a comparison of a column with a constant: it is
// made ready once and then reads the column, a tenth of what predicate.Eval
// takes, which is left with what is not (BenchmarkOpenRows).

// About what deciding a row takes, in nanoseconds: a comparison, a pattern, and
// a function of an engine, of which those of texts take them to pieces.
const (
	compareNanos = 10
	likeNanos    = 150
	callNanos    = 200
	textNanos    = 500
)

// evalCost is about what it takes to decide p on a row.
func evalCost(p predicate.P) (nanos float64) {
	predicate.Walk(p, func(p predicate.P) bool {
		switch p := p.(type) {
		case predicate.Call:
			nanos += callNanos
			if slices.ContainsFunc(p.Fields, func(f predicate.Field) bool { return f.Type.Kind == record.Text }) {
				nanos += textNanos
			}
		case predicate.Like:
			nanos += likeNanos
		case predicate.Compare, predicate.Between, predicate.In, predicate.IsNull:
			nanos += compareNanos
		}
		return true
	})
	return nanos
}

// decide returns the rows of within where c is True, by what takes least first.
func (s *scanOp) decide(p *store.Part, c predicate.P, within rows.Set) (rows.Set, error) {
	if s.noIndex() {
		return s.evalRows(p, c, within)
	}
	switch c := c.(type) {
	case predicate.And:
		for _, one := range cheapFirst(c.Of) {
			var err error
			if within, err = s.decide(p, one, within); err != nil || within.IsEmpty() {
				return within, err
			}
		}
		return within, nil
	case predicate.Or:
		var out rows.Set
		for _, one := range cheapFirst(c.Of) {
			found, err := s.decide(p, one, within)
			if err != nil {
				return rows.Set{}, err
			}
			out, within = out.Or(found), within.AndNot(found)
		}
		return out, nil
	}
	if f, test := testOf(c); test != nil {
		if col := p.Columns.Column(f.ID); col != nil {
			return s.testRows(col, test, within)
		}
	}
	return s.evalRows(p, c, within)
}

func cheapFirst(of []predicate.P) []predicate.P {
	of = slices.Clone(of)
	slices.SortStableFunc(of, func(a, b predicate.P) int { return cmp.Compare(evalCost(a), evalCost(b)) })
	return of
}

// rowTest is ready for the rows of one block: the row, which is not NULL, has
// a value for which the condition is True.
type rowTest func(row int) bool

// testOf returns the field of a comparison of a scalar with constants of its
// own type, and what makes a test of a block; nil where c is something else.
func testOf(c predicate.P) (f predicate.Field, of func(b *codec.Block) rowTest) {
	switch c := c.(type) {
	case predicate.Compare:
		return c.Field, orderTest(c.Field.Type, c.Value, c.Op.Holds)
	case predicate.In:
		return c.Field, listTest(c.Field.Type, c.Values)
	case predicate.Between:
		lower, upper := predicate.GE, predicate.LE
		if c.LoOpen {
			lower = predicate.GT
		}
		if c.HiOpen {
			upper = predicate.LT
		}
		above, below := orderTest(c.Field.Type, c.Lo, lower.Holds), orderTest(c.Field.Type, c.Hi, upper.Holds)
		if above == nil || below == nil {
			return c.Field, nil
		}
		return c.Field, func(b *codec.Block) rowTest {
			lo, hi := above(b), below(b)
			return func(row int) bool { return lo(row) && hi(row) }
		}
	}
	return f, nil
}

// plainly says that values of t and v are compared as their column holds
// them: one storage, and no scale or zone between them.
func plainly(t record.Type, v record.Value) bool {
	switch {
	case v.IsNull() || t.IsArray() || v.Type.IsArray():
		return false
	case t.Storage() == record.Strs:
		return v.Type.Storage() == record.Strs
	}
	return t == v.Type && (t.Storage() == record.Ints || t.Kind == record.Float64)
}

func orderTest(t record.Type, v record.Value, holds func(int) bool) func(*codec.Block) rowTest {
	switch {
	case !plainly(t, v):
		return nil
	case t.Storage() == record.Strs:
		return func(b *codec.Block) rowTest {
			return func(row int) bool { return holds(cmp.Compare(b.StringAt(row), v.S)) }
		}
	case t.Storage() == record.Ints:
		return func(b *codec.Block) rowTest {
			return func(row int) bool { return holds(cmp.Compare(b.Ints.At(row), v.I)) }
		}
	}
	return func(b *codec.Block) rowTest {
		return func(row int) bool { return holds(record.CompareFloats(b.FloatAt(row), v.F)) }
	}
}

// listTest is orderTest of equality with one of values, which ascend.
func listTest(t record.Type, values []record.Value) func(*codec.Block) rowTest {
	for i := range values {
		if !plainly(t, values[i]) {
			return nil
		}
	}
	switch t.Storage() {
	case record.Strs:
		return func(b *codec.Block) rowTest {
			return func(row int) bool {
				_, found := slices.BinarySearchFunc(values, b.StringAt(row), func(v record.Value, s string) int { return cmp.Compare(v.S, s) })
				return found
			}
		}
	case record.Ints:
		return func(b *codec.Block) rowTest {
			return func(row int) bool {
				_, found := slices.BinarySearchFunc(values, b.Ints.At(row), func(v record.Value, x int64) int { return cmp.Compare(v.I, x) })
				return found
			}
		}
	}
	return nil
}

// testRows returns the rows of within that have a value and pass the test.
func (s *scanOp) testRows(col engines.ColumnReader, of func(*codec.Block) rowTest, within rows.Set) (rows.Set, error) {
	var out rows.Builder
	var blk *codec.Block
	var test rowTest
	block := -1
	for r := range within.Each() {
		if b := int(r) / rows.BlockRows; b != block {
			if err := s.q.err(); err != nil {
				return rows.Set{}, err
			}
			var err error
			if blk, err = col.Block(b); err != nil {
				return rows.Set{}, fault.E("exec: read", err)
			}
			block, test = b, of(blk)
		}
		if row := int(r) % rows.BlockRows; blk.Nulls < blk.N && !blk.IsNull(row) && test(row) {
			out.Add(r)
		}
	}
	return out.Set(), nil
}
