package enginetest

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/record"
)

var seedFlag = flag.Uint64("seed", 0, "seed of random tests; 0 takes a new one")

// Rand returns a source of randomness for t. When t fails it prints the
// command that repeats it.
func Rand(t testing.TB) *rand.Rand {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to repeat: go test -run '^%s$' . -seed %d", strings.Split(t.Name(), "/")[0], seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

// Types are the types a column may have, one of each kind and two decimals.
func Types() []record.Type {
	return []record.Type{
		record.T(record.Bool), record.T(record.Int64), record.T(record.Float64), record.DecimalType(9, 2),
		record.DecimalType(18, 6), record.T(record.Keyword), record.T(record.Text), record.T(record.Timestamp),
		record.T(record.Date), record.T(record.Point), record.T(record.Geometry), record.T(record.JSON),
		record.T(record.Bytes), record.T(record.KeywordArray), record.T(record.Int64Array), record.T(record.Float64Array),
	}
}

// RandomSchema returns a schema of n columns of random types, about half of
// them nullable and some with a default.
func RandomSchema(r *rand.Rand, n int) *record.Schema {
	types := Types()
	s := &record.Schema{Table: 1, Version: 1}
	for i := range n {
		f := record.Field{ID: record.ColumnID(i + 1), Name: fmt.Sprintf("c%d", i+1), Type: types[r.IntN(len(types))], NotNull: r.IntN(2) == 0}
		if r.IntN(3) == 0 {
			f.Default = RandomValue(r, f.Type, 3)
		}
		s.Fields = append(s.Fields, f)
	}
	return s
}

// shape is how the values of one column of a batch are spread.
type shape struct {
	distinct int     // how many values there are to choose from
	run      int     // how many rows on average repeat their value
	nulls    float64 // share of NULLs
}

func randomShape(r *rand.Rand, f record.Field) shape {
	s := shape{distinct: []int{1, 2, 7, 200, 300, 5000, 1 << 40}[r.IntN(7)], run: []int{1, 1, 1, 40, 3000}[r.IntN(5)]}
	if !f.NotNull {
		s.nulls = []float64{0, 0.01, 0.5, 0.999, 1}[r.IntN(5)]
	}
	return s
}

// RandomBatch returns n rows of s. Columns differ in how many values they
// hold, how long values repeat and how many are NULL.
func RandomBatch(r *rand.Rand, s *record.Schema, n int) *record.Batch {
	b := record.NewBatch(s, n)
	b.N = n
	for c := range b.Cols {
		fill(r, &b.Cols[c], randomShape(r, s.Fields[c]), n)
	}
	return b
}

func fill(r *rand.Rand, c *record.Column, s shape, n int) {
	var pool []record.Value
	pick := func() record.Value {
		if s.distinct > 5000 {
			return RandomValue(r, c.Type, s.distinct)
		}
		if len(pool) < s.distinct && r.IntN(2) == 0 || len(pool) == 0 {
			pool = append(pool, RandomValue(r, c.Type, s.distinct))
			return pool[len(pool)-1]
		}
		return pool[r.IntN(len(pool))]
	}
	v := pick()
	for range n {
		if r.IntN(s.run) == 0 {
			v = pick()
			if r.Float64() < s.nulls {
				v = record.NullOf(c.Type)
			}
		}
		c.Append(v)
	}
}

// RandomValue returns a value of type t, never NULL; about distinct different
// ones exist, odd and extreme ones among them.
func RandomValue(r *rand.Rand, t record.Type, distinct int) record.Value {
	k := r.Int64N(int64(distinct))
	v := record.Value{Type: t, Valid: true}
	switch t.Kind {
	case record.Bool:
		v.I = k & 1
	case record.Int64, record.Timestamp:
		v.I = randomInt(r, k)
	case record.Decimal:
		v.I = randomInt(r, k) % record.Pow10(int(t.Precision))
	case record.Date:
		v.I = k - 1000
	case record.Float64:
		v.F = randomFloat(r, k)
	case record.Point:
		v.F, v.Lat = float64(k%360)-180, float64(k%180)-90
		if r.IntN(100) == 0 {
			v.F, v.Lat = math.Copysign(0, -1), 0
		}
	case record.KeywordArray, record.Int64Array, record.Float64Array:
		v.Elems = []record.Value{}
		for range r.IntN(4) {
			v.Elems = append(v.Elems, RandomValue(r, t.Elem(), distinct))
		}
	default:
		v.S = randomText(r, k)
	}
	return v
}

func randomInt(r *rand.Rand, k int64) int64 {
	switch r.IntN(40) {
	case 0:
		return math.MinInt64 + k
	case 1:
		return math.MaxInt64 - k
	case 2:
		return -k
	}
	return k
}

func randomFloat(r *rand.Rand, k int64) float64 {
	switch r.IntN(40) {
	case 0:
		return []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.MaxFloat64, math.SmallestNonzeroFloat64}[r.IntN(6)]
	case 1:
		return -float64(k) / 3
	case 2:
		return float64(k) + 0.5
	}
	return float64(k)
}

// alphabet has letters with two cases, signs that patterns treat specially and
// characters of more than one byte.
var alphabet = []string{"a", "b", "A", "B", "%", "_", "\\", "é", "É", "ß", "日", "x", "y", "0", " ", ".", "*"}

func randomText(r *rand.Rand, k int64) string {
	switch r.IntN(60) {
	case 0:
		return ""
	case 1:
		return "\xff\xfe"
	case 2:
		return strings.Repeat(alphabet[k%int64(len(alphabet))], 80)
	}
	var b strings.Builder
	for n := int64(len(alphabet)); ; k /= n {
		b.WriteString(alphabet[k%n])
		if k < n {
			return b.String()
		}
	}
}
