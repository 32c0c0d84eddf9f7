package store

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// sortKeys are the columns that a layout orders rows by, the first one first; nil
// leaves rows as they are.
type sortKeys []sortKey

// sortKey is one of them, as the values of all rows or, where text repeats, as
// the place of each row's value among all: 4 bytes a row, and quick to compare.
type sortKey struct {
	values *record.Column
	ranks  []uint32 // nullRank for NULL
}

const nullRank = math.MaxUint32 // NULL is last

// orderKeys reads the columns that l orders rows of src by. Those that src does
// not hold are the same in all rows.
func orderKeys(l engines.Layout, src engines.Columns) (out sortKeys, err error) {
	for _, id := range l.OrderBy {
		r := src.Column(id)
		if r == nil {
			continue
		}
		var k sortKey
		if r.Field().Type.Storage() == record.Strs {
			k.ranks, err = ranked(r, src.Rows())
		}
		if err == nil && k.ranks == nil {
			k.values, err = whole(src, id)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

// ranked returns the ranks of n rows of text; nil if more than one value in
// four is new.
func ranked(r engines.ColumnReader, n int) ([]uint32, error) {
	var in codec.Interner
	ranks := make([]uint32, 0, n)
	for b := 0; len(ranks) < n; b++ {
		blk, err := r.Block(b)
		if err != nil {
			return nil, err
		}
		for i := range blk.N {
			if blk.IsNull(i) {
				ranks = append(ranks, nullRank)
			} else {
				ranks = append(ranks, in.Code(blk.StringAt(i)))
			}
		}
		if in.Len() > len(ranks)/4 {
			return nil, nil
		}
	}
	_, place := in.Dict()
	for i, id := range ranks {
		if id != nullRank {
			ranks[i] = place[id]
		}
	}
	return ranks, nil
}

// sort sorts row numbers, which are ascending; nil stands for all n. Ties stay
// in their order. Without keys it returns what it was given.
func (ks sortKeys) sort(order []rows.Num, n int) []rows.Num {
	if len(ks) == 0 {
		return order
	}
	if order == nil {
		order = make([]rows.Num, n)
		for i := range order {
			order[i] = rows.Num(i)
		}
	}
	slices.SortStableFunc(order, func(a, b rows.Num) int {
		for i := range ks {
			if c := ks[i].compare(int(a), int(b)); c != 0 {
				return c
			}
		}
		return 0
	})
	return order
}

func (k *sortKey) compare(a, b int) int {
	if k.ranks != nil {
		return cmp.Compare(k.ranks[a], k.ranks[b])
	}
	return compareRows(k.values, a, b)
}

// compareRows orders two rows of a column, NULL last.
func compareRows(c *record.Column, a, b int) int {
	if an, bn := c.IsNull(a), c.IsNull(b); an || bn {
		switch {
		case an && bn:
			return 0
		case an:
			return 1
		}
		return -1
	}
	switch c.Type.Storage() {
	case record.Ints:
		return cmp.Compare(c.Ints[a], c.Ints[b])
	case record.Strs:
		return strings.Compare(c.Strs.At(a), c.Strs.At(b))
	}
	return record.Compare(c.Value(a), c.Value(b))
}
