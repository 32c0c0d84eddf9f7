package scalar

import (
	"math/big"
	"time"

	"github.com/quindex/quindex/record"
)

const dayNanos = 86_400_000_000_000

// times is arithmetic of dates, timestamps and intervals.
func times(op string, a, b record.Value) (record.Value, error) {
	ka, kb := a.Type.Kind, b.Type.Kind
	switch {
	case ka == record.Timestamp && kb == record.Interval && op == "+":
		return addSpan(a.I, b.Span)
	case ka == record.Interval && kb == record.Timestamp:
		return addSpan(b.I, a.Span)
	case ka == record.Timestamp && kb == record.Interval:
		s := b.Span
		return addSpan(a.I, record.Span{Months: -s.Months, Days: -s.Days, Nanos: -s.Nanos})
	case ka == record.Timestamp && kb == record.Timestamp:
		d := new(big.Int).Sub(big.NewInt(a.I), big.NewInt(b.I))
		if !d.IsInt64() {
			return outOfTime()
		}
		return record.SpanValue(record.Span{Days: d.Int64() / dayNanos, Nanos: d.Int64() % dayNanos}), nil
	case ka == record.Date && kb == record.Date:
		return integer(a.I - b.I)
	case ka == record.Date && kb == record.Int64 && op == "+":
		return addDays(a.I, big.NewInt(b.I))
	case ka == record.Date && kb == record.Int64:
		return addDays(a.I, new(big.Int).Neg(big.NewInt(b.I)))
	case ka == record.Int64 && kb == record.Date:
		return addDays(b.I, big.NewInt(a.I))
	case ka == record.Interval && kb == record.Interval:
		return addSpans(a.Span, b.Span, op)
	}
	return record.Value{}, ErrUnknown // interval * double rounds in PostgreSQL's own way
}

func outOfTime() (record.Value, error) { return record.Value{}, bad("22008", "timestamp out of range") }

func addDays(day int64, n *big.Int) (record.Value, error) {
	sum := new(big.Int).Add(big.NewInt(day), n)
	const most = 2_147_483_647
	if !sum.IsInt64() || sum.Int64() > most || sum.Int64() < -most {
		return record.Value{}, ErrUnknown // the limits of DATE are the kernel's to choose
	}
	return record.DateValue(sum.Int64()), nil
}

func addSpans(a, b record.Span, op string) (record.Value, error) {
	if op == "-" {
		b = record.Span{Months: -b.Months, Days: -b.Days, Nanos: -b.Nanos}
	}
	return record.SpanValue(record.Span{Months: a.Months + b.Months, Days: a.Days + b.Days, Nanos: a.Nanos + b.Nanos}), nil
}

func spanTimes(s record.Span, n int64) (record.Value, error) {
	return record.SpanValue(record.Span{Months: s.Months * n, Days: s.Days * n, Nanos: s.Nanos * n}), nil
}

// addSpan adds months, keeping the day of the month where it exists, then
// days, then nanoseconds.
func addSpan(ns int64, s record.Span) (record.Value, error) {
	t := time.Unix(0, ns).UTC()
	if s.Months > 1e6 || s.Months < -1e6 || s.Days > 1e7 || s.Days < -1e7 {
		return outOfTime()
	}
	y, m, d := t.Date()
	first := time.Date(y, m+time.Month(s.Months), 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(first.Year(), first.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	day := time.Date(first.Year(), first.Month(), min(d, last)+int(s.Days), 0, 0, 0, 0, time.UTC)
	sum := new(big.Int).Mul(big.NewInt(day.Unix()), big.NewInt(1e9))
	inDay := ns - floor(ns, dayNanos)*dayNanos
	sum.Add(sum, big.NewInt(inDay)).Add(sum, big.NewInt(s.Nanos))
	if !sum.IsInt64() {
		return outOfTime()
	}
	return stamp(sum.Int64())
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// moment is a TIMESTAMP or DATE as a time.Time.
func moment(v record.Value) time.Time {
	if v.Type.Kind == record.Date {
		return time.Unix(v.I*86400, 0).UTC()
	}
	return time.Unix(0, v.I).UTC()
}

// truncate is date_trunc(unit, ts).
func truncate(a Values, t record.Type) (record.Value, error) {
	if t.Kind != record.Timestamp || len(a) > 2 {
		return record.Value{}, ErrUnknown
	}
	m := moment(a[1])
	y, month, d := m.Date()
	date := func(y int, m time.Month, d int) (record.Value, error) {
		out := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		sum := new(big.Int).Mul(big.NewInt(out.Unix()), big.NewInt(1e9))
		if !sum.IsInt64() {
			return outOfTime()
		}
		return stamp(sum.Int64())
	}
	switch singular(a[0].S) {
	case "microsecond":
		return stamp(floor(a[1].I, 1e3) * 1e3)
	case "millisecond":
		return stamp(floor(a[1].I, 1e6) * 1e6)
	case "second":
		return stamp(floor(a[1].I, 1e9) * 1e9)
	case "minute":
		return stamp(floor(a[1].I, 60e9) * 60e9)
	case "hour":
		return stamp(floor(a[1].I, 3600e9) * 3600e9)
	case "day":
		return date(y, month, d)
	case "week":
		return date(y, month, d-(int(m.Weekday())+6)%7)
	case "month":
		return date(y, month, 1)
	case "quarter":
		return date(y, (month-1)/3*3+1, 1)
	case "year":
		return date(y, 1, 1)
	}
	return record.Value{}, ErrUnknown
}

// part is date_part(unit, ts or date).
func part(a Values, _ record.Type) (record.Value, error) {
	if a[1].Type.Kind == record.Interval {
		return record.Value{}, ErrUnknown
	}
	m := moment(a[1])
	year, week := m.ISOWeek()
	switch singular(a[0].S) {
	case "year":
		return float(float64(m.Year()))
	case "quarter":
		return float(float64((m.Month()-1)/3 + 1))
	case "month":
		return float(float64(m.Month()))
	case "week":
		return float(float64(week))
	case "isoyear":
		return float(float64(year))
	case "day":
		return float(float64(m.Day()))
	case "dow":
		return float(float64(m.Weekday()))
	case "isodow":
		return float(float64((m.Weekday()+6)%7 + 1))
	case "doy":
		return float(float64(m.YearDay()))
	case "hour":
		return float(float64(m.Hour()))
	case "minute":
		return float(float64(m.Minute()))
	case "second":
		return float(float64(m.Second()) + float64(m.Nanosecond())/1e9)
	case "epoch":
		if a[1].Type.Kind == record.Date {
			return float(float64(a[1].I) * 86400)
		}
		r, _ := new(big.Rat).SetFrac64(a[1].I, 1e9).Float64()
		return float(r)
	}
	return record.Value{}, ErrUnknown
}

// singular is a unit in lower case without the s of its plural.
func singular(unit string) string {
	u := lower(unit)
	if len(u) > 3 && u[len(u)-1] == 's' {
		u = u[:len(u)-1]
	}
	return u
}

// bucket is time_bucket(width, ts) for widths without months: buckets count
// from 2000-01-03, a Monday, as in TimescaleDB.
func bucket(a Values, t record.Type) (record.Value, error) {
	if t.Kind != record.Timestamp || len(a) != 2 || a[0].Span.Months != 0 {
		return record.Value{}, ErrUnknown
	}
	width := new(big.Int).Add(new(big.Int).Mul(big.NewInt(a[0].Span.Days), big.NewInt(dayNanos)), big.NewInt(a[0].Span.Nanos))
	if width.Sign() <= 0 {
		return invalid("the width of a bucket must be greater than 0")
	}
	origin := big.NewInt(time.Date(2000, 1, 3, 0, 0, 0, 0, time.UTC).UnixNano())
	off := new(big.Int).Sub(big.NewInt(a[1].I), origin)
	off.Div(off, width).Mul(off, width).Add(off, origin) // Euclidean: rounds down
	if !off.IsInt64() {
		return outOfTime()
	}
	return stamp(off.Int64())
}

func makeDate(a Values, _ record.Type) (record.Value, error) {
	y, m, d := a[0].I, a[1].I, a[2].I
	t := time.Date(int(y), time.Month(m), int(d), 0, 0, 0, 0, time.UTC)
	if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || t.Day() != int(d) {
		return record.Value{}, bad("22008", "no such date")
	}
	return record.DateValue(t.Unix() / 86400), nil
}
