package columnar

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// table is a schema being filled column by column, and its open index.
type table struct {
	t       testing.TB
	schema  record.Schema
	batch   record.Batch
	options map[string]string
	section []byte
	index   *Index
}

// column adds a column; value i is what f(i) returns.
func (x *table) column(name string, t record.Type, f func(i int) record.Value) {
	fd := record.Field{ID: record.ColumnID(len(x.schema.Fields) + 1), Name: name, Type: t}
	x.schema.Fields = append(x.schema.Fields, fd)
	c := record.NewColumn(t, x.batch.N)
	for i := range x.batch.N {
		c.Append(f(i))
	}
	x.batch.IDs, x.batch.Cols = append(x.batch.IDs, fd.ID), append(x.batch.Cols, *c)
}

func (x *table) build() {
	x.t.Helper()
	b, err := Engine{}.NewBuilder(engines.ColumnsDef(x.schema.Fields, x.options), engines.BatchColumns(&x.schema, &x.batch))
	if err != nil {
		x.t.Fatal(err)
	}
	var w bytes.Buffer
	if err := b.Build(context.Background(), &w); err != nil {
		x.t.Fatal(err)
	}
	x.section = w.Bytes()
	x.open(x.schema.Fields)
}

func (x *table) open(fields []record.Field) {
	x.t.Helper()
	ix, err := Engine{}.Open(engines.Section{Def: engines.ColumnsDef(fields, x.options), Rows: x.batch.N, Bytes: x.section})
	if err != nil {
		x.t.Fatal(err)
	}
	x.index = ix.(*Index)
}

func (x *table) field(name string) predicate.Field {
	f := x.schema.Fields[x.schema.Field(name)]
	return predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
}

func (x *table) compare(name string, op predicate.Op, v record.Value) predicate.P {
	return predicate.Compare{Field: x.field(name), Op: op, Value: v}
}

func (x *table) match(p predicate.P) (rows.Set, error) {
	return x.index.Match(context.Background(), p, rows.All(x.batch.N))
}

// three blocks of columns that each ask for another way of answering.
func threeBlocks(t testing.TB) *table {
	x := &table{t: t, options: map[string]string{"bloom": "code"}}
	x.batch.N = 2*codec.BlockRows + 1000
	word := func(i int) record.Value { return record.KeywordValue(fmt.Sprintf("w%05d", i)) }
	x.column("at", record.T(record.Int64), func(i int) record.Value { return record.IntValue(int64(i)) })
	x.column("rare", record.T(record.Keyword), func(i int) record.Value {
		if i%10 == 7 {
			return record.KeywordValue("yes")
		}
		return record.KeywordValue("no")
	})
	x.column("kind", record.T(record.Keyword), func(i int) record.Value { return word(i * 7919 % 500) })
	x.column("run", record.T(record.Int64), func(i int) record.Value { return record.IntValue(int64(i / 3000 % 5)) })
	x.column("code", record.T(record.Int64), func(i int) record.Value { return record.IntValue(int64(i) * 2654435761 % (1 << 40)) })
	x.column("heat", record.T(record.Float64), func(i int) record.Value { return record.FloatValue(float64(i*7919%1000) / 4) })
	x.column("text", record.T(record.Text), func(i int) record.Value { return record.TextValue(fmt.Sprintf("%x", i*2654435761)) })
	x.column("hole", record.T(record.Int64), func(i int) record.Value {
		if i%3 == 0 {
			return record.NullOf(record.T(record.Int64))
		}
		return record.IntValue(int64(i * 31 % 1000))
	})
	x.build()
	return x
}

func TestWays(t *testing.T) {
	x := threeBlocks(t)
	n := x.batch.N
	integer, word := record.IntValue, record.KeywordValue
	for _, c := range []struct {
		p      predicate.P
		method string
		counts bool // without a scan
	}{
		{x.compare("at", predicate.GE, integer(0)), "zones", true},
		{x.compare("at", predicate.LT, integer(-1)), "zones", true},
		{x.compare("at", predicate.LT, integer(codec.BlockRows)), "zones", true},
		{x.compare("at", predicate.LT, integer(100)), "zones, scan of integers", false},
		{x.compare("rare", predicate.EQ, word("yes")), "bitmap", true},
		{x.compare("rare", predicate.NE, word("yes")), "bitmap", true},
		{predicate.And{Of: []predicate.P{x.compare("rare", predicate.EQ, word("yes")), x.compare("rare", predicate.EQ, word("no"))}}, "bitmap", true},
		{x.compare("rare", predicate.EQ, word("maybe")), "dictionary", true},
		{x.compare("kind", predicate.EQ, word("w00007")), "scan of codes", false},
		{predicate.Like{Field: x.field("kind"), Pattern: "w0000%"}, "scan of codes", false},
		{x.compare("run", predicate.EQ, integer(3)), "runs", true},
		{x.compare("code", predicate.EQ, integer(1)), "bloom, scan of integers", false},
		{x.compare("heat", predicate.LT, record.FloatValue(10)), "scan of floats", false},
		{predicate.Like{Field: x.field("text"), Pattern: "%ab%"}, "scan of strings", false},
		{predicate.IsNull{Field: x.field("hole")}, "nulls", false},
		{predicate.IsNull{Field: x.field("at")}, "nulls", true},
		{predicate.Const{Truth: predicate.Unknown}, "constant", true},
		{predicate.Or{Of: []predicate.P{x.compare("rare", predicate.EQ, word("yes")), x.compare("at", predicate.LT, integer(100))}},
			"bitmap, zones, scan of integers", false},
	} {
		e, ok := x.index.Estimate(c.p)
		if !ok || e.Method != c.method {
			t.Errorf("%s: method %q, %v, want %q", c.p, e.Method, ok, c.method)
		}
		got, err := x.match(c.p)
		if err != nil {
			t.Fatal(err)
		}
		if want := enginetest.Wanted(t, &x.schema, &x.batch, c.p, nil); !got.Equal(want) {
			t.Errorf("%s: %d rows, want %d", c.p, got.Len(), want.Len())
		}
		counted, known := x.index.Count(c.p)
		if known != c.counts || known && counted != got.Len() {
			t.Errorf("%s: counted %d, %v, want %d, %v", c.p, counted, known, got.Len(), c.counts)
		}
		if off := math.Abs(e.Rows - float64(got.Len())); off > float64(n)/8 {
			t.Errorf("%s: estimated %.0f rows, found %d", c.p, e.Rows, got.Len())
		}
	}
}

// TestUntouched damages blocks that zone maps, filters, bitmaps or within rule
// out: they must not be read.
func TestUntouched(t *testing.T) {
	x := threeBlocks(t)
	damage := func(name string, blocks ...int) {
		for _, b := range blocks {
			m := x.index.byID[x.field(name).ID].meta.blocks[b]
			x.section[m.Off+100] ^= 1
		}
		x.open(x.schema.Fields)
	}
	ask := func(what string, p predicate.P, within rows.Set, fails bool) {
		t.Helper()
		if _, err := x.index.Match(context.Background(), p, within); (err != nil) != fails {
			t.Errorf("%s: error %v, want one: %v", what, err, fails)
		}
	}
	all := rows.All(x.batch.N)
	damage("at", 1, 2)
	ask("zones", x.compare("at", predicate.LT, record.IntValue(100)), all, false)
	ask("zones", x.compare("at", predicate.LT, record.IntValue(codec.BlockRows+100)), all, true)
	damage("rare", 0, 1, 2)
	ask("bitmap", x.compare("rare", predicate.EQ, record.KeywordValue("yes")), all, false)
	damage("code", 1)
	first := x.batch.Column(x.field("code").ID).Ints[5]
	ask("bloom", x.compare("code", predicate.EQ, record.IntValue(first)), all, false)
	ask("scan", x.compare("code", predicate.LT, record.IntValue(first)), all, true)
	ask("within", x.compare("code", predicate.LT, record.IntValue(first)), rows.Range(0, codec.BlockRows), false)
}

// TestOtherColumns opens a section under a later schema: one column was
// dropped, one added with a default and one without.
func TestOtherColumns(t *testing.T) {
	x := &table{t: t}
	x.batch.N = 10
	x.column("a", record.T(record.Int64), func(i int) record.Value { return record.IntValue(int64(i)) })
	x.column("b", record.T(record.Int64), func(i int) record.Value { return record.IntValue(int64(i)) })
	x.build()
	x.schema.Fields = []record.Field{x.schema.Fields[1],
		{ID: 8, Name: "c", Type: record.T(record.Int64), Default: record.IntValue(7)},
		{ID: 9, Name: "d", Type: record.T(record.Keyword)}}
	x.open(x.schema.Fields)
	if x.index.Column(1) != nil || x.index.Column(8) != nil || x.index.Column(2) == nil {
		t.Error("columns: want the one that is stored and not dropped")
	}
	for _, c := range []struct {
		p    predicate.P
		want int
	}{
		{x.compare("b", predicate.LT, record.IntValue(3)), 3},
		{x.compare("c", predicate.EQ, record.IntValue(7)), 10},
		{x.compare("c", predicate.NE, record.IntValue(7)), 0},
		{predicate.Not{Of: x.compare("c", predicate.NE, record.IntValue(7))}, 10},
		{x.compare("d", predicate.EQ, record.KeywordValue("")), 0},
		{predicate.Not{Of: x.compare("d", predicate.EQ, record.KeywordValue(""))}, 0},
		{predicate.IsNull{Field: x.field("d")}, 10},
		{predicate.IsNull{Field: x.field("c")}, 0},
	} {
		if got, err := x.match(c.p); err != nil || got.Len() != c.want {
			t.Errorf("%s: %v, %v, want %d rows", c.p, got, err, c.want)
		}
	}
	gone := predicate.Compare{Field: predicate.Field{ID: 1, Type: record.T(record.Int64)}, Value: record.IntValue(1)}
	if _, ok := x.index.Estimate(gone); ok {
		t.Error("a dropped column can be asked for")
	}
	call := predicate.Call{Function: "near"}
	if _, err := x.match(call); err == nil {
		t.Error("a call is answered")
	}
}

// TestConstants compares columns of edge values with edge constants of every
// comparable type.
func TestConstants(t *testing.T) {
	whole := []int64{math.MinInt64, math.MinInt64 + 1, -1e18, -3, -1, 0, 1, 2, 5, 1e18 - 1, math.MaxInt64 - 1, math.MaxInt64}
	floats := []float64{math.Inf(-1), -math.MaxFloat64, -9223372036854775808, -9223372036854774784, -2.5, -1, -math.SmallestNonzeroFloat64,
		math.Copysign(0, -1), 0, math.SmallestNonzeroFloat64, 0.1, 0.5, 1, 2.5, 1 << 53, 1<<53 + 2, 9223372036854774784, 9223372036854775807, 1e300, math.Inf(1), math.NaN()}
	numbers := map[record.Type][]record.Value{}
	for _, i := range whole {
		numbers[record.T(record.Int64)] = append(numbers[record.T(record.Int64)], record.IntValue(i))
		for _, d := range []record.Type{record.DecimalType(18, 0), record.DecimalType(18, 2), record.DecimalType(18, 18)} {
			numbers[d] = append(numbers[d], record.DecimalValue(d, i%record.Pow10(18)))
		}
	}
	for _, f := range floats {
		numbers[record.T(record.Float64)] = append(numbers[record.T(record.Float64)], record.FloatValue(f))
	}
	times := map[record.Type][]record.Value{}
	for _, i := range whole {
		times[record.T(record.Timestamp)] = append(times[record.T(record.Timestamp)], record.TimestampValue(i), record.TimestampValue(i%1000*86_400_000_000_000))
		times[record.T(record.Date)] = append(times[record.T(record.Date)], record.DateValue(i%200_000), record.DateValue(i))
	}
	for _, group := range []map[record.Type][]record.Value{numbers, times} {
		for typ, values := range group {
			x := &table{t: t}
			x.batch.N = len(values)
			x.column("v", typ, func(i int) record.Value { return values[i] })
			x.build()
			for _, consts := range group {
				for _, v := range consts {
					x.sixOps(values, v)
				}
			}
		}
	}
}

func (x *table) sixOps(values []record.Value, v record.Value) {
	x.t.Helper()
	for op := predicate.EQ; op <= predicate.GE; op++ {
		p := x.compare("v", op, v)
		got, err := x.match(p)
		if err != nil {
			x.t.Fatal(err)
		}
		for i := range values {
			if want := op.Holds(record.Compare(values[i], v)); got.Has(rows.Num(i)) != want {
				x.t.Errorf("%s for %v is %v, want %v", p, values[i], !want, want)
			}
		}
	}
}
