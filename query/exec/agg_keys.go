package exec

import (
	"encoding/binary"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// lookupMax is the largest product of key ranges whose groups are found by
// indexing an array; a single dictionary may be larger.
const lookupMax = 1 << 16

// keyer finds the groups of a scan's rows by the codes they have in one part:
// each combination of codes is looked up by its values once a part.
type keyer struct {
	part    *scanPart
	ok      bool
	keys    []codedKey
	lookup  []uint32 // group+1 by combined code
	indexes []uint32 // room for one vector
	codes   []uint32
	ints    []int64
}

// codedKey is one key column of one part: codes of a dictionary, or integers
// from base on. The code n-1 is NULL.
type codedKey struct {
	dict   *codec.Dict
	base   int64
	n      int
	stride uint32
}

// span returns the range of an integer column over all parts of the scan: base
// and how many values from there.
func (s *scanOp) span(col int) (base int64, n int, ok bool) {
	lo, hi, some, ok := s.bounds(col)
	if size := uint64(hi) - uint64(lo); ok && some && size < 1<<31 {
		return lo, int(size) + 1, true
	}
	return 0, 0, false
}

// bounds returns the least and the greatest value of an integer column over
// all parts of the scan, and whether there is one that is not NULL.
func (s *scanOp) bounds(col int) (lo, hi int64, some, ok bool) {
	return s.boundsOf(func(p *scanPart) engines.ColumnReader {
		if p.columns == nil {
			return nil
		}
		return p.columns[col]
	}, false)
}

// boundsOf is bounds of a column of the parts; where full, it must not hold a NULL.
func (s *scanOp) boundsOf(column func(*scanPart) engines.ColumnReader, full bool) (lo, hi int64, some, ok bool) {
	for _, p := range s.parts {
		if p.set.IsEmpty() {
			continue
		}
		col := column(p)
		if col == nil {
			return 0, 0, false, false
		}
		st := p.stats(col)
		if full && (st.Rows != p.Rows || st.Nulls > 0) {
			return 0, 0, false, false
		}
		if st.Rows == p.Rows && st.Nulls == st.Rows {
			continue
		}
		if !st.Min.Valid || !st.Max.Valid {
			return 0, 0, false, false
		}
		if !some {
			lo, hi, some = st.Min.I, st.Max.I, true
		}
		lo, hi = min(lo, st.Min.I), max(hi, st.Max.I)
	}
	return lo, hi, some, true
}

// surveyMost is the number of rows of a part, an open one, that are looked at
// to know what the statistics of a sealed one tell.
const surveyMost = 8192

// stats is what is known of a column of the part.
func (p *scanPart) stats(col engines.ColumnReader) codec.Stats {
	st := col.Stats()
	if st.Rows == p.Rows || p.Rows > surveyMost {
		return st
	}
	if b, err := col.Block(0); err == nil { // the scan itself reports what cannot be read
		return b.Stats()
	}
	return st
}

// enter makes the keyer ready for a part.
func (k *keyer) enter(spec *aggSpec, p *scanPart) {
	if k.part == p {
		return
	}
	k.part, k.ok = p, false
	k.keys = resize(k.keys, len(spec.keys))
	size := 1
	for i := len(spec.keys) - 1; i >= 0; i-- {
		c := &k.keys[i]
		if !c.open(spec.keys[i].col, p) {
			return
		}
		c.stride = uint32(size)
		if size *= c.n; size > lookupMax && (len(spec.keys) > 1 || c.dict == nil) {
			return
		}
	}
	if size > 1024+4*p.set.Len() {
		return
	}
	if k.lookup = resize(k.lookup, size); size > 0 {
		clear(k.lookup)
	}
	k.ok = true
}

func (c *codedKey) open(col int, p *scanPart) bool {
	if col < 0 || p.columns[col] == nil {
		return false
	}
	r := p.columns[col]
	storage := r.Field().Type.Storage()
	if storage == record.Strs { // arrays of strings have dictionaries too, of their elements
		if dict, err := r.Dict(); err == nil && dict != nil {
			*c = codedKey{dict: dict, n: dict.Len() + 1}
			return true
		}
	}
	st := r.Stats()
	if storage != record.Ints || !st.Min.Valid || !st.Max.Valid {
		return false
	}
	if size := uint64(st.Max.I) - uint64(st.Min.I); size < lookupMax {
		*c = codedKey{base: st.Min.I, n: int(size) + 2}
		return true
	}
	return false
}

// assignBlock returns the groups of the selected rows [lo, hi) of a block.
func (a *aggOp) assignBlock(st *aggState, v *blockView, lo, hi int) ([]uint32, error) {
	keys := a.spec.keys
	if len(keys) == 0 {
		return nil, nil
	}
	st.gids = resize(st.gids, hi-lo)
	switch t := st.table.(type) {
	case *codeTable:
		return st.gids, st.assignByCode(t, v, lo, hi)
	case *intTable:
		c, err := a.keyBlock(st, t, v, lo, hi)
		if err != nil {
			return nil, err
		}
		t.assign(c.Ints, c.Valid, st.gids)
		return st.gids, nil
	}
	st.keyer.enter(a.spec, v.part)
	if !st.keyer.ok {
		c, err := a.chunkOf(st, v, lo, hi, keys)
		if err != nil {
			return nil, err
		}
		return st.assignChunk(c)
	}
	return st.gids, st.assignCodes(v, lo, hi)
}

// assignCodes combines the codes of all keys and looks their groups up.
func (st *aggState) assignCodes(v *blockView, lo, hi int) error {
	k, p := &st.keyer, v.picked().part(lo, hi)
	k.indexes = resize(k.indexes, p.n)
	for i := range k.keys {
		b, err := v.block(st.spec.keys[i].col)
		if err != nil {
			return err
		}
		to := k.indexes
		if i > 0 {
			k.codes = resize(k.codes, p.n)
			to = k.codes
		}
		k.keys[i].read(to, k, b, p)
		switch stride := k.keys[i].stride; {
		case i > 0:
			for j, c := range to {
				k.indexes[j] += c * stride
			}
		case stride > 1:
			for j := range to {
				to[j] *= stride
			}
		}
	}
	t := st.table.(*bytesTable)
	for j, x := range k.indexes {
		n := k.lookup[x]
		if n == 0 {
			n = st.newGroup(t, x) + 1
			k.lookup[x] = n
		}
		st.gids[j] = n - 1
	}
	return nil
}

// read writes the codes of the picked rows to dst.
func (c *codedKey) read(dst []uint32, k *keyer, b *codec.Block, p picked) {
	null := uint32(c.n - 1)
	switch {
	case b.Nulls == b.N:
		for i := range dst {
			dst[i] = null
		}
		return
	case c.dict != nil:
		readCodes(dst, &b.Ints, p)
	default:
		k.ints = readInts(k.ints, &b.Ints, p)
		for i, x := range k.ints {
			dst[i] = uint32(x - c.base)
		}
	}
	if b.Nulls > 0 {
		for i := range dst {
			if !b.Valid.Get(p.row(i)) {
				dst[i] = null
			}
		}
	}
}

// newGroup finds the group of a combination of codes by its values.
func (st *aggState) newGroup(t *bytesTable, x uint32) uint32 {
	k := &st.keyer
	key := st.key[:0]
	for i := range k.keys {
		c := &k.keys[i]
		code := x / c.stride % uint32(c.n)
		switch {
		case int(code) == c.n-1:
			key = append(key, 0)
		case c.dict == nil:
			key = binary.LittleEndian.AppendUint64(append(key, 1), uint64(c.base+int64(code)))
		default:
			key = appendKeyString(append(key, 1), c.dict.Strs.At(int(code)))
		}
	}
	st.key = key
	if t.one && key[0] == 1 {
		return t.insertHash(key, k.keys[0].dict.Hash[x])
	}
	return t.insert(key)
}

// assignChunk returns the groups of a chunk's rows.
func (st *aggState) assignChunk(c *plan.Chunk) ([]uint32, error) {
	keys := st.spec.keys
	if len(keys) == 0 {
		return nil, nil
	}
	st.gids = resize(st.gids, c.N)
	cols := make([]*record.Column, len(keys))
	for i := range keys {
		var err error
		if cols[i], err = keys[i].Run(c); err != nil {
			return nil, err
		}
	}
	switch t := st.table.(type) {
	case *intTable:
		t.assign(cols[0].Ints, cols[0].Valid, st.gids)
	case *bytesTable:
		for i := range st.gids {
			st.key = st.key[:0]
			for _, col := range cols {
				st.key = appendKey(st.key, col, i)
			}
			st.gids[i] = t.insert(st.key)
		}
	}
	return st.gids, nil
}

// column is room for a column of the scan.
func (st *aggState) column(i int) *record.Column {
	for len(st.cols) <= i {
		st.cols = append(st.cols, &record.Column{})
	}
	return st.cols[i]
}
