package eval

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// cast compiles CAST(a AS to) for a value of type from.
func (c *compiler) cast(a node, from, to record.Type) (node, error) {
	if from == to {
		return a, nil
	}
	if from.Kind == record.Null {
		return constant(record.NullOf(to)), nil
	}
	if !plan.CanCast(from, to) {
		return nil, fault.E("eval: cast", fault.Invalid, fault.Code("42846"), "no cast from "+from.String()+" to "+to.String())
	}
	if sameMemory(from, to) {
		return &relabel{id: c.slot(), arg: a, t: to}, nil
	}
	if k := castKernel(from, to); k != nil {
		return &numberCast{id: c.slot(), args: args{a}, t: to, kernel: k}, nil
	}
	fn := rowCast(from, to)
	if fn.int == nil && fn.text == nil && fn.value == nil {
		return nil, bug("cast from %s to %s has no kernel", from, to)
	}
	return &rowwise{id: c.slot(), args: args{a}, t: to, name: "cast", fn: fn}, nil
}

// sameMemory reports whether every value of from is one of to as it stands.
func sameMemory(from, to record.Type) bool {
	switch {
	case plan.SameCast(from, to):
		return true
	case from.Kind == record.JSON:
		return to.Kind == record.Keyword || to.Kind == record.Text
	case from.Kind == record.Bool:
		return to.Kind == record.Int64
	}
	return from.Kind == record.Geometry && to.Kind == record.Bytes || from.Kind == record.Bytes && to.Kind == record.Geometry
}

// numberCast converts numbers and times; NULL rows are zero and convert to zero.
type numberCast struct {
	id int
	args
	t      record.Type
	kernel func(s *slot, t record.Type, in *record.Column) error
}

func (n *numberCast) slotID() int  { return n.id }
func (n *numberCast) faulty() bool { return n.t.Kind != record.Float64 || n.args.faulty() }

func (n *numberCast) eval(f *frame) (*record.Column, error) {
	a, err := n.args[0].eval(f)
	if err != nil {
		return nil, err
	}
	s := &f.s.slots[n.id]
	if isNull(a) {
		return s.null(n.t), nil
	}
	if err := n.kernel(s, n.t, a); err != nil {
		return nil, fault.E("eval: cast", err)
	}
	return s.validity(a), nil
}

// castKernel returns the loop for a cast between fixed-width types, or nil.
func castKernel(from, to record.Type) func(*slot, record.Type, *record.Column) error {
	fromScale, toScale := scaleOf(from), scaleOf(to)
	switch {
	case isExact(from) && isExact(to):
		return each(func(v int64) (int64, error) { return rescale(v, fromScale, toScale, to) })
	case isExact(from) && to.Kind == record.Float64:
		return toFloats(float64(record.Pow10(fromScale)))
	case from.Kind == record.Float64 && to.Kind == record.Int64:
		return eachFloat(floatToInt)
	case from.Kind == record.Float64 && to.Kind == record.Decimal:
		return eachFloat(func(v float64) (int64, error) { return floatToDecimal(v, to) })
	case from.Kind == record.Int64 && to.Kind == record.Bool:
		return each(func(v int64) (int64, error) { return boolInt(v != 0), nil })
	case from.Kind == record.Timestamp && to.Kind == record.Date:
		return each(func(v int64) (int64, error) { return floorDiv(v, dayNanos), nil })
	case from.Kind == record.Date && to.Kind == record.Timestamp:
		return each(midnight)
	}
	return nil
}

func isExact(t record.Type) bool { return t.Kind == record.Int64 || t.Kind == record.Decimal }

func scaleOf(t record.Type) int {
	if t.Kind == record.Decimal {
		return int(t.Scale)
	}
	return 0
}

func each(f func(int64) (int64, error)) func(*slot, record.Type, *record.Column) error {
	return func(s *slot, t record.Type, in *record.Column) error {
		dst := s.ints(t, in.N)
		for i, v := range in.Ints[:in.N] {
			r, err := f(v)
			if err != nil {
				return err
			}
			dst[i] = r
		}
		return nil
	}
}

func eachFloat(f func(float64) (int64, error)) func(*slot, record.Type, *record.Column) error {
	return func(s *slot, t record.Type, in *record.Column) error {
		dst := s.ints(t, in.N)
		for i, v := range in.Floats[:in.N] {
			r, err := f(v)
			if err != nil {
				return err
			}
			dst[i] = r
		}
		return nil
	}
}

func toFloats(divisor float64) func(*slot, record.Type, *record.Column) error {
	return func(s *slot, t record.Type, in *record.Column) error {
		dst := s.floats(t, in.N)
		if divisor == 1 {
			for i, v := range in.Ints[:in.N] {
				dst[i] = float64(v)
			}
			return nil
		}
		for i, v := range in.Ints[:in.N] {
			dst[i] = float64(v) / divisor
		}
		return nil
	}
}

// rescale rounds half away from zero and checks the precision of to.
func rescale(v int64, from, scale int, to record.Type) (int64, error) {
	r, ok := v, true
	if from != scale {
		r, ok = record.Rescale(v, from, scale)
	}
	if !ok || to.Kind == record.Decimal && !record.FitsDigits(r, int(to.Precision)) {
		return 0, invalid("22003", "value out of range for %s", to)
	}
	return r, nil
}

// floatToInt rounds half to even, as PostgreSQL does.
func floatToInt(v float64) (int64, error) {
	r := math.RoundToEven(v)
	if !(r >= -(1<<63) && r < 1<<63) {
		return 0, invalid("22003", "%v out of range for BIGINT", v)
	}
	return int64(r), nil
}

// floatToDecimal rounds the shortest decimal digits of v half away from zero.
func floatToDecimal(v float64, t record.Type) (int64, error) {
	if math.IsNaN(v) || math.Abs(v) >= 1e18 {
		return 0, invalid("22003", "%v out of range for %s", v, t)
	}
	var buf [64]byte
	unscaled, frac, seen := int64(0), 0, false
	for _, d := range strconv.AppendFloat(buf[:0], math.Abs(v), 'f', -1, 64) {
		if d == '.' {
			seen = true
			continue
		}
		if seen && frac == int(t.Scale) {
			if d >= '5' {
				unscaled++
			}
			break
		}
		if unscaled > (math.MaxInt64-9)/10 {
			return 0, invalid("22003", "%v out of range for %s", v, t)
		}
		unscaled = unscaled*10 + int64(d-'0')
		if seen {
			frac++
		}
	}
	if v < 0 {
		unscaled = -unscaled
	}
	return rescale(unscaled, frac, int(t.Scale), t)
}

func midnight(day int64) (int64, error) {
	if day > math.MaxInt64/dayNanos || day < math.MinInt64/dayNanos {
		return 0, invalid("22008", "date out of range for TIMESTAMP")
	}
	return day * dayNanos, nil
}

// rowCast casts from and to strings, and arrays element by element.
func rowCast(from, to record.Type) rowFunc {
	switch {
	case to.Kind == record.JSON && from.IsString():
		return rowFunc{text: func(dst []byte, r *row) ([]byte, error) {
			if !json.Valid([]byte(r.text(0))) {
				return nil, invalid("22P02", "invalid JSON %.40q", r.text(0))
			}
			return append(dst, r.text(0)...), nil
		}}
	case to.IsString() && from.Storage() == record.Ints:
		return rowFunc{sure: true, text: func(dst []byte, r *row) ([]byte, error) {
			return record.Value{Type: from, Valid: true, I: r.int(0)}.AppendText(dst), nil
		}}
	case to.IsString():
		return rowFunc{sure: true, text: func(dst []byte, r *row) ([]byte, error) { return r.value(0).AppendText(dst), nil }}
	case from.IsString():
		return rowFunc{value: func(r *row) (record.Value, error) { return plan.ParseText(to, r.text(0)) }}
	case from.IsArray() && to.IsArray():
		return rowFunc{value: func(r *row) (record.Value, error) { return castArray(r.value(0), to) }}
	}
	return rowFunc{}
}

func castArray(v record.Value, to record.Type) (record.Value, error) {
	out := record.Value{Type: to, Valid: true, Elems: make([]record.Value, len(v.Elems))}
	for i, e := range v.Elems {
		var err error
		switch {
		case to.Kind == record.KeywordArray:
			out.Elems[i] = record.KeywordValue(e.Text())
		case e.Type.IsString():
			out.Elems[i], err = record.ParseText(to.Elem(), e.S)
		case to.Kind == record.Float64Array:
			out.Elems[i] = record.FloatValue(e.Float())
		default:
			out.Elems[i].Type, out.Elems[i].Valid = to.Elem(), true
			out.Elems[i].I, err = floatToInt(e.F)
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}
