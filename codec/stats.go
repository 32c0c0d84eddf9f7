package codec

import (
	"math"

	"github.com/quindex/quindex/record"
)

// Stats reads the block and returns what is known of it. The bounds of points
// are the corners of their box; arrays have none.
func (b *Block) Stats() Stats {
	s := Stats{Rows: b.N, Nulls: b.Nulls}
	var sel Sel
	st := All
	if b.N <= BlockRows {
		st = b.AndValid(&sel, All)
	}
	if st == None || b.N == 0 {
		return s
	}
	switch {
	case b.Type.Storage() == record.Ints:
		lo, hi, _ := b.Ints.MinMax(&sel, st)
		s.setBounds(record.Value{Type: b.Type, Valid: true, I: lo}, record.Value{Type: b.Type, Valid: true, I: hi})
		sum := b.Ints.Sum(&sel, st)
		s.SumHi, s.SumLo = sum.Hi, sum.Lo
	case b.Type.Storage() == record.Floats:
		lo, hi, _ := b.MinMaxFloats(&sel, st)
		s.setBounds(record.FloatValue(lo), record.FloatValue(hi))
		s.SumFloat = b.SumFloats(&sel, st)
	case b.Type.Storage() == record.Points:
		lo, hi, _, _ := surveyFloats(b, b.Floats)
		latLo, latHi, _, _ := surveyFloats(b, b.Lats)
		s.setBounds(record.PointValue(lo, latLo), record.PointValue(hi, latHi))
	case b.Dict != nil:
		lo, hi, _ := b.Ints.MinMax(&sel, st)
		s.setBounds(b.text(b.Dict.Strs.At(int(lo))), b.text(b.Dict.Strs.At(int(hi))))
	case b.Type.Storage() == record.Strs:
		s.setBounds(b.stringBounds())
	}
	return s
}

func (s *Stats) setBounds(lo, hi record.Value) { s.Min, s.Max = lo, hi }

func (b *Block) text(s string) record.Value { return record.Value{Type: b.Type, Valid: true, S: s} }

func (b *Block) stringBounds() (lo, hi record.Value) {
	for i := range b.N {
		if b.IsNull(i) {
			continue
		}
		s := b.StringAt(i)
		if !lo.Valid || s < lo.S {
			lo = b.text(s)
		}
		if !hi.Valid || s > hi.S {
			hi = b.text(s)
		}
	}
	return lo, hi
}

// FoldStats returns the statistics of the rows of all parts together. Bounds
// are unknown if they are in one part that has values.
func FoldStats(parts []Stats) Stats {
	var out Stats
	known := true
	var sum Int128
	for _, p := range parts {
		out.Rows += p.Rows
		out.Nulls += p.Nulls
		sum = sum.Add(Int128{p.SumHi, p.SumLo})
		out.SumFloat += p.SumFloat
		if p.Nulls == p.Rows {
			continue
		}
		if !p.Min.Valid || !p.Max.Valid {
			known = false
			continue
		}
		out.widen(p.Min, p.Max)
	}
	out.SumHi, out.SumLo = sum.Hi, sum.Lo
	if !known {
		out.Min, out.Max = record.Value{}, record.Value{}
	}
	return out
}

func (s *Stats) widen(lo, hi record.Value) {
	if !s.Min.Valid {
		s.Min, s.Max = lo, hi
		return
	}
	if lo.Type.Kind == record.Point {
		s.Min.F, s.Min.Lat = lower(s.Min.F, lo.F), lower(s.Min.Lat, lo.Lat)
		s.Max.F, s.Max.Lat = upper(s.Max.F, hi.F), upper(s.Max.Lat, hi.Lat)
		return
	}
	if record.Compare(lo, s.Min) < 0 {
		s.Min = lo
	}
	if record.Compare(hi, s.Max) > 0 {
		s.Max = hi
	}
}

// lower and upper are min and max with NaN above every number.
func lower(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

func upper(a, b float64) float64 {
	if math.IsNaN(b) || b > a {
		return b
	}
	return a
}
