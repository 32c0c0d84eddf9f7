package enginetest

import (
	"math/rand/v2"
	"strings"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// RandomPredicate returns a condition on the columns of s, depth levels of
// And, Or and Not over comparisons. Constants often come from sample, so that
// they find something.
func RandomPredicate(r *rand.Rand, s *record.Schema, sample *record.Batch, depth int) predicate.P {
	if depth <= 0 || r.IntN(3) == 0 {
		return randomLeaf(r, s, sample)
	}
	switch r.IntN(5) {
	case 0, 1:
		return predicate.And{Of: randomParts(r, s, sample, depth)}
	case 2, 3:
		return predicate.Or{Of: randomParts(r, s, sample, depth)}
	}
	return predicate.Not{Of: RandomPredicate(r, s, sample, depth-1)}
}

func randomParts(r *rand.Rand, s *record.Schema, sample *record.Batch, depth int) []predicate.P {
	var of []predicate.P
	for range r.IntN(4) {
		of = append(of, RandomPredicate(r, s, sample, depth-1))
	}
	return of
}

// randomLeaf returns one comparison, or now and then a constant.
func randomLeaf(r *rand.Rand, s *record.Schema, sample *record.Batch) predicate.P {
	if r.IntN(30) == 0 {
		return predicate.Const{Truth: predicate.Truth(r.IntN(3))}
	}
	at := r.IntN(len(s.Fields))
	f := s.Fields[at]
	field := predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
	c := sampleOf{r, sample.Column(f.ID), elemType(f.Type)}
	switch k := r.IntN(10); {
	case k == 0:
		return predicate.IsNull{Field: field, Negate: r.IntN(2) == 0}
	case k <= 2:
		lo, hi := c.constant(), c.constant()
		return predicate.Between{Field: field, Lo: lo, Hi: hi, LoOpen: r.IntN(3) == 0, HiOpen: r.IntN(3) == 0}
	case k <= 4:
		return c.in(field)
	case k <= 6 && c.t.IsString():
		return c.like(field)
	}
	v := c.constant()
	if r.IntN(40) == 0 {
		v = record.NullOf(c.t)
	}
	return predicate.Compare{Field: field, Op: predicate.Op(r.IntN(6)), Value: v}
}

func elemType(t record.Type) record.Type {
	if t.IsArray() {
		return t.Elem()
	}
	return t
}

// sampleOf draws constants for a column whose values, or elements, are of type t.
type sampleOf struct {
	r   *rand.Rand
	col *record.Column
	t   record.Type
}

// value returns a value of the column's rows, or any other.
func (s sampleOf) value() record.Value {
	if s.col != nil && s.col.N > 0 && s.r.IntN(4) > 0 {
		v := s.col.Value(s.r.IntN(s.col.N))
		if v.Type.IsArray() && len(v.Elems) > 0 {
			v = v.Elems[s.r.IntN(len(v.Elems))]
		}
		if v.Valid && !v.Type.IsArray() {
			return v
		}
	}
	return RandomValue(s.r, s.t, 5000)
}

// constant returns value, sometimes as a neighbour type or a little off it.
func (s sampleOf) constant() record.Value {
	v := s.value()
	if s.r.IntN(3) > 0 {
		return v
	}
	switch {
	case s.t.IsNumeric():
		return s.otherNumber(v)
	case s.t.Kind == record.Date:
		return record.TimestampValue(v.I*86_400_000_000_000 + s.r.Int64N(3) - 1)
	case s.t.Kind == record.Timestamp:
		return record.DateValue(v.I / 86_400_000_000_000)
	case s.t.Kind == record.Keyword:
		return record.TextValue(v.S)
	}
	return v
}

func (s sampleOf) otherNumber(v record.Value) record.Value {
	whole := v.I
	if v.Type.Kind == record.Float64 {
		whole = int64(max(-1e15, min(1e15, v.F)))
	}
	switch s.r.IntN(4) {
	case 0:
		return record.FloatValue(v.Float() + float64(s.r.IntN(3)-1)/2)
	case 1:
		return record.IntValue(whole / max(1, record.Pow10(int(v.Type.Scale))))
	case 2:
		t := record.DecimalType(18, s.r.IntN(9))
		return record.DecimalValue(t, whole%record.Pow10(9)*record.Pow10(int(t.Scale))+s.r.Int64N(3)-1)
	}
	return RandomValue(s.r, record.T(record.Float64), 1<<60)
}

func (s sampleOf) in(field predicate.Field) predicate.P {
	var values []record.Value
	for range s.r.IntN([]int{3, 8, 60}[s.r.IntN(3)]) {
		values = append(values, s.value())
	}
	if s.r.IntN(5) == 0 {
		values = append(values, record.NullOf(s.t))
	}
	return predicate.NewIn(field, values)
}

func (s sampleOf) like(field predicate.Field) predicate.P {
	p := predicate.Like{Field: field, Escape: `\`, Fold: s.r.IntN(3) == 0, Negate: s.r.IntN(3) == 0}
	text := []rune(s.value().S)
	if s.r.IntN(4) == 0 {
		p.Kind, p.Escape = predicate.Regexp, ""
		p.Pattern = []string{"a", "^b", "[aé]$", "^$", "a.*b", "日|x"}[s.r.IntN(6)]
		return p
	}
	cut := func() string {
		lo := s.r.IntN(len(text) + 1)
		hi := lo + s.r.IntN(len(text)-lo+1)
		return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(string(text[lo:hi]))
	}
	switch s.r.IntN(4) {
	case 0:
		p.Pattern = cut() + "%"
	case 1:
		p.Pattern = "%" + cut() + "%"
	case 2:
		p.Pattern = cut() + "_%" + cut()
	default:
		p.Pattern = cut()
	}
	return p
}
