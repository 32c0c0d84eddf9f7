package eval

import (
	"sync"
	"testing"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// numbers is a chunk of one BIGINT column 0, 1, ... n-1 that is NULL where
// null says so, and the name n for it.
func numbers(n int, null func(int) bool) (*plan.Chunk, map[string]plan.Col) {
	c := record.NewColumn(tInt, n)
	for i := range n {
		if null != nil && null(i) {
			c.AppendNull()
		} else {
			c.Append(record.IntValue(int64(i)))
		}
	}
	return &plan.Chunk{N: n, Cols: []*record.Column{c}}, map[string]plan.Col{"n": {Index: 0, Name: "n", T: tInt}}
}

func compiled(t *testing.T, text string, cols map[string]plan.Col) *Program {
	t.Helper()
	e, err := parse(t, text, cols)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(e, Env{Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestResultIsTheCallers runs a program again and again: earlier results must
// stay as they were, whatever the shape of the program.
func TestResultIsTheCallers(t *testing.T) {
	f := func(text string) {
		t.Helper()
		for _, n := range []int{1, 100, 3 * tileRows} {
			first, cols := numbers(n, func(i int) bool { return i%7 == 3 })
			second, _ := numbers(n, func(i int) bool { return i%5 == 1 })
			p := compiled(t, text, cols)
			got, err := p.Run(first)
			if err != nil {
				t.Fatal(err)
			}
			var before []string
			for i := range n {
				before = append(before, outcome(got.Value(i), nil))
			}
			for range 3 {
				if _, err := p.Run(second); err != nil {
					t.Fatal(err)
				}
			}
			for i := range n {
				if now := outcome(got.Value(i), nil); now != before[i] {
					t.Fatalf("%s: row %d was %s and became %s", text, i, before[i], now)
				}
			}
		}
	}
	f(`$n`)
	f(`(+ $n 1)`)
	f(`(> $n 5)`)
	f(`(cast $n KEYWORD)`)
	f(`(cast (> $n 5) BIGINT)`)
	f(`(cast (lower (cast $n KEYWORD)) TEXT)`)
	f(`(case (> $n 5) (/ 100 $n) 0)`)
	f(`(coalesce $n 7)`)
	f(`(case (> $n 5) 'big' (cast $n KEYWORD))`)
	f(`(+ TIMESTAMP'2001-01-01' (* $n INTERVAL'1 day'))`)
	f(`(array $n 1)`)
	f(`42`)
}

// TestConcurrentRun shares a program between goroutines.
func TestConcurrentRun(t *testing.T) {
	chunk, cols := numbers(2000, func(i int) bool { return i%3 == 0 })
	p := compiled(t, `(case (and (> $n 10) (< (/ 10000 $n) 500)) (|| 'x' (cast $n KEYWORD)) (like (cast $n KEYWORD) '%1') 'one')`, cols)
	want, err := p.Run(chunk)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				got, err := p.Run(chunk)
				if err != nil {
					t.Error(err)
					return
				}
				for i := range want.N {
					if !record.Equal(got.Value(i), want.Value(i)) {
						t.Errorf("row %d is %q, want %q", i, got.Value(i).S, want.Value(i).S)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestEmptyChunk(t *testing.T) {
	chunk, cols := numbers(0, nil)
	for _, text := range []string{`(/ $n 0)`, `1`, `(> $n 1)`, `(cast $n KEYWORD)`} {
		p := compiled(t, text, cols)
		c, err := p.Run(chunk)
		if err != nil || c.N != 0 || c.Type != p.Type() {
			t.Errorf("%s: %v, %v", text, c, err)
		}
		if c, err = p.RunScratch(chunk, p.NewScratch()); err != nil || c.N != 0 {
			t.Errorf("%s with scratch: %v, %v", text, c, err)
		}
	}
}

// TestNoAllocation holds the hot expressions to no allocation a chunk.
func TestNoAllocation(t *testing.T) {
	chunk, cols := benchChunk()
	f := func(text string) {
		t.Helper()
		p := compiled(t, text, cols)
		s := p.NewScratch()
		run := func() {
			if _, err := p.RunScratch(chunk, s); err != nil {
				t.Fatal(err)
			}
		}
		run()
		if n := testing.AllocsPerRun(5, run); n > 0 {
			t.Errorf("%s: %v allocations a chunk", text, n)
		}
	}
	f(`(* (* $price (- 1 $disc)) (+ 1 $tax))`)
	f(`(* (* $dprice (- 1 $ddisc)) (+ 1 $dtax))`)
	f(`(case (> $n 500) (/ $price $n) 0)`)
	f(`(and (>= $disc 0.05) (<= $disc 0.07) (< $n 24))`)
	f(`(time_bucket '1 hour' $ts)`)
	f(`(extract 'year' $ts)`)
	f(`(upper $type)`)
	f(`(like $type '%RUSH%')`)
}

// oddEngine knows odd(n): true for odd numbers, unknown for multiples of 10.
type oddEngine struct{}

func (oddEngine) EvalFunc(name string) (predicate.EvalFunc, bool) {
	return func(fields, args []record.Value) (predicate.Truth, error) {
		switch {
		case fields[0].I < 0:
			return predicate.Unknown, fault.E("odd", fault.Invalid, "negative")
		case fields[0].I%args[0].I == 0:
			return predicate.Unknown, nil
		case fields[0].I%2 == 1:
			return predicate.True, nil
		}
		return predicate.False, nil
	}, name == "odd"
}

func TestEngineCall(t *testing.T) {
	chunk, cols := numbers(100, func(i int) bool { return i == 51 })
	odd := plan.EngineCall{Function: "odd", Fields: []plan.Expr{cols["n"]}, Args: []record.Value{record.IntValue(10)}}
	not := plan.Call{Func: "not", Args: []plan.Expr{odd}, T: tBool}
	p, err := Compile(not, Env{Functions: oddEngine{}})
	if err != nil {
		t.Fatal(err)
	}
	sel := make(record.Bitmap, 2)
	if err := p.RunBool(chunk, sel); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if want := i%2 == 0 && i%10 != 0; sel.Get(i) != want {
			t.Errorf("NOT odd(%d): %v, want %v", i, sel.Get(i), want)
		}
	}
	odd.Function = "even"
	if _, err := Compile(odd, Env{Functions: oddEngine{}}); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown engine function: %v", err)
	}
}
