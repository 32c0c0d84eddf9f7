package ingest

import (
	"fmt"
	"strconv"

	"github.com/valyala/fastjson"

	"github.com/quindex/quindex/record"
)

// put records v, which is not NULL and has the column's type.
func (t *target) put(i int, v record.Value) *bad {
	t.sinks[i].set = true
	t.batch.Cols[i].Append(v)
	return nil
}

// Most cells are integers, numbers and strings: these three go straight into
// the column's slices, which takes a fifth of the time of Column.Append.

func (t *target) int(i int, n int64) {
	t.sinks[i].set = true
	c := &t.batch.Cols[i]
	c.Ints = append(c.Ints, n)
	grow(c)
}

func (t *target) float(i int, x float64) {
	t.sinks[i].set = true
	c := &t.batch.Cols[i]
	c.Floats = append(c.Floats, x)
	grow(c)
}

func (t *target) string(i int, text []byte) {
	t.sinks[i].set = true
	c := &t.batch.Cols[i]
	c.Strs.Data = append(c.Strs.Data, text...)
	c.Strs.Off = append(c.Strs.Off, uint32(len(c.Strs.Data)))
	grow(c)
}

// grow counts one more row that is not NULL.
func grow(c *record.Column) {
	i := c.N
	c.N++
	if c.Valid == nil {
		return
	}
	if i>>6 == len(c.Valid) {
		c.Valid = append(c.Valid, 0)
	}
	c.Valid.Set(i)
}

// bytes records a string for column i; the bytes are copied.
func (t *target) bytes(i int, text []byte) *bad {
	switch k := t.sinks[i].field.Type.Kind; {
	case k == record.Text || k == record.Keyword && len(text) > 0:
		t.string(i, text)
		return nil
	case k == record.Timestamp:
		if ns, ok := instant(text); ok {
			t.int(i, ns)
			return nil
		}
	}
	return t.text(i, unsafeString(text))
}

// number records a JSON number; whole says that it has neither point nor exponent.
func (t *target) number(i int, text []byte, whole bool) *bad {
	switch f := &t.sinks[i].field; f.Type.Kind {
	case record.Int64:
		if n, ok := integer(text); whole && ok {
			t.int(i, n)
			return nil
		}
	case record.Float64:
		if x, err := strconv.ParseFloat(unsafeString(text), 64); err == nil {
			t.float(i, x)
			return nil
		}
	case record.Timestamp:
		if !whole {
			return badf(f.Name, "the time %s is not a whole number", text)
		}
		return t.epoch(i, unsafeString(text))
	}
	return t.text(i, unsafeString(text))
}

// integer reads up to 18 digits with a sign; longer ones are left to others.
func integer(text []byte) (n int64, ok bool) {
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	for _, c := range text {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	if negative {
		n = -n
	}
	return n, true
}

// instant reads YYYY-MM-DDThh:mm:ss[.f]Z, with up to nine digits of f: the
// form in which programs write times. Everything else is left to
// record.ParseText, with which it agrees (TestInstant).
func instant(b []byte) (nanos int64, ok bool) {
	if len(b) < 20 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[len(b)-1] != 'Z' {
		return 0, false
	}
	ok = true
	two := func(i int) int64 {
		x, y := b[i]-'0', b[i+1]-'0'
		ok = ok && x <= 9 && y <= 9
		return int64(x)*10 + int64(y)
	}
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	// days to the 28th need no look at the calendar; the others are rarer
	if !ok || year < 1700 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 28 && !inMonth(year, month, day) ||
		hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	fraction, digits := int64(0), b[19:len(b)-1]
	if len(digits) > 0 && (digits[0] != '.' || len(digits) == 1 || len(digits) > 10) {
		return 0, false
	}
	for k := 1; k < 10; k++ {
		fraction *= 10
		if k < len(digits) {
			d := digits[k] - '0'
			if d > 9 {
				return 0, false
			}
			fraction += int64(d)
		}
	}
	return (days(year, month, day)*86_400+hour*3600+minute*60+second)*1e9 + fraction, true
}

func inMonth(year, month, day int64) bool {
	switch month {
	case 4, 6, 9, 11:
		return day <= 30
	case 2:
		return day <= 28 || day == 29 && year%4 == 0 && (year%100 != 0 || year%400 == 0)
	}
	return day <= 31
}

// days returns the days from 1970-01-01 to a date after the year 0: the
// algorithm days_from_civil of H. Hinnant's "chrono-compatible low-level date
// algorithms".
func days(year, month, day int64) int64 {
	if month <= 2 {
		year--
	}
	era := year / 400
	yearOfEra := year - era*400
	dayOfYear := (153*((month+9)%12)+2)/5 + day - 1
	return era*146_097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719_468
}

// point records [lon, lat], {"lon":..,"lat":..} or GeoJSON, known to be JSON.
func (t *target) point(i int, text []byte) *bad {
	name := t.sinks[i].field.Name
	v, err := fastjson.ParseBytes(text)
	if err != nil {
		return badf(name, "not a point: %v", err)
	}
	lon, lat := v.Get("lon"), v.Get("lat")
	if at := v.Get("coordinates"); at != nil && string(v.GetStringBytes("type")) == "Point" {
		v = at
	}
	if list := v.GetArray(); v.Type() == fastjson.TypeArray && (len(list) == 2 || len(list) == 3) { // a third is the height
		lon, lat = list[0], list[1]
	}
	if lon == nil || lat == nil || lon.Type() != fastjson.TypeNumber || lat.Type() != fastjson.TypeNumber {
		return badf(name, `a point is [lon, lat], {"lon": x, "lat": y} or GeoJSON, this is %s`, quote(text))
	}
	p := record.PointValue(lon.GetFloat64(), lat.GetFloat64())
	if why := checkPoint(p); why != "" {
		return badf(name, "%s", why)
	}
	return t.put(i, p)
}

func checkPoint(p record.Value) string {
	if !(p.F >= -180 && p.F <= 180) || !(p.Lat >= -90 && p.Lat <= 90) {
		return fmt.Sprintf("the point (%v, %v) is outside longitude [-180, 180] and latitude [-90, 90]", p.F, p.Lat)
	}
	return ""
}
