package record

import (
	"math"
	"strings"
	"time"
)

// scanner goes over a text from the left.
type scanner struct{ s string }

func (c *scanner) eat(b byte) bool {
	if c.s != "" && c.s[0] == b {
		c.s = c.s[1:]
		return true
	}
	return false
}

func (c *scanner) peekDigit() bool { return c.s != "" && c.s[0] >= '0' && c.s[0] <= '9' }

// digits takes between least and most digits.
func (c *scanner) digits(least, most int) (int, bool) {
	n, i := 0, 0
	for ; i < len(c.s) && i < most && c.s[i] >= '0' && c.s[i] <= '9'; i++ {
		n = n*10 + int(c.s[i]-'0')
	}
	c.s = c.s[i:]
	return n, i >= least
}

// fraction takes digits after a point as nanoseconds, rounded at the tenth.
func (c *scanner) fraction() (int64, bool) {
	ns, i := int64(0), 0
	for ; i < len(c.s) && c.s[i] >= '0' && c.s[i] <= '9'; i++ {
		if i < 9 {
			ns = ns*10 + int64(c.s[i]-'0')
		} else if i == 9 && c.s[i] >= '5' {
			ns++
		}
	}
	for j := i; j < 9; j++ {
		ns *= 10
	}
	c.s = c.s[i:]
	return ns, i > 0
}

// moment is what a date or timestamp says: days since 1970, nanoseconds
// of the day, and how far the zone is ahead of UTC.
type moment struct{ days, nanos, offset int64 }

// parseTimestamp takes ISO 8601 and PostgreSQL's forms: 2001-02-03,
// 2001-02-03 04:05[:06[.7]][ zone], 20010203T040506Z.
func parseTimestamp(s string) (int64, error) {
	m, err := parseMoment(s)
	if err != nil {
		return 0, err
	}
	ns := m.nanos - m.offset // within two days
	days := m.days + floorDiv(ns, dayNanos)
	ns -= floorDiv(ns, dayNanos) * dayNanos
	if t, ok := timestampOf(days, ns); ok {
		return t, nil
	}
	return 0, bad(codeTimeRange, s, "is out of range: a TIMESTAMP lies between the years 1677 and 2262")
}

// timestampOf returns the nanoseconds since 1970 of a moment of a day, ns in
// [0, dayNanos), or false if they do not fit.
func timestampOf(days, ns int64) (int64, bool) {
	const most = math.MaxInt64 / dayNanos
	switch {
	case days < -most-1 || days > most:
		return 0, false
	case days == -most-1:
		// One day less than fits as a product; the sum may.
		rest := ns - dayNanos
		if rest < math.MinInt64+most*dayNanos {
			return 0, false
		}
		return -most*dayNanos + rest, true
	case days == most && ns > math.MaxInt64-most*dayNanos:
		return 0, false
	}
	return days*dayNanos + ns, true
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// parseDate takes what parseTimestamp does and keeps the day as written.
func parseDate(s string) (int64, error) {
	m, err := parseMoment(s)
	return m.days, err
}

func parseMoment(s string) (moment, error) {
	var m moment
	c := scanner{s}
	year, month, day, ok := c.date()
	ok = ok && c.timeOfDay(&m)
	if rest := strings.TrimSpace(c.s); strings.EqualFold(rest, "bc") {
		year = 1 - year
	} else if !ok || rest != "" {
		return m, bad(codeBadTime, s, "is not a date or time: want YYYY-MM-DD[ hh:mm:ss[.fraction]][zone]")
	}
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || year < -4712 || year > 5_874_897 {
		return m, bad(codeTimeRange, s, "is not a day of the calendar")
	}
	if m.nanos < 0 {
		return m, bad(codeTimeRange, s, "is not a time of day")
	}
	m.days = time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400
	return m, nil
}

// timeOfDay takes what may follow a date: a clock and a zone.
func (c *scanner) timeOfDay(m *moment) bool {
	t := c.eat('T') || c.eat('t')
	if !t {
		if !c.eat(' ') {
			return true
		}
		c.s = strings.TrimLeft(c.s, " ")
	}
	if !c.peekDigit() {
		return !t
	}
	var ok bool
	if m.nanos, ok = c.clock(); ok {
		m.offset, ok = c.zone()
	}
	return ok
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// date takes YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD.
func (c *scanner) date() (year, month, day int, ok bool) {
	digits := 0
	for digits < len(c.s) && c.s[digits] >= '0' && c.s[digits] <= '9' {
		digits++
	}
	if digits == 8 {
		year, _ = c.digits(4, 4)
		month, _ = c.digits(2, 2)
		day, _ = c.digits(2, 2)
		return year, month, day, true
	}
	if year, ok = c.digits(4, 7); !ok {
		return 0, 0, 0, false
	}
	sep := byte('-')
	if !c.eat(sep) {
		if sep = '/'; !c.eat(sep) {
			return 0, 0, 0, false
		}
	}
	month, ok = c.digits(1, 2)
	if !ok || !c.eat(sep) {
		return 0, 0, 0, false
	}
	day, ok = c.digits(1, 2)
	return year, month, day, ok && !c.peekDigit()
}

// clock takes hh:mm[:ss[.fraction]] or hhmm[ss[.fraction]] as nanoseconds; -1
// for a time that no day has.
func (c *scanner) clock() (int64, bool) {
	second, frac := 0, int64(0)
	hour, _ := c.digits(1, 2)
	colon := c.eat(':')
	minute, ok := c.digits(2, 2)
	if !ok {
		return 0, false
	}
	if colon && c.eat(':') || !colon && c.peekDigit() {
		if second, ok = c.digits(2, 2); !ok {
			return 0, false
		}
		if c.eat('.') || c.eat(',') {
			if frac, ok = c.fraction(); !ok {
				return 0, false
			}
		}
	}
	ns := (int64(hour)*3600+int64(minute)*60+int64(second))*1e9 + frac
	if hour > 24 || minute > 59 || second > 60 || ns > dayNanos {
		return -1, true
	}
	return ns, true
}

// zone takes Z, UTC, GMT or +hh[[:]mm[:ss]], and nothing, as nanoseconds ahead of UTC.
func (c *scanner) zone() (int64, bool) {
	rest := strings.TrimLeft(c.s, " ")
	for _, name := range []string{"utc", "gmt", "z"} {
		if len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) {
			c.s = rest[len(name):]
			return 0, true
		}
	}
	if rest == "" || rest[0] != '+' && rest[0] != '-' {
		return 0, true
	}
	sign := int64(1)
	if rest[0] == '-' {
		sign = -1
	}
	c.s = rest[1:]
	hour, ok := c.digits(1, 2)
	minute, second := 0, 0
	if ok && (c.eat(':') || c.peekDigit()) {
		minute, ok = c.digits(2, 2)
		if ok && c.eat(':') {
			second, ok = c.digits(2, 2)
		}
	}
	return sign * int64(hour*3600+minute*60+second) * 1e9, ok && hour <= 15 && minute <= 59 && second <= 59
}
