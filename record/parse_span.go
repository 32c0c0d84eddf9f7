package record

import (
	"math"
	"math/bits"
	"strings"
)

// unit is what one of a named unit of time adds to a Span.
type unit struct {
	months, days, nanos int64 // exactly one is not zero
}

func unitOf(name string) (unit, bool) {
	switch strings.ToLower(name) {
	case "ns", "nanosecond", "nanoseconds":
		return unit{nanos: 1}, true
	case "us", "usec", "usecs", "µs", "microsecond", "microseconds":
		return unit{nanos: 1e3}, true
	case "ms", "msec", "msecs", "millisecond", "milliseconds":
		return unit{nanos: 1e6}, true
	case "", "s", "sec", "secs", "second", "seconds":
		return unit{nanos: 1e9}, true
	case "m", "min", "mins", "minute", "minutes":
		return unit{nanos: 60e9}, true
	case "h", "hr", "hrs", "hour", "hours":
		return unit{nanos: 3600e9}, true
	case "d", "day", "days":
		return unit{days: 1}, true
	case "w", "week", "weeks":
		return unit{days: 7}, true
	case "mon", "mons", "month", "months":
		return unit{months: 1}, true
	case "y", "yr", "yrs", "year", "years":
		return unit{months: 12}, true
	case "decade", "decades":
		return unit{months: 120}, true
	case "century", "centuries":
		return unit{months: 1200}, true
	}
	return unit{}, false
}

// parseSpan takes '1 day 2 hours', '1 mon -3 days', '1:02:03.5', '@ 2 min ago'
// and ISO 8601's P1Y2M3DT4H5M6S. A number without a unit is seconds.
func parseSpan(s string) (Span, error) {
	if strings.HasPrefix(s, "P") || strings.HasPrefix(s, "p") {
		return parseISOSpan(s)
	}
	var sum Span
	c := scanner{strings.TrimSpace(strings.TrimPrefix(s, "@"))}
	ok := c.s != ""
	for parts := 0; ok && c.s != ""; parts++ {
		if parts > 0 && strings.EqualFold(c.s, "ago") {
			sum, ok = sum.negated()
			break
		}
		ok = c.part(&sum)
		c.s = strings.TrimLeft(c.s, " \t\n")
	}
	if !ok {
		return Span{}, bad(codeBadTime, s, "is not an interval, or is out of range: want '1 day 2 hours', '01:02:03' or P1DT2H")
	}
	return sum, nil
}

// part takes [+-]number unit, or a clock, and adds it to sum.
func (c *scanner) part(sum *Span) bool {
	negative := false
	if c.eat('-') {
		negative = true
	} else {
		c.eat('+')
	}
	whole, frac, ok := c.number()
	if !ok {
		return false
	}
	if strings.HasPrefix(c.s, ":") && frac == 0 {
		ns, ok := c.spanClock(whole)
		return ok && sum.add(unit{nanos: 1}, ns, 0, negative)
	}
	c.s = strings.TrimLeft(c.s, " \t")
	name := c.word()
	if strings.EqualFold(name, "ago") { // '5 ago': seconds
		c.s, name = name+c.s, ""
	}
	if name == "" && c.s != "" && !strings.EqualFold(c.s, "ago") {
		return false // '1-2' is not one second less two
	}
	u, ok := unitOf(name)
	return ok && sum.add(u, whole, frac, negative)
}

// number takes digits[.digits]; frac is in units of 10^-9.
func (c *scanner) number() (whole, frac int64, ok bool) {
	i := 0
	for ; i < len(c.s) && c.s[i] >= '0' && c.s[i] <= '9'; i++ {
		if whole > (math.MaxInt64-9)/10 {
			return 0, 0, false
		}
		whole = whole*10 + int64(c.s[i]-'0')
	}
	c.s = c.s[i:]
	ok = i > 0
	if c.eat('.') {
		var hasFrac bool
		frac, hasFrac = c.fraction()
		ok = ok || hasFrac
	}
	if frac == 1e9 { // rounded up
		whole, frac = whole+1, 0
	}
	return whole, frac, ok
}

// word takes the letters of a unit.
func (c *scanner) word() string {
	i := strings.IndexFunc(c.s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == 'µ')
	})
	if i < 0 {
		i = len(c.s)
	}
	w := c.s[:i]
	c.s = c.s[i:]
	return w
}

// spanClock takes :mm[:ss[.fraction]] after the hours.
func (c *scanner) spanClock(hours int64) (int64, bool) {
	c.eat(':')
	minute, ok := c.digits(2, 2)
	second, frac := 0, int64(0)
	if ok && c.eat(':') {
		second, ok = c.digits(2, 2)
		if ok && c.eat('.') {
			frac, ok = c.fraction()
		}
	}
	if !ok || minute > 59 || second > 59 || hours > math.MaxInt64/3600_000_000_000-1 {
		return 0, false
	}
	return (hours*3600+int64(minute)*60+int64(second))*1e9 + frac, true
}

// add adds number whole+frac*10^-9 of unit u; false if it does not fit. A
// fraction of a year is months; of a month, days of which it has 30; of a day,
// hours of which it has 24.
func (s *Span) add(u unit, whole, frac int64, negative bool) bool {
	if negative {
		whole, frac = -whole, -frac
	}
	var d Span
	ok := true
	mul := func(a, b int64) int64 {
		hi, lo := bits.Mul64(magnitude(a), uint64(b))
		ok = ok && hi == 0 && lo <= math.MaxInt64
		if a < 0 {
			return -int64(lo)
		}
		return int64(lo)
	}
	switch {
	case u.months > 1:
		d.Months = mul(whole, u.months) + int64(math.Round(float64(frac)*float64(u.months)/1e9))
	case u.months == 1:
		d.Months = whole
		days := frac * 30
		d.Days, d.Nanos = days/1e9, days%1e9*(dayNanos/1e9)
	case u.days > 0:
		d.Days = mul(whole, u.days)
		days := frac * u.days
		d.Days, d.Nanos = d.Days+days/1e9, days%1e9*(dayNanos/1e9)
	default:
		part := frac * (u.nanos / 1e9) // units of seconds and more are whole seconds
		if u.nanos < 1e9 {
			part = frac * u.nanos / 1e9
		}
		d.Nanos = mul(whole, u.nanos)
		sub, subOK := addInts(d.Nanos, part)
		d.Nanos, ok = sub, ok && subOK
	}
	sum, fits := s.Plus(d)
	*s = sum
	return ok && fits
}

// Plus returns s + t, part by part, or false if a part does not fit.
func (s Span) Plus(t Span) (Span, bool) {
	months, a := addInts(s.Months, t.Months)
	days, b := addInts(s.Days, t.Days)
	nanos, c := addInts(s.Nanos, t.Nanos)
	return Span{months, days, nanos}, a && b && c
}

func (s Span) negated() (Span, bool) {
	const least = math.MinInt64
	return Span{-s.Months, -s.Days, -s.Nanos}, s.Months != least && s.Days != least && s.Nanos != least
}

// addInts returns a + b, or false on overflow.
func addInts(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

// parseISOSpan takes P[n]Y[n]M[n]W[n]DT[n]H[n]M[n]S; every number may have a sign.
func parseISOSpan(s string) (Span, error) {
	malformed := func() (Span, error) {
		return Span{}, bad(codeBadTime, s, "is not an interval, or is out of range: want P1Y2M3DT4H5M6S")
	}
	var sum Span
	c := scanner{strings.ToUpper(s[1:])}
	date := map[byte]string{'Y': "year", 'M': "month", 'W': "week", 'D': "day"}
	clock := map[byte]string{'H': "hour", 'M': "minute", 'S': "second"}
	names, parts := date, 0
	for c.s != "" {
		if c.eat('T') {
			names = clock
			continue
		}
		negative := c.eat('-')
		if !negative {
			c.eat('+')
		}
		whole, frac, ok := c.number()
		if !ok || c.s == "" || names[c.s[0]] == "" {
			return malformed()
		}
		u, _ := unitOf(names[c.s[0]])
		c.s = c.s[1:]
		if !sum.add(u, whole, frac, negative) {
			return malformed()
		}
		parts++
	}
	if parts == 0 {
		return malformed()
	}
	return sum, nil
}
