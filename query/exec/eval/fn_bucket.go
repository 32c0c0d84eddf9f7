package eval

import (
	"time"

	"github.com/quindex/quindex/record"
)

// Where buckets start unless an origin is given, as in TimescaleDB: Monday
// 2000-01-03 for widths of fixed length, 2000-01-01 for months.
const (
	originDay   = 10959
	originMonth = 2000 * 12
)

// timeBucket is time_bucket(width, t[, zone][, origin]), or on integers
// time_bucket(width, n[, offset]). Buckets are half open; times before the
// origin round down too.
func timeBucket(s *site) (rowFunc, bool, error) {
	if s.types[0].Kind == record.Int64 {
		return rowFunc{int: func(r *row) (int64, error) {
			width, offset := r.int(0), int64(0)
			if width <= 0 {
				return 0, errWidth()
			}
			if r.has(2) {
				offset = floorMod(r.int(2), width)
			}
			v := r.int(1)
			return addNanos(v, -floorMod(floorMod(v, width)-offset, width))
		}}, true, nil
	}
	if fn, ok := fixedBucket(s); ok {
		return fn, true, nil
	}
	zone := func(*row) (*time.Location, error) { return time.UTC, nil }
	originAt := 0
	for k := 2; k < len(s.types); k++ {
		if s.types[k].Kind == record.Timestamp {
			originAt = k
			continue
		}
		var err error
		if zone, err = s.zoneOf(k); err != nil {
			return rowFunc{}, false, err
		}
	}
	return rowFunc{int: func(r *row) (int64, error) {
		loc, err := zone(r)
		if err != nil {
			return 0, err
		}
		local, err := toLocal(r.int(1), loc)
		if err != nil {
			return 0, err
		}
		origin, given := int64(0), originAt > 0
		if given {
			if origin, err = toLocal(r.int(originAt), loc); err != nil {
				return 0, err
			}
		}
		if local, err = bucket(r.span(0), local, origin, given); err != nil {
			return 0, err
		}
		return fromLocal(local, loc)
	}}, true, nil
}

// fixedBucket is time_bucket without a zone, of a constant width without
// months and a constant origin.
func fixedBucket(s *site) (rowFunc, bool) {
	origin := int64(originDay * dayNanos)
	if len(s.types) > 2 {
		v, ok := s.konst(2)
		if !ok || len(s.types) > 3 || v.Type.Kind != record.Timestamp {
			return rowFunc{}, false
		}
		origin = v.I
	}
	width, ok := s.konst(0)
	size, fixed := fixedSpan(width.Span)
	if !ok || !fixed || size <= 0 {
		return rowFunc{}, false
	}
	return roundDown(1, size, floorMod(origin, size)), true
}

// roundDown rounds argument k down to a multiple of size plus offset.
func roundDown(k int, size, offset int64) rowFunc {
	return rowFunc{int: func(r *row) (int64, error) {
		v := r.int(k)
		rest := v%size - offset
		if rest < 0 {
			rest += size
		}
		if rest < 0 {
			rest += size
		}
		return addNanos(v, -rest)
	}}
}

func errWidth() error { return invalid("22023", "bucket width must be greater than 0") }

// bucket returns the start of the bucket that ns lies in.
func bucket(width record.Span, ns, origin int64, given bool) (int64, error) {
	if width.Months != 0 {
		if width.Days != 0 || width.Nanos != 0 {
			return 0, invalid("22023", "bucket width must not mix months with days or hours")
		}
		return monthBucket(width.Months, ns, origin, given)
	}
	size, ok := fixedSpan(width)
	if !ok || size <= 0 {
		return 0, errWidth()
	}
	if !given {
		origin = originDay * dayNanos
	}
	offset := floorMod(origin, size)
	return addNanos(ns, -floorMod(floorMod(ns, size)-offset, size))
}

func monthBucket(months, ns, origin int64, given bool) (int64, error) {
	if months <= 0 {
		return 0, errWidth()
	}
	start, ofMonth := int64(originMonth), int64(0)
	if given {
		year, month, mday := civil(floorDiv(origin, dayNanos))
		if mday != 1 || floorMod(origin, dayNanos) != 0 {
			return 0, invalid("22023", "the origin of buckets of months must be the first of a month")
		}
		start = year*12 + int64(month-1) + ofMonth
	}
	year, month, _ := civil(floorDiv(ns, dayNanos))
	m := start + floorDiv(year*12+int64(month-1)-start, months)*months
	return nanosOf(dayOf(floorDiv(m, 12), int(floorMod(m, 12))+1, 1), 0)
}
