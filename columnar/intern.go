package columnar

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/quindex/quindex/codec"
)

// Text is stored as codes of a dictionary unless nearly every value is another
// one; then a dictionary would only be a detour.

// codedSource is a text column as codes of its sorted dictionary.
type codedSource struct {
	raw   source
	dict  *codec.Dict
	codes []uint32 // of all rows, or of all elements of arrays
	start []int    // where block b begins in codes
}

// maxDictText keeps the offsets of a dictionary within 32 bits.
const maxDictText = 1<<32 - 1<<20

// distinctMost is how many of n values may be distinct for a dictionary: four
// fifths. Measured by BenchmarkDistinct on 2026-11-21: one address is found in
// 0.13 ms among 65,536 rows of which 78 % are distinct, at 16 bytes a row, and
// in 4.4 ms where the text must be unpacked, at 11 bytes a row.
func distinctMost(n int) int { return max(n*4/5, n/2+1) }

// intern reads the whole column and returns it as codes, or nil if it should
// stay raw.
func intern(src source, n int) (*codedSource, error) {
	out := &codedSource{raw: src}
	var in codec.Interner
	known := translation{}
	for b := range blocksOf(n) {
		blk, err := src.block(b)
		if err != nil {
			return nil, err
		}
		out.start = append(out.start, len(out.codes))
		vals := blk
		if blk.Elem != nil {
			vals = blk.Elem
		}
		// Long text is hashed before it is copied: an interner of texts that
		// do not repeat would hold them all, to be thrown away.
		if b == 0 && long(vals) && varied(distinct(vals), vals.N, n) {
			return nil, nil
		}
		if !addCodes(out, &in, known, vals) || varied(in.Len(), len(out.codes), n) {
			return nil, nil
		}
	}
	if in.Len() > distinctMost(len(out.codes)) {
		return nil, nil
	}
	out.sort(&in)
	return out, nil
}

// varied reports whether it is plain after so many of the values of n rows
// that too many of them are distinct. Rows cannot be told from elements here;
// both count as values seen.
func varied(distinct, seen, n int) bool {
	return distinct > distinctMost(max(seen, n)) || seen >= codec.BlockRows && distinct > seen/20*19
}

// longText is how many bytes of text in a block are long.
const longText = 1 << 20

func long(vals *codec.Block) bool {
	return vals.Dict == nil && vals.Form == codec.FormStrings && len(vals.Strs.Off) > vals.N &&
		vals.Strs.Off[vals.N]-vals.Strs.Off[0] >= longText
}

// distinct counts the strings of a block by their hashes: one too few where
// two of them collide, once in 2^33 blocks.
func distinct(vals *codec.Block) int {
	hashes := make([]uint64, 0, vals.N)
	for i := range vals.N {
		if !vals.IsNull(i) {
			hashes = append(hashes, xxhash.Sum64String(vals.StringAt(i)))
		}
	}
	slices.Sort(hashes)
	return len(slices.Compact(hashes))
}

// sort turns numbers in order of first sight into codes of the sorted dictionary.
func (s *codedSource) sort(in *codec.Interner) {
	if in.Len() == 0 {
		in.Code("") // so that code 0, which NULL rows carry, stands for something
	}
	var sorted []uint32
	s.dict, sorted = in.Dict()
	for i, id := range s.codes {
		s.codes[i] = sorted[id]
	}
}

// addCodes appends the numbers of vals' strings; false if their text has
// become too long for a dictionary.
func addCodes(out *codedSource, in *codec.Interner, known translation, vals *codec.Block) bool {
	if vals.Dict != nil {
		ids := known.of(vals.Dict)
		for i := range vals.N {
			id := uint32(0)
			if !vals.IsNull(i) {
				code := vals.Ints.At(i)
				if id = ids[code]; id == 0 {
					id = in.Code(vals.Dict.Strs.At(int(code))) + 1
					ids[code] = id
				}
				id--
			}
			out.codes = append(out.codes, id)
		}
		return in.TextBytes() < maxDictText
	}
	for i := range vals.N {
		id := uint32(0)
		if !vals.IsNull(i) {
			if in.TextBytes() >= maxDictText {
				return false
			}
			id = in.Code(vals.StringAt(i))
		}
		out.codes = append(out.codes, id)
	}
	return true
}

// translation remembers, per dictionary of the source, number+1 of each of its
// codes; 0 is not yet known. So a merge hashes each entry once, not each row.
type translation map[*codec.Dict][]uint32

func (t translation) of(d *codec.Dict) []uint32 {
	ids := t[d]
	if ids == nil {
		ids = make([]uint32, d.Len())
		t[d] = ids
	}
	return ids
}

// block returns block b with codes in the place of strings.
func (s *codedSource) block(b int) (*codec.Block, error) {
	raw, err := s.raw.block(b)
	if err != nil {
		return nil, err
	}
	if raw.Elem == nil {
		return s.coded(raw, b), nil
	}
	blk := *raw
	blk.Elem = s.coded(raw.Elem, b)
	return &blk, nil
}

func (s *codedSource) coded(raw *codec.Block, b int) *codec.Block {
	codes := s.codes[s.start[b] : s.start[b]+raw.N]
	return &codec.Block{
		Type: raw.Type, Form: codec.FormFOR, N: raw.N, Valid: raw.Valid, Nulls: raw.Nulls,
		Dict: s.dict, Ints: codec.Ints{N: raw.N, W32: codes},
	}
}
