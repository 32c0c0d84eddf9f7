package codec

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Integers of a measurement change little from row to row, and times at a
// steady pace. Packed integers are kept, a vector of 1,024 rows at a time, as
// the few bits by which they differ from their least (a frame), or by which
// their steps differ from a usual step, with the steps that are far from it
// as patches (after PFOR-delta: Zukowski et al., Super-Scalar RAM-CPU Cache
// Compression, ICDE 2006; and Lemire and Boytsov, 2015). A packed block is
// unpacked when it is opened, so that kernels see a frame of reference.
//
// One vector of c rows, without padding:
//
//	+-------+------+---------+-------+------------------+------------------------+----------------+
//	| steps | bits | patches | first | usual step       | patches x              | c numbers of   |
//	| u8    | u8   | u16     | i64   | i64, if steps 1  | (row u16, step i64)    | bits bits      |
//	+-------+------+---------+-------+------------------+------------------------+----------------+
//
// steps 0: value = first + number; 1: value = the one before, at row 0 first,
// + usual step + number, which at row 0 is 0; a patch's step stands for both.
const (
	vectorRows  = 1024
	vectorHead  = 4 + 8
	patchBytes  = 2 + 8
	packedSlack = 8 // zeros at the end, so that 8 bytes can be read at any number
)

// packer packs vectors; it is scratch memory.
type packer struct {
	steps   [vectorRows]uint64
	patches []uint16
}

// worthPacking reports whether packed bytes pay: they are unpacked at first touch.
func worthPacking(packed, plain int) bool { return padded(packed)*4 <= padded(plain)*3 }

// appendPacked appends v in vectors.
func (p *packer) appendPacked(dst []byte, v []int64) []byte {
	for len(v) > 0 {
		n := min(len(v), vectorRows)
		dst = p.vector(dst, v[:n])
		v = v[n:]
	}
	return append(dst, make([]byte, packedSlack)...)
}

func (p *packer) vector(dst []byte, v []int64) []byte {
	lo, hi := slices.Min(v), slices.Max(v)
	frame := width(uint64(hi) - uint64(lo))
	usual, narrow := p.step(v)
	if 8+len(p.patches)*patchBytes+numbersBytes(len(v), narrow) < numbersBytes(len(v), frame) {
		return p.appendSteps(dst, v[0], usual, narrow, len(v))
	}
	dst = append(dst, 0, byte(frame), 0, 0)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(lo))
	for i, x := range v {
		p.steps[i] = uint64(x) - uint64(lo)
	}
	return appendBits(dst, p.steps[:len(v)], frame)
}

// step chooses the usual step of v and the bits of what steps are above it,
// leaving the steps in p.steps and the rows to patch in p.patches.
func (p *packer) step(v []int64) (usual uint64, narrow int) {
	p.patches = p.patches[:0]
	d := p.steps[:len(v)]
	d[0] = 0
	for i := 1; i < len(v); i++ {
		d[i] = uint64(v[i]) - uint64(v[i-1])
	}
	if len(v) < 2 {
		return 0, 0
	}
	mid := middle(d)
	var lengths [65]int // steps by how many bits they are away from the middle
	for _, x := range d[1:] {
		lengths[away(x-mid)]++
	}
	keep, best := 64, len(v)*64
	for w, beyond := 64, 0; w >= 0; w-- {
		if cost := len(v)*w + beyond*patchBytes*8; cost < best {
			keep, best = w, cost
		}
		beyond += lengths[w]
	}
	low, high := int64(0), int64(0)
	for i, x := range d[1:] {
		if away(x-mid) > keep {
			p.patches = append(p.patches, uint16(i+1))
			continue
		}
		low, high = min(low, int64(x-mid)), max(high, int64(x-mid))
	}
	return mid + uint64(low), width(uint64(high) - uint64(low))
}

// middle returns the median of nine steps.
func middle(d []uint64) uint64 {
	var some [9]int64
	for i := range some {
		some[i] = int64(d[1+i*(len(d)-2)/8])
	}
	slices.Sort(some[:])
	return uint64(some[4])
}

// away is how many bits a signed number takes, its sign being one.
func away(x uint64) int { return bits.Len64(uint64(int64(x)<<1 ^ int64(x)>>63)) }

// width is the bits of the largest number; above 56 it is 64, since a number
// must lie in 8 bytes at any bit.
func width(most uint64) int {
	if n := bits.Len64(most); n <= 56 {
		return n
	}
	return 64
}

func (p *packer) appendSteps(dst []byte, first int64, usual uint64, narrow, n int) []byte {
	le := binary.LittleEndian
	dst = append(dst, 1, byte(narrow))
	dst = le.AppendUint16(dst, uint16(len(p.patches)))
	dst = le.AppendUint64(dst, uint64(first))
	dst = le.AppendUint64(dst, usual)
	for _, row := range p.patches {
		dst = le.AppendUint16(dst, row)
		dst = le.AppendUint64(dst, p.steps[row])
		p.steps[row] = usual
	}
	p.steps[0] = usual
	for i := range n {
		p.steps[i] -= usual
	}
	return appendBits(dst, p.steps[:n], narrow)
}

func numbersBytes(n, width int) int { return (n*width + 7) / 8 }

// appendBits appends the numbers, width bits each, the first in the lowest bits.
func appendBits(dst []byte, v []uint64, width int) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, numbersBytes(len(v), width)+packedSlack)...)
	out := dst[at:]
	for i, x := range v {
		bit := i * width
		word := out[bit>>3:]
		binary.LittleEndian.PutUint64(word, binary.LittleEndian.Uint64(word)|x<<(bit&7))
	}
	return dst[:len(dst)-packedSlack]
}

// unpackBits reads len(dst) numbers of width bits; b has packedSlack bytes
// after them.
func unpackBits(dst []uint64, b []byte, width int) {
	if width == 0 {
		clear(dst)
		return
	}
	mask := ^uint64(0) >> (64 - width)
	bit := 0
	for ; width <= 7 && len(dst) >= 8; dst = dst[8:] { // eight numbers are at most 7 whole bytes: 3x faster
		x, d := binary.LittleEndian.Uint64(b), dst[:8:8]
		b = b[width:]
		for i := range d {
			d[i] = x & mask
			x >>= width & 63
		}
	}
	for i := range dst {
		dst[i] = binary.LittleEndian.Uint64(b[bit>>3:]) >> (bit & 7) & mask
		bit += width
	}
}

// unpackInts reads n integers that appendPacked wrote, as offsets from ref.
func unpackInts[T uint8 | uint16 | uint32 | uint64](b []byte, n int, ref int64) ([]T, error) {
	out := make([]T, roundRows(n))
	var tmp [vectorRows]uint64
	for at := 0; at < n; at += vectorRows {
		v := tmp[:min(vectorRows, n-at)]
		var err error
		if b, err = unpackVector(v, b); err != nil {
			return nil, err
		}
		for i, x := range v {
			out[at+i] = T(x - uint64(ref))
		}
	}
	if len(b) != packedSlack {
		return nil, corrupt("%d bytes after packed integers, want %d", len(b), packedSlack)
	}
	return out, nil
}

// unpackVector reads one vector into v and returns what follows it.
func unpackVector(v []uint64, b []byte) ([]byte, error) {
	le := binary.LittleEndian
	if len(b) < vectorHead+packedSlack {
		return nil, corrupt("packed integers end within a vector")
	}
	steps, width, patches, first := b[0], int(b[1]), int(le.Uint16(b[2:])), le.Uint64(b[4:])
	b = b[vectorHead:]
	usual := uint64(0)
	if steps == 1 {
		usual, b = le.Uint64(b), b[8:]
	}
	numbers := numbersBytes(len(v), width)
	if steps > 1 || steps == 0 && patches > 0 || width > 56 && width != 64 || len(b) < patches*patchBytes+numbers+packedSlack {
		return nil, corrupt("vector of packed integers: steps %d, width %d, %d patches in %d bytes", steps, width, patches, len(b))
	}
	far := b[:patches*patchBytes]
	b = b[len(far):]
	unpackBits(v, b, width)
	if steps == 0 {
		for i := range v {
			v[i] += first
		}
		return b[numbers:], nil
	}
	for ; len(far) > 0; far = far[patchBytes:] {
		row := int(le.Uint16(far))
		if row == 0 || row >= len(v) {
			return nil, corrupt("patch of row %d in a vector of %d", row, len(v))
		}
		v[row] = le.Uint64(far[2:]) - usual
	}
	now := first - usual - v[0]
	for i, x := range v {
		now += usual + x
		v[i] = now
	}
	return b[numbers:], nil
}

// openPacked unpacks the integers of a block into a frame of reference.
func (b *Block) openPacked(h header, r *reader) (err error) {
	packed := r.part(int(h.many))
	if r.bad || b.N == 0 {
		return corrupt("packed integers of %d rows in %d bytes", b.N, h.many)
	}
	b.Form = FormFOR
	x := &b.Ints
	x.N, x.Ref = b.N, h.ref
	switch h.width {
	case 1:
		x.W8, err = unpackInts[uint8](packed, b.N, h.ref)
	case 2:
		x.W16, err = unpackInts[uint16](packed, b.N, h.ref)
	case 4:
		x.W32, err = unpackInts[uint32](packed, b.N, h.ref)
	case 8:
		x.W64, err = unpackInts[uint64](packed, b.N, h.ref)
	default:
		err = corrupt("width %d", h.width)
	}
	return err
}
