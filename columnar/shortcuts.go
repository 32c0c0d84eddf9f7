package columnar

import (
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// maxValues is the largest number of distinct values for which rows are
// counted per value, and for which bitmaps are thought of at all.
const maxValues = 256

// tally counts the rows of each value of one column while its blocks pass,
// and what bitmaps of the values would take.
type tally struct {
	dict   *codec.Dict
	n      int
	active bool    // still at most maxValues values
	ints   []int64 // distinct values of an integer column, sorted
	counts []int   // rows of ints[i], or of dictionary entry i
	coded  int     // bytes of the blocks
	mapped int     // bytes that bitmaps would take, at most
	nulls  int

	decoded []int64
	block   []int // rows of value base+i in one block
}

func newTally(t record.Type, dict *codec.Dict, n int) *tally {
	y := &tally{dict: dict, n: n}
	switch {
	case t.IsArray():
	case dict != nil && dict.Len() <= maxValues:
		y.active, y.counts = true, make([]int, dict.Len())
	case dict == nil && t.Storage() == record.Ints:
		y.active, y.counts = true, []int{}
	}
	return y
}

// distinct returns the number of values that at least one row holds.
func (t *tally) distinct() int {
	if t.nulls == t.n {
		return 0
	}
	return t.dict.Len()
}

// add counts a block, which was written as info says.
func (t *tally) add(blk *codec.Block, info codec.Info) {
	t.nulls += info.Nulls
	if !t.active || !info.Known {
		return
	}
	// A table much wider than the block costs more to clear than counts are worth.
	if uint64(info.Hi)-uint64(info.Lo) >= uint64(min(1<<16, 16*blk.N+256)) || !t.learn(blk, info) {
		t.active, t.counts, t.ints = false, nil, nil
		return
	}
	if info.Form == codec.FormFOR { // constants and runs are answered from themselves
		t.coded += info.Rows * int(info.Width)
	}
}

// learn counts the block's values by their distance from the least and adds
// them to the known ones; false if those become too many.
func (t *tally) learn(blk *codec.Block, info codec.Info) bool {
	width := int(info.Hi-info.Lo) + 1
	t.block = slices.Grow(t.block[:0], width)[:width]
	clear(t.block)
	t.decode(blk)
	if blk.Nulls == 0 {
		for _, v := range t.decoded {
			t.block[v-info.Lo]++
		}
	} else {
		for i, v := range t.decoded {
			if blk.Valid.Get(i) {
				t.block[v-info.Lo]++
			}
		}
	}
	values := 0
	for off, n := range t.block {
		if n == 0 {
			continue
		}
		if values++; values > maxValues {
			return false
		}
		t.counts[t.index(info.Lo+int64(off))] += n
		t.mapped += 8 + min(2*n, 8192)
	}
	return len(t.counts) <= maxValues
}

func (t *tally) decode(blk *codec.Block) {
	t.decoded = slices.Grow(t.decoded[:0], blk.N)[:blk.N]
	blk.Ints.Decode(t.decoded)
}

// index returns the place of value or code v, which it makes if v is new.
func (t *tally) index(v int64) int {
	if t.dict != nil {
		return int(v)
	}
	i, have := slices.BinarySearch(t.ints, v)
	if !have {
		t.ints = slices.Insert(t.ints, i, v)
		t.counts = slices.Insert(t.counts, i, 0)
	}
	return i
}

// eachIndex calls f for every row that is not NULL with the index of its
// value, once all values are known.
func (t *tally) eachIndex(blk *codec.Block, f func(row, v int)) {
	t.decode(blk)
	last, at := int64(0), -1
	for i, v := range t.decoded {
		if blk.Nulls > 0 && blk.IsNull(i) {
			continue
		}
		if at < 0 || v != last {
			last, at = v, t.index(v)
		}
		f(i, at)
	}
}

// shortcuts writes counts, bitmaps and filters where they pay, and none under
// the option shortcuts=off, by which tests compare answers with and without.
func (b *builder) shortcuts(meta *columnMeta, t *tally, src source) error {
	if b.def.Options["shortcuts"] == "off" {
		return nil
	}
	if t.active {
		meta.counts = t.counts
		if t.dict == nil {
			meta.values, meta.distinct = t.ints, len(t.ints)
			if meta.values == nil {
				meta.values = []int64{}
			}
		}
		if t.mapped < t.coded {
			if err := b.bitmaps(meta, t, src); err != nil {
				return err
			}
		}
	}
	if slices.Contains(b.bloom, meta.id) {
		return b.blooms(meta, src)
	}
	return nil
}

// bitmaps writes one roaring bitmap a value, and one of the NULLs.
func (b *builder) bitmaps(meta *columnMeta, t *tally, src source) error {
	maps := make([]*roaring.Bitmap, len(t.counts))
	for i := range maps {
		maps[i] = roaring.New()
	}
	nulls := roaring.New()
	lists := make([][]uint32, len(maps))
	for i := range meta.blocks {
		blk, err := src.block(i)
		if err != nil {
			return err
		}
		base := uint32(i * codec.BlockRows)
		t.eachIndex(blk, func(row, v int) { lists[v] = append(lists[v], base+uint32(row)) })
		for v, list := range lists {
			maps[v].AddMany(list)
			lists[v] = list[:0]
		}
		var sel codec.Sel
		if st := blk.AndNull(&sel, codec.All); st == codec.All {
			nulls.AddRange(uint64(base), uint64(base)+uint64(blk.N))
		} else if st == codec.Some {
			for _, p := range codec.Positions(&sel, nil) {
				nulls.Add(base + uint32(p))
			}
		}
	}
	for _, m := range maps {
		x, err := b.bitmap(m)
		if err != nil {
			return err
		}
		meta.bitmaps = append(meta.bitmaps, x)
	}
	if nulls.IsEmpty() {
		return nil
	}
	var err error
	meta.nullMap, err = b.bitmap(nulls)
	return err
}

func (b *builder) bitmap(m *roaring.Bitmap) (extent, error) {
	m.RunOptimize()
	bytes, err := m.ToBytes()
	if err != nil {
		return extent{}, fault.E("columnar: write bitmap", fault.Internal, err)
	}
	return b.out.part(codec.Pad(bytes))
}

// bloomFields returns the columns named by the option "bloom", comma separated.
func bloomFields(def engines.IndexDef) ([]record.ColumnID, error) {
	var ids []record.ColumnID
	for name := range strings.SplitSeq(def.Options["bloom"], ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		i := slices.IndexFunc(def.Fields, func(f record.Field) bool { return f.Name == name })
		if i < 0 {
			return nil, fault.E("columnar: build", fault.Invalid, fault.Code("42703"), fault.Item(name), "option bloom names no column")
		}
		ids = append(ids, def.Fields[i].ID)
	}
	return ids, nil
}

// blooms writes one filter a block over its distinct values.
func (b *builder) blooms(meta *columnMeta, src source) error {
	for i := range meta.blocks {
		blk, err := src.block(i)
		if err != nil {
			return err
		}
		x, err := b.out.part(appendBloom(b.out.buf[:0], blk))
		if err != nil {
			return err
		}
		meta.blooms = append(meta.blooms, x)
	}
	return nil
}

func valuesIn(b *codec.Block) int {
	if b.Elem != nil {
		return b.Elem.N
	}
	return b.N - b.Nulls
}

// eachValue calls f with the place of every value of b: its rows that are not
// NULL, or the elements of its arrays.
func eachValue(b *codec.Block, f func(vals *codec.Block, i int)) {
	if b.Elem != nil {
		b = b.Elem
	}
	for i := range b.N {
		if !b.IsNull(i) {
			f(b, i)
		}
	}
}
