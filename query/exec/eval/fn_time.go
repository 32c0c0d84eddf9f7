package eval

import (
	"math"
	"strings"
	"time"

	"github.com/quindex/quindex/record"
)

// timeFunc computes functions of timestamps and dates.
func timeFunc(s *site) (rowFunc, bool, error) {
	kind := func(k int) record.Kind {
		if k < len(s.types) {
			return s.types[k].Kind
		}
		return record.Invalid
	}
	switch s.name {
	case "now":
		now := s.env.Now.UnixNano()
		return rowFunc{sure: true, int: func(*row) (int64, error) { return now, nil }}, true, nil
	case "current_date":
		today := floorDiv(s.env.Now.UnixNano(), dayNanos)
		return rowFunc{sure: true, int: func(*row) (int64, error) { return today, nil }}, true, nil
	case "date_trunc":
		if kind(1) == record.Timestamp {
			return dateTrunc(s)
		}
	case "date_part":
		if kind(1) == record.Timestamp || kind(1) == record.Date {
			return datePart(s)
		}
	case "timezone":
		return timeZone(s)
	case "time_bucket":
		return timeBucket(s)
	case "age":
		now := floorDiv(s.env.Now.UnixNano(), dayNanos) * dayNanos
		return rowFunc{sure: true, span: func(r *row) (record.Span, error) {
			if r.has(1) {
				return age(r.int(0), r.int(1)), nil
			}
			return age(now, r.int(0)), nil
		}}, true, nil
	case "+", "-":
		fn, ok := timeMath(s)
		return fn, ok, nil
	}
	fn, ok := timeFuncs[s.name]
	return fn, ok, nil
}

var timeFuncs = map[string]rowFunc{
	"isfinite":  {sure: true, int: func(*row) (int64, error) { return 1, nil }},
	"make_date": {int: func(r *row) (int64, error) { return makeDate(r.int(0), r.int(1), r.int(2)) }},
	"make_timestamp": {int: func(r *row) (int64, error) {
		day, err := makeDate(r.int(0), r.int(1), r.int(2))
		if err != nil {
			return 0, err
		}
		h, m, sec := r.int(3), r.int(4), r.float(5)
		if h < 0 || h > 24 || m < 0 || m > 59 || !(sec >= 0 && sec <= 60) {
			return 0, invalid("22008", "time field value out of range: %d:%02d:%v", h, m, sec)
		}
		return nanosOf(day, h*hourNanos+m*minuteNanos+int64(math.Round(sec*secondNanos)))
	}},
	"to_timestamp": {int: func(r *row) (int64, error) {
		if r.has(1) {
			return parseLayout(r.text(0), r.text(1))
		}
		v := r.float(0)
		whole, frac := math.Modf(v)
		if !(math.Abs(whole) < math.MaxInt64/secondNanos) {
			return 0, errTime()
		}
		return addNanos(int64(whole)*secondNanos, int64(math.Round(frac*1e6))*1000)
	}},
	"to_date": {int: func(r *row) (int64, error) {
		ns, err := parseLayout(r.text(0), r.text(1))
		return floorDiv(ns, dayNanos), err
	}},
}

func makeDate(year, month, mday int64) (int64, error) {
	if year == 0 || abs(year) > 5_000_000 || month < 1 || month > 12 || mday < 1 || mday > 31 {
		return 0, invalid("22008", "date field value out of range: %d-%02d-%02d", year, month, mday)
	}
	if year < 0 {
		year++ // 1 BC is year 0
	}
	if int(mday) > daysIn(year, int(month)) {
		return 0, invalid("22008", "date field value out of range: %d-%02d-%02d", year, month, mday)
	}
	return dayOf(year, int(month), int(mday)), nil
}

// timeMath is + and - of timestamps and spans.
func timeMath(s *site) (rowFunc, bool) {
	if len(s.types) != 2 {
		return rowFunc{}, false
	}
	a, b := s.types[0].Kind, s.types[1].Kind
	switch {
	case a == record.Timestamp && b == record.Interval && s.name == "+":
		return rowFunc{int: func(r *row) (int64, error) { return addSpan(r.int(0), r.span(1)) }}, true
	case a == record.Interval && b == record.Timestamp && s.name == "+":
		return rowFunc{int: func(r *row) (int64, error) { return addSpan(r.int(1), r.span(0)) }}, true
	case a == record.Timestamp && b == record.Interval:
		return rowFunc{int: func(r *row) (int64, error) { return addSpan(r.int(0), negate(r.span(1))) }}, true
	case a == record.Timestamp && b == record.Timestamp && s.name == "-":
		return rowFunc{span: func(r *row) (record.Span, error) {
			x, y := r.int(0), r.int(1)
			d := x - y
			if (x^y)&(x^d) < 0 {
				return record.Span{}, invalid("22008", "INTERVAL out of range")
			}
			return record.Span{Days: d / dayNanos, Nanos: d % dayNanos}, nil
		}}, true
	}
	return rowFunc{}, false
}

// age is a - b in years, months, days and time, as PostgreSQL's timestamp_age
// counts: from the earlier on, borrowing the length of its months.
func age(a, b int64) record.Span {
	if a < b {
		return negate(age(b, a))
	}
	dayA, dayB := floorDiv(a, dayNanos), floorDiv(b, dayNanos)
	ya, ma, da := civil(dayA)
	yb, mb, db := civil(dayB)
	months := (ya-yb)*12 + int64(ma-mb)
	days := int64(da - db)
	nanos := floorMod(a, dayNanos) - floorMod(b, dayNanos)
	if nanos < 0 {
		nanos += dayNanos
		days--
	}
	if days < 0 {
		days += int64(daysIn(yb, mb))
		months--
	}
	return record.Span{Months: months, Days: days, Nanos: nanos}
}

// location returns the IANA time zone called name.
func location(name string) (*time.Location, error) {
	if strings.EqualFold(name, "utc") || strings.EqualFold(name, "z") {
		return time.UTC, nil
	}
	if strings.EqualFold(name, "local") || name == "" {
		return nil, invalid("22023", "time zone %q not recognized", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, invalid("22023", "time zone %q not recognized", name)
	}
	return loc, nil
}

// zoneOf returns how to find the time zone in argument k: at once if it is
// constant, for every row if not.
func (s *site) zoneOf(k int) (func(r *row) (*time.Location, error), error) {
	v, ok := s.konst(k)
	if !ok {
		return func(r *row) (*time.Location, error) { return location(r.text(k)) }, nil
	}
	loc, err := location(v.S)
	return func(*row) (*time.Location, error) { return loc, nil }, err
}

// toLocal returns the wall clock of loc at ns, as nanoseconds as if it were UTC.
func toLocal(ns int64, loc *time.Location) (int64, error) {
	if loc == time.UTC {
		return ns, nil
	}
	_, offset := time.Unix(0, ns).In(loc).Zone()
	return addNanos(ns, int64(offset)*secondNanos)
}

// fromLocal is the inverse of toLocal. A time that a clock change skips is
// read with the offset before it; one that comes twice is the first.
func fromLocal(ns int64, loc *time.Location) (int64, error) {
	if loc == time.UTC {
		return ns, nil
	}
	t := time.Unix(0, ns).UTC()
	utc := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc)
	return addNanos(utc.Unix()*secondNanos, int64(utc.Nanosecond()))
}

// timeZone is t AT TIME ZONE z: the wall clock there, since timestamps are UTC.
func timeZone(s *site) (rowFunc, bool, error) {
	zone, err := s.zoneOf(0)
	if err != nil {
		return rowFunc{}, false, err
	}
	return rowFunc{int: func(r *row) (int64, error) {
		loc, err := zone(r)
		if err != nil {
			return 0, err
		}
		return toLocal(r.int(1), loc)
	}}, true, nil
}
