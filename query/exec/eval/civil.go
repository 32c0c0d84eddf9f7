package eval

import (
	"math"
	"math/bits"

	"github.com/quindex/quindex/record"
)

const (
	dayNanos    = 86_400_000_000_000
	hourNanos   = 3_600_000_000_000
	minuteNanos = 60_000_000_000
	secondNanos = 1_000_000_000
)

// floorDiv rounds toward minus infinity; b > 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// civil returns the date of a day since 1970-01-01 in the Gregorian calendar,
// with year 0 for 1 BC. Algorithm: Howard Hinnant, "chrono-compatible low-level
// date algorithms", civil_from_days.
func civil(day int64) (year int64, month, mday int) {
	z := day + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	mday = int(doy - (153*mp+2)/5 + 1)
	month = int(mp + 3)
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, mday
}

// dayOf is the inverse of civil (days_from_civil of the same source).
func dayOf(year int64, month, mday int) int64 {
	if month <= 2 {
		year--
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	m := int64(month+9) % 12
	doy := (153*m+2)/5 + int64(mday) - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

func isLeap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// daysIn returns the length of a month.
func daysIn(year int64, month int) int {
	switch month {
	case 2:
		if isLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func errTime() error { return invalid("22008", "TIMESTAMP out of range") }

// nanosOf returns the timestamp of a time of day, or an error outside 1677-2262.
func nanosOf(day, ofDay int64) (int64, error) {
	hi, lo := bits.Mul64(uint64(abs(day)), dayNanos)
	if hi != 0 || lo > math.MaxInt64 {
		if day < 0 && ofDay > 0 && abs(day) <= math.MaxInt64/dayNanos+1 { // the first day is there in part
			return addNanos((day+1)*dayNanos, ofDay-dayNanos)
		}
		return 0, errTime()
	}
	return addNanos(day*dayNanos, ofDay)
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

func addNanos(a, b int64) (int64, error) {
	r := a + b
	if (a^r)&(b^r) < 0 {
		return 0, errTime()
	}
	return r, nil
}

// addMonths moves a date by months and clips to the end of the month:
// January 31 plus one month is February 28 or 29.
func addMonths(day, months int64) (int64, error) {
	year, month, mday := civil(day)
	if abs(months) > 12*1_000_000 {
		return 0, errTime()
	}
	m := year*12 + int64(month-1) + months
	year, month = floorDiv(m, 12), int(floorMod(m, 12))+1
	return dayOf(year, month, min(mday, daysIn(year, month))), nil
}

// addSpan adds months, then days, then nanoseconds, as PostgreSQL does.
func addSpan(ns int64, s record.Span) (int64, error) {
	if s.Months != 0 || s.Days != 0 {
		day, ofDay := floorDiv(ns, dayNanos), floorMod(ns, dayNanos)
		var err error
		if s.Months != 0 {
			if day, err = addMonths(day, s.Months); err != nil {
				return 0, err
			}
		}
		if abs(s.Days) > math.MaxInt64/2 {
			return 0, errTime()
		}
		if ns, err = nanosOf(day+s.Days, ofDay); err != nil {
			return 0, err
		}
	}
	return addNanos(ns, s.Nanos)
}

// fixedSpan returns the length of a span without months, or false if it does
// not fit int64. Days have 24 hours: timestamps are UTC.
func fixedSpan(s record.Span) (int64, bool) {
	if s.Months != 0 || abs(s.Days) > math.MaxInt64/dayNanos {
		return 0, false
	}
	ns, err := addNanos(s.Days*dayNanos, s.Nanos)
	return ns, err == nil
}

func negate(s record.Span) record.Span {
	return record.Span{Months: -s.Months, Days: -s.Days, Nanos: -s.Nanos}
}
