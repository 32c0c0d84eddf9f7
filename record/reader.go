package record

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/quindex/quindex/fault"
)

// reader takes the parts of a message in order. After the first error it
// returns zeros, and err says what was wrong.
type reader struct {
	data []byte
	pos  int
	err  error
}

// open checks the first 16 bytes of a message and its checksum.
func open(data []byte, magic string, version byte, head int) (*reader, error) {
	r := &reader{data: data, pos: 16}
	bad := func(format string, args ...any) (*reader, error) {
		return nil, fault.Errorf("record: open", fault.Corrupt, format, args...)
	}
	if len(data) < head {
		return bad("%d bytes, want at least %d", len(data), head)
	}
	if string(data[:4]) != magic {
		return bad("magic %q, want %q", data[:4], magic)
	}
	if data[4] != version || data[5] != 0 || data[6] != 0 || data[7] != 0 {
		return bad("version % x, want %d", data[4:8], version)
	}
	if n := binary.LittleEndian.Uint32(data[8:]); int(n) != len(data) {
		return bad("%d bytes, want the %d of the header", len(data), n)
	}
	if have, want := checksum(data), binary.LittleEndian.Uint32(data[12:]); have != want {
		return bad("crc32c %08x, want %08x", have, want)
	}
	return r, nil
}

func (r *reader) left() int { return len(r.data) - r.pos }

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fault.E(fmt.Sprintf("record: byte %d", r.pos), fault.Corrupt, fmt.Errorf(format, args...))
	}
}

// take returns the next n bytes, or nil with an error.
func (r *reader) take(n uint64, what string) []byte {
	if n > uint64(r.left()) {
		r.fail("%s takes %d bytes of %d", what, n, r.left())
	}
	if r.err != nil {
		return nil
	}
	b := r.data[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return b
}

// pad takes the zeros up to the next multiple of 8.
func (r *reader) pad() {
	for _, b := range r.take(uint64(-r.pos&7), "padding") {
		if b != 0 {
			r.fail("padding 0x%02x, want 0", b)
		}
	}
}

func (r *reader) u32() uint32 {
	if b := r.take(4, "an integer"); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if b := r.take(8, "an integer"); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) column(n int) (ColumnID, Column) {
	id, head := ColumnID(r.u32()), r.take(4, "a column's type")
	elements, text := r.u32(), r.u32()
	if r.err != nil {
		return 0, Column{}
	}
	c := Column{Type: Type{Kind: Kind(head[0]), Precision: head[1], Scale: head[2]}, N: n}
	if !c.Type.valid() || head[3] > flagValid || c.Type.Storage() == NoStorage && c.Type.Kind != Null {
		r.fail("column %d of type % x", id, head)
		return 0, Column{}
	}
	if head[3] == flagValid {
		c.Valid = r.validity(n)
	}
	values := &c
	if c.Type.IsArray() {
		c.Off = r.offsets(n, elements)
		c.Elem = &Column{Type: c.Type.Elem(), N: int(elements)}
		values = c.Elem
	} else if elements != 0 {
		r.fail("column %d: %d elements of %s", id, elements, c.Type)
	}
	if c.Type.Kind == Null && n > 0 && (c.Valid == nil || !c.Valid.none()) {
		r.fail("column %d: values of type NULL", id)
	}
	r.values(values, text)
	return id, c
}

func (r *reader) values(c *Column, text uint32) {
	storage := c.Type.Storage()
	if storage != Strs && text != 0 {
		r.fail("%d text bytes of %s", text, c.Type)
	}
	switch storage {
	case Ints:
		c.Ints = raw[int64](r, c.N)
	case Floats:
		c.Floats = raw[float64](r, c.N)
	case Points:
		c.Floats, c.Lats = raw[float64](r, c.N), raw[float64](r, c.N)
	case Spans:
		c.Spans = raw[Span](r, c.N)
	case Strs:
		c.Strs.Off = r.offsets(c.N, text)
		c.Strs.Data = r.take(uint64(text), "text")
		r.pad()
	}
}

func (r *reader) validity(n int) Bitmap {
	b := Bitmap(raw[uint64](r, (n+63)/64))
	if n%64 != 0 && r.err == nil && b[len(b)-1]>>(n%64) != 0 {
		r.fail("validity bits past row %d", n)
	}
	return b
}

// offsets takes n+1 offsets that ascend from 0 to end.
func (r *reader) offsets(n int, end uint32) []uint32 {
	off := raw[uint32](r, n+1)
	r.pad()
	if r.err != nil {
		return nil
	}
	last := uint32(0)
	for i, o := range off {
		if o < last || i == 0 && o != 0 {
			r.fail("offset %d is %d after %d", i, o, last)
			return nil
		}
		last = o
	}
	if last != end {
		r.fail("offsets end at %d, want %d", last, end)
	}
	return off
}

// raw takes n elements: as they lie where the machine can read them so, else a copy.
func raw[T fixed](r *reader, n int) []T {
	var zero T
	size := uint64(unsafe.Sizeof(zero))
	b := r.take(uint64(n)*size, "values")
	if len(b) == 0 {
		return nil
	}
	p := unsafe.Pointer(&b[0])
	if native && uintptr(p)%unsafe.Alignof(zero) == 0 {
		return unsafe.Slice((*T)(p), n)
	}
	out := make([]T, n)
	to := unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), len(b))
	copy(to, b)
	if !native {
		swap(to, int(min(size, 8)))
	}
	return out
}

// none reports whether no row is set.
func (b Bitmap) none() bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

// valid reports whether t is a type that exists, with fitting parameters.
func (t Type) valid() bool {
	if t.Kind == Invalid || int(t.Kind) >= len(kindInfo) {
		return false
	}
	if t.Kind == Decimal {
		return t.Precision >= 1 && t.Precision <= MaxDigits && t.Scale <= t.Precision
	}
	return t.Precision == 0 && t.Scale == 0
}
