package record

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/quindex/quindex/fault"
)

// SQLSTATEs of values that cannot be.
const (
	codeBadText    = fault.Code("22P02") // invalid text representation
	codeOutOfRange = fault.Code("22003") // numeric value out of range
	codeBadTime    = fault.Code("22007") // invalid datetime format
	codeTimeRange  = fault.Code("22008") // datetime field overflow
	codeEncoding   = fault.Code("22021") // character not in repertoire
)

// ParseText reads a value of type t in PostgreSQL's input syntax. Space
// around anything but a string is ignored.
func ParseText(t Type, s string) (Value, error) {
	v := Value{Type: t, Valid: true}
	var err error
	switch t.Kind {
	case Bool:
		v.I, err = parseBool(s)
	case Int64:
		v.I, err = parseInt(strings.TrimSpace(s))
	case Float64:
		v.F, err = parseFloat(strings.TrimSpace(s))
	case Decimal:
		v.I, err = parseDecimal(t, strings.TrimSpace(s))
	case Timestamp:
		v.I, err = parseTimestamp(strings.TrimSpace(s))
	case Date:
		v.I, err = parseDate(strings.TrimSpace(s))
	case Interval:
		v.Span, err = parseSpan(strings.TrimSpace(s))
	case Point:
		v.F, v.Lat, err = parsePoint(strings.TrimSpace(s))
	case Geometry:
		v.S, err = parseGeometry(strings.TrimSpace(s))
	case Bytes:
		v.S, err = parseBytes(s)
	case KeywordArray, Int64Array, Float64Array:
		v.Elems, err = parseArray(t.Elem(), strings.TrimSpace(s))
	default:
		v.S, err = s, checkString(t, s)
	}
	if err != nil {
		return NullOf(t), fault.E("record: parse", fault.Item(t.String()), err)
	}
	return v, nil
}

// bad is an error about the text s of a value.
func bad(code fault.Code, s, why string) error {
	return fault.E(quoteShort(s), fault.Invalid, code, why)
}

// quoteShort quotes s for a message, cut where it is long.
func quoteShort(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "…"
	}
	return strconv.Quote(s)
}

func checkString(t Type, s string) error {
	switch {
	case t.Storage() != Strs:
		return fault.E(quoteShort(s), fault.Invalid, codeBadText, "no value has this type")
	case !utf8.ValidString(s):
		return bad(codeEncoding, s, "is not valid UTF-8")
	case t.Kind == JSON && !json.Valid([]byte(s)):
		return bad(codeBadText, s, "is not JSON")
	}
	return nil
}

func parseBool(s string) (int64, error) {
	word := strings.ToLower(strings.TrimSpace(s))
	switch word {
	case "1", "t", "tr", "tru", "true", "y", "ye", "yes", "on":
		return 1, nil
	case "0", "f", "fa", "fal", "fals", "false", "n", "no", "of", "off":
		return 0, nil
	}
	return 0, bad(codeBadText, s, "is not true or false")
}

func parseInt(s string) (int64, error) {
	i, err := strconv.ParseInt(s, 10, 64)
	switch e, _ := err.(*strconv.NumError); {
	case err == nil:
		return i, nil
	case e != nil && e.Err == strconv.ErrRange:
		return 0, bad(codeOutOfRange, s, "is out of range: want -9223372036854775808 to 9223372036854775807")
	}
	return 0, bad(codeBadText, s, "is not an integer")
}

func parseFloat(s string) (float64, error) {
	if strings.ContainsAny(s, "_xXpP") { // Go's syntax, not SQL's
		return 0, bad(codeBadText, s, "is not a number")
	}
	f, err := strconv.ParseFloat(s, 64)
	switch e, _ := err.(*strconv.NumError); {
	case err == nil:
		return f, nil
	case e != nil && e.Err == strconv.ErrRange:
		return 0, bad(codeOutOfRange, s, "is out of range for a DOUBLE")
	}
	return 0, bad(codeBadText, s, "is not a number")
}

// parseDecimal returns s times 10^scale, rounded half away from zero.
func parseDecimal(t Type, s string) (int64, error) {
	digits, point, negative, ok := splitNumber(s)
	if !ok {
		return 0, bad(codeBadText, s, "is not a decimal number")
	}
	keep := point + int(t.Scale) // digits before the one that decides the rounding
	v := uint64(0)
	for i := range keep {
		if v >= uint64(Pow10(MaxDigits)) {
			break
		}
		v *= 10
		if i < len(digits) {
			v += uint64(digits[i] - '0')
		} else if v == 0 {
			break
		}
	}
	if keep >= 0 && keep < len(digits) && digits[keep] >= '5' {
		v++
	}
	if v >= uint64(Pow10(int(t.Precision))) {
		return 0, bad(codeOutOfRange, s, "has more digits than "+t.String()+" holds")
	}
	if negative {
		return -int64(v), nil
	}
	return int64(v), nil
}

// splitNumber takes [+-]digits[.digits][e[+-]digits] apart: the number is
// 0.digits times 10^point. Leading zeros are dropped.
func splitNumber(s string) (digits string, point int, negative, ok bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative, s = s[0] == '-', s[1:]
	}
	mantissa, exponent, hasExponent := s, "", false
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent, hasExponent = s[:i], s[i+1:], true
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	digits = whole + frac
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", 0, false, false
	}
	point = len(whole)
	if hasExponent {
		e, err := strconv.ParseInt(exponent, 10, 64)
		if n, _ := err.(*strconv.NumError); n != nil && n.Err != strconv.ErrRange {
			return "", 0, false, false
		}
		point += int(max(-1<<20, min(1<<20, e))) // beyond: all zeros, or out of range
	}
	trimmed := strings.TrimLeft(digits, "0")
	if trimmed == "" {
		return "", 0, negative, true
	}
	return trimmed, point - (len(digits) - len(trimmed)), negative, true
}

// parsePoint takes POINT(lon lat), (lon,lat), [lon,lat] and lon,lat.
func parsePoint(s string) (lon, lat float64, err error) {
	body := s
	if len(s) >= 5 && strings.EqualFold(s[:5], "point") {
		body = strings.TrimSpace(s[5:])
		if !strings.HasPrefix(body, "(") {
			return 0, 0, bad(codeBadText, s, "is not a point: want POINT(lon lat)")
		}
	}
	for _, pair := range []string{"()", "[]"} {
		if len(body) >= 2 && body[0] == pair[0] && body[len(body)-1] == pair[1] {
			body = body[1 : len(body)-1]
			break
		}
	}
	parts := strings.FieldsFunc(body, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' })
	if len(parts) != 2 || strings.Count(body, ",") > 1 {
		return 0, 0, bad(codeBadText, s, "is not a point: want POINT(lon lat) or lon,lat")
	}
	if lon, err = parseFloat(parts[0]); err == nil {
		lat, err = parseFloat(parts[1])
	}
	if err != nil {
		return 0, 0, bad(codeBadText, s, "is not a point: want two numbers")
	}
	return lon, lat, CheckPoint(lon, lat)
}

// CheckPoint fails unless lon is in [-180, 180] and lat in [-90, 90].
func CheckPoint(lon, lat float64) error {
	switch {
	case !(lon >= -180 && lon <= 180): // also NaN
		return fault.Errorf("record: point", fault.Invalid, "longitude %v, want -180 to 180: %w", lon, errRange)
	case !(lat >= -90 && lat <= 90):
		return fault.Errorf("record: point", fault.Invalid, "latitude %v, want -90 to 90: %w", lat, errRange)
	}
	return nil
}

// errRange carries the SQLSTATE of a number that is too large or too small.
var errRange = fault.E("numeric value", fault.Invalid, codeOutOfRange, "out of range")

func parseGeometry(s string) (string, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) < 5 || b[0] > 1 {
		return "", fault.E(quoteShort(s), fault.Invalid, codeBadText, fault.Hint("ST_GeomFromText reads WKT, ST_GeomFromGeoJSON reads GeoJSON"), "is not WKB in hexadecimal")
	}
	return string(b), nil
}

// parseBytes takes \x and hexadecimal digits, or text with \\ and \ooo.
func parseBytes(s string) (string, error) {
	if strings.HasPrefix(s, `\x`) {
		b, err := hex.DecodeString(s[2:])
		if err != nil {
			return "", bad(codeBadText, s, "is not hexadecimal after \\x")
		}
		return string(b), nil
	}
	var out []byte
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case strings.HasPrefix(s[i:], `\\`):
			out = append(out, '\\')
			i++
		default:
			n, err := strconv.ParseUint(s[i+1:min(i+4, len(s))], 8, 8)
			if err != nil || i+4 > len(s) {
				return "", bad(codeBadText, s, `has a backslash that begins neither \\ nor \ooo`)
			}
			out = append(out, byte(n))
			i += 3
		}
	}
	return string(out), nil
}

// parseArray takes {a,"b c"} and JSON lists.
func parseArray(elem Type, s string) ([]Value, error) {
	var items []string
	var err error
	switch {
	case strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]"):
		items, err = jsonItems(s)
	case strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}"):
		items, err = braceItems(s)
	default:
		err = bad(codeBadText, s, "is not an array: want {a,b} or a JSON list")
	}
	if err != nil {
		return nil, err
	}
	out := make([]Value, len(items))
	for i, item := range items {
		if out[i], err = ParseText(elem, item); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func jsonItems(s string) ([]string, error) {
	var list []any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if err := d.Decode(&list); err != nil || d.More() {
		return nil, bad(codeBadText, s, "is not a JSON list")
	}
	var out []string
	for _, item := range list {
		switch item := item.(type) {
		case string:
			out = append(out, item)
		case json.Number:
			out = append(out, item.String())
		case bool:
			out = append(out, strconv.FormatBool(item))
		default:
			return nil, bad(codeBadText, s, "has an element that is null, a list or an object")
		}
	}
	return out, nil
}

func braceItems(s string) ([]string, error) {
	rest := strings.TrimSpace(s[1 : len(s)-1])
	if rest == "" {
		return nil, nil
	}
	var out []string
	for {
		item, quoted, tail, ok := braceItem(rest)
		if !ok || !quoted && (item == "" || strings.EqualFold(item, "null")) {
			return nil, bad(codeBadText, s, "has an element that is empty, NULL or malformed")
		}
		out = append(out, item)
		if tail == "" {
			return out, nil
		}
		if tail[0] != ',' {
			return nil, bad(codeBadText, s, "has no comma after an element")
		}
		rest = strings.TrimSpace(tail[1:])
	}
}

// braceItem takes one element and what follows it.
func braceItem(s string) (item string, quoted bool, tail string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexAny(s, ",{}\"")
		if i < 0 {
			i = len(s)
		} else if s[i] != ',' {
			return "", false, "", false
		}
		return strings.TrimSpace(s[:i]), false, s[i:], true
	}
	var out []byte
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return string(out), true, strings.TrimSpace(s[i+1:]), true
		case '\\':
			i++
			if i == len(s) {
				return "", false, "", false
			}
		}
		out = append(out, s[i])
	}
	return "", false, "", false
}

// roundEven returns f rounded half to even as an integer, or false if it does not fit.
func roundEven(f float64) (int64, bool) {
	f = math.RoundToEven(f)
	if !(f >= -1<<63 && f < 1<<63) {
		return 0, false
	}
	return int64(f), true
}
