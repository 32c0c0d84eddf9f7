package search

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// widthOf is the number of bits that every one of v fits in.
func widthOf(v []uint32) uint {
	var m uint32
	for _, x := range v {
		m |= x
	}
	return uint(bits.Len32(m))
}

// packed is the number of bytes of n values of w bits.
func packed(n int, w uint) int { return (n*int(w) + 7) / 8 }

// pack appends v in w bits each.
func pack(dst []byte, v []uint32, w uint) []byte {
	var acc uint64
	var n uint
	for _, x := range v {
		acc |= uint64(x) << n
		for n += w; n >= 8; n -= 8 {
			dst = append(dst, byte(acc))
			acc >>= 8
		}
	}
	if n > 0 {
		dst = append(dst, byte(acc))
	}
	return dst
}

// unpack reads len(out) values of w <= 32 bits; src has slack bytes behind them.
func unpack(src []byte, out []uint32, w uint) {
	if w == 0 {
		clear(out)
		return
	}
	mask := uint64(1)<<w - 1
	bit, i := uint(0), 0
	// One load holds 56 whole bits after the first byte's: four values up to
	// 14 bits, two up to 28 (BenchmarkUnpack: 0.6 against 1.3 ns a value).
	switch {
	case w <= 14:
		for ; i+4 <= len(out); i += 4 {
			v, o := binary.LittleEndian.Uint64(src[bit>>3:])>>(bit&7), out[i:i+4:i+4]
			o[0] = uint32(v & mask)
			v >>= w
			o[1] = uint32(v & mask)
			v >>= w
			o[2] = uint32(v & mask)
			o[3] = uint32(v >> w & mask)
			bit += 4 * w
		}
	case w <= 28:
		for ; i+2 <= len(out); i += 2 {
			v, o := binary.LittleEndian.Uint64(src[bit>>3:])>>(bit&7), out[i:i+2:i+2]
			o[0] = uint32(v & mask)
			o[1] = uint32(v >> w & mask)
			bit += 2 * w
		}
	}
	for ; i < len(out); i++ {
		out[i] = uint32(binary.LittleEndian.Uint64(src[bit>>3:]) >> (bit & 7) & mask)
		bit += w
	}
}

// valueAt reads value i of a packed list.
func valueAt(src []byte, i int, w uint) uint32 {
	bit := uint(i) * w
	return uint32(binary.LittleEndian.Uint64(src[bit>>3:]) >> (bit & 7) & (1<<w - 1))
}

// pair is a frequency and the least length that goes with it or more.
type pair struct{ tf, length uint8 }

// bestPairs returns at most impacts pairs such that each row's frequency is at
// most, and its length at least, that of one pair. Only rows that no other
// beats in both count; where there are too many, neighbours are joined.
func bestPairs(tfs []uint32, lengths []uint8) []pair {
	all := make([]pair, len(tfs))
	for i, tf := range tfs {
		all[i] = pair{uint8(min(tf, 255)), lengths[i]}
	}
	slices.SortFunc(all, func(a, b pair) int {
		if a.tf != b.tf {
			return int(b.tf) - int(a.tf)
		}
		return int(a.length) - int(b.length)
	})
	best := all[:1]
	for _, p := range all[1:] {
		if p.length < best[len(best)-1].length {
			best = append(best, p)
		}
	}
	for len(best) > impacts {
		at := 1
		for i := 2; i < len(best); i++ {
			if best[i-1].tf-best[i].tf < best[at-1].tf-best[at].tf {
				at = i
			}
		}
		best[at].tf = best[at-1].tf
		best = slices.Delete(best, at-1, at)
	}
	return best
}
