package eval

import (
	"math"

	"github.com/quindex/quindex/record"
)

// spanFunc computes functions of intervals.
func spanFunc(s *site) (rowFunc, bool, error) {
	kind := func(k int) record.Kind {
		if k < len(s.types) {
			return s.types[k].Kind
		}
		return record.Invalid
	}
	switch {
	case s.name == "date_part" && kind(1) == record.Interval:
		unit, err := s.fieldArg()
		return rowFunc{float: func(r *row) (float64, error) {
			f, err := unit(r)
			if err != nil {
				return 0, err
			}
			return spanPart(f, r.span(1))
		}}, err == nil, err
	case s.name == "date_trunc" && kind(1) == record.Interval:
		unit, err := s.fieldArg()
		return rowFunc{span: func(r *row) (record.Span, error) {
			f, err := unit(r)
			if err != nil {
				return record.Span{}, err
			}
			return truncSpan(f, r.span(1))
		}}, err == nil, err
	case s.t.Kind == record.Interval && kind(0) == record.Interval && kind(1) == record.Interval:
		minus := s.name == "-"
		return rowFunc{span: func(r *row) (record.Span, error) {
			b := r.span(1)
			if minus {
				b = negate(b)
			}
			sum, ok := r.span(0).Plus(b)
			if !ok {
				return sum, errSpan()
			}
			return sum, nil
		}}, s.name == "+" || minus, nil
	case s.name == "*" && kind(0) == record.Interval:
		return rowFunc{span: func(r *row) (record.Span, error) { return scaleSpan(r.span(0), r.float(1)) }}, true, nil
	case s.name == "*" && kind(1) == record.Interval:
		return rowFunc{span: func(r *row) (record.Span, error) { return scaleSpan(r.span(1), r.float(0)) }}, true, nil
	case s.name == "/" && kind(0) == record.Interval:
		return rowFunc{span: func(r *row) (record.Span, error) {
			if r.float(1) == 0 {
				return record.Span{}, errDivide()
			}
			return scaleSpan(r.span(0), 1/r.float(1))
		}}, true, nil
	}
	fn, ok := spanFuncs[s.name]
	if s.name == "neg" && kind(0) != record.Interval {
		ok = false
	}
	return fn, ok, nil
}

func errSpan() error { return invalid("22008", "INTERVAL out of range") }

var spanFuncs = map[string]rowFunc{
	"neg":              {span: func(r *row) (record.Span, error) { return negate(r.span(0)), nil }},
	"justify_hours":    {sure: true, span: func(r *row) (record.Span, error) { return justify(r.span(0), true, false), nil }},
	"justify_days":     {sure: true, span: func(r *row) (record.Span, error) { return justify(r.span(0), false, true), nil }},
	"justify_interval": {sure: true, span: func(r *row) (record.Span, error) { return justify(r.span(0), true, true), nil }},
	"make_interval": {span: func(r *row) (record.Span, error) {
		arg := func(k int) int64 {
			if r.has(k) {
				return r.int(k)
			}
			return 0
		}
		var s record.Span
		for k := range min(len(r.cols), 6) {
			if abs(arg(k)) > math.MaxInt32 {
				return s, errSpan()
			}
		}
		s.Months = arg(0)*12 + arg(1)
		s.Days = arg(2)*7 + arg(3)
		s.Nanos = arg(5) * minuteNanos
		if abs(arg(4)) > 1_000_000 || abs(arg(5)) > 60_000_000 {
			return s, errSpan()
		}
		s.Nanos += arg(4) * hourNanos
		if r.has(6) {
			if !(math.Abs(r.float(6)) < 1e9) {
				return s, errSpan()
			}
			s.Nanos += int64(math.Round(r.float(6) * secondNanos))
		}
		return s, nil
	}},
}

// scaleSpan multiplies; a fraction of a month becomes days of which it has
// 30, a fraction of a day becomes time, as in PostgreSQL's interval_mul.
func scaleSpan(s record.Span, f float64) (record.Span, error) {
	months, fracMonth := math.Modf(float64(s.Months) * f)
	fracDays := fracMonth * 30
	// 0.1 * 30 days must be 3 whole days in spite of binary fractions.
	fracDays = math.Round(fracDays*1e6) / 1e6
	days, fracDay := math.Modf(float64(s.Days) * f)
	extra, rest := math.Modf(fracDays)
	days += extra
	nanos := float64(s.Nanos)*f + math.Round((fracDay+rest)*dayNanos/1e3)*1e3
	if !(math.Abs(months) < 1e15 && math.Abs(days) < 1e15 && math.Abs(nanos) < math.MaxInt64) {
		return record.Span{}, errSpan()
	}
	return record.Span{Months: int64(months), Days: int64(days), Nanos: int64(math.Round(nanos))}, nil
}

// justify turns 24 hours into a day and 30 days into a month, and gives the
// parts one sign.
func justify(s record.Span, hours, days bool) record.Span {
	if hours {
		s.Days += s.Nanos / dayNanos
		s.Nanos %= dayNanos
	}
	if days {
		s.Months += s.Days / 30
		s.Days %= 30
	}
	if days && s.Months > 0 && (s.Days < 0 || s.Days == 0 && s.Nanos < 0) {
		s.Days += 30
		s.Months--
	} else if days && s.Months < 0 && (s.Days > 0 || s.Days == 0 && s.Nanos > 0) {
		s.Days -= 30
		s.Months++
	}
	if hours && s.Days > 0 && s.Nanos < 0 {
		s.Nanos += dayNanos
		s.Days--
	} else if hours && s.Days < 0 && s.Nanos > 0 {
		s.Nanos -= dayNanos
		s.Days++
	}
	return s
}

func spanPart(f field, s record.Span) (float64, error) {
	years := s.Months / 12
	switch f {
	case fMicros:
		return float64(s.Nanos%minuteNanos) / 1e3, nil
	case fMillis:
		return float64(s.Nanos%minuteNanos) / 1e6, nil
	case fSecond:
		return float64(s.Nanos%minuteNanos) / 1e9, nil
	case fMinute:
		return float64(s.Nanos / minuteNanos % 60), nil
	case fHour:
		return float64(s.Nanos / hourNanos), nil
	case fDay:
		return float64(s.Days), nil
	case fMonth:
		return float64(s.Months % 12), nil
	case fQuarter:
		return float64(s.Months%12/3 + 1), nil
	case fYear:
		return float64(years), nil
	case fDecade:
		return float64(years / 10), nil
	case fCentury:
		return float64(years / 100), nil
	case fMillennium:
		return float64(years / 1000), nil
	case fEpoch: // a year has 365.25 days here, a month 30
		return float64(years)*365.25*86400 + float64(s.Months%12)*30*86400 + float64(s.Days)*86400 + float64(s.Nanos)/1e9, nil
	}
	return 0, invalid("22023", "unit not supported for INTERVAL")
}

func truncSpan(f field, s record.Span) (record.Span, error) {
	units := map[field]int64{fMicros: 1000, fMillis: 1_000_000, fSecond: secondNanos, fMinute: minuteNanos, fHour: hourNanos}
	if u, ok := units[f]; ok {
		s.Nanos -= s.Nanos % u
		return s, nil
	}
	s.Nanos = 0
	if f == fDay {
		return s, nil
	}
	s.Days = 0
	months := map[field]int64{fMonth: 1, fQuarter: 3, fYear: 12, fDecade: 120, fCentury: 1200, fMillennium: 12000}
	u, ok := months[f]
	if !ok {
		return s, invalid("22023", "unit not supported for INTERVAL")
	}
	s.Months -= s.Months % u
	return s, nil
}
