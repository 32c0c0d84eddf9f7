package codec_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines/enginetest"
)

// model is a selection as plain booleans.
type model []bool

func randomSel(r *rand.Rand, n int) (codec.Sel, codec.State, model) {
	var sel codec.Sel
	m := make(model, n)
	st := codec.State(r.IntN(3))
	for i := range m {
		m[i] = st == codec.All || st == codec.Some && r.IntN(3) == 0
		if st == codec.Some && m[i] {
			sel[i/64] |= 1 << (i % 64)
		}
	}
	return sel, st, m
}

func check(t *testing.T, what string, sel *codec.Sel, st codec.State, want func(i int) bool, n int) {
	t.Helper()
	count := 0
	for i := range n {
		has := st == codec.All || st == codec.Some && sel[i/64]>>(i%64)&1 == 1
		if has != want(i) {
			t.Fatalf("%s: row %d of %d is %v", what, i, n, has)
		}
		if has {
			count++
		}
	}
	if got := codec.CountState(sel, st, n); got != count {
		t.Fatalf("%s: count %d, want %d", what, got, count)
	}
}

func TestSelAlgebra(t *testing.T) {
	r := enginetest.Rand(t)
	for range 200 {
		n := 1 + r.IntN(codec.BlockRows)
		a, as, am := randomSel(r, n)
		b, bs, bm := randomSel(r, n)
		x := a
		check(t, "and", &x, codec.AndSel(&x, as, &b, bs), func(i int) bool { return am[i] && bm[i] }, n)
		x = a
		check(t, "or", &x, codec.OrSel(&x, as, &b, bs), func(i int) bool { return am[i] || bm[i] }, n)
		x = a
		check(t, "and not", &x, codec.AndNotSel(&x, as, &b, bs, n), func(i int) bool { return am[i] && !bm[i] }, n)
		x = a
		check(t, "not", &x, codec.NotSel(&x, as, n), func(i int) bool { return !am[i] }, n)
		if as == codec.Some {
			lo, hi := r.IntN(n), r.IntN(n)
			want := 0
			for i := lo; i < hi; i++ {
				if am[i] {
					want++
				}
			}
			if got := codec.CountRange(&a, lo, hi); got != want {
				t.Fatalf("count of [%d, %d) is %d, want %d", lo, hi, got, want)
			}
			at := codec.Positions(&a, nil)
			for _, p := range at {
				if !am[p] {
					t.Fatalf("position %d is not selected", p)
				}
			}
			if len(at) != codec.Count(&a) {
				t.Fatalf("%d positions, want %d", len(at), codec.Count(&a))
			}
		}
	}
}

func TestInt128(t *testing.T) {
	r := enginetest.Rand(t)
	for range 2000 {
		a, b, n := r.Int64()-r.Int64(), r.Int64()-r.Int64(), r.IntN(1<<24)
		sum := codec.MulInt(a, n).AddInt(b)
		want := new(big.Int).Mul(big.NewInt(a), big.NewInt(int64(n)))
		want.Add(want, big.NewInt(b))
		if bigOf(sum).Cmp(want) != 0 {
			t.Fatalf("%d * %d + %d is %v, want %v", a, n, b, bigOf(sum), want)
		}
		if v, ok := sum.Int64(); ok != want.IsInt64() || ok && v != want.Int64() {
			t.Fatalf("%v as int64 is %d, %v", want, v, ok)
		}
		if f, _ := new(big.Float).SetInt(want).Float64(); f != 0 && (sum.Float()/f < 1-1e-14 || sum.Float()/f > 1+1e-14) {
			t.Fatalf("%v as float is %v, want %v", want, sum.Float(), f)
		}
		if other := codec.MulInt(b, n); sum.Cmp(other) != want.Cmp(bigOf(other)) {
			t.Fatalf("%v compared with %v is %d", want, bigOf(other), sum.Cmp(other))
		}
	}
}

func TestSpans(t *testing.T) {
	r := enginetest.Rand(t)
	for range 500 {
		var spans []codec.Span
		in := map[int64]bool{}
		for range r.IntN(10) {
			lo := r.Int64N(60)
			hi := lo + r.Int64N(8) - 2
			spans = append(spans, codec.Span{Lo: lo, Hi: hi})
			for v := lo; v <= hi; v++ {
				in[v] = true
			}
		}
		set, domain := codec.NewIntSet(spans), codec.Span{Lo: r.Int64N(20), Hi: 20 + r.Int64N(60)}
		rest := codec.NewIntSet(codec.Without(domain, set.Spans()))
		for v := int64(-2); v < 90; v++ {
			if set.Has(v) != in[v] || rest.Has(v) != (!in[v] && v >= domain.Lo && v <= domain.Hi) {
				t.Fatalf("%v: %d is in %v and outside %v within %v", spans, v, set.Has(v), rest.Has(v), domain)
			}
		}
	}
}
