package exec

import (
	"math/bits"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
)

// Several keys of a scan become one integer where their ranges, multiplied,
// fit in one: integers count from their least, or by buckets from the first,
// strings have numbers that are the same in all parts.

// packing says how keys are packed: key = sum of code(i) * stride(i). It is
// immutable once made.
type packing struct {
	keys []packedKey
	size int64 // of the range of packed keys
}

// packedKey is one key column. Code n-1 is NULL.
type packedKey struct {
	typ    record.Type
	col    int // of the scan
	n      int64
	stride int64
	base   int64                  // integers: of code 0
	width  int64                  // integers: how many of them have the same code
	codes  map[*scanPart][]uint32 // strings: number by the part's code
	names  *bytesTable            // strings: keys by number
}

// packMost is the number of dictionary entries, over all parts, that are worth
// numbering.
const packMost = 1 << 17

// pack makes a packing of the aggregate's keys, or nil.
func (a *aggOp) pack() *packing {
	buckets := a.spec.hasBuckets()
	if a.scan == nil || len(a.spec.keys) < 2 && !buckets {
		return nil
	}
	p := &packing{keys: make([]packedKey, len(a.spec.keys))}
	size := int64(1)
	for i := len(p.keys) - 1; i >= 0; i-- {
		k := &p.keys[i]
		if !a.packKey(k, &a.spec.keys[i]) {
			return nil
		}
		k.stride = size
		hi, lo := bits.Mul64(uint64(size), uint64(k.n))
		if hi != 0 || lo >= 1<<62 {
			return nil
		}
		size = int64(lo)
	}
	if size <= lookupMax && !buckets {
		return nil // the codes of each part index an array: see keyer
	}
	p.size = size
	return p
}

func (a *aggOp) packKey(k *packedKey, in *input) bool {
	if in.bucket != nil {
		return a.packBuckets(k, in)
	}
	if in.col < 0 {
		return false
	}
	k.typ, k.col, k.width = in.expr.Type(), in.col, 1
	switch k.typ.Storage() {
	case record.Ints:
		base, n, ok := a.scan.span(in.col)
		k.base, k.n = base, int64(n)+1
		return ok
	case record.Strs:
		return a.numberStrings(k, in.col)
	}
	return false
}

// numberStrings gives the strings of all parts' dictionaries their numbers.
func (a *aggOp) numberStrings(k *packedKey, col int) bool {
	k.names, k.codes = newBytesTable([]record.Type{k.typ}), map[*scanPart][]uint32{}
	total := 0
	for _, p := range a.scan.parts {
		if p.set.IsEmpty() {
			continue
		}
		if p.columns == nil || p.columns[col] == nil {
			return false
		}
		dict, err := p.columns[col].Dict()
		if err == nil && dict == nil && p.Rows <= surveyMost {
			if err = k.numberRows(p.columns[col]); err == nil {
				total += p.Rows
				continue
			}
		}
		if err != nil || dict == nil {
			return false
		}
		if total += dict.Len(); total > packMost || int64(total) > a.scan.rows {
			return false
		}
		t := &codeTable{k.typ, dict}
		codes := make([]uint32, dict.Len())
		for c := range codes {
			codes[c] = k.names.take(t, uint32(c))
		}
		k.codes[p] = codes
	}
	k.n = int64(k.names.len()) + 1
	return true
}

// numberRows gives the strings of a part without a dictionary, an open one,
// their numbers.
func (k *packedKey) numberRows(col engines.ColumnReader) error {
	b, err := col.Block(0)
	if err != nil {
		return err
	}
	var key []byte
	for i := range b.N {
		if !b.IsNull(i) {
			key = appendKeyString(append(key[:0], 1), b.StringAt(i))
			k.names.insert(key)
		}
	}
	return nil
}

// addStrings adds to dst the codes of strings that have no dictionary.
func (k *packedKey) addStrings(dst []int64, st *aggState, b *codec.Block, at picked) {
	for j := range dst {
		code := k.n - 1
		if r := at.row(j); !b.IsNull(r) {
			st.key = appendKeyString(append(st.key[:0], 1), b.StringAt(r))
			n, ok := k.names.find(st.key)
			if !ok {
				panic("BUG: exec: a string of a part was not numbered")
			}
			code = int64(n)
		}
		dst[j] += code * k.stride
	}
}

// keyOf writes the packed keys of the selected rows [lo, hi) to dst.
func (p *packing) keyOf(dst []int64, st *aggState, v *blockView, lo, hi int) ([]int64, error) {
	dst = resize(dst, hi-lo)
	clear(dst)
	at := v.picked().part(lo, hi)
	for i := range p.keys {
		k := &p.keys[i]
		b, err := v.block(k.col)
		if err != nil {
			return nil, err
		}
		null := (k.n - 1) * k.stride
		if b.Nulls == b.N {
			for j := range dst {
				dst[j] += null
			}
			continue
		}
		valid := readValid(b, at)
		if k.codes != nil && k.codes[v.part] == nil {
			k.addStrings(dst, st, b, at)
			continue
		}
		if k.codes != nil {
			st.keyer.codes = readCodes(st.keyer.codes, &b.Ints, at)
			numbers := k.codes[v.part]
			for j, c := range st.keyer.codes {
				if valid == nil || valid.Get(j) {
					dst[j] += int64(numbers[c]) * k.stride
				} else {
					dst[j] += null
				}
			}
			continue
		}
		st.keyer.ints = readInts(st.keyer.ints, &b.Ints, at)
		if k.width > 1 {
			k.addBuckets(dst, st.keyer.ints, valid)
			continue
		}
		for j, x := range st.keyer.ints {
			if valid == nil || valid.Get(j) {
				dst[j] += (x - k.base) * k.stride
			} else {
				dst[j] += null
			}
		}
	}
	return dst, nil
}

// columns unpacks keys.
func (p *packing) columns(keys []int64) []*record.Column {
	out := make([]*record.Column, len(p.keys))
	for i := range p.keys {
		k := &p.keys[i]
		c := record.NewColumn(k.typ, len(keys))
		for _, x := range keys {
			code := x / k.stride % k.n
			switch {
			case code == k.n-1:
				c.AppendNull()
			case k.names != nil:
				readKey(c, k.names.key(uint32(code)))
			default:
				c.Append(record.Value{Type: k.typ, Valid: true, I: k.base + code*k.width})
			}
		}
		out[i] = c
	}
	return out
}

// keyBlock returns the integer key of the selected rows [lo, hi).
func (a *aggOp) keyBlock(st *aggState, t *intTable, v *blockView, lo, hi int) (*record.Column, error) {
	if t.pack != nil {
		var err error
		st.packed.N = hi - lo
		st.packed.Ints, err = t.pack.keyOf(st.packed.Ints, st, v, lo, hi)
		return &st.packed, err
	}
	key := &a.spec.keys[0]
	c, err := a.chunkOf(st, v, lo, hi, a.spec.keys)
	if err != nil {
		return nil, err
	}
	return key.Run(c)
}
