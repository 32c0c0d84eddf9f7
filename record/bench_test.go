package record

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

const benchRows = 65_536

// benchColumn has n rows like those of a table: short words, one NULL in 20.
func benchColumn(t Type, nulls bool) *Column {
	rnd := rand.New(rand.NewPCG(1, 2))
	c := NewColumn(t, benchRows)
	for range benchRows {
		switch {
		case nulls && rnd.IntN(20) == 0:
			c.AppendNull()
		case t.Storage() == Strs:
			c.Append(Value{Type: t, Valid: true, S: fmt.Sprintf("word%d", rnd.IntN(500))})
		default:
			c.Append(Value{Type: t, Valid: true, I: rnd.Int64N(1e6), F: rnd.Float64()})
		}
	}
	return c
}

func perRow(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

func BenchmarkMove(b *testing.B) {
	for _, t := range []Type{T(Int64), T(Keyword)} {
		for _, nulls := range []bool{false, true} {
			src := benchColumn(t, nulls)
			positions := make([]uint32, benchRows)
			for i := range positions {
				positions[i] = uint32(i * 7 % benchRows)
			}
			dst, out := NewColumn(t, benchRows), make([]uint64, benchRows)
			run := func(op string, f func()) {
				b.Run(fmt.Sprintf("%s/%s/nulls=%v", op, t, nulls), func(b *testing.B) {
					for b.Loop() {
						dst.Reset()
						f()
					}
					perRow(b)
				})
			}
			run("AppendRows", func() { dst.AppendRows(src, 1, src.N) })
			run("Take", func() { dst.Take(src, positions) })
			run("ByValue", func() {
				for i := range src.N {
					dst.Append(src.Value(i))
				}
			})
			run("HashColumn", func() { HashColumn(src, out) })
		}
	}
}

func BenchmarkWire(b *testing.B) {
	batch := &Batch{N: benchRows, IDs: []ColumnID{1, 2, 3}, Cols: []Column{*benchColumn(T(Int64), false), *benchColumn(T(Float64), true), *benchColumn(T(Keyword), true)}}
	wire := batch.AppendWire(nil)
	b.Run("AppendWire/rows=65536", func(b *testing.B) {
		b.SetBytes(int64(len(wire)))
		for b.Loop() {
			wire = batch.AppendWire(wire[:0])
		}
	})
	b.Run("DecodeBatch/rows=65536", func(b *testing.B) {
		b.SetBytes(int64(len(wire)))
		for b.Loop() {
			if _, err := DecodeBatch(wire); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkParseText(b *testing.B) {
	for _, c := range []struct {
		t    Type
		text string
	}{{T(Int64), "123456"}, {T(Float64), "12.25"}, {DecimalType(9, 2), "1234.56"}, {T(Timestamp), "2001-02-03 04:05:06.5"}, {T(Date), "2001-02-03"}, {T(Keyword), "ORD"}} {
		b.Run(c.t.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseText(c.t, c.text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
