package columnar

import (
	"math"
	"math/bits"
	"slices"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/rows"
)

// sparser is the number of rows of a block for each selected one from which
// those are looked at one by one: 2,000 single looks take as long as a kernel
// over the bytes of 65,536 rows (BenchmarkSparse on 2026-11-21).
const sparser = 32

func (l *leaf) run(b int, in *codec.Sel, st codec.State) (codec.State, error) {
	switch l.zone(b) {
	case codec.None:
		return codec.None, nil
	case codec.All:
		return st, nil
	}
	if !l.negate && l.keys != nil {
		if may, err := l.col.mayHold(b, l.keys); err != nil || !may {
			return codec.None, err
		}
	}
	blk, err := l.col.Block(b)
	if err != nil {
		return codec.None, err
	}
	if l.set == nil || st == codec.Some && codec.Count(in)*sparser < blk.N {
		return l.runSparse(blk, in, st), nil
	}
	var out codec.Sel
	got, done := l.scanFine(b, blk, &out)
	if !done {
		got = l.scan(blk, &out)
	}
	if l.negate {
		got = codec.NotSel(&out, got, blk.N)
	}
	got = blk.AndValid(&out, got)
	return codec.AndSel(in, st, &out, got), nil
}

// runSparse looks at the selected rows one by one.
func (l *leaf) runSparse(blk *codec.Block, in *codec.Sel, st codec.State) codec.State {
	if st = blk.AndValid(in, st); st == codec.All {
		codec.FillSel(in, blk.N)
	}
	if st == codec.None {
		return codec.None
	}
	left := uint64(0)
	for w, m := range in {
		keep := m
		for ; m != 0; m &= m - 1 {
			if i := bits.TrailingZeros64(m); l.hasRow(blk, w<<6|i) == l.negate {
				keep &^= 1 << uint(i)
			}
		}
		in[w] = keep
		left |= keep
	}
	if left == 0 {
		return codec.None
	}
	return codec.Some
}

// hasRow reports whether row i, which is not NULL, has a value in the set.
func (l *leaf) hasRow(blk *codec.Block, i int) bool {
	if blk.Elem == nil {
		return l.has(blk, i)
	}
	for j := blk.Off[i]; j < blk.Off[i+1]; j++ {
		if l.has(blk.Elem, int(j)) {
			return true
		}
	}
	return false
}

func (l *leaf) has(vals *codec.Block, i int) bool {
	switch {
	case l.set == nil:
		return l.test(vals, i)
	case l.floats():
		return l.set.Has(floatKey(vals.FloatAt(i)))
	}
	return l.set.Has(vals.Ints.At(i))
}

// scan runs the kernel over the block's values: the rows with a value in the
// set, NULL rows at will.
func (l *leaf) scan(blk *codec.Block, out *codec.Sel) codec.State {
	switch {
	case blk.Elem != nil:
		return l.scanArrays(blk, out)
	case !l.floats():
		return blk.Ints.Select(l.set, out)
	}
	return scanFloats(blk, l.set, out)
}

func scanFloats(blk *codec.Block, set *codec.IntSet, out *codec.Sel) codec.State {
	total := codec.None
	var part codec.Sel
	for i, p := range set.Spans() {
		dst := &part
		if i == 0 {
			dst = out
		}
		lo, hi, nan := floatRange(p)
		st := blk.RangeFloats(lo, hi, nan, dst)
		if i == 0 {
			total = st
		} else {
			total = codec.OrSel(out, total, &part, st)
		}
	}
	return total
}

// floatRange turns keys back into floats: [lo, hi] and whether NaN is in.
func floatRange(p codec.Span) (lo, hi float64, nan bool) {
	switch {
	case p.Lo == nanKey:
		return 1, 0, true
	case p.Hi == nanKey:
		return keyFloat(p.Lo), math.Inf(1), true
	}
	return keyFloat(p.Lo), keyFloat(p.Hi), false
}

// scanArrays selects the elements, then the rows that have a selected one.
func (l *leaf) scanArrays(blk *codec.Block, out *codec.Sel) codec.State {
	if l.floats() {
		return l.scanRows(blk, out)
	}
	hit := make([]uint64, (blk.Elem.N+63)/64)
	switch blk.Elem.Ints.SelectBits(l.set, hit) {
	case codec.None:
		return codec.None
	case codec.All:
		for w := range hit {
			hit[w] = ^uint64(0)
		}
	}
	clear(out[:])
	for i := range blk.N {
		for j := blk.Off[i]; j < blk.Off[i+1]; j++ {
			if hit[j>>6]>>(j&63)&1 != 0 {
				out[i>>6] |= 1 << (uint(i) & 63)
				break
			}
		}
	}
	return codec.Some
}

func (l *leaf) scanRows(blk *codec.Block, out *codec.Sel) codec.State {
	clear(out[:])
	for i := range blk.N {
		if l.hasRow(blk, i) {
			out[i>>6] |= 1 << (uint(i) & 63)
		}
	}
	return codec.Some
}

// maxMaps is the largest number of bitmaps that are united for one answer;
// above it a scan of the codes is as fast.
const maxMaps = 16

// whole answers from bitmaps, or where zone maps decide every block.
func (l *leaf) whole() (rows.Set, bool, error) {
	if values, others, ok := l.mapped(); ok {
		if len(values) <= len(others) {
			s, err := l.union(values)
			return s, true, err
		}
		s, err := l.union(others)
		if err != nil {
			return s, false, err
		}
		nulls, _, err := l.col.nullRows()
		return s.Or(nulls).Not(l.col.ix.n), true, err
	}
	return l.zoneSet()
}

// mapped returns the values of the column, by index, that the leaf selects and
// those it does not, where one of the two is few bitmaps.
func (l *leaf) mapped() (values, others []int, ok bool) {
	if l.col.meta.bitmaps == nil || l.set == nil {
		return nil, nil, false
	}
	values, others = l.indexes()
	return values, others, min(len(values), len(others)) <= maxMaps
}

// indexes tells the selected values of a column with counted values from the
// others. Scalars only.
func (l *leaf) indexes() (values, others []int) {
	for i := range l.col.meta.counts {
		key := int64(i)
		if !l.col.coded() {
			key = l.col.meta.values[i]
		}
		if l.set.Has(key) != l.negate {
			values = append(values, i)
		} else {
			others = append(others, i)
		}
	}
	return values, others
}

func (l *leaf) union(values []int) (rows.Set, error) {
	var out rows.Set
	for _, v := range values {
		s, err := l.col.valueMap(v)
		if err != nil {
			return rows.Set{}, err
		}
		out = out.Or(s)
	}
	return out, nil
}

// zoneSet answers where every block is in or out as a whole.
func (l *leaf) zoneSet() (rows.Set, bool, error) {
	var out rows.Builder
	for b := range l.col.meta.blocks {
		switch l.zone(b) {
		case codec.Some:
			return rows.Set{}, false, nil
		case codec.All:
			out.AddRange(b*codec.BlockRows, b*codec.BlockRows+l.col.meta.blocks[b].Rows)
		}
	}
	return out.Set(), true, nil
}

// cheapestFirst orders the parts of an AND or OR: those without a scan, then
// integers, then tests of every value.
func cheapestFirst(parts []node) []node {
	price := func(n node) int {
		switch n := n.(type) {
		case constNode, nullNode:
			return 0
		case *leaf:
			switch {
			case n.set == nil:
				return 4
			case n.col.elem():
				return 2
			}
			return 1
		}
		return 3
	}
	slices.SortStableFunc(parts, func(a, b node) int { return price(a) - price(b) })
	return parts
}
