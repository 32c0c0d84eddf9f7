package codec

import (
	"encoding/binary"
	"math"
)

// Range selects into out the rows whose value is in [lo, hi]. NULL rows are
// selected or not as their arbitrary value falls: see Block.AndValid. out
// holds something only if the state is Some.
func (x *Ints) Range(lo, hi int64, out *Sel) State {
	st := x.rangeBits(lo, hi, out[:])
	if st == Some {
		clear(out[(x.N+63)>>6:])
	}
	return st
}

// rangeBits is Range for any number of rows: len(out) is at least (N+63)/64,
// and only so many words are written.
func (x *Ints) rangeBits(lo, hi int64, out []uint64) State {
	if lo > hi || x.N == 0 {
		return None
	}
	if x.RunEnd != nil {
		return x.rangeRuns(lo, hi, out)
	}
	if x.W64 != nil {
		// Offsets wrap: a raw column has Ref 0 and its negative numbers' bits.
		range64(x.W64, x.N, uint64(lo)-uint64(x.Ref), uint64(hi)-uint64(lo), out[:(x.N+63)>>6])
		return Some
	}
	if hi < x.Ref {
		return None
	}
	from, to := uint64(0), uint64(hi)-uint64(x.Ref)
	if lo > x.Ref {
		from = uint64(lo) - uint64(x.Ref)
	}
	top := x.top()
	if from > top {
		return None
	}
	if to = min(to, top); from == 0 && to == top {
		return All
	}
	out = out[:(x.N+63)>>6]
	switch {
	case x.W8 != nil:
		range8(x.W8, x.N, uint8(from), uint8(to), out)
	case x.W16 != nil:
		range16(x.W16, x.N, uint16(from), uint16(to), out)
	case x.W32 != nil:
		range32(x.W32, x.N, uint32(from), uint32(to), out)
	}
	if r := uint(x.N) & 63; r != 0 {
		out[len(out)-1] &= 1<<r - 1
	}
	return Some
}

// top is the largest offset from Ref that the form can hold.
func (x *Ints) top() uint64 {
	switch {
	case x.W8 != nil:
		return math.MaxUint8
	case x.W16 != nil:
		return math.MaxUint16
	case x.W32 != nil:
		return math.MaxUint32
	}
	return 0
}

func (x *Ints) rangeRuns(lo, hi int64, out []uint64) State {
	start, selected := 0, 0
	clear(out[:(x.N+63)>>6])
	for i, v := range x.RunVal {
		end := int(x.RunEnd[i])
		if lo <= v && v <= hi {
			SetRange(out, start, end)
			selected += end - start
		}
		start = end
	}
	switch selected {
	case 0:
		return None
	case x.N:
		return All
	}
	return Some
}

const (
	ones8 = 0x0101010101010101
	high8 = 0x8080808080808080
	// gather8 brings the lowest bits of eight bytes together in the top byte.
	gather8 = 0x0102040810204080
)

// range8 tests eight bytes at a time within a uint64.
func range8(c []uint8, n int, lo, hi uint8, out []uint64) {
	full := n >> 6
	switch d := hi - lo; {
	case d == 0:
		equal8(c[:full<<6], lo, out[:full])
	case d < 0x80:
		narrow8(c[:full<<6], lo, d, out[:full])
	default:
		wide8(c[:full<<6], lo, d, out[:full])
	}
	if full<<6 < n {
		var m uint64
		for i, x := range c[full<<6 : n] {
			m |= b2u(x-lo <= hi-lo) << uint(i)
		}
		out[full] = m
	}
}

// equal8: x^v is zero in the bytes that match; adding 0x7f to the lower seven
// bits carries into the top bit of all others.
func equal8(c []uint8, v uint8, out []uint64) {
	vs := uint64(v) * ones8
	for w := range out {
		s := c[w<<6 : w<<6+64 : w<<6+64]
		var m uint64
		for k := 0; k < 64; k += 8 {
			x := binary.LittleEndian.Uint64(s[k:]) ^ vs
			t := ^((x &^ high8) + ^uint64(high8) | x) & high8
			m |= ((t >> 7) * gather8 >> 56) << uint(k)
		}
		out[w] = m
	}
}

// narrow8: y = x-lo in every byte, then y <= d < 128 if y's top bit is clear
// and adding 127-d to the other seven does not set it.
func narrow8(c []uint8, lo, d uint8, out []uint64) {
	los, room := uint64(lo)*ones8, uint64(0x7f-d)*ones8
	for w := range out {
		s := c[w<<6 : w<<6+64 : w<<6+64]
		var m uint64
		for k := 0; k < 64; k += 8 {
			x := binary.LittleEndian.Uint64(s[k:])
			y := ((x | high8) - (los &^ high8)) ^ ((x ^ ^los) & high8)
			t := ^((y &^ high8) + room | y) & high8
			m |= ((t >> 7) * gather8 >> 56) << uint(k)
		}
		out[w] = m
	}
}

// wide8: y <= d >= 128 unless y's top bit is set and the other seven exceed d's.
func wide8(c []uint8, lo, d uint8, out []uint64) {
	los, room := uint64(lo)*ones8, uint64(0xff-d)*ones8
	for w := range out {
		s := c[w<<6 : w<<6+64 : w<<6+64]
		var m uint64
		for k := 0; k < 64; k += 8 {
			x := binary.LittleEndian.Uint64(s[k:])
			y := ((x | high8) - (los &^ high8)) ^ ((x ^ ^los) & high8)
			t := ^(((y &^ high8) + room) & y) & high8
			m |= ((t >> 7) * gather8 >> 56) << uint(k)
		}
		out[w] = m
	}
}

// range16 is unrolled by four; the sign of d-(x-lo) is the answer. Four lanes
// in a uint64 are no faster (BenchmarkRange), but to learn that a rare value is
// in none of 64 rows.
func range16(c []uint16, n int, lo, hi uint16, out []uint64) {
	d := uint64(hi - lo)
	full := n >> 6
	have := 0
	for w := range full {
		if d == 0 && have*2 <= w {
			if !holds16(c[w<<6:w<<6+64], lo) {
				out[w] = 0
				continue
			}
			have++
		}
		s := c[w<<6 : w<<6+64 : w<<6+64]
		var m uint64
		for i := 0; i < 64; i += 4 {
			a := (d - uint64(s[i]-lo)) >> 63
			b := (d - uint64(s[i+1]-lo)) >> 63
			e := (d - uint64(s[i+2]-lo)) >> 63
			f := (d - uint64(s[i+3]-lo)) >> 63
			m |= (a | b<<1 | e<<2 | f<<3) << uint(i)
		}
		out[w] = ^m
	}
	if full<<6 < n {
		var m uint64
		for i, x := range c[full<<6 : n] {
			m |= b2u(uint64(x-lo) <= d) << uint(i)
		}
		out[full] = m
	}
}

const (
	ones16 = 0x0001000100010001
	high16 = 0x8000800080008000
)

// holds16 reports whether v is in c, a multiple of 16 values: x^v is zero in the lane that
// matches, and the lowest such lane borrows from its top bit.
func holds16(c []uint16, v uint16) bool {
	s := rawBytes(c)
	vs := uint64(v) * ones16
	var some uint64
	for ; len(s) >= 32; s = s[32:] {
		a, b := binary.NativeEndian.Uint64(s)^vs, binary.NativeEndian.Uint64(s[8:])^vs
		e, f := binary.NativeEndian.Uint64(s[16:])^vs, binary.NativeEndian.Uint64(s[24:])^vs
		some |= (a-ones16)&^a | (b-ones16)&^b | (e-ones16)&^e | (f-ones16)&^f
	}
	return some&high16 != 0
}

// range32 is range16 for wider offsets.
func range32(c []uint32, n int, lo, hi uint32, out []uint64) {
	d := uint64(hi - lo)
	full := n >> 6
	for w := range full {
		s := c[w<<6 : w<<6+64 : w<<6+64]
		var m uint64
		for i := 0; i < 64; i += 4 {
			a := (d - uint64(s[i]-lo)) >> 63
			b := (d - uint64(s[i+1]-lo)) >> 63
			e := (d - uint64(s[i+2]-lo)) >> 63
			f := (d - uint64(s[i+3]-lo)) >> 63
			m |= (a | b<<1 | e<<2 | f<<3) << uint(i)
		}
		out[w] = ^m
	}
	if full<<6 < n {
		var m uint64
		for i, x := range c[full<<6 : n] {
			m |= b2u(uint64(x-lo) <= d) << uint(i)
		}
		out[full] = m
	}
}

// range64 has no room for a sign.
func range64(c []uint64, n int, lo, d uint64, out []uint64) {
	for w := range out {
		var m uint64
		s := c[w<<6 : min(n, w<<6+64)]
		for ; len(s) >= 4; s = s[4:] {
			a, b, e, f := b2u(s[0]-lo <= d), b2u(s[1]-lo <= d), b2u(s[2]-lo <= d), b2u(s[3]-lo <= d)
			m = m>>4 | (a|b<<1|e<<2|f<<3)<<60
		}
		for _, x := range s {
			m = m>>1 | b2u(x-lo <= d)<<63
		}
		out[w] = m >> uint(max(0, (w+1)<<6-n))
	}
}
