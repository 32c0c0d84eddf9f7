package record

import (
	"encoding/binary"
	"math"

	"github.com/quindex/quindex/fault"
)

// The wire forms of types, values and schemas, which are small: lengths and
// integers are varints, signed ones zigzag, as in encoding/binary.
//
//	type    kind u8 | precision u8 | scale u8
//	value   type | 0: NULL
//	        type | 1 | by storage: integer varint; float f64; point f64 f64;
//	                   string: length, bytes; interval: months, days, nanoseconds;
//	                   array: count, then that many values
//	schema  "QSCH" 01 00 00 00 | length u32 | crc32c u32 | table | version | fields
//	        then of each field: id | name | type | not null u8 | default value | analyzer
//
// A name and an analyzer are strings. Version 1: the first.
const (
	schemaMagic   = "QSCH"
	schemaVersion = 1
)

// AppendWire appends the wire form of t.
func (t Type) AppendWire(dst []byte) []byte {
	return append(dst, byte(t.Kind), t.Precision, t.Scale)
}

// DecodeType reads a type and returns what follows it.
func DecodeType(data []byte) (Type, []byte, error) {
	r := reader{data: data}
	t := r.typ()
	return t, data[r.pos:], wrap("decode type", r.err)
}

// AppendWire appends the wire form of v.
func (v Value) AppendWire(dst []byte) []byte {
	dst = v.Type.AppendWire(dst)
	if !v.Valid {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	switch v.Type.Storage() {
	case Ints:
		dst = binary.AppendVarint(dst, v.I)
	case Floats:
		dst = appendFloat(dst, v.F)
	case Points:
		dst = appendFloat(appendFloat(dst, v.F), v.Lat)
	case Strs:
		dst = appendString(dst, v.S)
	case Spans:
		dst = binary.AppendVarint(dst, v.Span.Months)
		dst = binary.AppendVarint(dst, v.Span.Days)
		dst = binary.AppendVarint(dst, v.Span.Nanos)
	case Array:
		dst = binary.AppendUvarint(dst, uint64(len(v.Elems)))
		for _, e := range v.Elems {
			dst = e.AppendWire(dst)
		}
	}
	return dst
}

func appendFloat(dst []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// DecodeValue reads a value and returns what follows it. Strings are copied.
func DecodeValue(data []byte) (Value, []byte, error) {
	r := reader{data: data}
	v := r.value()
	if r.err != nil {
		return Value{}, nil, wrap("decode value", r.err)
	}
	return v, data[r.pos:], nil
}

// AppendWire appends the wire form of s.
func (s *Schema) AppendWire(dst []byte) []byte {
	w := writer{b: dst, start: len(dst)}
	w.head(schemaMagic, schemaVersion)
	w.b = binary.AppendUvarint(w.b, uint64(s.Table))
	w.b = binary.AppendUvarint(w.b, uint64(s.Version))
	w.b = binary.AppendUvarint(w.b, uint64(len(s.Fields)))
	for _, f := range s.Fields {
		w.b = f.AppendWire(w.b)
	}
	return w.seal()
}

// AppendWire appends the wire form of f, which is that of a field of a schema.
func (f Field) AppendWire(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(f.ID))
	dst = appendString(dst, f.Name)
	dst = f.Type.AppendWire(dst)
	dst = append(dst, byte(BoolValue(f.NotNull).I))
	dst = f.Default.AppendWire(dst)
	return appendString(dst, f.Analyzer)
}

// DecodeSchema reads a schema as AppendWire wrote it; data holds nothing else.
func DecodeSchema(data []byte) (*Schema, error) {
	r, err := open(data, schemaMagic, schemaVersion, 16)
	if err != nil {
		return nil, wrap("decode schema", err)
	}
	s := &Schema{Table: TableID(r.uvarint(math.MaxUint64)), Version: uint32(r.uvarint(math.MaxUint32))}
	n := int(r.uvarint(uint64(r.left()))) // a field takes more than a byte
	for range n {
		s.Fields = append(s.Fields, r.field())
		if r.err != nil {
			return nil, wrap("decode schema", r.err)
		}
	}
	if r.err == nil && r.left() != 0 {
		r.fail("%d bytes after the last field", r.left())
	}
	if r.err != nil {
		return nil, wrap("decode schema", r.err)
	}
	return s, nil
}

func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fault.E("record: "+op, err)
}

func (r *reader) field() Field {
	return Field{
		ID: ColumnID(r.uvarint(math.MaxUint32)), Name: r.str(), Type: r.typ(),
		NotNull: r.bool(), Default: r.value(), Analyzer: r.str(),
	}
}

func (r *reader) typ() Type {
	b := r.take(3, "a type")
	if b == nil {
		return Type{}
	}
	t := Type{Kind: Kind(b[0]), Precision: b[1], Scale: b[2]}
	if t != (Type{}) && !t.valid() { // the zero Type is that of the zero Value
		r.fail("type % x", b)
	}
	return t
}

func (r *reader) value() Value {
	v := Value{Type: r.typ(), Valid: r.bool()}
	if r.err != nil || !v.Valid {
		return NullOf(v.Type)
	}
	switch v.Type.Storage() {
	case Ints:
		v.I = r.varint()
	case Floats:
		v.F = math.Float64frombits(r.u64())
	case Points:
		v.F, v.Lat = math.Float64frombits(r.u64()), math.Float64frombits(r.u64())
	case Strs:
		v.S = r.str()
	case Spans:
		v.Span = Span{r.varint(), r.varint(), r.varint()}
	case Array:
		r.elems(&v)
	default:
		r.fail("a value of type %s", v.Type)
	}
	return v
}

func (r *reader) elems(v *Value) {
	n := int(r.uvarint(uint64(r.left() / 4))) // an element takes at least 4 bytes
	for range n {
		e := r.value()
		if r.err == nil && (!e.Valid || e.Type != v.Type.Elem()) {
			r.fail("an element of type %s in %s", e.Type, v.Type)
		}
		if r.err != nil {
			return
		}
		v.Elems = append(v.Elems, e)
	}
}

func (r *reader) bool() bool {
	b := r.take(1, "a truth")
	if b != nil && b[0] > 1 {
		r.fail("truth 0x%02x, want 0 or 1", b[0])
	}
	return r.err == nil && b[0] == 1
}

func (r *reader) str() string {
	return string(r.take(r.uvarint(math.MaxUint64), "a string"))
}

// uvarint takes an unsigned integer of at most limit.
func (r *reader) uvarint(limit uint64) uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.data[r.pos:])
	if n <= 0 || v > limit {
		r.fail("integer %d, want at most %d", v, limit)
		return 0
	}
	r.pos += n
	return v
}

func (r *reader) varint() int64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Varint(r.data[r.pos:])
	if n <= 0 {
		r.fail("an integer cut short")
		return 0
	}
	r.pos += n
	return v
}
