package frame

import "encoding/binary"

// Writer appends the primitives of a footer, as Reader reads them, to B.
type Writer struct{ B []byte }

// Int writes an unsigned varint; n is not negative.
func (w *Writer) Int(n int) { w.Uvarint(uint64(n)) }

// Uvarint writes an unsigned varint.
func (w *Writer) Uvarint(v uint64) { w.B = binary.AppendUvarint(w.B, v) }

// Varint writes a signed varint.
func (w *Writer) Varint(v int64) { w.B = binary.AppendVarint(w.B, v) }

// Uint32 writes a word of four bytes.
func (w *Writer) Uint32(v uint32) { w.B = binary.LittleEndian.AppendUint32(w.B, v) }

// Uint64 writes a word of eight bytes.
func (w *Writer) Uint64(v uint64) { w.B = binary.LittleEndian.AppendUint64(w.B, v) }

// Text writes the length of a string and its bytes.
func (w *Writer) Text(s string) { w.Int(len(s)); w.B = append(w.B, s...) }

// Extent writes an extent: offset and length as varints, and the checksum.
func (w *Writer) Extent(x Extent) {
	w.Int(x.Off)
	w.Int(x.Len)
	w.Uint32(x.CRC)
}
