package codec

import (
	"unsafe"

	"github.com/quindex/quindex/record"
)

// View returns rows [lo, hi) of c, at most BlockRows, as a block that shares
// c's memory: raw integers, floats and strings, no dictionary. Only validity
// bits are copied, where lo is not a multiple of 64. c must not change while
// the block is in use, but may be appended to if lo and hi stay within its rows
// and c was copied as a struct.
func View(c *record.Column, lo, hi int) *Block {
	b := &Block{Type: c.Type, N: hi - lo}
	b.Valid, b.Nulls = cutValid(c.Valid, lo, hi)
	switch c.Type.Storage() {
	case record.Ints:
		b.Form, b.Ints = FormFOR, Ints{N: b.N, W64: unsignedView(c.Ints[lo:hi])}
	case record.Floats:
		b.Form, b.Floats = FormFloats, c.Floats[lo:hi]
	case record.Points:
		b.Form, b.Floats, b.Lats = FormPoints, c.Floats[lo:hi], c.Lats[lo:hi]
	case record.Strs:
		b.Form, b.Strs = FormStrings, record.Strings{Data: c.Strs.Data}
		if c.Strs.Off != nil {
			b.Strs.Off = c.Strs.Off[lo : hi+1]
		}
	case record.Array:
		b.Form = FormArray
		viewArray(b, c, lo, hi)
	}
	return b
}

// unsignedView is v as offsets from a Ref of zero.
func unsignedView(v []int64) []uint64 {
	if len(v) == 0 {
		return []uint64{}
	}
	return unsafe.Slice((*uint64)(unsafe.Pointer(&v[0])), len(v))
}

// viewArray makes offsets from zero, so that the element block holds exactly
// the elements of these rows.
func viewArray(b *Block, c *record.Column, lo, hi int) {
	b.Off = make([]uint32, b.N+1)
	if c.Elem == nil || c.Off == nil {
		b.Elem = View(record.NewColumn(c.Type.Elem(), 0), 0, 0)
		return
	}
	first := c.Off[lo]
	for i := range b.Off {
		b.Off[i] = c.Off[lo+i] - first
	}
	b.Elem = View(c.Elem, int(first), int(c.Off[hi]))
}

// cutValid returns bits [lo, hi) of valid and how many of them are zero; nil
// if none is.
func cutValid(valid record.Bitmap, lo, hi int) (record.Bitmap, int) {
	n := hi - lo
	if valid == nil || n == 0 {
		return nil, 0
	}
	out := record.NewBitmap(n)
	shift := uint(lo) & 63
	for w := range out {
		at := lo>>6 + w
		out[w] = valid[at] >> shift
		if shift != 0 && at+1 < len(valid) {
			out[w] |= valid[at+1] << (64 - shift)
		}
	}
	if r := uint(n) & 63; r != 0 {
		out[len(out)-1] &= 1<<r - 1
	}
	nulls := n - countBits(out)
	if nulls == 0 {
		return nil, 0
	}
	return out, nulls
}

// Value returns row i as a value; strings share the block's memory.
func (b *Block) Value(i int) record.Value {
	if b.IsNull(i) {
		return record.NullOf(b.Type)
	}
	v := record.Value{Type: b.Type, Valid: true}
	switch b.Type.Storage() {
	case record.Ints:
		v.I = b.Ints.At(i)
	case record.Floats:
		v.F = b.FloatAt(i)
	case record.Points:
		v.F, v.Lat = b.FloatAt(i), b.LatAt(i)
	case record.Strs:
		v.S = b.StringAt(i)
	case record.Array:
		v.Elems = make([]record.Value, 0, b.Off[i+1]-b.Off[i])
		for j := b.Off[i]; j < b.Off[i+1]; j++ {
			v.Elems = append(v.Elems, b.Elem.Value(int(j)))
		}
	}
	return v
}

// StringAt returns the string of row i of a block of strings or codes. It
// points into the block or its dictionary.
func (b *Block) StringAt(i int) string {
	switch {
	case b.Dict != nil:
		return b.Dict.Strs.At(int(b.Ints.At(i)))
	case b.Form == FormConst:
		return b.Strs.At(0)
	}
	return b.Strs.At(i)
}

// AppendTo appends the block's rows to c, a column of the same type.
func (b *Block) AppendTo(c *record.Column) { c.AppendRows(b.Column(), 0, b.N) }

// Column returns the rows as a column. It shares the block's memory where the
// block is as a column would be; it must not be changed.
func (b *Block) Column() *record.Column {
	c := &record.Column{Type: b.Type, N: b.N}
	if b.Nulls > 0 {
		c.Valid = b.Valid
	}
	switch b.Type.Storage() {
	case record.Ints:
		c.Ints = make([]int64, b.N)
		b.Ints.Decode(c.Ints)
		zeroNulls(b, c.Ints)
	case record.Floats:
		c.Floats = b.floatsOf(b.Floats)
	case record.Points:
		c.Floats, c.Lats = b.floatsOf(b.Floats), b.floatsOf(b.Lats)
	case record.Strs:
		c.Strs = b.strings()
	case record.Array:
		c.Off, c.Elem = b.Off[:b.N+1], b.Elem.Column()
	}
	return c
}

// floatsOf returns N floats, zero where NULL.
func (b *Block) floatsOf(v []float64) []float64 {
	if b.Form != FormConst && b.Nulls == 0 {
		return v[:b.N]
	}
	out := make([]float64, b.N)
	if b.Form == FormConst {
		fill(out, v[0])
	} else {
		copy(out, v)
	}
	zeroNulls(b, out)
	return out
}

func zeroNulls[T int64 | float64](b *Block, v []T) {
	if b.Nulls == 0 {
		return
	}
	for i := range v {
		if !b.Valid.Get(i) {
			v[i] = 0
		}
	}
}

// strings returns N strings, empty where NULL.
func (b *Block) strings() record.Strings {
	if b.Dict == nil && b.Nulls == 0 {
		return b.Strs
	}
	out := record.Strings{Off: make([]uint32, 1, b.N+1)}
	for i := range b.N {
		if !b.IsNull(i) {
			out.Data = append(out.Data, b.StringAt(i)...)
		}
		out.Off = append(out.Off, uint32(len(out.Data)))
	}
	return out
}
