package eval

import (
	"strconv"
	"strings"

	"github.com/quindex/quindex/record"
)

var (
	monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	dayNames   = [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
)

// moment is a timestamp taken apart.
type moment struct {
	year           int64
	month, mday    int
	day            int64 // since 1970-01-01
	hour, min, sec int64
	nanos          int64 // of the second
}

func momentOf(ns int64) moment {
	day, ofDay := floorDiv(ns, dayNanos), floorMod(ns, dayNanos)
	m := moment{day: day, hour: ofDay / hourNanos, min: ofDay / minuteNanos % 60, sec: ofDay / secondNanos % 60, nanos: ofDay % secondNanos}
	m.year, m.month, m.mday = civil(day)
	return m
}

// timePatterns are the patterns of to_char for timestamps, each before those
// that begin like it. The number is the width of a padded field.
var timePatterns = []struct {
	name  string
	width int
	value func(m moment) int64
}{
	{"IYYY", 4, func(m moment) int64 { y, _ := isoWeek(m.day); return y }}, {"YYYY", 4, func(m moment) int64 { return m.year }},
	{"YY", 2, func(m moment) int64 { return floorMod(m.year, 100) }}, {"Y", 1, func(m moment) int64 { return floorMod(m.year, 10) }},
	{"MM", 2, func(m moment) int64 { return int64(m.month) }}, {"MI", 2, func(m moment) int64 { return m.min }},
	{"MS", 3, func(m moment) int64 { return m.nanos / 1e6 }}, {"US", 6, func(m moment) int64 { return m.nanos / 1e3 }},
	{"SSSS", 0, func(m moment) int64 { return m.hour*3600 + m.min*60 + m.sec }}, {"SS", 2, func(m moment) int64 { return m.sec }},
	{"HH24", 2, func(m moment) int64 { return m.hour }}, {"HH12", 2, func(m moment) int64 { return (m.hour+11)%12 + 1 }},
	{"HH", 2, func(m moment) int64 { return (m.hour+11)%12 + 1 }},
	{"DDD", 3, func(m moment) int64 { return m.day - dayOf(m.year, 1, 1) + 1 }}, {"DD", 2, func(m moment) int64 { return int64(m.mday) }},
	{"D", 1, func(m moment) int64 { return isoWeekday(m.day)%7 + 1 }}, {"ID", 1, func(m moment) int64 { return isoWeekday(m.day) }},
	{"IW", 2, func(m moment) int64 { _, w := isoWeek(m.day); return w }}, {"WW", 2, func(m moment) int64 { return (m.day-dayOf(m.year, 1, 1))/7 + 1 }},
	{"CC", 2, func(m moment) int64 { return shownCentury(m.year, 100) }}, {"Q", 1, func(m moment) int64 { return int64(m.month-1)/3 + 1 }},
	{"J", 0, func(m moment) int64 { return m.day + 2440588 }},
}

// wordPatterns are the patterns that print words; the case of the pattern is
// the case of the word, and full names are padded to nine unless after FM.
var wordPatterns = []struct {
	name string
	word func(m moment) string
	pad  int
}{
	{"month", func(m moment) string { return monthNames[m.month-1] }, 9}, {"mon", func(m moment) string { return monthNames[m.month-1][:3] }, 0},
	{"day", func(m moment) string { return dayNames[isoWeekday(m.day)-1] }, 9}, {"dy", func(m moment) string { return dayNames[isoWeekday(m.day)-1][:3] }, 0},
	{"am", halfDay, 0}, {"pm", halfDay, 0}, {"tz", func(moment) string { return "utc" }, 0},
}

func halfDay(m moment) string {
	if m.hour < 12 {
		return "am"
	}
	return "pm"
}

// appendTime is to_char(timestamp, pattern).
func appendTime(dst []byte, ns int64, pattern string) []byte {
	m := momentOf(ns)
	for pattern != "" {
		fill := true
		if rest, ok := strings.CutPrefix(pattern, "FM"); ok {
			pattern, fill = rest, false
		}
		if rest, ok := strings.CutPrefix(pattern, `"`); ok {
			text, after, _ := strings.Cut(rest, `"`)
			dst, pattern = append(dst, text...), after
			continue
		}
		if n, out := timeField(dst, m, pattern, fill); n > 0 {
			dst, pattern = out, pattern[n:]
			continue
		}
		if pattern != "" {
			dst, pattern = append(dst, pattern[0]), pattern[1:]
		}
	}
	return dst
}

// timeField prints the field that pattern begins with and returns its length, or 0.
func timeField(dst []byte, m moment, pattern string, fill bool) (int, []byte) {
	for _, w := range wordPatterns {
		if len(pattern) < len(w.name) || !strings.EqualFold(pattern[:len(w.name)], w.name) {
			continue
		}
		word := w.word(m)
		switch p := pattern[:len(w.name)]; {
		case p == strings.ToUpper(p):
			word = strings.ToUpper(word)
		case p == w.name:
			word = strings.ToLower(word)
		}
		dst = append(dst, word...)
		for n := len(word); fill && n < w.pad; n++ {
			dst = append(dst, ' ')
		}
		return len(w.name), dst
	}
	for _, p := range timePatterns {
		if len(pattern) < len(p.name) || !strings.EqualFold(pattern[:len(p.name)], p.name) {
			continue
		}
		digits := strconv.FormatInt(p.value(m), 10)
		for n := len(digits); fill && n < p.width; n++ {
			dst = append(dst, '0')
		}
		return len(p.name), append(dst, digits...)
	}
	return 0, dst
}

// parseLayout is to_timestamp(text, pattern) with the patterns YYYY MM DD
// HH24 HH12 HH MI SS MS US MON MONTH AM PM; other letters stand for themselves.
func parseLayout(text, pattern string) (int64, error) {
	year, month, mday := int64(1970), int64(1), int64(1)
	var hour, minute, second, nanos, half int64 = 0, 0, 0, 0, -1
	bad := func() (int64, error) { return 0, invalid("22007", "%.40q is not a time like %.40q", text, pattern) }
	number := func(width int) (int64, int, bool) {
		text = strings.TrimLeft(text, " ")
		n := 0
		for n < len(text) && n < width && text[n] >= '0' && text[n] <= '9' {
			n++
		}
		v, err := strconv.ParseInt(text[:n], 10, 64)
		text = text[n:]
		return v, n, err == nil
	}
	numbers := []struct {
		name  string
		width int
		to    *int64
	}{{"YYYY", 4, &year}, {"MM", 2, &month}, {"DD", 2, &mday}, {"HH24", 2, &hour}, {"HH12", 2, &hour}, {"HH", 2, &hour}, {"MI", 2, &minute}, {"SS", 2, &second}, {"MS", 3, &nanos}, {"US", 6, &nanos}}
patterns:
	for pattern != "" {
		for _, p := range numbers {
			if len(pattern) < len(p.name) || !strings.EqualFold(pattern[:len(p.name)], p.name) {
				continue
			}
			v, digits, ok := number(p.width)
			if !ok {
				return bad()
			}
			if p.to == &nanos {
				v *= record.Pow10(9 - digits)
			}
			*p.to = v
			pattern = pattern[len(p.name):]
			continue patterns
		}
		switch upper := strings.ToUpper(pattern); {
		case strings.HasPrefix(upper, "MON"):
			full := strings.HasPrefix(upper, "MONTH")
			k := 0
			for ; k < 12; k++ {
				name := monthNames[k]
				if !full {
					name = name[:3]
				}
				if len(text) >= len(name) && strings.EqualFold(text[:len(name)], name) {
					text = text[len(name):]
					break
				}
			}
			if k == 12 {
				return bad()
			}
			month = int64(k + 1)
			pattern = pattern[3+2*int(boolInt(full)):]
		case strings.HasPrefix(upper, "AM") || strings.HasPrefix(upper, "PM"):
			if len(text) < 2 || !strings.EqualFold(text[1:2], "m") || !strings.ContainsAny(text[:1], "aApP") {
				return bad()
			}
			half = boolInt(text[0] == 'p' || text[0] == 'P')
			text, pattern = text[2:], pattern[2:]
		default:
			if text != "" {
				text = text[1:]
			}
			pattern = pattern[1:]
		}
	}
	if half >= 0 {
		hour = hour%12 + 12*half
	}
	if hour > 23 || minute > 59 || second > 59 {
		return 0, invalid("22008", "time field value out of range: %d:%02d:%02d", hour, minute, second)
	}
	day, err := makeDate(year, month, mday)
	if err != nil {
		return 0, err
	}
	return nanosOf(day, hour*hourNanos+minute*minuteNanos+second*secondNanos+nanos)
}

// appendNumber is to_char(number, pattern) with 9 0 . , D G, FM, S and MI.
// text is the number with all its decimals.
func appendNumber(dst []byte, v record.Value, pattern string) ([]byte, error) {
	p, fm := strings.CutPrefix(strings.ToUpper(pattern), "FM")
	p = strings.NewReplacer("D", ".", "G", ",").Replace(p)
	signed := strings.HasPrefix(p, "S")
	p = strings.TrimPrefix(p, "S")
	p, minusLast := strings.CutSuffix(p, "MI")
	if strings.Trim(p, "90.,") != "" {
		return nil, invalid("22023", "number pattern %q holds more than 9 0 . , D G S MI FM", pattern)
	}
	whole, frac, _ := strings.Cut(p, ".")
	places := strings.Count(frac, "9") + strings.Count(frac, "0")
	digits, negative := fixedDigits(v, places)
	wholeDigits := digits[:len(digits)-places]
	if wholeDigits == "0" && strings.IndexByte(whole, '0') < 0 && places > 0 {
		wholeDigits = ""
	}
	body := layWhole(whole, wholeDigits)
	if body == "" && whole != "" && wholeDigits != "" && len(wholeDigits) > strings.Count(whole, "9")+strings.Count(whole, "0") {
		body = strings.Map(func(c rune) rune {
			if c == ',' {
				return c
			}
			return '#'
		}, whole)
	}
	if strings.Contains(p, ".") {
		tail := digits[len(digits)-places:]
		if fm {
			for tail != "" && strings.HasSuffix(tail, "0") && frac[len(tail)-1] == '9' {
				tail = tail[:len(tail)-1]
			}
		}
		body += "." + tail
	}
	trimmed := strings.TrimLeft(body, " ")
	pad := body[:len(body)-len(trimmed)]
	sign := " "
	switch {
	case negative:
		sign = "-"
	case signed:
		sign = "+"
	}
	if minusLast {
		body = pad + trimmed + sign
	} else {
		body = pad + sign + trimmed
	}
	if fm {
		body = strings.TrimSpace(body)
	}
	return append(dst, body...), nil
}

// layWhole puts digits into the pattern of the whole part, from the right:
// blank before the first digit unless a 0 stands at or before the place.
func layWhole(pattern, digits string) string {
	out := make([]byte, len(pattern))
	zero := strings.IndexByte(pattern, '0')
	k := len(digits)
	for i := len(pattern) - 1; i >= 0; i-- {
		forced := zero >= 0 && i >= zero
		switch {
		case pattern[i] == ',' && (k > 0 || forced && i > zero):
			out[i] = ','
		case pattern[i] == ',':
			out[i] = ' '
		case k > 0:
			k--
			out[i] = digits[k]
		case forced:
			out[i] = '0'
		default:
			out[i] = ' '
		}
	}
	if k > 0 {
		return ""
	}
	return string(out)
}

// fixedDigits returns the digits of |v| with the given decimals and no point.
func fixedDigits(v record.Value, places int) (digits string, negative bool) {
	var text string
	if v.Type.Kind == record.Float64 {
		text = strconv.FormatFloat(v.F, 'f', places, 64)
	} else {
		scale := scaleOf(v.Type)
		n := v.I
		if scale > places {
			n, _ = record.Rescale(n, scale, places)
			scale = places
		}
		text = record.Value{Type: record.DecimalType(record.MaxDigits, scale), Valid: true, I: n}.Text()
		if missing := places - scale; missing > 0 {
			if scale == 0 {
				text += "."
			}
			text += strings.Repeat("0", missing)
		}
	}
	text, negative = strings.CutPrefix(text, "-")
	return strings.Replace(text, ".", "", 1), negative
}
