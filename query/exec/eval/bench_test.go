package eval

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

const benchRows = 65536

// benchChunk holds price, discount and tax as DOUBLE, then the same as
// DECIMAL(15,2), then a BIGINT, a TIMESTAMP and a KEYWORD.
func benchChunk() (*plan.Chunk, map[string]plan.Col) {
	r := rand.New(rand.NewPCG(1, 1))
	c := &plan.Chunk{N: benchRows}
	cols := map[string]plan.Col{}
	add := func(name string, t record.Type, v func() record.Value) {
		col := record.NewColumn(t, c.N)
		for range c.N {
			col.Append(v())
		}
		cols[name] = plan.Col{Index: len(c.Cols), Name: name, T: t}
		c.Cols = append(c.Cols, col)
	}
	double, dec := record.T(record.Float64), record.DecimalType(15, 2)
	add("price", double, func() record.Value { return record.FloatValue(900 + 100000*r.Float64()) })
	add("disc", double, func() record.Value { return record.FloatValue(float64(r.IntN(11)) / 100) })
	add("tax", double, func() record.Value { return record.FloatValue(float64(r.IntN(9)) / 100) })
	add("dprice", dec, func() record.Value { return record.DecimalValue(dec, 90000+r.Int64N(10000000)) })
	add("ddisc", dec, func() record.Value { return record.DecimalValue(dec, r.Int64N(11)) })
	add("dtax", dec, func() record.Value { return record.DecimalValue(dec, r.Int64N(9)) })
	add("n", record.T(record.Int64), func() record.Value { return record.IntValue(r.Int64N(1000)) })
	add("ts", record.T(record.Timestamp), func() record.Value { return record.TimestampValue(978307200e9 + r.Int64N(14*dayNanos)) })
	words := []string{"PROMO BRUSHED", "STANDARD TIN", "ECONOMY COPPER", "MEDIUM ANODIZED"}
	add("type", record.T(record.Keyword), func() record.Value { return record.KeywordValue(words[r.IntN(4)]) })
	return c, cols
}

func benchValue(b *testing.B, text string) {
	chunk, cols := benchChunk()
	e, err := parse(&testing.T{}, text, cols)
	if err != nil {
		b.Fatal(err)
	}
	p, err := Compile(e, Env{Now: testNow})
	if err != nil {
		b.Fatal(err)
	}
	s := p.NewScratch()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.RunScratch(chunk, s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func benchBool(b *testing.B, text string) {
	chunk, cols := benchChunk()
	e, err := parse(&testing.T{}, text, cols)
	if err != nil {
		b.Fatal(err)
	}
	p, err := Compile(e, Env{Now: testNow})
	if err != nil {
		b.Fatal(err)
	}
	sel := make([]uint64, words(chunk.N))
	b.ReportAllocs()
	for b.Loop() {
		if err := p.RunBool(chunk, sel); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkQ1(b *testing.B) {
	b.Run("double", func(b *testing.B) { benchValue(b, `(* (* $price (- 1 $disc)) (+ 1 $tax))`) })
	b.Run("decimal", func(b *testing.B) { benchValue(b, `(* (* $dprice (- 1 $ddisc)) (+ 1 $dtax))`) })
}

func BenchmarkValue(b *testing.B) {
	for _, text := range []string{
		`(+ $n 1)`, `(/ $n 7)`, `(cast $n DOUBLE)`, `(case (> $n 500) $price 0)`, `(case (like $type 'PROMO%') (* $price (- 1 $disc)) 0)`,
		`(date_trunc 'day' $ts)`, `(extract 'year' $ts)`, `(time_bucket '1 hour' $ts)`, `(upper $type)`, `(substring $type 1 2)`, `(round $price)`,
	} {
		b.Run(text, func(b *testing.B) { benchValue(b, text) })
	}
}

func BenchmarkCondition(b *testing.B) {
	for _, text := range []string{
		`(< $n 500)`, `(< $price 50000)`, `(= $type 'STANDARD TIN')`, `(and (>= $disc 0.05) (<= $disc 0.07) (< $n 24))`, `(like $type '%RUSH%')`,
		`(in $n 1 2 3 4)`, `(= $dprice $dtax)`, `(< $n $dprice)`,
	} {
		b.Run(fmt.Sprint(text), func(b *testing.B) { benchBool(b, text) })
	}
}
