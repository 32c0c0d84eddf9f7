package codec

import (
	"sort"
	"strings"

	"github.com/quindex/quindex/record"
)

// Among returns the codes of those of values, sorted strings, that the
// dictionary holds. Each of the two lists is gone over in leaps to where the
// other has got, so that a short one costs little beside a long one.
func (d *Dict) Among(values []record.Value) []Span {
	var out []Span
	for at, i := 0, 0; at < d.Len() && i < len(values); {
		have := d.Strs.At(at)
		switch c := strings.Compare(have, values[i].S); {
		case c < 0:
			at, _ = d.FindFrom(at, values[i].S)
		case c > 0:
			i = leap(i, len(values), func(i int) bool { return values[i].S >= have })
		default:
			if n := len(out); n > 0 && out[n-1].Hi == int64(at)-1 {
				out[n-1].Hi++
			} else {
				out = append(out, Span{Lo: int64(at), Hi: int64(at)})
			}
			at, i = at+1, i+1
		}
	}
	return out
}

// FindFrom is Find, fast where s is not far above the place near: values of a
// list come sorted.
func (d *Dict) FindFrom(near int, s string) (at int, found bool) {
	n := d.Len()
	if near > 0 && (near > n || d.Strs.At(near-1) >= s) {
		return d.Find(s)
	}
	at = leap(near, n, func(i int) bool { return d.Strs.At(i) >= s })
	return at, at < n && d.Strs.At(at) == s
}

// leap returns the first of [from, n) for which is holds, n if none does; is
// must stay true once it is. It is fast where that is near.
func leap(from, n int, is func(int) bool) int {
	lo, hi, step := from, from, 1
	for hi < n && !is(hi) {
		lo, hi, step = hi+1, hi+step, 2*step
	}
	hi = min(hi, n)
	return lo + sort.Search(hi-lo, func(i int) bool { return is(lo + i) })
}
