package scalar

import (
	"crypto/md5"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/quindex/quindex/record"
)

func lower(s string) string { return strings.ToLower(s) }
func upper(s string) string { return strings.ToUpper(s) }

func textual(f func(string) string) function {
	return func(a Values, _ record.Type) (record.Value, error) { return text(f(a[0].S)) }
}

func reverse(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

func length(a Values, _ record.Type) (record.Value, error) {
	if a[0].Type.Kind == record.Bytes {
		return integer(int64(len(a[0].S)))
	}
	return integer(int64(utf8.RuneCountInString(a[0].S)))
}

func octets(a Values, _ record.Type) (record.Value, error) { return integer(int64(len(a[0].S))) }

// substring(s, from, count): positions before 1 count, but hold nothing.
func substring(a Values, _ record.Type) (record.Value, error) {
	r := []rune(a[0].S)
	from, to := a[1].I, int64(len(r))+1
	if len(a) > 2 {
		if a[2].I < 0 {
			return record.Value{}, bad("22011", "negative substring length")
		}
		if end := from + a[2].I; end >= from { // else past every end
			to = min(to, end)
		}
	}
	from = max(from, 1)
	if from >= to {
		return text("")
	}
	return text(string(r[from-1 : to-1]))
}

// left(s, n): all but the last -n for a negative n.
func left(a Values, _ record.Type) (record.Value, error) {
	r := []rune(a[0].S)
	n := a[1].I
	if n < 0 {
		n = max(0, int64(len(r))+n)
	}
	return text(string(r[:min(n, int64(len(r)))]))
}

func right(a Values, _ record.Type) (record.Value, error) {
	r := []rune(a[0].S)
	n := a[1].I
	if n < 0 {
		n = max(0, int64(len(r))+n)
	}
	return text(string(r[int64(len(r))-min(n, int64(len(r))):]))
}

// trim takes characters of a set, by default spaces, off the ends.
func trim(start, end bool) function {
	return func(a Values, _ record.Type) (record.Value, error) {
		set := " "
		if len(a) > 1 {
			set = a[1].S
		}
		r := []rune(a[0].S)
		for start && len(r) > 0 && strings.ContainsRune(set, r[0]) {
			r = r[1:]
		}
		for end && len(r) > 0 && strings.ContainsRune(set, r[len(r)-1]) {
			r = r[:len(r)-1]
		}
		return text(string(r))
	}
}

func replace(a Values, _ record.Type) (record.Value, error) {
	if a[1].S == "" {
		return text(a[0].S)
	}
	return text(strings.Join(strings.Split(a[0].S, a[1].S), a[2].S))
}

// position is where a[1] begins in a[0], in characters from 1, or 0.
func position(a Values, _ record.Type) (record.Value, error) {
	s, part := []rune(a[0].S), []rune(a[1].S)
	for i := 0; i+len(part) <= len(s); i++ {
		if string(s[i:i+len(part)]) == string(part) {
			return integer(int64(i) + 1)
		}
	}
	return integer(0)
}

func splitPart(a Values, _ record.Type) (record.Value, error) {
	n := a[2].I
	if n == 0 {
		return invalid("field position must not be zero")
	}
	parts := []string{a[0].S}
	if a[1].S != "" {
		parts = strings.Split(a[0].S, a[1].S)
	}
	if a[0].S == "" {
		parts = nil
	}
	if n < 0 {
		n += int64(len(parts)) + 1
	}
	if n < 1 || n > int64(len(parts)) {
		return text("")
	}
	return text(parts[n-1])
}

func startsWith(a Values, _ record.Type) (record.Value, error) {
	return boolean(len(a[0].S) >= len(a[1].S) && a[0].S[:len(a[1].S)] == a[1].S)
}

// pad fills to n characters, and cuts to n.
func pad(before bool) function {
	return func(a Values, _ record.Type) (record.Value, error) {
		s, n, fill := []rune(a[0].S), a[1].I, []rune(" ")
		if len(a) > 2 {
			fill = []rune(a[2].S)
		}
		const most = 1 << 20
		if n > most {
			return record.Value{}, ErrUnknown
		}
		n = max(n, 0)
		if int64(len(s)) >= n {
			return text(string(s[:n]))
		}
		var filling []rune
		for i := 0; len(fill) > 0 && int64(len(s)+len(filling)) < n; i++ {
			filling = append(filling, fill[i%len(fill)])
		}
		if before {
			return text(string(filling) + string(s))
		}
		return text(string(s) + string(filling))
	}
}

func repeat(a Values, _ record.Type) (record.Value, error) {
	const most = 1 << 20
	n := max(a[1].I, 0)
	if n > most || n*int64(len(a[0].S)) > most {
		return record.Value{}, ErrUnknown
	}
	return text(strings.Repeat(a[0].S, int(n)))
}

func ascii(a Values, _ record.Type) (record.Value, error) {
	for _, r := range a[0].S {
		return integer(int64(r))
	}
	return integer(0)
}

func chr(a Values, _ record.Type) (record.Value, error) {
	if a[0].I < 1 || a[0].I > utf8.MaxRune || !utf8.ValidRune(rune(a[0].I)) {
		return record.Value{}, ErrUnknown
	}
	return text(string(rune(a[0].I)))
}

func toHex(a Values, _ record.Type) (record.Value, error) {
	return text(strconv.FormatUint(uint64(a[0].I), 16))
}

func digest(a Values, _ record.Type) (record.Value, error) {
	sum := md5.Sum([]byte(a[0].S))
	return text(hex.EncodeToString(sum[:]))
}

// anyText applies f to a string, or to the elements of an array: one is enough.
func anyText(v record.Value, f func(string) bool) (record.Value, error) {
	if !v.Type.IsArray() {
		return boolean(f(v.S))
	}
	for _, e := range v.Elems {
		if f(e.S) {
			return boolean(true)
		}
	}
	return boolean(false)
}

func like(fold bool) function {
	return func(a Values, _ record.Type) (record.Value, error) {
		escape := `\`
		if len(a) > 2 {
			escape = a[2].S
		}
		if utf8.RuneCountInString(escape) > 1 {
			return record.Value{}, bad("22025", "an escape is one character")
		}
		re, err := likeRegexp(a[1].S, escape, fold)
		if err != nil {
			return record.Value{}, err
		}
		return anyText(a[0], re.MatchString)
	}
}

// likeRegexp translates a pattern of LIKE.
func likeRegexp(pattern, escape string, fold bool) (*regexp.Regexp, error) {
	out := "(?s)^"
	if fold {
		out = "(?is)^"
	}
	literal := false
	for _, r := range pattern {
		switch {
		case literal:
			out, literal = out+regexp.QuoteMeta(string(r)), false
		case string(r) == escape:
			literal = true
		case r == '%':
			out += ".*"
		case r == '_':
			out += "."
		default:
			out += regexp.QuoteMeta(string(r))
		}
	}
	if literal {
		return nil, bad("22025", "the pattern ends in its escape")
	}
	re, err := regexp.Compile(out + "$")
	if err != nil {
		return nil, bad("2201B", err.Error())
	}
	return re, nil
}

func match(fold bool) function {
	return func(a Values, _ record.Type) (record.Value, error) {
		pattern := a[1].S
		if fold {
			pattern = "(?i)" + pattern
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return record.Value{}, bad("2201B", err.Error())
		}
		return anyText(a[0], re.MatchString)
	}
}
