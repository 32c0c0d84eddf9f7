package graph

import (
	"bytes"
	"slices"
	"sort"

	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/record"
)

// dict is the distinct keys of one column of a segment, ascending; a key's
// place is its local number.
type dict struct {
	n    int
	ints []int64 // BIGINT keys; else
	strs record.Strings
	str  bool
}

// dict returns the keys of column i of the section, checked.
func (s *section) dict(i int) (*dict, error) {
	d := &dict{n: s.keys[i], str: s.strs[i]}
	keys, err := s.part(i*sideParts + partKeys)
	if err != nil {
		return nil, err
	}
	if !d.str {
		d.ints = frame.View[int64](keys, d.n)
		for k := 1; k < d.n; k++ {
			if d.ints[k-1] >= d.ints[k] {
				return nil, corrupt("key %d is not above the one before", k)
			}
		}
		return d, nil
	}
	if d.strs.Data, err = s.part(i*sideParts + partBytes); err != nil {
		return nil, err
	}
	d.strs.Off = frame.View[uint32](keys, d.n+1)
	if d.strs.Off[0] != 0 || int(d.strs.Off[d.n]) != len(d.strs.Data) {
		return nil, corrupt("keys from byte %d to %d, want 0 to %d", d.strs.Off[0], d.strs.Off[d.n], len(d.strs.Data))
	}
	for k := range d.n {
		if d.strs.Off[k] > d.strs.Off[k+1] || int(d.strs.Off[k+1]) > len(d.strs.Data) {
			return nil, corrupt("key %d ends at byte %d", k, d.strs.Off[k+1])
		}
		if k > 0 && bytes.Compare(d.strs.Bytes(k-1), d.strs.Bytes(k)) >= 0 {
			return nil, corrupt("key %d is not above the one before", k)
		}
	}
	return d, nil
}

// column returns keys [lo, hi) as a column of type t, which shares their memory.
func (d *dict) column(t record.Type, lo, hi int) *record.Column {
	c := &record.Column{Type: t, N: hi - lo}
	if d.str {
		c.Strs = record.Strings{Off: d.strs.Off[lo : hi+1], Data: d.strs.Data}
	} else {
		c.Ints = d.ints[lo:hi]
	}
	return c
}

// find returns the number of the key that equals v, at or above from, and the
// first number that a greater value can have.
func (d *dict) find(v record.Value, from int) (num uint32, next int, ok bool) {
	if d.str {
		if v.Type.Storage() != record.Strs {
			return 0, from, false
		}
		at := gallop(from, d.n, func(k int) bool { return d.strs.At(k) >= v.S })
		return uint32(at), at, at < d.n && d.strs.At(at) == v.S
	}
	i, whole := wholeNumber(v)
	if !whole {
		return 0, from, false
	}
	at := gallop(from, d.n, func(k int) bool { return d.ints[k] >= i })
	return uint32(at), at, at < d.n && d.ints[at] == i
}

// gallop returns the first k in [from, n) where reached is true, else n: in
// steps that double, as the next key of a sorted list is often near.
func gallop(from, n int, reached func(k int) bool) int {
	step := 1
	for from+step < n && !reached(from+step) {
		from += step
		step *= 2
	}
	hi := min(from+step, n)
	return from + sort.Search(hi-from, func(i int) bool { return reached(from + i) })
}

// wholeNumber returns the BIGINT that equals v, and false if there is none.
func wholeNumber(v record.Value) (int64, bool) {
	switch v.Type.Kind {
	case record.Int64:
		return v.I, true
	case record.Decimal:
		p := record.Pow10(int(v.Type.Scale))
		return v.I / p, v.I%p == 0
	case record.Float64:
		if v.F >= -1<<63 && v.F < 1<<63 && float64(int64(v.F)) == v.F {
			return int64(v.F), true
		}
	}
	return 0, false
}

// bytes returns the keys as they lie in a section: the part of the keys and
// that of the strings' bytes.
func (d *dict) bytes() (keys, text []byte) {
	if !d.str {
		return frame.Bytes(d.ints), nil
	}
	return frame.Bytes(d.strs.Off), d.strs.Data
}

// sortedDict makes the dictionary of distinct keys, and says which place each got.
func sortedDict(keys *record.Column) (*dict, []uint32) {
	d := &dict{n: keys.N, str: keys.Type.Storage() == record.Strs}
	order := make([]uint32, keys.N)
	for i := range order {
		order[i] = uint32(i)
	}
	compare := func(a, b uint32) int { return bytes.Compare(keys.Strs.Bytes(int(a)), keys.Strs.Bytes(int(b))) }
	if !d.str {
		compare = func(a, b uint32) int {
			if keys.Ints[a] < keys.Ints[b] {
				return -1
			}
			return 1
		}
	}
	if !slices.IsSortedFunc(order, compare) {
		slices.SortFunc(order, compare)
	}
	sorted := record.NewColumn(keys.Type, keys.N)
	sorted.Take(keys, order)
	d.ints, d.strs = sorted.Ints, sorted.Strs
	place := make([]uint32, keys.N)
	for to, from := range order {
		place[from] = uint32(to)
	}
	return d, place
}
