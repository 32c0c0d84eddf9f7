package eval

import (
	"strings"
	"time"

	"github.com/quindex/quindex/record"
)

// field is a unit of date_trunc or a part of date_part.
type field uint8

const (
	fNone field = iota
	fMicros
	fMillis
	fSecond
	fMinute
	fHour
	fDay
	fWeek
	fMonth
	fQuarter
	fYear
	fDecade
	fCentury
	fMillennium
	fDow
	fISODow
	fDoy
	fISOYear
	fEpoch
	fJulian
	fZone
)

var fields = map[string]field{
	"microsecond": fMicros, "microseconds": fMicros, "us": fMicros, "usec": fMicros, "millisecond": fMillis, "milliseconds": fMillis, "ms": fMillis,
	"second": fSecond, "seconds": fSecond, "sec": fSecond, "s": fSecond, "minute": fMinute, "minutes": fMinute, "min": fMinute,
	"hour": fHour, "hours": fHour, "h": fHour, "day": fDay, "days": fDay, "d": fDay, "week": fWeek, "weeks": fWeek, "w": fWeek,
	"month": fMonth, "months": fMonth, "mon": fMonth, "quarter": fQuarter, "quarters": fQuarter, "qtr": fQuarter,
	"year": fYear, "years": fYear, "y": fYear, "decade": fDecade, "decades": fDecade, "century": fCentury, "centuries": fCentury,
	"millennium": fMillennium, "millennia": fMillennium, "dow": fDow, "isodow": fISODow, "doy": fDoy, "isoyear": fISOYear, "epoch": fEpoch,
	"julian": fJulian, "timezone": fZone,
}

func fieldOf(name string) (field, error) {
	if f, ok := fields[name]; ok {
		return f, nil
	}
	if f, ok := fields[strings.ToLower(name)]; ok {
		return f, nil
	}
	return fNone, invalid("22023", "unit %q not recognized", name)
}

// fieldArg returns how to find the unit in argument 0.
func (s *site) fieldArg() (func(r *row) (field, error), error) {
	v, ok := s.konst(0)
	if !ok {
		return func(r *row) (field, error) { return fieldOf(r.text(0)) }, nil
	}
	f, err := fieldOf(v.S)
	return func(*row) (field, error) { return f, nil }, err
}

// dateTrunc is date_trunc(unit, ts[, zone]).
func dateTrunc(s *site) (rowFunc, bool, error) {
	unit, err := s.fieldArg()
	if err != nil {
		return rowFunc{}, false, err
	}
	zone := func(*row) (*time.Location, error) { return time.UTC, nil }
	if v, ok := s.konst(0); ok && len(s.types) == 2 {
		if size := fixedUnits[fields[v.S]]; size > 0 {
			return roundDown(1, size, 0), true, nil
		}
	}
	if len(s.types) > 2 {
		if zone, err = s.zoneOf(2); err != nil {
			return rowFunc{}, false, err
		}
	}
	return rowFunc{int: func(r *row) (int64, error) {
		f, err := unit(r)
		if err != nil {
			return 0, err
		}
		loc, err := zone(r)
		if err != nil {
			return 0, err
		}
		local, err := toLocal(r.int(1), loc)
		if err != nil {
			return 0, err
		}
		if local, err = truncTime(f, local); err != nil {
			return 0, err
		}
		return fromLocal(local, loc)
	}}, true, nil
}

// fixedUnits are the units of one length, in nanoseconds.
var fixedUnits = map[field]int64{
	fMicros: 1000, fMillis: 1_000_000, fSecond: secondNanos, fMinute: minuteNanos, fHour: hourNanos, fDay: dayNanos,
}

// truncTime rounds down to a unit.
func truncTime(f field, ns int64) (int64, error) {
	if unit := fixedUnits[f]; unit > 0 {
		return addNanos(ns, -floorMod(ns, unit))
	}
	day := floorDiv(ns, dayNanos)
	year, month, _ := civil(day)
	switch f {
	case fWeek:
		return nanosOf(day-isoWeekday(day)+1, 0)
	case fMonth:
		return nanosOf(dayOf(year, month, 1), 0)
	case fQuarter:
		return nanosOf(dayOf(year, (month-1)/3*3+1, 1), 0)
	case fYear:
		return nanosOf(dayOf(year, 1, 1), 0)
	case fDecade:
		return nanosOf(dayOf(floorDiv(year, 10)*10, 1, 1), 0)
	case fCentury:
		return nanosOf(dayOf(floorDiv(year-1, 100)*100+1, 1, 1), 0)
	case fMillennium:
		return nanosOf(dayOf(floorDiv(year-1, 1000)*1000+1, 1, 1), 0)
	}
	return 0, invalid("22023", "unit not supported for TIMESTAMP")
}

// isoWeekday is 1 for Monday to 7 for Sunday; 1970-01-01 was a Thursday.
func isoWeekday(day int64) int64 { return floorMod(day+3, 7) + 1 }

// isoWeek returns the ISO 8601 year and week of a day: those of its Thursday.
func isoWeek(day int64) (year, week int64) {
	thursday := day - isoWeekday(day) + 4
	year, _, _ = civil(thursday)
	return year, (thursday-dayOf(year, 1, 1))/7 + 1
}

// datePart is date_part(field, timestamp or date).
func datePart(s *site) (rowFunc, bool, error) {
	unit, err := s.fieldArg()
	if err != nil {
		return rowFunc{}, false, err
	}
	date := s.types[1].Kind == record.Date
	return rowFunc{float: func(r *row) (float64, error) {
		f, err := unit(r)
		if err != nil {
			return 0, err
		}
		day, ofDay := r.int(1), int64(0)
		if !date {
			day, ofDay = floorDiv(r.int(1), dayNanos), floorMod(r.int(1), dayNanos)
		}
		return partOf(f, day, ofDay)
	}}, true, nil
}

func partOf(f field, day, ofDay int64) (float64, error) {
	switch f {
	case fMicros:
		return float64(ofDay%minuteNanos) / 1e3, nil
	case fMillis:
		return float64(ofDay%minuteNanos) / 1e6, nil
	case fSecond:
		return float64(ofDay%minuteNanos) / 1e9, nil
	case fMinute:
		return float64(ofDay / minuteNanos % 60), nil
	case fHour:
		return float64(ofDay / hourNanos), nil
	case fEpoch:
		return float64(day)*86400 + float64(ofDay)/1e9, nil
	case fDow:
		return float64(isoWeekday(day) % 7), nil
	case fISODow:
		return float64(isoWeekday(day)), nil
	case fJulian:
		return float64(day+2440588) + float64(ofDay)/dayNanos, nil
	case fZone:
		return 0, nil
	case fWeek, fISOYear:
		year, week := isoWeek(day)
		if f == fWeek {
			return float64(week), nil
		}
		return float64(shownYear(year)), nil
	}
	year, month, mday := civil(day)
	switch f {
	case fDay:
		return float64(mday), nil
	case fMonth:
		return float64(month), nil
	case fQuarter:
		return float64((month-1)/3 + 1), nil
	case fDoy:
		return float64(day - dayOf(year, 1, 1) + 1), nil
	case fYear:
		return float64(shownYear(year)), nil
	case fDecade:
		return float64(floorDiv(year, 10)), nil
	case fCentury:
		return float64(shownCentury(year, 100)), nil
	case fMillennium:
		return float64(shownCentury(year, 1000)), nil
	}
	return 0, invalid("22023", "unit not supported for TIMESTAMP")
}

// shownYear turns year 0 into -1, as there is no year 0 in SQL.
func shownYear(year int64) int64 {
	if year <= 0 {
		return year - 1
	}
	return year
}

// shownCentury counts centuries or millennia from 1, and from -1 before.
func shownCentury(year, size int64) int64 {
	if year > 0 {
		return (year + size - 1) / size
	}
	return -((size - year) / size)
}
