package eval

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random tests; 0: from the clock")

// world makes random chunks and expressions over them.
type world struct {
	r     *rand.Rand
	types []record.Type
	chunk *plan.Chunk
}

var (
	tBool, tInt, tFloat = record.T(record.Bool), record.T(record.Int64), record.T(record.Float64)
	tDec2, tDec4        = record.DecimalType(10, 2), record.DecimalType(12, 4)
	tWord, tTime, tDate = record.T(record.Keyword), record.T(record.Timestamp), record.T(record.Date)
)

func (w *world) value(t record.Type, nulls float64) record.Value {
	if w.r.Float64() < nulls {
		return record.NullOf(t)
	}
	v := record.Value{Type: t, Valid: true}
	pick := w.r.IntN(40)
	switch {
	case t == tBool:
		v.I = w.r.Int64N(2)
	case t == tInt && pick == 0:
		v.I = []int64{math.MinInt64, math.MaxInt64, 1 << 62, -1}[w.r.IntN(4)]
	case t == tFloat && pick == 0:
		v.F = []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e308, -1e308, math.Copysign(0, -1)}[w.r.IntN(6)]
	case t == tFloat:
		v.F = float64(w.r.IntN(21)-10) / 4
	case t == tWord:
		v.S = []string{"", "a", "b", "ab", "B", "ä", "abc"}[w.r.IntN(7)]
	case t == tTime:
		v.I = (w.r.Int64N(5) - 2) * dayNanos
	case t.Kind == record.Decimal && pick == 0:
		v.I = record.Pow10(int(t.Precision)) - 1
	default:
		v.I = w.r.Int64N(21) - 10
	}
	return v
}

func newWorld(r *rand.Rand) *world {
	w := &world{r: r, types: []record.Type{tBool, tInt, tInt, tFloat, tFloat, tDec2, tDec4, tWord, tTime, tDate}}
	n := 1 + r.IntN(200)
	if r.IntN(4) == 0 {
		n += r.IntN(2000) // more than a tile
	}
	w.chunk = &plan.Chunk{N: n}
	for _, t := range w.types {
		c := record.NewColumn(t, n)
		nulls := []float64{0, 0.1, 0.9}[r.IntN(3)]
		for range n {
			c.Append(w.value(t, nulls))
		}
		w.chunk.Cols = append(w.chunk.Cols, c)
	}
	return w
}

// expr makes an expression whose type has the kind of t.
func (w *world) expr(t record.Type, depth int) plan.Expr {
	if depth == 0 || w.r.IntN(6) == 0 {
		return w.leaf(t)
	}
	for range 20 {
		if e, ok := w.call(t, depth-1); ok {
			return castTo(e, t)
		}
	}
	return w.leaf(t)
}

func (w *world) leaf(t record.Type) plan.Expr {
	if w.r.IntN(3) == 0 {
		return plan.Const{Value: w.value(t, 0.1)}
	}
	for range 100 {
		if i := w.r.IntN(len(w.types)); w.types[i] == t {
			return plan.Col{Index: i, Name: fmt.Sprint("c", i), T: t}
		}
	}
	return plan.Const{Value: w.value(t, 0.1)}
}

// call makes a call that gives type t, or something that can be cast to it.
func (w *world) call(t record.Type, depth int) (plan.Expr, bool) {
	var name string
	var of []record.Type
	one := func(list ...string) string { return list[w.r.IntN(len(list))] }
	any := []record.Type{tInt, tFloat, tDec2, tDec4, tWord, tTime, tDate, tBool}[w.r.IntN(8)]
	number := []record.Type{tInt, tFloat, tDec2, tDec4}
	switch w.r.IntN(7) {
	case 0:
		name, of = "case", []record.Type{tBool, t, tBool, t, t}
		of = of[:2+w.r.IntN(4)]
		if len(of) == 3 || len(of) == 5 {
			of[len(of)-1] = t
		}
	case 1:
		name, of = one("coalesce", "greatest", "least"), []record.Type{t, t}
	case 2:
		name, of = "nullif", []record.Type{t, t}
	default:
		switch {
		case t == tBool && w.r.IntN(2) == 0:
			name, of = one("and", "or"), []record.Type{tBool, tBool, tBool}[:2+w.r.IntN(2)]
		case t == tBool && w.r.IntN(4) == 0:
			name, of = one("not", "is_true", "is_not_true", "is_false", "is_not_false", "is_unknown", "is_not_unknown"), []record.Type{tBool}
		case t == tBool && w.r.IntN(5) == 0:
			name, of = one("is_null", "is_not_null"), []record.Type{any}
		case t == tBool && w.r.IntN(4) == 0:
			name, of = one("in", "between"), []record.Type{any, any, any}
		case t == tBool && w.r.IntN(3) == 0:
			name, of = one("=", "<", ">=", "<>", "<=", ">"), []record.Type{number[w.r.IntN(4)], number[w.r.IntN(4)]}
		case t == tBool && w.r.IntN(4) == 0:
			name, of = one("=", "<", ">="), []record.Type{tTime, tDate}
		case t == tBool:
			name, of = one("=", "<>", "<", "<=", ">", ">=", "is_distinct_from", "is_not_distinct_from"), []record.Type{any, any}
		case t == tWord:
			name, of = one("lower", "||"), []record.Type{tWord, tWord}
			if name == "lower" {
				of = of[:1]
			}
		case t.IsNumeric() && w.r.IntN(5) == 0:
			name, of = "neg", []record.Type{t}
		case t.IsNumeric():
			name, of = one("+", "-", "*", "/"), []record.Type{t, t}
			if t == tInt && w.r.IntN(4) == 0 {
				name = "%"
			}
		default:
			return nil, false
		}
	}
	atoms := make([]atom, len(of))
	for i, a := range of {
		atoms[i] = atom{e: w.expr(a, depth)}
	}
	if name == "neg" {
		name = "-"
	}
	a, err := bind(name, atoms)
	if err != nil || !plan.CanCast(a.e.Type(), t) || a.e.Type() != t && !(t.IsNumeric() && a.e.Type().IsNumeric()) {
		return nil, false
	}
	return a.e, true
}

// TestRandom compares programs with slow on random expressions and chunks.
func TestRandom(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./query/exec/eval -run TestRandom -seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	failures := 0
	for range 300 {
		w := newWorld(r)
		for range 10 {
			t0 := w.types[r.IntN(len(w.types))]
			e := w.expr(t0, 1+r.IntN(4))
			compareWithSlow(t, w, e, &failures)
		}
	}
	t.Logf("%d of 3000 expressions failed, as they should", failures)
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
}

func compareWithSlow(t *testing.T, w *world, e plan.Expr, failures *int) {
	t.Helper()
	wantRows := make([]record.Value, w.chunk.N)
	codes := map[fault.Code]bool{}
	for i := range wantRows {
		v, err := slow(e, func(c int) record.Value { return w.chunk.Cols[c].Value(i) })
		if err != nil {
			codes[fault.CodeOf(err)] = true
		}
		wantRows[i] = v
	}
	p, err := Compile(e, Env{Now: testNow})
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	got, err := p.Run(w.chunk)
	switch {
	case err != nil && !codes[fault.CodeOf(err)]:
		t.Fatalf("%s: %v, want one of %v", e, err, codes)
	case err == nil && len(codes) > 0:
		t.Fatalf("%s: no error, want one of %v", e, codes)
	case err != nil:
		*failures++
		return
	}
	checkColumn(t, e, got, wantRows)
	again, err := p.RunScratch(w.chunk, p.NewScratch())
	if err != nil {
		t.Fatalf("%s: RunScratch: %v", e, err)
	}
	checkColumn(t, e, again, wantRows)
	if e.Type() != tBool {
		return
	}
	sel := make(record.Bitmap, words(w.chunk.N))
	if err := p.RunBool(w.chunk, sel); err != nil {
		t.Fatalf("%s: RunBool: %v", e, err)
	}
	for i, v := range wantRows {
		if sel.Get(i) != v.Bool() {
			t.Fatalf("%s: row %d selected: %v, value %q", e, i, sel.Get(i), outcome(v, nil))
		}
	}
	if sel[len(sel)-1]&^lastWord(w.chunk.N) != 0 {
		t.Fatalf("%s: bits past the last row", e)
	}
}

func checkColumn(t *testing.T, e plan.Expr, got *record.Column, want []record.Value) {
	t.Helper()
	if got.N != len(want) || got.Type != e.Type() {
		t.Fatalf("%s: %d rows of %s, want %d of %s", e, got.N, got.Type, len(want), e.Type())
	}
	for i, v := range want {
		g := got.Value(i)
		if outcome(g, nil) != outcome(v, nil) {
			t.Fatalf("%s: row %d is %s, want %s", e, i, outcome(g, nil), outcome(v, nil))
		}
		if !g.Valid && (got.Type.Storage() == record.Ints && got.Ints[i] != 0 || got.Type.Storage() == record.Floats && got.Floats[i] != 0) {
			t.Fatalf("%s: NULL row %d is not zero", e, i)
		}
	}
}
