package codec_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
)

// trial is one random column, as a view of memory and as an opened block.
type trial struct {
	t      *testing.T
	r      *rand.Rand
	col    *record.Column
	blocks []*codec.Block
}

var rowCounts = []int{0, 1, 63, 64, 65, 1000, 4096, 65535, 65536}

// each runs law on random columns of every type.
func each(t *testing.T, law func(trial)) {
	r := enginetest.Rand(t)
	for range 4 {
		for _, typ := range enginetest.Types() {
			s := &record.Schema{Fields: []record.Field{{ID: 1, Name: "c", Type: typ, NotNull: r.IntN(2) == 0}}}
			b := enginetest.RandomBatch(r, s, rowCounts[r.IntN(len(rowCounts))])
			x := trial{t, r, &b.Cols[0], nil}
			x.blocks = append(x.blocks, codec.View(x.col, 0, x.col.N), x.reopen(codec.View(x.col, 0, x.col.N)))
			if coded := x.coded(); coded != nil {
				x.blocks = append(x.blocks, coded, x.reopen(coded))
			}
			law(x)
			if t.Failed() {
				t.Logf("column of %d rows of type %s", x.col.N, typ)
				return
			}
		}
	}
}

// reopen encodes b, opens the bytes and checks them.
func (x trial) reopen(b *codec.Block) *codec.Block {
	x.t.Helper()
	var e codec.Encoder
	bytes, info, err := e.Append(nil, b)
	if err != nil {
		x.t.Fatalf("encode: %v", err)
	}
	if info.Rows != b.N || info.Nulls != b.Nulls || len(bytes)%codec.Align != 0 {
		x.t.Fatalf("encode: %+v of %d rows with %d nulls in %d bytes", info, b.N, b.Nulls, len(bytes))
	}
	again, err := codec.Open(enginetest.Aligned(bytes), b.Type, b.Dict)
	if err != nil {
		x.t.Fatalf("open: %v", err)
	}
	if err := again.Check(); err != nil {
		x.t.Fatalf("check: %v", err)
	}
	return again
}

// coded returns the column as codes of a dictionary that went through its
// bytes, or nil if it is no string column.
func (x trial) coded() *codec.Block {
	if x.col.Type.Storage() != record.Strs {
		return nil
	}
	var in codec.Interner
	ids := make([]uint32, x.col.N)
	for i := range ids {
		if !x.col.IsNull(i) {
			ids[i] = in.Code(x.col.Strs.At(i))
		}
	}
	if in.Len() == 0 {
		in.Code("")
	}
	d, code := in.Dict()
	d, err := codec.OpenDict(enginetest.Aligned(codec.AppendDict(nil, d)))
	if err != nil {
		x.t.Fatalf("open dictionary: %v", err)
	}
	if err := d.Check(); err != nil {
		x.t.Fatalf("check dictionary: %v", err)
	}
	for i := range ids {
		ids[i] = code[ids[i]]
	}
	v := codec.View(x.col, 0, x.col.N)
	return &codec.Block{Type: v.Type, Form: codec.FormFOR, N: v.N, Valid: v.Valid, Nulls: v.Nulls, Dict: d, Ints: codec.Ints{N: v.N, W32: ids}}
}

// selection returns a random selection of the rows and the rows themselves.
func (x trial) selection() (*codec.Sel, codec.State, []int) {
	var sel codec.Sel
	st := codec.State(x.r.IntN(3))
	var picked []int
	every := 1 + x.r.IntN(3)*x.r.IntN(300)
	for i := range x.col.N {
		if st == codec.All || st == codec.Some && x.r.IntN(every) == 0 {
			picked = append(picked, i)
			if st == codec.Some {
				sel[i/64] |= 1 << (i % 64)
			}
		}
	}
	return &sel, st, picked
}

func TestValues(t *testing.T) {
	each(t, func(x trial) {
		for _, b := range x.blocks {
			for i := range x.col.N {
				if want, got := x.col.Value(i), b.Value(i); !record.Equal(got, want) || got.Valid != want.Valid {
					t.Fatalf("row %d is %v, want %v in form %d", i, got, want, b.Form)
				}
			}
			again := record.NewColumn(b.Type, 0)
			b.AppendTo(again)
			if again.N != x.col.N {
				t.Fatalf("appended %d rows, want %d", again.N, x.col.N)
			}
		}
	})
}

func TestInts(t *testing.T) {
	each(t, func(x trial) {
		for _, b := range x.blocks {
			if b.Type.Storage() == record.Ints || b.Dict != nil {
				x.checkInts(&b.Ints)
			}
		}
	})
}

func (x trial) checkInts(v *codec.Ints) {
	t, n := x.t, v.N
	all := make([]int64, n)
	v.Decode(all)
	narrow := make([]uint32, n)
	v.DecodeU32(narrow)
	for i, want := range all {
		if v.At(i) != want || narrow[i] != uint32(want) {
			t.Fatalf("row %d: At %d, DecodeU32 %d, Decode %d", i, v.At(i), narrow[i], want)
		}
	}
	sel, st, picked := x.selection()
	var want []int64
	sum, lo, hi := new(big.Int), int64(math.MaxInt64), int64(math.MinInt64)
	for _, i := range picked {
		want = append(want, all[i])
		sum.Add(sum, big.NewInt(all[i]))
		lo, hi = min(lo, all[i]), max(hi, all[i])
	}
	if got := v.Gather(sel, st, nil); !slices.Equal(got, want) {
		t.Fatalf("gather of %d rows differs", len(want))
	}
	if got := bigOf(v.Sum(sel, st)); got.Cmp(sum) != 0 {
		t.Fatalf("sum %v, want %v", got, sum)
	}
	gotLo, gotHi, ok := v.MinMax(sel, st)
	if ok != (len(want) > 0) || ok && (gotLo != lo || gotHi != hi) {
		t.Fatalf("min, max %d, %d, %v, want %d, %d of %d rows", gotLo, gotHi, ok, lo, hi, len(want))
	}
	x.checkSelect(v, all)
}

// checkSelect compares Range and Select with one comparison a row.
func (x trial) checkSelect(v *codec.Ints, all []int64) {
	bound := func() int64 {
		switch {
		case x.r.IntN(10) == 0:
			return []int64{math.MinInt64, math.MaxInt64, 0}[x.r.IntN(3)]
		case len(all) > 0:
			return all[x.r.IntN(len(all))] + x.r.Int64N(3) - 1
		}
		return x.r.Int64()
	}
	for range 6 {
		lo, hi := bound(), bound()
		var sel codec.Sel
		x.sameRows("range", all, &sel, v.Range(lo, hi, &sel), func(v int64) bool { return lo <= v && v <= hi })

		var spans []codec.Span
		for range x.r.IntN(12) {
			at := bound()
			spans = append(spans, codec.Span{Lo: at, Hi: at + x.r.Int64N(4) - 1})
		}
		has := func(v int64) bool {
			return slices.ContainsFunc(spans, func(p codec.Span) bool { return p.Lo <= v && v <= p.Hi })
		}
		set := codec.NewIntSet(spans)
		x.sameRows("select", all, &sel, v.Select(set, &sel), has)
		if s, st, _ := x.selection(); st == codec.Some {
			keep := *s
			got := v.SelectSparse(set, &keep)
			row := -1
			x.sameRows("sparse", all, &keep, got, func(v int64) bool { row++; return s[row/64]>>(row%64)&1 == 1 && has(v) })
		}
	}
}

func (x trial) sameRows(what string, all []int64, sel *codec.Sel, st codec.State, want func(int64) bool) {
	x.t.Helper()
	for i, v := range all {
		got := st == codec.All || st == codec.Some && sel[i/64]>>(i%64)&1 == 1
		if got != want(v) {
			x.t.Fatalf("%s: row %d of %d with value %d is %v, want %v", what, i, len(all), v, got, !got)
		}
	}
	if st != codec.Some {
		return
	}
	for i := len(all); i < codec.BlockRows; i++ {
		if sel[i/64]>>(i%64)&1 == 1 {
			x.t.Fatalf("%s: row %d is past the last of %d", what, i, len(all))
		}
	}
}

func bigOf(v codec.Int128) *big.Int {
	b := new(big.Int).Lsh(big.NewInt(v.Hi), 64)
	return b.Add(b, new(big.Int).SetUint64(v.Lo))
}

func TestFloats(t *testing.T) {
	each(t, func(x trial) {
		if x.col.Type.Storage() != record.Floats {
			return
		}
		for _, b := range x.blocks {
			x.checkFloats(b)
		}
	})
}

func (x trial) checkFloats(b *codec.Block) {
	sel, st, picked := x.selection()
	st = b.AndValid(sel, st)
	var want []float64
	sum, lo, hi := 0.0, math.NaN(), math.Inf(-1)
	for _, i := range picked {
		if f := x.col.Floats[i]; !x.col.IsNull(i) {
			want = append(want, f)
			sum += f
			if record.CompareFloats(f, lo) < 0 {
				lo = f
			}
			if record.CompareFloats(f, hi) > 0 {
				hi = f
			}
		}
	}
	got := b.GatherFloats(sel, st, nil)
	if !slices.EqualFunc(got, want, func(a, b float64) bool { return record.CompareFloats(a, b) == 0 }) {
		x.t.Fatalf("gathered %d floats, want %d", len(got), len(want))
	}
	if s := b.SumFloats(sel, st); math.Abs(s-sum) > math.Abs(sum)*1e-9 && !math.IsNaN(sum) {
		x.t.Fatalf("sum %v, want %v", s, sum)
	}
	gotLo, gotHi, ok := b.MinMaxFloats(sel, st)
	if ok != (len(want) > 0) || ok && (record.CompareFloats(gotLo, lo) != 0 || record.CompareFloats(gotHi, hi) != 0) {
		x.t.Fatalf("min, max %v, %v, %v, want %v, %v of %d rows", gotLo, gotHi, ok, lo, hi, len(want))
	}
	from, to, nan := b2f(x, want), b2f(x, want), x.r.IntN(2) == 0
	var out codec.Sel
	rst := b.AndValid(&out, b.RangeFloats(from, to, nan, &out))
	for i := range x.col.N {
		f := x.col.Floats[i]
		in := !x.col.IsNull(i) && (f >= from && f <= to || nan && f != f)
		if has := rst == codec.All || rst == codec.Some && out[i/64]>>(i%64)&1 == 1; has != in {
			x.t.Fatalf("range [%v, %v]: row %d with %v is %v", from, to, i, f, has)
		}
	}
}

func b2f(x trial, from []float64) float64 {
	if len(from) == 0 || x.r.IntN(5) == 0 {
		return math.Inf(2*x.r.IntN(2) - 1)
	}
	return from[x.r.IntN(len(from))]
}

func TestStats(t *testing.T) {
	each(t, func(x trial) {
		for _, b := range x.blocks {
			s := b.Stats()
			if s.Rows != x.col.N || s.Nulls != x.nulls() {
				t.Fatalf("%d rows, %d nulls, want %d, %d", s.Rows, s.Nulls, x.col.N, x.nulls())
			}
			if s.Nulls == s.Rows || b.Type.IsArray() || b.Type.Kind == record.Point {
				continue
			}
			var lo, hi record.Value
			for i := range x.col.N {
				v := x.col.Value(i)
				if v.Valid && (!lo.Valid || record.Compare(v, lo) < 0) {
					lo = v
				}
				if v.Valid && (!hi.Valid || record.Compare(v, hi) > 0) {
					hi = v
				}
			}
			if !record.Equal(s.Min, lo) || !record.Equal(s.Max, hi) {
				t.Fatalf("bounds %v, %v, want %v, %v", s.Min, s.Max, lo, hi)
			}
		}
	})
}

func (x trial) nulls() int {
	n := 0
	for i := range x.col.N {
		if x.col.IsNull(i) {
			n++
		}
	}
	return n
}

func TestViewOfPart(t *testing.T) {
	each(t, func(x trial) {
		if x.col.N == 0 {
			return
		}
		lo := x.r.IntN(x.col.N)
		hi := lo + x.r.IntN(x.col.N-lo+1)
		b := codec.View(x.col, lo, hi)
		for i := range b.N {
			if want := x.col.Value(lo + i); !record.Equal(b.Value(i), want) {
				t.Fatalf("row %d of [%d, %d) is %v, want %v", i, lo, hi, b.Value(i), want)
			}
		}
	})
}

func TestColumn(t *testing.T) {
	each(t, func(x trial) {
		for _, b := range x.blocks {
			c := b.Column()
			for i := range x.col.N {
				if !record.Equal(c.Value(i), x.col.Value(i)) {
					t.Fatalf("row %d is %v, want %v", i, c.Value(i), x.col.Value(i))
				}
			}
		}
	})
}
