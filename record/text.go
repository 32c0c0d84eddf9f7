package record

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"
)

// Text returns v as PostgreSQL prints it, except that booleans are "true" and
// "false"; NULL is "". ParseText reads it back to the same value.
func (v Value) Text() string { return string(v.AppendText(nil)) }

// AppendText appends Text.
func (v Value) AppendText(dst []byte) []byte {
	if !v.Valid {
		return dst
	}
	switch v.Type.Kind {
	case Bool:
		return strconv.AppendBool(dst, v.I != 0)
	case Int64:
		return strconv.AppendInt(dst, v.I, 10)
	case Float64:
		return appendFloatText(dst, v.F)
	case Decimal:
		return appendDecimal(dst, v.I, int(v.Type.Scale))
	case Timestamp:
		return appendTimestamp(dst, v.I, ' ')
	case Date:
		return appendDate(dst, v.I)
	case Interval:
		return appendSpan(dst, v.Span)
	case Point:
		dst = strconv.AppendFloat(append(dst, "POINT("...), v.F, 'f', -1, 64)
		dst = strconv.AppendFloat(append(dst, ' '), v.Lat, 'f', -1, 64)
		return append(dst, ')')
	case Bytes:
		return hex.AppendEncode(append(dst, `\x`...), []byte(v.S))
	case Geometry:
		return append(dst, strings.ToUpper(hex.EncodeToString([]byte(v.S)))...)
	case KeywordArray, Int64Array, Float64Array:
		return appendArray(dst, v.Elems)
	}
	return append(dst, v.S...)
}

// appendFloatText prints the shortest digits that read back as f, in
// PostgreSQL's choice between plain and scientific form.
func appendFloatText(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e15) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// appendDecimal prints unscaled times 10^-scale with all its decimals.
func appendDecimal(dst []byte, unscaled int64, scale int) []byte {
	if unscaled < 0 {
		dst = append(dst, '-')
	}
	digits := strconv.FormatUint(magnitude(unscaled), 10)
	if scale == 0 {
		return append(dst, digits...)
	}
	for len(digits) <= scale {
		digits = "0" + digits
	}
	dst = append(dst, digits[:len(digits)-scale]...)
	return append(append(dst, '.'), digits[len(digits)-scale:]...)
}

// appendTimestamp prints date, sep and time of day, with the decimals that are not zero.
func appendTimestamp(dst []byte, ns int64, sep byte) []byte {
	t := time.Unix(0, ns).UTC()
	dst = append(t.AppendFormat(dst, "2006-01-02"), sep)
	return t.AppendFormat(dst, "15:04:05.999999999")
}

func appendDate(dst []byte, days int64) []byte {
	t := time.Unix(days*86400, 0).UTC()
	year, month, day := t.Date()
	suffix := ""
	if year <= 0 {
		year, suffix = 1-year, " BC"
	}
	dst = appendPadded(dst, year, 4)
	dst = appendPadded(append(dst, '-'), int(month), 2)
	dst = appendPadded(append(dst, '-'), day, 2)
	return append(dst, suffix...)
}

func appendPadded(dst []byte, n, width int) []byte {
	s := strconv.Itoa(n)
	for range width - len(s) {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}

// appendSpan prints an interval in PostgreSQL's style: a part after a negative
// one shows its plus.
func appendSpan(dst []byte, s Span) []byte {
	start, before := len(dst), false
	part := func(n int64, unit string) {
		if n == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if before && n > 0 {
			dst = append(dst, '+')
		}
		dst = append(append(strconv.AppendInt(dst, n, 10), ' '), unit...)
		if n != 1 {
			dst = append(dst, 's')
		}
		before = n < 0
	}
	part(s.Months/12, "year")
	part(s.Months%12, "mon")
	part(s.Days, "day")
	if s.Nanos == 0 && len(dst) > start {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	switch {
	case s.Nanos < 0:
		dst = append(dst, '-')
	case before:
		dst = append(dst, '+')
	}
	return appendClock(dst, magnitude(s.Nanos))
}

// appendClock prints hh:mm:ss[.fraction]; hours may have more digits.
func appendClock(dst []byte, ns uint64) []byte {
	dst = appendPadded(dst, int(ns/3600e9), 2)
	dst = appendPadded(append(dst, ':'), int(ns/60e9%60), 2)
	dst = appendPadded(append(dst, ':'), int(ns/1e9%60), 2)
	if frac := ns % 1e9; frac != 0 {
		digits := appendPadded(nil, int(frac), 9)
		dst = append(append(dst, '.'), strings.TrimRight(string(digits), "0")...)
	}
	return dst
}

func appendArray(dst []byte, elems []Value) []byte {
	dst = append(dst, '{')
	for i, e := range elems {
		if i > 0 {
			dst = append(dst, ',')
		}
		text := e.Text()
		if !e.Type.IsString() || plainElement(text) {
			dst = append(dst, text...)
			continue
		}
		dst = append(dst, '"')
		dst = append(dst, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)...)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

// plainElement reports whether text needs no quotes within {}.
func plainElement(text string) bool {
	return text != "" && !strings.EqualFold(text, "null") && !strings.ContainsAny(text, "{},\"\\ \t\n\r\v\f")
}

// SQL returns v as a literal that reads back as the same value and type.
func (v Value) SQL() string {
	if !v.Valid {
		return "NULL"
	}
	text := v.Text()
	switch v.Type.Kind {
	case Bool:
		return strings.ToUpper(text)
	case Int64, Decimal:
		return text
	case Float64:
		if !strings.ContainsAny(text, "eNI") {
			return text + "::DOUBLE"
		}
	}
	quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	switch v.Type.Kind {
	case Keyword, Text:
		return quoted
	case Timestamp, Date, Interval:
		return v.Type.String() + " " + quoted
	}
	return quoted + "::" + v.Type.String()
}
