package rows

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

var seedFlag = flag.Uint64("seed", 0, "seed of random tests; 0 takes one from the clock")

func newRand(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./rows -run '^%s$' -seed %d", t.Name(), seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// model is the obvious set.
type model []bool

func where(n int, keep func(Num) bool) model {
	out := make(model, n)
	for r := range out {
		out[r] = keep(Num(r))
	}
	return out
}

func (m model) sorted() []Num {
	var out []Num
	for r, in := range m {
		if in {
			out = append(out, Num(r))
		}
	}
	return out
}

// shapes makes the rows of [0, n) that each form of Set is at home with.
var shapes = map[string]func(rnd *rand.Rand, n int) func(Num) bool{
	"empty": func(*rand.Rand, int) func(Num) bool { return func(Num) bool { return false } },
	"all":   func(*rand.Rand, int) func(Num) bool { return func(Num) bool { return true } },
	"range": func(rnd *rand.Rand, n int) func(Num) bool {
		lo := Num(rnd.IntN(n + 1))
		hi := lo + Num(rnd.IntN(n+1))
		return func(r Num) bool { return r >= lo && r < hi }
	},
	"prefix": func(rnd *rand.Rand, n int) func(Num) bool {
		hi := Num(rnd.IntN(n + 1))
		return func(r Num) bool { return r < hi }
	},
	"half":   func(rnd *rand.Rand, _ int) func(Num) bool { return func(Num) bool { return rnd.IntN(2) == 0 } },
	"most":   func(rnd *rand.Rand, _ int) func(Num) bool { return func(Num) bool { return rnd.IntN(1000) != 0 } },
	"few":    func(rnd *rand.Rand, _ int) func(Num) bool { return func(Num) bool { return rnd.IntN(1000) == 0 } },
	"middle": func(rnd *rand.Rand, _ int) func(Num) bool { return func(Num) bool { return rnd.IntN(14) == 0 } },
	"runs": func(rnd *rand.Rand, _ int) func(Num) bool {
		period := Num(1 + rnd.IntN(9000))
		return func(r Num) bool { return r/period%2 == 0 }
	},
}

// makers are the doors through which sets come; all must give the same one.
var makers = map[string]func(m []Num, n int) Set{
	"sorted": func(nums []Num, _ int) Set { return FromSorted(nums) },
	"dense": func(nums []Num, n int) Set {
		words := make([]uint64, wordsFor(n))
		for _, r := range nums {
			words[r/64] |= 1 << (r % 64)
		}
		return FromDense(words)
	},
	"roaring": func(nums []Num, _ int) Set {
		bm := roaring.New()
		for _, r := range nums {
			bm.Add(uint32(r))
		}
		bm.RunOptimize()
		return Of(bm)
	},
	"blocks": func(nums []Num, n int) Set {
		var b Builder
		for block := 0; block*BlockRows < n; block++ {
			var sel [BlockRows / 64]uint64
			st := BlockNone
			for _, r := range nums {
				if int(r)/BlockRows == block {
					sel[r%BlockRows/64] |= 1 << (r % 64)
					st = BlockSome
				}
			}
			b.AddBlock(block, min(BlockRows, n-block*BlockRows), st, &sel)
		}
		return b.Set()
	},
	"decoded": func(nums []Num, _ int) Set {
		s, err := Decode(FromSorted(nums).AppendBinary(nil))
		if err != nil {
			panic(err)
		}
		return s
	},
}

var sizes = []int{0, 1, 63, 64, 65, 65535, 65536, 65537, 200_000}

func check(t *testing.T, what string, got Set, want []Num) {
	t.Helper()
	if have := got.AppendTo(nil); !slices.Equal(have, want) {
		t.Fatalf("%s: %v has %d rows, want %d; first difference at %d", what, got, len(have), len(want), firstDifference(have, want))
	}
	if got.Len() != len(want) || got.IsEmpty() != (len(want) == 0) {
		t.Fatalf("%s: %v: Len %d, want %d", what, got, got.Len(), len(want))
	}
}

func firstDifference(a, b []Num) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func TestMakersAgree(t *testing.T) {
	rnd := newRand(t)
	for _, n := range sizes {
		for shape, pick := range shapes {
			nums := where(n, pick(rnd, n)).sorted()
			for maker, make := range makers {
				what := fmt.Sprintf("n=%d %s by %s", n, shape, maker)
				s := make(nums, n)
				check(t, what, s, nums)
				checkQuestions(t, what, s, nums, n, rnd)
				checkBlocks(t, what, s, nums, n)
			}
		}
	}
}

func checkQuestions(t *testing.T, what string, s Set, nums []Num, n int, rnd *rand.Rand) {
	t.Helper()
	lo, okLo := s.Min()
	hi, okHi := s.Max()
	if okLo != (len(nums) > 0) || okHi != okLo || okLo && (lo != nums[0] || hi != nums[len(nums)-1]) {
		t.Fatalf("%s: %v: ends %d %v, %d %v", what, s, lo, okLo, hi, okHi)
	}
	if s.IsAll(n) != (len(nums) == n) {
		t.Fatalf("%s: %v: IsAll(%d) = %v", what, s, n, s.IsAll(n))
	}
	if contiguous := len(nums) == 0 || int(hi-lo)+1 == len(nums); contiguous && !s.span() {
		t.Fatalf("%s: %v: contiguous, yet not held as a range", what, s)
	}
	for range 50 {
		r := Num(rnd.IntN(n + 10))
		if _, want := slices.BinarySearch(nums, r); s.Has(r) != want {
			t.Fatalf("%s: %v: Has(%d) = %v", what, s, r, !want)
		}
	}
	if got := int(s.Roaring().GetCardinality()); got != len(nums) {
		t.Fatalf("%s: %v: Roaring has %d rows, want %d", what, s, got, len(nums))
	}
}

func checkBlocks(t *testing.T, what string, s Set, nums []Num, n int) {
	t.Helper()
	for b := 0; b*BlockRows < n+1; b++ {
		rows := max(0, min(BlockRows, n-b*BlockRows))
		want := make([]uint64, BlockRows/64)
		for _, r := range nums {
			if int(r)/BlockRows == b {
				want[r%BlockRows/64] |= 1 << (r % 64)
			}
		}
		count, out := onesIn(want), [BlockRows / 64]uint64{0: 99, 1023: 99}
		if got := s.BlockLen(b); got != count {
			t.Fatalf("%s: %v: BlockLen(%d) = %d, want %d", what, s, b, got, count)
		}
		state := s.BlockN(b, rows, &out)
		switch {
		case count == 0 && state != BlockNone, count > 0 && count == rows && state != BlockAll:
			t.Fatalf("%s: %v: BlockN(%d, %d) = %d with %d rows", what, s, b, rows, state, count)
		case count > 0 && count < rows && (state != BlockSome || !slices.Equal(out[:], want)):
			t.Fatalf("%s: %v: BlockN(%d, %d) = %d: wrong bits", what, s, b, rows, state)
		}
		if rows > 10 { // a shorter block leaves out what lies past it
			st := s.BlockN(b, rows-7, &out)
			if st == BlockSome && onesIn(out[:]) != onesBetween(want, 0, uint32(rows-7)) {
				t.Fatalf("%s: %v: BlockN(%d, %d): wrong bits", what, s, b, rows-7)
			}
		}
		if state := s.Block(b, &out); state == BlockSome && !slices.Equal(out[:], want) {
			t.Fatalf("%s: %v: Block(%d): wrong bits", what, s, b)
		}
	}
}

func TestAlgebra(t *testing.T) {
	rnd := newRand(t)
	for _, n := range sizes {
		for a, pickA := range shapes {
			for b, pickB := range shapes {
				x, y := where(n, pickA(rnd, n)), where(n, pickB(rnd, n))
				doors := []string{"sorted", "dense", "roaring", "decoded"}
				s := makers[doors[rnd.IntN(4)]](x.sorted(), n)
				u := makers[doors[rnd.IntN(4)]](y.sorted(), n)
				checkAlgebra(t, fmt.Sprintf("n=%d %s %v, %s %v", n, a, s, b, u), s, u, x, y, n)
			}
		}
	}
}

func checkAlgebra(t *testing.T, what string, s, u Set, x, y model, n int) {
	t.Helper()
	both := where(n, func(r Num) bool { return x[r] && y[r] }).sorted()
	check(t, what+": And", s.And(u), both)
	check(t, what+": Or", s.Or(u), where(n, func(r Num) bool { return x[r] || y[r] }).sorted())
	check(t, what+": AndNot", s.AndNot(u), where(n, func(r Num) bool { return x[r] && !y[r] }).sorted())
	check(t, what+": Not", s.Not(n), where(n, func(r Num) bool { return !x[r] }).sorted())
	check(t, what+": the left", s, x.sorted()) // sets are immutable
	check(t, what+": the right", u, y.sorted())
	if got := s.AndLen(u); got != len(both) {
		t.Fatalf("%s: AndLen = %d, want %d", what, got, len(both))
	}
	if got, want := s.Equal(u), slices.Equal(x.sorted(), y.sorted()); got != want {
		t.Fatalf("%s: Equal = %v", what, got)
	}
	if got, _ := Decode(s.And(u).AppendBinary(nil)); !got.Equal(s.And(u)) {
		t.Fatalf("%s: And does not survive its wire form", what)
	}
}

// TestShared lets many goroutines use the same sets; -race is the judge.
func TestShared(t *testing.T) {
	rnd := newRand(t)
	var sets []Set
	for _, pick := range shapes {
		nums := where(150_000, pick(rnd, 150_000)).sorted()
		for _, door := range []string{"dense", "roaring", "decoded"} {
			sets = append(sets, makers[door](nums, 150_000))
		}
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			rnd, out := rand.New(rand.NewPCG(uint64(g), 1)), new([BlockRows / 64]uint64)
			for range 100 {
				a, b := sets[rnd.IntN(len(sets))], sets[rnd.IntN(len(sets))]
				if n := a.And(b).Len() + a.AndNot(b).Len(); n != a.Len() {
					t.Errorf("%v, %v: the parts have %d rows", a, b, n)
				}
				if a.Or(b).Len() != a.Len()+b.Len()-a.AndLen(b) {
					t.Errorf("%v or %v: wrong length", a, b)
				}
				a.Block(rnd.IntN(3), out)
			}
		})
	}
	wg.Wait()
}

func TestEachStops(t *testing.T) {
	for _, s := range []Set{All(1000), FromSorted([]Num{1, 5, 9}), FromDense([]uint64{0xf0f0, 0xff})} {
		n := 0
		for range s.Each() {
			if n++; n == 2 {
				break
			}
		}
		if n != 2 {
			t.Errorf("%v: went on after break: %d", s, n)
		}
	}
}

func TestBuilder(t *testing.T) {
	rnd := newRand(t)
	for range 40 {
		var b Builder
		var want []Num
		add := func(lo, hi int) {
			for r := lo; r < hi; r++ {
				want = append(want, Num(r))
			}
		}
		for at := 0; at < 400_000; {
			at += rnd.IntN(3) * rnd.IntN(70_000)
			switch rnd.IntN(3) {
			case 0:
				b.Add(Num(at))
				add(at, at+1)
				at++
			case 1:
				hi := at + rnd.IntN(10_000)
				b.AddRange(at, hi)
				add(at, hi)
				at = hi
			case 2:
				block := (at + BlockRows - 1) / BlockRows
				sel := [BlockRows / 64]uint64{3: 0xff00ff, 1000: rnd.Uint64()}
				b.AddBlock(block, BlockRows-rnd.IntN(2000), BlockSome, &sel)
				n := int(b.end) - block*BlockRows
				for i := range n {
					if sel[i/64]>>(i%64)&1 != 0 {
						add(block*BlockRows+i, block*BlockRows+i+1)
					}
				}
				at = (block + 1) * BlockRows
			}
		}
		check(t, "builder", b.Set(), want)
	}
	var b Builder
	b.AddRange(10, 20)
	defer func() {
		if recover() == nil {
			t.Error("rows out of order were taken")
		}
	}()
	b.Add(19)
}
