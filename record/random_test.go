package record

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var seedFlag = flag.Uint64("seed", 0, "seed of random tests; 0 takes one from the clock")

func newRand(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./record -run '^%s$' -seed %d", t.Name(), seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// allTypes has one type of every kind that a column can have, and some decimals.
var allTypes = []Type{
	T(Bool), T(Int64), T(Float64), DecimalType(18, 6), DecimalType(4, 2), DecimalType(18, 0), T(Keyword), T(Text),
	T(Timestamp), T(Date), T(Interval), T(Point), T(Geometry), T(JSON), T(Bytes),
	T(KeywordArray), T(Int64Array), T(Float64Array),
}

var edgeInts = []int64{0, 1, -1, 9, 10, 255, 1 << 31, 1<<53 + 1, -(1<<53 + 1), math.MaxInt64, math.MinInt64}

var edgeFloats = []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 0.1, 1 << 53, 1e18, -1e18, 1e300, math.MaxFloat64,
	math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxInt64, math.MinInt64}

var edgeStrings = []string{"", "a", "ab", "b", "\x00", "\x00\x01", "a\x00", "a\x00b", "a\xff", "Zürich", "\xff\xff", "a longer string with spaces"}

// randomValue makes a value of t that is not NULL, often an awkward one.
func randomValue(rnd *rand.Rand, t Type) Value {
	v := Value{Type: t, Valid: true}
	switch t.Kind {
	case Bool:
		v.I = rnd.Int64N(2)
	case Decimal:
		v.I = randomInt(rnd) % Pow10(int(t.Precision))
	case Date:
		v.I = rnd.Int64N(200_000) - 100_000
	case Interval:
		v.Span = Span{rnd.Int64N(40) - 20, rnd.Int64N(80) - 40, rnd.Int64N(4*dayNanos) - 2*dayNanos}
	case Point:
		v.F, v.Lat = rnd.Float64()*360-180, rnd.Float64()*180-90
	case Float64:
		v.F = randomFloat(rnd)
	default:
		switch t.Storage() {
		case Ints:
			v.I = randomInt(rnd)
		case Strs:
			v.S = randomString(rnd)
		case Array:
			for range rnd.IntN(4) {
				v.Elems = append(v.Elems, randomValue(rnd, t.Elem()))
			}
		}
	}
	return v
}

func randomInt(rnd *rand.Rand) int64 {
	switch rnd.IntN(3) {
	case 0:
		return edgeInts[rnd.IntN(len(edgeInts))]
	case 1:
		return rnd.Int64N(20) - 10
	}
	return int64(rnd.Uint64()) >> rnd.IntN(64)
}

func randomFloat(rnd *rand.Rand) float64 {
	switch rnd.IntN(3) {
	case 0:
		return edgeFloats[rnd.IntN(len(edgeFloats))]
	case 1:
		return float64(rnd.IntN(200)-100) / 4
	}
	return math.Float64frombits(rnd.Uint64())
}

func randomString(rnd *rand.Rand) string {
	if rnd.IntN(2) == 0 {
		return edgeStrings[rnd.IntN(len(edgeStrings))]
	}
	b := make([]byte, rnd.IntN(12))
	for i := range b {
		b[i] = byte("ab\x00\xff"[rnd.IntN(4)])
	}
	return string(b)
}

// randomColumn makes n rows of t, with one NULL in nullOneIn (0: none).
func randomColumn(rnd *rand.Rand, t Type, n, nullOneIn int) *Column {
	c := NewColumn(t, 0)
	for range n {
		if nullOneIn > 0 && rnd.IntN(nullOneIn) == 0 {
			c.AppendNull()
		} else {
			c.Append(randomValue(rnd, t))
		}
	}
	return c
}

func randomBatch(rnd *rand.Rand, n int) *Batch {
	b := &Batch{Table: TableID(rnd.Uint64()), Version: rnd.Uint32(), FirstRow: rnd.Uint64(), N: n}
	for i, t := range allTypes {
		b.IDs = append(b.IDs, ColumnID(i*3+1))
		b.Cols = append(b.Cols, *randomColumn(rnd, t, n, []int{0, 1, 2, 10}[rnd.IntN(4)]))
	}
	return b
}

// same reports whether a and b are the same value, bit by bit and by type.
func same(a, b Value) bool {
	if a.Type != b.Type || a.Valid != b.Valid || a.I != b.I || a.S != b.S || a.Span != b.Span || len(a.Elems) != len(b.Elems) ||
		math.Float64bits(a.F) != math.Float64bits(b.F) || math.Float64bits(a.Lat) != math.Float64bits(b.Lat) {
		return false
	}
	for i := range a.Elems {
		if !same(a.Elems[i], b.Elems[i]) {
			return false
		}
	}
	return true
}

func checkColumn(t *testing.T, what string, c *Column, want []Value) {
	t.Helper()
	if c.N != len(want) {
		t.Fatalf("%s: %s: %d rows, want %d", what, c.Type, c.N, len(want))
	}
	for i, w := range want {
		if v := c.Value(i); !same(v, w) {
			t.Fatalf("%s: %s: row %d is %+v, want %+v", what, c.Type, i, v, w)
		}
	}
	if words := (c.N + 63) / 64; c.Valid != nil && (len(c.Valid) != words || c.N%64 != 0 && c.Valid[words-1]>>(c.N%64) != 0) {
		t.Fatalf("%s: %s: validity of %d words for %d rows, or bits past the end", what, c.Type, len(c.Valid), c.N)
	}
}

func values(c *Column) []Value {
	var out []Value
	for i := range c.N {
		out = append(out, c.Value(i))
	}
	return out
}
