package eval

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// maxText is the longest string that one call may make, so that repeat and
// lpad cannot eat the memory.
const maxText = 64 << 20

// textFunc computes functions of strings. Positions count characters from 1.
func textFunc(s *site) (rowFunc, bool, error) {
	if s.name == "||" && s.t.IsString() {
		types := s.types
		return rowFunc{text: func(dst []byte, r *row) ([]byte, error) {
			return appendAny(appendAny(dst, r, 0, types[0]), r, 1, types[1]), nil
		}}, true, nil
	}
	if s.name == "length" && s.types[0].Kind == record.Bytes {
		return textFuncs["octet_length"], true, nil
	}
	fn, ok := textFuncs[s.name]
	return fn, ok, nil
}

func appendAny(dst []byte, r *row, k int, t record.Type) []byte {
	if t.IsString() {
		return append(dst, r.text(k)...)
	}
	return r.value(k).AppendText(dst)
}

var textFuncs = map[string]rowFunc{
	"lower": {sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		return mapText(dst, r.text(0), 'A', 'Z', unicode.ToLower), nil
	}},
	"upper": {sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		return mapText(dst, r.text(0), 'a', 'z', unicode.ToUpper), nil
	}},
	"initcap": {sure: true, text: func(dst []byte, r *row) ([]byte, error) { return initcap(dst, r.text(0)), nil }},
	"length": {sure: true, int: func(r *row) (int64, error) {
		return int64(utf8.RuneCountInString(r.text(0))), nil
	}},
	"octet_length": {sure: true, int: func(r *row) (int64, error) { return int64(len(r.text(0))), nil }},
	"substring": {text: func(dst []byte, r *row) ([]byte, error) {
		from, to := r.int(1), int64(1<<62)
		if r.has(2) {
			if r.int(2) < 0 {
				return nil, invalid("22011", "negative substring length %d", r.int(2))
			}
			if end := from + r.int(2); end >= from { // else: past any string
				to = end
			}
		}
		return append(dst, slice(r.text(0), from, to)...), nil
	}},
	"left": {sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		s, n := r.text(0), r.int(1)
		if n < 0 {
			n += int64(utf8.RuneCountInString(s))
		}
		return append(dst, slice(s, 1, max(n, 0)+1)...), nil
	}},
	"right": {sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		s, n := r.text(0), r.int(1)
		total := int64(utf8.RuneCountInString(s))
		if n < 0 {
			return append(dst, slice(s, min(-n, total)+1, total+1)...), nil
		}
		return append(dst, slice(s, max(total-n, 0)+1, total+1)...), nil
	}},
	"btrim": {sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		return append(dst, strings.Trim(r.text(0), cutset(r))...), nil
	}},
	"ltrim": {sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		return append(dst, strings.TrimLeft(r.text(0), cutset(r))...), nil
	}},
	"rtrim": {sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		return append(dst, strings.TrimRight(r.text(0), cutset(r))...), nil
	}},
	"replace": {text: func(dst []byte, r *row) ([]byte, error) { return replaceAll(dst, r.text(0), r.text(1), r.text(2)) }},
	"translate": {sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		return translate(dst, r.text(0), r.text(1), r.text(2)), nil
	}},
	"overlay": {text: overlay},
	"strpos": {sure: true, int: func(r *row) (int64, error) {
		i := strings.Index(r.text(0), r.text(1))
		if i < 0 {
			return 0, nil
		}
		return int64(utf8.RuneCountInString(r.text(0)[:i])) + 1, nil
	}},
	"split_part": {text: splitPart},
	"starts_with": {sure: true, int: func(r *row) (int64, error) {
		return boolInt(strings.HasPrefix(r.text(0), r.text(1))), nil
	}},
	"lpad": {text: func(dst []byte, r *row) ([]byte, error) { return pad(dst, r, true) }},
	"rpad": {text: func(dst []byte, r *row) ([]byte, error) { return pad(dst, r, false) }},
	"repeat": {text: func(dst []byte, r *row) ([]byte, error) {
		n := max(r.int(1), 0)
		if len(r.text(0)) > 0 && n > maxText/int64(len(r.text(0))) {
			return nil, errTooLong()
		}
		for range n {
			dst = append(dst, r.text(0)...)
		}
		return dst, nil
	}},
	"reverse": {sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		for s := r.text(0); len(s) > 0; {
			_, n := utf8.DecodeLastRuneInString(s)
			dst = append(dst, s[len(s)-n:]...)
			s = s[:len(s)-n]
		}
		return dst, nil
	}},
	"ascii": {sure: true, int: func(r *row) (int64, error) {
		if r.text(0) == "" {
			return 0, nil
		}
		c, _ := utf8.DecodeRuneInString(r.text(0))
		return int64(c), nil
	}},
	"chr": {text: func(dst []byte, r *row) ([]byte, error) {
		n := r.int(0)
		if n <= 0 || n > unicode.MaxRune || !utf8.ValidRune(rune(n)) {
			return nil, invalid("54000", "requested character %d is not a character", n)
		}
		return utf8.AppendRune(dst, rune(n)), nil
	}},
	"to_hex": {sure: true, text: func(dst []byte, r *row) ([]byte, error) { return strconv.AppendUint(dst, uint64(r.int(0)), 16), nil }},
	"md5": {sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		c, i := r.at(0)
		sum := md5.Sum(c.Strs.Bytes(i))
		return hex.AppendEncode(dst, sum[:]), nil
	}},
	"string_to_array": {value: func(r *row) (record.Value, error) {
		v := record.Value{Type: record.T(record.KeywordArray), Valid: true}
		if r.text(0) == "" {
			return v, nil
		}
		parts := []string{r.text(0)}
		if r.text(1) != "" {
			parts = strings.Split(r.text(0), r.text(1))
		}
		for _, p := range parts {
			v.Elems = append(v.Elems, record.KeywordValue(p))
		}
		return v, nil
	}},
}

func errTooLong() error { return invalid("54000", "string longer than %d bytes", maxText) }

// mapText changes the case of s; ASCII without looking up tables.
func mapText(dst []byte, s string, lo, hi byte, f func(rune) rune) []byte {
	at := len(dst)
	dst = append(dst, s...)
	ascii := true
	for i, c := range dst[at:] {
		if lo <= c && c <= hi {
			dst[at+i] = c ^ 0x20
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if ascii {
		return dst
	}
	dst = dst[:at]
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if lo <= c && c <= hi {
				c ^= 0x20
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, f(r))
		}
		i += n
	}
	return dst
}

func initcap(dst []byte, s string) []byte {
	inWord := false
	for _, r := range s {
		if inWord {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		} else {
			dst = utf8.AppendRune(dst, unicode.ToUpper(r))
		}
		inWord = unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return dst
}

// slice returns characters [from, to) of s, counted from 1; both may lie outside.
func slice(s string, from, to int64) string {
	if to <= from || to <= 1 {
		return ""
	}
	start, pos := len(s), int64(1)
	if from <= 1 {
		start = 0
	}
	for i := range s {
		if pos == from {
			start = i
		}
		if pos == to {
			return s[start:i]
		}
		pos++
	}
	return s[start:]
}

func cutset(r *row) string {
	if r.has(1) {
		return r.text(1)
	}
	return " "
}

func replaceAll(dst []byte, s, old, with string) ([]byte, error) {
	if old == "" {
		return append(dst, s...), nil
	}
	if n := strings.Count(s, old); n*(len(with)-len(old))+len(s) > maxText {
		return nil, errTooLong()
	}
	for {
		i := strings.Index(s, old)
		if i < 0 {
			return append(dst, s...), nil
		}
		dst = append(append(dst, s[:i]...), with...)
		s = s[i+len(old):]
	}
}

func translate(dst []byte, s, from, to string) []byte {
	target := []rune(to)
	for _, c := range s {
		k := 0
		found := false
		for _, x := range from {
			if x == c {
				found = true
				break
			}
			k++
		}
		switch {
		case !found:
			dst = utf8.AppendRune(dst, c)
		case k < len(target):
			dst = utf8.AppendRune(dst, target[k])
		}
	}
	return dst
}

// overlay is overlay(s, new, from[, count]).
func overlay(dst []byte, r *row) ([]byte, error) {
	s, with, from := r.text(0), r.text(1), r.int(2)
	n := int64(utf8.RuneCountInString(with))
	if r.has(3) {
		n = r.int(3)
	}
	if from <= 0 {
		return nil, invalid("22011", "overlay starts at %d, before the first character", from)
	}
	dst = append(append(dst, slice(s, 1, from)...), with...)
	if end := from + n; end >= from || n < 0 {
		dst = append(dst, slice(s, max(end, 1), 1<<62)...)
	}
	return dst, nil
}

func splitPart(dst []byte, r *row) ([]byte, error) {
	s, sep, n := r.text(0), r.text(1), r.int(2)
	switch {
	case n == 0:
		return nil, invalid("22023", "field position must not be zero")
	case sep == "":
		if n == 1 || n == -1 {
			dst = append(dst, s...)
		}
		return dst, nil
	case n < 0:
		n += int64(strings.Count(s, sep)) + 2
	}
	for ; n > 1; n-- {
		i := strings.Index(s, sep)
		if i < 0 {
			return dst, nil
		}
		s = s[i+len(sep):]
	}
	if n < 1 {
		return dst, nil
	}
	s, _, _ = strings.Cut(s, sep)
	return append(dst, s...), nil
}

// pad is lpad and rpad: cut or filled to n characters.
func pad(dst []byte, r *row, left bool) ([]byte, error) {
	s, n, with := r.text(0), r.int(1), " "
	if r.has(2) {
		with = r.text(2)
	}
	missing := n - int64(utf8.RuneCountInString(s))
	if missing <= 0 || with == "" {
		return append(dst, slice(s, 1, max(n, 0)+1)...), nil
	}
	if missing > maxText/utf8.UTFMax {
		return nil, errTooLong()
	}
	if !left {
		dst = append(dst, s...)
	}
	for rest := missing; rest > 0; {
		part := slice(with, 1, rest+1)
		dst = append(dst, part...)
		rest -= int64(utf8.RuneCountInString(part))
	}
	if left {
		dst = append(dst, s...)
	}
	return dst, nil
}

// concat compiles concat and concat_ws, which leave NULLs out.
func (c *compiler) concat(e plan.Call, a args) (node, error) {
	types := make([]record.Type, len(a))
	for i, x := range e.Args {
		types[i] = x.Type()
	}
	first := 0
	if e.Func == "concat_ws" {
		first = 1
	}
	fn := rowFunc{lax: true, sure: true, text: func(dst []byte, r *row) ([]byte, error) {
		if first == 1 && r.null(0) {
			return nil, errNull
		}
		started := false
		for k := first; k < len(types); k++ {
			if r.null(k) {
				continue
			}
			if started && first == 1 {
				dst = append(dst, r.text(0)...)
			}
			dst, started = appendAny(dst, r, k, types[k]), true
		}
		return dst, nil
	}}
	return &rowwise{id: c.slot(), args: a, t: e.T, name: e.Func, fn: fn}, nil
}
