package record

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends v as JSON: numbers as numbers (NaN and infinities as
// null), timestamps as RFC 3339 with Z, points as [lon,lat], arrays as lists,
// JSON as it is, everything else as a string of its Text.
func AppendJSON(dst []byte, v Value) []byte {
	if !v.Valid {
		return append(dst, "null"...)
	}
	switch v.Type.Kind {
	case Bool, Int64, Decimal:
		return v.AppendText(dst)
	case Float64:
		return appendJSONFloat(dst, v.F)
	case Timestamp:
		return append(appendTimestamp(append(dst, '"'), v.I, 'T'), 'Z', '"')
	case Point:
		dst = appendJSONFloat(append(dst, '['), v.F)
		return append(appendJSONFloat(append(dst, ','), v.Lat), ']')
	case JSON:
		return append(dst, v.S...)
	case Keyword, Text:
		return AppendJSONString(dst, v.S)
	case KeywordArray, Int64Array, Float64Array:
		dst = append(dst, '[')
		for i, e := range v.Elems {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, e)
		}
		return append(dst, ']')
	}
	return AppendJSONString(dst, v.Text())
}

func appendJSONFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// AppendJSONString appends s as a JSON string. A byte that is not UTF-8
// becomes U+FFFD.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	plain := 0 // start of what was not yet copied
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = appendEscape(append(dst, s[plain:i]...), c)
			i++
			plain = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(append(dst, s[plain:i]...), "\ufffd"...)
			plain = i + 1
		}
		i += n
	}
	return append(append(dst, s[plain:]...), '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const hexDigits = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
