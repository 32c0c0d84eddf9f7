package record

import (
	"slices"
	"unsafe"
)

// Moving many rows at once: by ranges, by positions, and without moving them.

// AppendRows adds rows [lo, hi) of src, a column of the same storage. c is
// not a view of src.
func (c *Column) AppendRows(src *Column, lo, hi int) {
	c.appendValid(src, lo, hi)
	c.N += hi - lo
	switch c.Type.Storage() {
	case Ints:
		c.Ints = append(c.Ints, src.Ints[lo:hi]...)
	case Floats:
		c.Floats = append(c.Floats, src.Floats[lo:hi]...)
	case Points:
		c.Floats, c.Lats = append(c.Floats, src.Floats[lo:hi]...), append(c.Lats, src.Lats[lo:hi]...)
	case Strs:
		c.Strs.AppendRange(&src.Strs, lo, hi)
	case Array:
		c.openArray()
		if lo < hi {
			first, last := src.Off[lo], src.Off[hi]
			c.Off = appendOffsets(c.Off, src.Off[lo+1:hi+1], uint32(c.Elem.N)-first)
			c.Elem.AppendRows(src.Elem, int(first), int(last))
		}
	case Spans:
		c.Spans = append(c.Spans, src.Spans[lo:hi]...)
	}
}

// Take appends the rows of src at positions, in that order. c is not a view of src.
func (c *Column) Take(src *Column, positions []uint32) {
	c.takeValid(src, positions)
	c.N += len(positions)
	switch c.Type.Storage() {
	case Ints:
		c.Ints = take(c.Ints, src.Ints, positions)
	case Floats:
		c.Floats = take(c.Floats, src.Floats, positions)
	case Points:
		c.Floats, c.Lats = take(c.Floats, src.Floats, positions), take(c.Lats, src.Lats, positions)
	case Strs:
		c.Strs.Take(&src.Strs, positions)
	case Array:
		c.openArray()
		for _, i := range positions {
			c.Elem.AppendRows(src.Elem, int(src.Off[i]), int(src.Off[i+1]))
			c.Off = append(c.Off, uint32(c.Elem.N))
		}
	case Spans:
		c.Spans = take(c.Spans, src.Spans, positions)
	}
}

func take[T any](dst, src []T, positions []uint32) []T {
	n := len(dst)
	dst = slices.Grow(dst, len(positions))[:n+len(positions)]
	for i, p := range positions {
		dst[n+i] = src[p]
	}
	return dst
}

// AppendRange adds strings [lo, hi) of src.
func (s *Strings) AppendRange(src *Strings, lo, hi int) {
	s.open()
	if lo >= hi {
		return
	}
	first, last := src.Off[lo], src.Off[hi]
	s.Off = appendOffsets(s.Off, src.Off[lo+1:hi+1], uint32(len(s.Data))-first)
	s.Data = append(s.Data, src.Data[first:last]...)
}

// Take adds the strings of src at positions, in that order.
func (s *Strings) Take(src *Strings, positions []uint32) {
	s.open()
	total := 0
	for _, p := range positions {
		total += int(src.Off[p+1] - src.Off[p])
	}
	s.Data = slices.Grow(s.Data, total)
	s.Off = slices.Grow(s.Off, len(positions))
	for _, p := range positions {
		s.Data = append(s.Data, src.Data[src.Off[p]:src.Off[p+1]]...)
		s.Off = append(s.Off, uint32(len(s.Data)))
	}
}

// open makes sure of the first offset.
func (s *Strings) open() {
	if len(s.Off) == 0 {
		s.Off = append(s.Off, uint32(len(s.Data)))
	}
}

func (c *Column) openArray() {
	if len(c.Off) == 0 {
		c.Off = append(c.Off, 0)
	}
	if c.Elem == nil {
		c.Elem = NewColumn(c.Type.Elem(), 0)
	}
}

// appendOffsets appends src moved by delta, which may be "negative".
func appendOffsets(dst, src []uint32, delta uint32) []uint32 {
	n := len(dst)
	dst = slices.Grow(dst, len(src))[:n+len(src)]
	for i, o := range src {
		dst[n+i] = o + delta
	}
	return dst
}

// appendValid extends the validity bitmap of c, before c.N is, by that of
// rows [lo, hi) of src.
func (c *Column) appendValid(src *Column, lo, hi int) {
	if c.Valid == nil && (src.Valid == nil || src.Valid.all(lo, hi)) {
		return
	}
	c.materialiseValid(hi - lo)
	if src.Valid == nil {
		c.Valid.setRange(c.N, c.N+hi-lo)
	} else {
		c.Valid.copyFrom(c.N, src.Valid, lo, hi)
	}
}

func (c *Column) takeValid(src *Column, positions []uint32) {
	if src.Valid == nil {
		if c.Valid != nil {
			c.materialiseValid(len(positions))
			c.Valid.setRange(c.N, c.N+len(positions))
		}
		return
	}
	if c.Valid == nil && !slices.ContainsFunc(positions, func(p uint32) bool { return !src.Valid.Get(int(p)) }) {
		return
	}
	c.materialiseValid(len(positions))
	for i, p := range positions {
		if src.Valid.Get(int(p)) {
			c.Valid.Set(c.N + i)
		}
	}
}

// materialiseValid gives c a bitmap of c.N+more rows: the present ones as they
// are, the new ones zero.
func (c *Column) materialiseValid(more int) {
	fresh := c.Valid == nil
	if need := (c.N + more + 63) / 64; need > len(c.Valid) {
		old := len(c.Valid)
		c.Valid = slices.Grow(c.Valid, need-old)[:need]
		clear(c.Valid[old:])
	}
	if fresh {
		c.Valid.setRange(0, c.N)
	}
}

// all reports whether rows [lo, hi) are all set.
func (b Bitmap) all(lo, hi int) bool {
	for ; lo < hi && lo&63 != 0; lo++ {
		if !b.Get(lo) {
			return false
		}
	}
	for ; lo+64 <= hi; lo += 64 {
		if b[lo>>6] != ^uint64(0) {
			return false
		}
	}
	for ; lo < hi; lo++ {
		if !b.Get(lo) {
			return false
		}
	}
	return true
}

// setRange sets rows [lo, hi).
func (b Bitmap) setRange(lo, hi int) {
	if lo >= hi {
		return
	}
	first, last := lo>>6, (hi-1)>>6
	from, to := ^uint64(0)<<(uint(lo)&63), ^uint64(0)>>(-uint(hi)&63)
	if first == last {
		b[first] |= from & to
		return
	}
	b[first] |= from
	for i := first + 1; i < last; i++ {
		b[i] = ^uint64(0)
	}
	b[last] |= to
}

// copyFrom sets rows at, at+1, ... where src has rows lo, lo+1, ... below hi.
// The rows of b from at on are zero before.
func (b Bitmap) copyFrom(at int, src Bitmap, lo, hi int) {
	for lo < hi {
		n := min(64-lo&63, 64-at&63, hi-lo) // bits that share a word on both sides
		word := src[lo>>6] >> (uint(lo) & 63) & (^uint64(0) >> (64 - uint(n)))
		b[at>>6] |= word << (uint(at) & 63)
		lo, at = lo+n, at+n
	}
}

// Slice returns rows [lo, hi) as a column that shares c's memory, except for a
// copy of the validity bits. Neither may be appended to while the other is in use.
func (c *Column) Slice(lo, hi int) Column {
	out := Column{Type: c.Type, N: hi - lo, Elem: c.Elem}
	if c.Valid != nil && !c.Valid.all(lo, hi) {
		out.Valid = NewBitmap(hi - lo)
		out.Valid.copyFrom(0, c.Valid, lo, hi)
	}
	switch c.Type.Storage() {
	case Ints:
		out.Ints = c.Ints[lo:hi:hi]
	case Floats:
		out.Floats = c.Floats[lo:hi:hi]
	case Points:
		out.Floats, out.Lats = c.Floats[lo:hi:hi], c.Lats[lo:hi:hi]
	case Strs:
		out.Strs = c.Strs.Slice(lo, hi)
	case Array:
		if c.N > 0 {
			out.Off = c.Off[lo : hi+1 : hi+1]
		}
	case Spans:
		out.Spans = c.Spans[lo:hi:hi]
	}
	return out
}

// Slice returns strings [lo, hi), sharing the memory of s.
func (s *Strings) Slice(lo, hi int) Strings {
	if len(s.Off) == 0 {
		return Strings{}
	}
	return Strings{Off: s.Off[lo : hi+1 : hi+1], Data: s.Data}
}

// Reset empties the column and keeps its memory for new rows. c is neither a
// view nor are there views of it.
func (c *Column) Reset() {
	c.N, c.Valid = 0, nil
	c.Ints, c.Floats, c.Lats, c.Spans = c.Ints[:0], c.Floats[:0], c.Lats[:0], c.Spans[:0]
	c.Strs.Off, c.Strs.Data = c.Strs.Off[:min(1, len(c.Strs.Off))], c.Strs.Data[:0]
	c.Off = c.Off[:min(1, len(c.Off))]
	if len(c.Strs.Off) == 1 {
		c.Strs.Off[0] = 0
	}
	if len(c.Off) == 1 {
		c.Off[0] = 0
	}
	if c.Elem != nil {
		c.Elem.Reset()
	}
}

// Bytes returns the memory the rows take, without what was only reserved.
func (c *Column) Bytes() int {
	n := len(c.Valid)*8 + len(c.Ints)*8 + len(c.Floats)*8 + len(c.Lats)*8 + len(c.Off)*4 +
		len(c.Spans)*int(unsafe.Sizeof(Span{})) + c.Strs.size()
	if c.Elem != nil && c.N > 0 {
		elem := c.Elem.Slice(int(c.Off[0]), int(c.Off[c.N]))
		n += elem.Bytes()
	}
	return n
}

// Reserved returns the memory of a column that grows, with what append took
// beyond its rows.
func (c *Column) Reserved() int {
	n := (cap(c.Valid)+cap(c.Ints)+cap(c.Floats)+cap(c.Lats))*8 + (cap(c.Off)+cap(c.Strs.Off))*4 +
		cap(c.Spans)*int(unsafe.Sizeof(Span{})) + cap(c.Strs.Data)
	if c.Elem != nil {
		n += c.Elem.Reserved()
	}
	return n
}

// size returns the memory of the offsets and the bytes between them.
func (s *Strings) size() int {
	if s.Len() == 0 {
		return 0
	}
	return len(s.Off)*4 + int(s.Off[s.Len()]-s.Off[0])
}
