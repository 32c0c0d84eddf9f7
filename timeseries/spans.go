package timeseries

import "slices"

// span is [lo, hi) of rows, or of series. Lists of spans are sorted and apart
// from one another.
type span struct{ lo, hi int }

// add appends a span that begins at or after the end of the last one.
func add(list []span, lo, hi int) []span {
	if lo >= hi {
		return list
	}
	if n := len(list); n > 0 && list[n-1].hi == lo {
		list[n-1].hi = hi
		return list
	}
	return append(list, span{lo, hi})
}

// intersect returns what is in both.
func intersect(a, b []span) []span {
	var out []span
	for len(a) > 0 && len(b) > 0 {
		out = add(out, max(a[0].lo, b[0].lo), min(a[0].hi, b[0].hi))
		if a[0].hi < b[0].hi {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

// unite returns what is in any of the lists.
func unite(lists ...[]span) []span {
	all := slices.Concat(lists...)
	slices.SortFunc(all, func(a, b span) int { return a.lo - b.lo })
	var out []span
	for _, s := range all {
		if n := len(out); n > 0 && s.lo <= out[n-1].hi {
			out[n-1].hi = max(out[n-1].hi, s.hi)
			continue
		}
		out = add(out, s.lo, s.hi)
	}
	return out
}

// without returns [0, n) less list.
func without(n int, list []span) []span {
	var out []span
	at := 0
	for _, s := range list {
		out = add(out, at, s.lo)
		at = s.hi
	}
	return add(out, at, n)
}

// size is how many numbers are in the list.
func size(list []span) int {
	n := 0
	for _, s := range list {
		n += s.hi - s.lo
	}
	return n
}
