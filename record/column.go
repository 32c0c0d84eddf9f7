package record

import (
	"unsafe"
)

// Bitmap holds one bit a row, 64 rows a word; bits past the last row are zero.
type Bitmap []uint64

// NewBitmap returns a bitmap of n rows, all zero.
func NewBitmap(n int) Bitmap { return make(Bitmap, (n+63)/64) }

// Get reports whether row i is set; it is below the length rounded up to 64.
func (b Bitmap) Get(i int) bool { return b[i>>6]>>(uint(i)&63)&1 != 0 }

// Set sets row i.
func (b Bitmap) Set(i int) { b[i>>6] |= 1 << (uint(i) & 63) }

// Clear is the opposite of Set.
func (b Bitmap) Clear(i int) { b[i>>6] &^= 1 << (uint(i) & 63) }

// Strings is a list of byte strings in one block of memory: string i is
// Data[Off[i]:Off[i+1]]. An empty list may have Off == nil; otherwise len(Off) is one more than the
// number of strings and Off[0] may be any offset into Data.
type Strings struct {
	Off  []uint32
	Data []byte
}

// Len returns the number of strings.
func (s *Strings) Len() int { return max(0, len(s.Off)-1) }

// At returns string i. It points into Data: it is valid as long as Data is
// neither changed nor unmapped.
func (s *Strings) At(i int) string {
	lo, hi := s.Off[i], s.Off[i+1]
	if lo == hi {
		return ""
	}
	b := s.Data[lo:hi]
	return unsafe.String(&b[0], len(b))
}

// Bytes returns string i as bytes that must not be changed.
func (s *Strings) Bytes(i int) []byte { return s.Data[s.Off[i]:s.Off[i+1]:s.Off[i+1]] }

// Append adds a copy of v.
func (s *Strings) Append(v string) {
	s.open()
	s.Data = append(s.Data, v...)
	s.Off = append(s.Off, uint32(len(s.Data)))
}

// Column holds one column of n rows. Type.Storage() says which slices are in
// use; each in use has n elements (Strs and Off: n+1 offsets). A NULL row has
// a zero value in them.
type Column struct {
	Type   Type
	N      int
	Valid  Bitmap // nil: no NULL
	Ints   []int64
	Floats []float64 // Float64; Point: longitudes
	Lats   []float64 // Point: latitudes
	Strs   Strings
	Off    []uint32 // arrays: the elements of row i are Elem[Off[i]:Off[i+1]]
	Elem   *Column  // arrays: elements, never NULL
	Spans  []Span   // Interval
}

// NewColumn returns an empty column of type t with room for n rows.
func NewColumn(t Type, n int) *Column {
	c := &Column{Type: t}
	switch t.Storage() {
	case Ints:
		c.Ints = make([]int64, 0, n)
	case Floats:
		c.Floats = make([]float64, 0, n)
	case Points:
		c.Floats, c.Lats = make([]float64, 0, n), make([]float64, 0, n)
	case Strs:
		c.Strs.Off = append(make([]uint32, 0, n+1), 0)
	case Array:
		c.Off = append(make([]uint32, 0, n+1), 0)
		c.Elem = NewColumn(t.Elem(), n)
	case Spans:
		c.Spans = make([]Span, 0, n)
	}
	return c
}

// IsNull reports whether row i is NULL.
func (c *Column) IsNull(i int) bool { return c.Valid != nil && !c.Valid.Get(i) }

// HasNulls reports whether the column keeps a validity bitmap.
func (c *Column) HasNulls() bool { return c.Valid != nil }

// Value returns row i. Strings share the column's memory.
func (c *Column) Value(i int) Value {
	v := Value{Type: c.Type}
	if c.IsNull(i) {
		return v
	}
	v.Valid = true
	switch c.Type.Storage() {
	case Ints:
		v.I = c.Ints[i]
	case Floats:
		v.F = c.Floats[i]
	case Points:
		v.F, v.Lat = c.Floats[i], c.Lats[i]
	case Strs:
		v.S = c.Strs.At(i)
	case Array:
		lo, hi := c.Off[i], c.Off[i+1]
		v.Elems = make([]Value, 0, hi-lo)
		for j := lo; j < hi; j++ {
			v.Elems = append(v.Elems, c.Elem.Value(int(j)))
		}
	case Spans:
		v.Span = c.Spans[i]
	default:
		v.Valid = false
	}
	return v
}

// Append adds v, which is NULL or has the column's storage. The type's
// parameters are the caller's business: see Coerce.
func (c *Column) Append(v Value) {
	if !v.Valid {
		c.AppendNull()
		return
	}
	c.grow(true)
	switch c.Type.Storage() {
	case Ints:
		c.Ints = append(c.Ints, v.I)
	case Floats:
		c.Floats = append(c.Floats, v.F)
	case Points:
		c.Floats, c.Lats = append(c.Floats, v.F), append(c.Lats, v.Lat)
	case Strs:
		c.Strs.Append(v.S)
	case Array:
		c.openArray()
		for _, e := range v.Elems {
			c.Elem.Append(e)
		}
		c.closeArray()
	case Spans:
		c.Spans = append(c.Spans, v.Span)
	}
}

// AppendNull adds a NULL.
func (c *Column) AppendNull() {
	c.grow(false)
	switch c.Type.Storage() {
	case Ints:
		c.Ints = append(c.Ints, 0)
	case Floats:
		c.Floats = append(c.Floats, 0)
	case Points:
		c.Floats, c.Lats = append(c.Floats, 0), append(c.Lats, 0)
	case Strs:
		c.Strs.Append("")
	case Array:
		c.closeArray()
	case Spans:
		c.Spans = append(c.Spans, Span{})
	}
}

func (c *Column) closeArray() {
	c.openArray()
	c.Off = append(c.Off, uint32(c.Elem.N))
}

// grow counts one more row and keeps the validity bitmap in step.
func (c *Column) grow(valid bool) {
	i := c.N
	c.N++
	if c.Valid == nil {
		if valid {
			return
		}
		c.Valid = NewBitmap(i)
		for w := range c.Valid {
			c.Valid[w] = ^uint64(0)
		}
		if r := uint(i) & 63; r != 0 {
			c.Valid[len(c.Valid)-1] = 1<<r - 1
		}
	}
	if i>>6 == len(c.Valid) {
		c.Valid = append(c.Valid, 0)
	}
	if valid {
		c.Valid.Set(i)
	}
}
