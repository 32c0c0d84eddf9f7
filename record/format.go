package record

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"unsafe"

	"github.com/quindex/quindex/fault"
)

// The wire form of a Batch, in the log, between nodes and from the loader.
// Integers are little-endian. Every part starts at a multiple of 8 bytes from
// the start and is padded with zeros to the next, so that an aligned message is
// read without copying a value.
//
//	 0 +----------------+----+-----------+----------------+----------------+
//	   | "QBAT"         | 01 | 00 00 00  | length u32     | crc32c u32     |
//	16 +----------------+----+-----------+----------------+----------------+
//	   | table u64                       | first row u64                   |
//	32 +----------------+----------------+----------------+----------------+
//	   | schema version | columns u32    | rows u32       | 0 u32          |
//	48 +----------------+----------------+----------------+----------------+
//	   | column, column, ...                                               |
//	   +-------------------------------------------------------------------+
//
// length counts the whole message; crc32c covers all of it but itself. A column:
//
//	+----------------+----+----+----+----+----------------+----------------+
//	| column id u32  |kind|prec|scal|flag| elements u32   | text bytes u32 |
//	+----------------+----+----+----+----+----------------+----------------+
//	| validity: one bit a row, u64 words            (only if flag has bit 0)
//	| offsets: u32, rows+1, from 0                  (arrays)
//	| values, of rows or of elements:
//	|   ints i64 | floats f64 | points: f64 longitudes, f64 latitudes
//	|   spans: months i64, days i64, nanoseconds i64
//	|   strings: offsets u32, n+1, from 0; then the text bytes
//	+----------------------------------------------------------------------
//
// Version 1: the first.
const (
	batchMagic   = "QBAT"
	batchVersion = 1
	batchHead    = 48
	columnHead   = 16
	flagValid    = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// native reports whether this machine holds integers as the wire does.
var native = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// AppendWire appends the wire form of b. A batch is less than 4 GiB.
func (b *Batch) AppendWire(dst []byte) []byte {
	w := writer{b: dst, start: len(dst)}
	w.head(batchMagic, batchVersion)
	w.u64(uint64(b.Table))
	w.u64(b.FirstRow)
	w.u32(b.Version)
	w.u32(uint32(len(b.Cols)))
	w.u32(uint32(b.N))
	w.u32(0)
	for i := range b.Cols {
		w.column(b.IDs[i], &b.Cols[i])
	}
	return w.seal()
}

// writer appends parts; start is where the message begins in b.
type writer struct {
	b     []byte
	start int
}

func (w *writer) u32(v uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, v) }
func (w *writer) u64(v uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, v) }

// head begins a message; seal fills in its length and checksum.
func (w *writer) head(magic string, version byte) {
	w.b = append(w.b, magic...)
	w.b = append(w.b, version, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}

func (w *writer) seal() []byte {
	m := w.b[w.start:]
	if uint64(len(m)) > math.MaxUint32 {
		panic("BUG: record: a message of 4 GiB or more")
	}
	binary.LittleEndian.PutUint32(m[8:], uint32(len(m)))
	binary.LittleEndian.PutUint32(m[12:], checksum(m))
	return w.b
}

func checksum(m []byte) uint32 {
	return crc32.Update(crc32.Checksum(m[:12], castagnoli), castagnoli, m[16:])
}

func (w *writer) pad() {
	for (len(w.b)-w.start)%8 != 0 {
		w.b = append(w.b, 0)
	}
}

func (w *writer) column(id ColumnID, c *Column) {
	values, elements := c, 0
	if c.Type.IsArray() {
		elem := Column{Type: c.Type.Elem()}
		if c.N > 0 {
			elem = c.Elem.Slice(int(c.Off[0]), int(c.Off[c.N]))
		}
		values, elements = &elem, elem.N
	}
	text := 0
	if n := values.Strs.Len(); n > 0 {
		text = int(values.Strs.Off[n] - values.Strs.Off[0])
	}
	flag := byte(0)
	if c.Valid != nil {
		flag = flagValid
	}
	w.u32(uint32(id))
	w.b = append(w.b, byte(c.Type.Kind), c.Type.Precision, c.Type.Scale, flag)
	w.u32(uint32(elements))
	w.u32(uint32(text))
	if c.Valid != nil {
		w.b = appendRaw(w.b, c.Valid[:(c.N+63)/64])
	}
	if c.Type.IsArray() {
		w.offsets(c.Off, c.N)
	}
	w.values(values)
}

func (w *writer) values(c *Column) {
	switch c.Type.Storage() {
	case Ints:
		w.b = appendRaw(w.b, c.Ints)
	case Floats:
		w.b = appendRaw(w.b, c.Floats)
	case Points:
		w.b = appendRaw(appendRaw(w.b, c.Floats), c.Lats)
	case Spans:
		w.b = appendRaw(w.b, c.Spans)
	case Strs:
		w.offsets(c.Strs.Off, c.N)
		if c.N > 0 {
			w.b = append(w.b, c.Strs.Data[c.Strs.Off[0]:c.Strs.Off[c.N]]...)
		}
		w.pad()
	}
}

// offsets writes n+1 offsets moved so that the first is 0.
func (w *writer) offsets(off []uint32, n int) {
	if n == 0 {
		w.u32(0)
	} else {
		for _, o := range off[:n+1] {
			w.u32(o - off[0])
		}
	}
	w.pad()
}

// fixed are the elements that the wire holds as the memory of a little-endian machine does.
type fixed interface {
	uint32 | int64 | uint64 | float64 | Span
}

// appendRaw appends the memory of s, swapped on a big-endian machine.
func appendRaw[T fixed](dst []byte, s []T) []byte {
	if len(s) == 0 {
		return dst
	}
	size := int(unsafe.Sizeof(s[0]))
	at := len(dst)
	dst = append(dst, unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*size)...)
	if !native {
		swap(dst[at:], min(size, 8))
	}
	return dst
}

// swap reverses every word of the given size.
func swap(b []byte, size int) {
	for ; len(b) > 0; b = b[size:] {
		for i, j := 0, size-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
}

// DecodeBatch reads a batch as AppendWire wrote it; data holds nothing else.
// Where data is aligned to 8 bytes the columns point into it: then it must
// not change while the batch is in use, nor may the batch be appended to.
// Text is not checked to be UTF-8, numbers are not checked against their type.
func DecodeBatch(data []byte) (*Batch, error) {
	r, err := open(data, batchMagic, batchVersion, batchHead)
	if err != nil {
		return nil, fault.E("record: decode batch", err)
	}
	b := &Batch{Table: TableID(r.u64()), FirstRow: r.u64(), Version: r.u32()}
	columns, n := int(r.u32()), r.u32()
	if zero := r.u32(); zero != 0 || columns > r.left()/columnHead || n > math.MaxInt32 {
		return nil, corrupt("decode batch", "%d columns, %d rows in %d bytes", columns, n, r.left())
	}
	b.N = int(n)
	b.IDs, b.Cols = make([]ColumnID, columns), make([]Column, columns)
	for i := range columns {
		b.IDs[i], b.Cols[i] = r.column(b.N)
		if r.err != nil {
			return nil, fault.E("record: decode batch", r.err)
		}
	}
	if r.left() != 0 {
		return nil, corrupt("decode batch", "%d bytes after the last column", r.left())
	}
	return b, nil
}

func corrupt(op, format string, args ...any) error {
	return fault.Errorf("record: "+op, fault.Corrupt, format, args...)
}
