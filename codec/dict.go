package codec

import (
	"encoding/binary"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// The bytes of a dictionary, at a multiple of 64, parts padded as in a block:
//
//	 0       4        8         16        24      64
//	+-------+--------+---------+---------+-------+------------------+---------------+------+
//	| count | packed | text, B | kept, B | zeros | (count+1) x u32  | count x u64   | text |
//	| u32   | u32    | u64     | u64     |       | offsets          | xxhash64      |      |
//	+-------+--------+---------+---------+-------+------------------+---------------+------+
//
// packed 1: the text is kept in zstd.

// Len returns the number of entries.
func (d *Dict) Len() int { return d.Strs.Len() }

// Unpacked returns the bytes of text that OpenDict had to unpack into memory
// of its own; 0 where it shares the section's.
func (d *Dict) Unpacked() int64 { return d.unpacked }

// LowerBound returns the first code whose string is >= s, or Len.
func (d *Dict) LowerBound(s string) int {
	return sort.Search(d.Len(), func(i int) bool { return d.Strs.At(i) >= s })
}

// Find returns the code of s, and false if no row holds s.
func (d *Dict) Find(s string) (int, bool) {
	i := d.LowerBound(s)
	return i, i < d.Len() && d.Strs.At(i) == s
}

// PrefixRange returns the codes [lo, hi) of the strings that begin with p.
func (d *Dict) PrefixRange(p string) (lo, hi int) {
	lo = d.LowerBound(p)
	hi = lo + sort.Search(d.Len()-lo, func(i int) bool { return !strings.HasPrefix(d.Strs.At(lo+i), p) })
	return lo, hi
}

// AppendDict appends the bytes of d; len(dst) must be a multiple of Align.
func AppendDict(dst []byte, d *Dict) []byte {
	text, packed := d.Strs.Data, uint32(0)
	if p, pays := packText(nil, text); pays {
		text, packed = p, 1
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(d.Len()))
	dst = binary.LittleEndian.AppendUint32(dst, packed)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(d.Strs.Data)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(text)))
	dst = Pad(dst)
	off := d.Strs.Off
	if off == nil {
		off = []uint32{0}
	}
	dst = Pad(appendNumbers(dst, off))
	dst = Pad(appendNumbers(dst, d.Hash))
	return Pad(append(dst, text...))
}

// OpenDict returns the dictionary whose bytes are b; it shares b's memory
// where it can. It checks that offsets rise and entries are sorted.
func OpenDict(b []byte) (*Dict, error) {
	if len(b) < 64 {
		return nil, corruptDict("%d bytes, want at least 64", len(b))
	}
	le := binary.LittleEndian
	n, packed, raw, kept := le.Uint32(b), le.Uint32(b[4:]), le.Uint64(b[8:]), le.Uint64(b[16:])
	if packed > 1 || raw > packMost || kept > raw || n == math.MaxUint32 {
		return nil, corruptDict("%d bytes of text kept in %d, packed %d", raw, kept, packed)
	}
	r := &reader{b: b[64:]}
	d := &Dict{}
	d.Strs.Off = part[uint32](r, int(n)+1, 4)
	d.Hash = part[uint64](r, int(n), 8)
	text := r.part(int(kept))
	if r.bad {
		return nil, corruptDict("%d entries do not fit in %d bytes", n, len(b))
	}
	if packed == 1 {
		var err error
		if text, err = unpack(text, raw); err != nil {
			return nil, err
		}
		d.unpacked = int64(len(text))
	}
	d.Strs.Data = text
	if d.Strs.Off[0] != 0 || int(d.Strs.Off[n]) != len(text) {
		return nil, corruptDict("offsets [%d, %d] over %d bytes", d.Strs.Off[0], d.Strs.Off[n], len(text))
	}
	if err := checkRising(d.Strs.Off); err != nil {
		return nil, err
	}
	return d, nil
}

// Check reports whether the entries are sorted and distinct and carry their hash.
func (d *Dict) Check() error {
	for i := range d.Len() {
		if i > 0 && d.Strs.At(i-1) >= d.Strs.At(i) {
			return corruptDict("entry %d is not above the one before", i)
		}
		if h := xxhash.Sum64String(d.Strs.At(i)); h != d.Hash[i] {
			return corruptDict("entry %d has hash %x, want %x", i, d.Hash[i], h)
		}
	}
	return nil
}

func corruptDict(format string, args ...any) error {
	return fault.Errorf("codec: open dictionary", fault.Corrupt, format, args...)
}

// Interner numbers distinct strings in order of first sight. The zero
// Interner is empty and ready; it is used by one goroutine.
type Interner struct {
	table []slot // open addressing, a power of two
	strs  record.Strings
	hash  []uint64
	last  uint32
}

// slot holds the upper half of a hash and id+1; 0 is free.
type slot struct{ tag, id uint32 }

// Len returns the number of distinct strings seen.
func (t *Interner) Len() int { return len(t.hash) }

// TextBytes returns the bytes of all distinct strings.
func (t *Interner) TextBytes() int { return len(t.strs.Data) }

// Code returns the number of s, which it copies if it is new. The text of all
// entries must stay below 4 GiB: see TextBytes.
func (t *Interner) Code(s string) uint32 {
	// A run of equal values, as in sorted tables, needs no hash.
	if len(t.hash) > 0 && t.strs.At(int(t.last)) == s {
		return t.last
	}
	if len(t.hash)*2 >= len(t.table) {
		t.grow()
	}
	h := xxhash.Sum64String(s)
	mask, tag := uint64(len(t.table)-1), uint32(h>>32)
	for i := h & mask; ; i = (i + 1) & mask {
		e := t.table[i]
		if e.id == 0 {
			t.table[i] = slot{tag, uint32(len(t.hash)) + 1}
			t.hash = append(t.hash, h)
			t.strs.Append(s)
			t.last = uint32(len(t.hash) - 1)
			return t.last
		}
		if e.tag == tag && t.strs.At(int(e.id-1)) == s {
			t.last = e.id - 1
			return t.last
		}
	}
}

func (t *Interner) grow() {
	t.table = make([]slot, max(256, 4*len(t.table)))
	mask := uint64(len(t.table) - 1)
	for id, h := range t.hash {
		i := h & mask
		for t.table[i].id != 0 {
			i = (i + 1) & mask
		}
		t.table[i] = slot{uint32(h >> 32), uint32(id) + 1}
	}
}

// Dict returns the sorted dictionary and, for every number that Code gave,
// its code in it.
func (t *Interner) Dict() (*Dict, []uint32) {
	n := t.Len()
	type key struct {
		head uint64 // the first eight bytes, which decide most comparisons
		id   uint32
	}
	keys := make([]key, n)
	for i := range keys {
		keys[i] = key{headOf(t.strs.At(i)), uint32(i)}
	}
	slices.SortFunc(keys, func(a, b key) int {
		if a.head != b.head {
			if a.head < b.head {
				return -1
			}
			return 1
		}
		return strings.Compare(t.strs.At(int(a.id)), t.strs.At(int(b.id)))
	})
	d := &Dict{Hash: make([]uint64, n)}
	d.Strs.Off = append(make([]uint32, 0, n+1), 0)
	d.Strs.Data = make([]byte, 0, len(t.strs.Data))
	code := make([]uint32, n)
	for c, k := range keys {
		d.Strs.Append(t.strs.At(int(k.id)))
		d.Hash[c] = t.hash[k.id]
		code[k.id] = uint32(c)
	}
	return d, code
}

// headOf is s's first eight bytes as a big-endian number: it orders as s does,
// ties aside.
func headOf(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}
