package codec

import (
	"encoding/binary"
	"math"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// The bytes of a block, at a multiple of 64 in its section. All numbers are
// little-endian; every part starts at a multiple of 64 and is padded with zeros:
//
//	 0        1        2         3       4      8       12      16      24      32       64
//	+--------+--------+---------+-------+------+-------+-------+-------+-------+--------+
//	| form   | width  | storage | flags | rows | nulls | count | ref   | extra | zeros  |
//	| u8     | u8     | u8      | u8    | u32  | u32   | u32   | i64   | u64   | 32 B   |
//	+--------+--------+---------+-------+------+-------+-------+-------+-------+--------+
//	| validity, only with flag 1: 1 bit a row                                           |
//	+-----------------------------------------------------------------------------------+
//	| const    nothing: ref is the value, code or float bits; extra the latitude's bits |
//	| runs     count x u32 ends | count x i64 values                                    |
//	| FOR      rows x width bytes, rows rounded up to 64: value = ref + element         |
//	| packed   count bytes of vectors: see packed.go; width is that of the frame        |
//	| floats   rows x f64, rows rounded up to 64                                        |
//	| points   the longitudes as floats | the latitudes as floats                       |
//	| strings  (rows+1) x u32 offsets | extra bytes of text; width 1: in zstd, count B  |
//	| array    (rows+1) x u32 offsets | a block of count elements                       |
//	+-----------------------------------------------------------------------------------+
//
// flags: 1 validity bitmap follows, 2 the integers are codes of a dictionary,
// 4 all rows are NULL (no bitmap).
const blockHeader = 64

const (
	flagValid   = 1
	flagCodes   = 2
	flagAllNull = 4
)

// header is the decoded first 64 bytes of a block.
type header struct {
	form           Form
	width          uint8
	storage        record.Storage
	flags          uint8
	n, nulls, many uint32
	ref            int64
	extra          uint64
}

func (h header) append(dst []byte) []byte {
	dst = append(dst, byte(h.form), h.width, byte(h.storage), h.flags)
	dst = binary.LittleEndian.AppendUint32(dst, h.n)
	dst = binary.LittleEndian.AppendUint32(dst, h.nulls)
	dst = binary.LittleEndian.AppendUint32(dst, h.many)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.ref))
	dst = binary.LittleEndian.AppendUint64(dst, h.extra)
	return append(dst, make([]byte, blockHeader-32)...)
}

func parseHeader(b []byte) header {
	le := binary.LittleEndian
	return header{
		form: Form(b[0]), width: b[1], storage: record.Storage(b[2]), flags: b[3],
		n: le.Uint32(b[4:]), nulls: le.Uint32(b[8:]), many: le.Uint32(b[12:]),
		ref: int64(le.Uint64(b[16:])), extra: le.Uint64(b[24:]),
	}
}

// reader walks the parts of a block; after an overrun bad stays set.
type reader struct {
	b   []byte
	bad bool
}

// part returns the next n bytes and skips their padding.
func (r *reader) part(n int) []byte {
	if n < 0 || r.bad || padded(n) > len(r.b) {
		r.bad = true
		return nil
	}
	p := r.b[:n:n]
	r.b = r.b[padded(n):]
	return p
}

func part[T number](r *reader, n, size int) []T {
	p := r.part(n * size)
	if r.bad {
		return nil
	}
	return view[T](p, n)
}

func roundRows(n int) int { return (n + 63) &^ 63 }

// Open returns the block whose bytes are b, without copying where the machine
// allows: the block then lives as long as b. t is the column's type and dict
// its dictionary, or nil. Open checks what it can without reading the values;
// bytes that no checksum vouches for need Check besides.
func Open(b []byte, t record.Type, dict *Dict) (*Block, error) {
	return open(b, t, dict, BlockRows)
}

func open(b []byte, t record.Type, dict *Dict, maxRows int) (*Block, error) {
	if len(b) < blockHeader {
		return nil, corrupt("%d bytes, want at least %d", len(b), blockHeader)
	}
	h := parseHeader(b)
	if h.storage != t.Storage() {
		return nil, corrupt("storage %d, want %d for %s", h.storage, t.Storage(), t)
	}
	if int64(h.n) > int64(maxRows) || h.nulls > h.n {
		return nil, corrupt("%d rows with %d nulls, want at most %d", h.n, h.nulls, maxRows)
	}
	if h.nulls > 0 && maxRows > BlockRows {
		return nil, corrupt("%d NULL elements, want none", h.nulls)
	}
	blk := &Block{Type: t, Form: h.form, N: int(h.n), Nulls: int(h.nulls)}
	r := &reader{b: b[blockHeader:]}
	if err := blk.openValid(h, r); err != nil {
		return nil, err
	}
	if h.flags&flagCodes != 0 {
		if dict == nil {
			return nil, corrupt("codes without a dictionary")
		}
		blk.Dict = dict
	}
	if err := blk.openForm(h, r, dict); err != nil {
		return nil, err
	}
	if r.bad {
		return nil, corrupt("form %d of %d rows does not fit in %d bytes", h.form, h.n, len(b))
	}
	return blk, nil
}

func corrupt(format string, args ...any) error {
	return fault.Errorf("codec: open block", fault.Corrupt, format, args...)
}

func (b *Block) openValid(h header, r *reader) error {
	switch {
	case h.flags&flagAllNull != 0:
		if b.Nulls != b.N {
			return corrupt("%d nulls, want all of %d rows", b.Nulls, b.N)
		}
		b.Valid = record.NewBitmap(b.N)
	case h.flags&flagValid != 0:
		words := (b.N + 63) / 64
		b.Valid = part[uint64](r, words, 8)
	case b.Nulls != 0:
		return corrupt("%d nulls without a bitmap", b.Nulls)
	}
	return nil
}

func (b *Block) openForm(h header, r *reader, dict *Dict) error {
	ints := h.storage == record.Ints || h.flags&flagCodes != 0
	if h.flags&flagCodes != 0 && h.storage != record.Strs {
		return corrupt("codes in storage %d", h.storage)
	}
	switch {
	case ints && h.form <= FormFOR:
		return b.openInts(h, r)
	case ints && h.form == FormPacked && h.flags&flagCodes == 0:
		return b.openPacked(h, r)
	case h.form == FormConst && h.storage == record.Floats:
		b.Floats = []float64{math.Float64frombits(uint64(h.ref))}
	case h.form == FormConst && h.storage == record.Points:
		b.Floats = []float64{math.Float64frombits(uint64(h.ref))}
		b.Lats = []float64{math.Float64frombits(h.extra)}
	case h.form == FormFloats && h.storage == record.Floats:
		b.Floats = part[float64](r, roundRows(b.N), 8)
	case h.form == FormPoints && h.storage == record.Points:
		b.Floats = part[float64](r, roundRows(b.N), 8)
		b.Lats = part[float64](r, roundRows(b.N), 8)
	case h.form == FormStrings && h.storage == record.Strs && !ints:
		return b.openStrings(h, r)
	case h.form == FormArray && h.storage == record.Array:
		b.Off = part[uint32](r, b.N+1, 4)
		if r.bad {
			return nil
		}
		elem, err := open(r.b, b.Type.Elem(), dict, math.MaxUint32)
		if err != nil {
			return err
		}
		b.Elem = elem
		if b.Off[0] != 0 || int(b.Off[b.N]) != elem.N {
			return corrupt("arrays of elements [%d, %d) over %d elements", b.Off[0], b.Off[b.N], elem.N)
		}
	default:
		return corrupt("form %d for storage %d", h.form, h.storage)
	}
	return nil
}

func (b *Block) openInts(h header, r *reader) error {
	x := &b.Ints
	x.N, x.Ref = b.N, h.ref
	switch {
	case h.form == FormConst:
	case h.form == FormRuns:
		x.RunEnd = part[uint32](r, int(h.many), 4)
		x.RunVal = part[int64](r, int(h.many), 8)
		if !r.bad && (h.many == 0 || int(x.RunEnd[h.many-1]) != b.N) {
			return corrupt("%d runs, want them to end at row %d", h.many, b.N)
		}
	case h.width == 1:
		x.W8 = part[uint8](r, roundRows(b.N), 1)
	case h.width == 2:
		x.W16 = part[uint16](r, roundRows(b.N), 2)
	case h.width == 4:
		x.W32 = part[uint32](r, roundRows(b.N), 4)
	case h.width == 8:
		x.W64 = part[uint64](r, roundRows(b.N), 8)
	default:
		return corrupt("width %d", h.width)
	}
	if h.form == FormFOR && b.N == 0 {
		return corrupt("frame of reference over no rows")
	}
	return nil
}

func (b *Block) openStrings(h header, r *reader) error {
	b.Strs.Off = part[uint32](r, b.N+1, 4)
	if h.width == 1 {
		packed := r.part(int(h.many))
		if r.bad {
			return nil
		}
		text, err := unpack(packed, h.extra)
		if err != nil {
			return err
		}
		b.Strs.Data = text
	} else {
		b.Strs.Data = r.part(int(min(h.extra, math.MaxInt32*2)))
	}
	if !r.bad && (b.Strs.Off[0] != 0 || uint64(b.Strs.Off[b.N]) != h.extra) {
		return corrupt("text [%d, %d) of %d bytes", b.Strs.Off[0], b.Strs.Off[b.N], h.extra)
	}
	return nil
}

// Check reads all of the block and reports what would make a kernel fail:
// codes outside the dictionary, offsets or runs that do not rise.
func (b *Block) Check() error {
	if b.Valid != nil {
		if valid := countBits(b.Valid); valid != b.N-b.Nulls {
			return corrupt("%d valid rows, want %d of %d", valid, b.N-b.Nulls, b.N)
		}
		if r := uint(b.N) & 63; r != 0 && b.Valid[len(b.Valid)-1]>>r != 0 {
			return corrupt("validity past row %d", b.N)
		}
	}
	for i := 1; i < len(b.Ints.RunEnd); i++ {
		if b.Ints.RunEnd[i-1] >= b.Ints.RunEnd[i] {
			return corrupt("run %d ends at %d, not after %d", i, b.Ints.RunEnd[i], b.Ints.RunEnd[i-1])
		}
	}
	if b.Dict != nil && b.N > 0 {
		lo, hi, _ := b.Ints.MinMax(nil, All)
		if lo < 0 || hi >= int64(b.Dict.Len()) {
			return corrupt("codes [%d, %d] in a dictionary of %d", lo, hi, b.Dict.Len())
		}
	}
	for _, off := range [][]uint32{b.Off, b.Strs.Off} {
		if err := checkRising(off); err != nil {
			return err
		}
	}
	if b.Elem != nil {
		return b.Elem.Check()
	}
	return nil
}

func checkRising(off []uint32) error {
	for i := 1; i < len(off); i++ {
		if off[i-1] > off[i] {
			return corrupt("offset %d is %d, below %d", i, off[i], off[i-1])
		}
	}
	return nil
}
