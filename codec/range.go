package codec

import (
	"encoding/binary"
	"math"
	"math/bits"
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
	ones8  = 0x0101010101010101
	high8  = 0x8080808080808080
	ones16 = 0x0001000100010001
	high16 = 0x8000800080008000
)

// range8 tests eight bytes at a time within a uint64: y = x-lo in every byte,
// then y <= hi-lo by its top bit and a carry of the other seven.
func range8(c []uint8, n int, lo, hi uint8, out []uint64) {
	d := uint64(hi - lo)
	los := uint64(lo) * ones8
	room := (0x7f - d&0x7f) * ones8
	wide := d >= 0x80
	full := n >> 6
	for w := range full {
		s := c[w<<6 : w<<6+64 : w<<6+64]
		var m uint64
		for k := 0; k < 64; k += 8 {
			x := binary.LittleEndian.Uint64(s[k:])
			y := ((x | high8) - (los &^ high8)) ^ ((x ^ ^los) & high8)
			t := y&^high8 + room
			if wide {
				t &= y
			} else {
				t |= y
			}
			t = ^t & high8
			m |= ((t >> 7) * 0x0102040810204080 >> 56) << uint(k)
		}
		out[w] = m
	}
	if full<<6 < n {
		var m uint64
		for i, x := range c[full<<6 : n] {
			m |= b2u(uint64(x-lo) <= d) << uint(i)
		}
		out[full] = m
	}
}

// range16 is range8 with four lanes.
func range16(c []uint16, n int, lo, hi uint16, out []uint64) {
	d := uint64(hi - lo)
	full := n >> 6
	if littleEndian && full > 0 {
		range16Lanes(rawBytes(c[:full<<6]), lo, d, out[:full])
	} else {
		full = 0
	}
	for w := full; w<<6 < n; w++ {
		var m uint64
		for i, x := range c[w<<6 : min(n, w<<6+64)] {
			m |= b2u(uint64(x-lo) <= d) << uint(i)
		}
		out[w] = m
	}
}

func range16Lanes(c []byte, lo uint16, d uint64, out []uint64) {
	los := uint64(lo) * ones16
	room := (0x7fff - d&0x7fff) * ones16
	wide := d >= 0x8000
	for w := range out {
		s := c[w<<7 : w<<7+128 : w<<7+128]
		var m uint64
		for k := 0; k < 128; k += 8 {
			x := binary.LittleEndian.Uint64(s[k:])
			y := ((x | high16) - (los &^ high16)) ^ ((x ^ ^los) & high16)
			t := y&^high16 + room
			if wide {
				t &= y
			} else {
				t |= y
			}
			t = ^t & high16
			m |= ((t >> 15) * (1<<48 | 1<<33 | 1<<18 | 1<<3) >> 48 & 15) << uint(k>>1)
		}
		out[w] = m
	}
}

// range32 is unrolled by four; the sign of d-(x-lo) is the answer.
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

// range64 takes the borrow of d-(x-lo).
func range64(c []uint64, n int, lo, d uint64, out []uint64) {
	for w := range out {
		var m uint64
		for i, x := range c[w<<6 : min(n, w<<6+64)] {
			_, over := bits.Sub64(d, x-lo, 0)
			m |= (1 - over) << uint(i&63)
		}
		out[w] = m
	}
}
