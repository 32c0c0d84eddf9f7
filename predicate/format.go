package predicate

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// The wire form of a condition: a version byte, then its tree in prefix order.
// Counts, ids and lengths are varints; a string is its length and bytes; types
// and values are as in package record; a truth is 0 or 1.
//
//	+----+--------+
//	| 01 | node   |
//	+----+--------+
//
//	compare   01 | field | op u8 | value
//	between   02 | field | lo value | hi value | lo open | hi open
//	in        03 | field | has null | count | values, ascending
//	like      04 | field | kind u8 | pattern | escape | fold | negate
//	is null   05 | field | negate
//	call      06 | function | count | fields | count | values
//	and       07 | count | nodes
//	or        08 | count | nodes
//	not       09 | node
//	const     0a | truth u8: 0 unknown, 1 false, 2 true
//	field     id | name | type
//
// Version 1: the first.
const wireVersion = 1

const (
	tagCompare = iota + 1
	tagBetween
	tagIn
	tagLike
	tagIsNull
	tagCall
	tagAnd
	tagOr
	tagNot
	tagConst
)

// MaxDepth is how deeply conditions may nest on the wire.
const MaxDepth = 500

// AppendWire appends the wire form of p.
func AppendWire(dst []byte, p P) []byte { return appendNode(append(dst, wireVersion), p) }

func appendNode(dst []byte, p P) []byte {
	switch p := p.(type) {
	case Compare:
		dst = append(appendField(append(dst, tagCompare), p.Field), byte(p.Op))
		return p.Value.AppendWire(dst)
	case Between:
		dst = appendField(append(dst, tagBetween), p.Field)
		dst = p.Hi.AppendWire(p.Lo.AppendWire(dst))
		return appendBools(dst, p.LoOpen, p.HiOpen)
	case In:
		dst = appendBools(appendField(append(dst, tagIn), p.Field), p.HasNull)
		return appendValues(dst, p.Values)
	case Like:
		dst = append(appendField(append(dst, tagLike), p.Field), byte(p.Kind))
		return appendBools(appendString(appendString(dst, p.Pattern), p.Escape), p.Fold, p.Negate)
	case IsNull:
		return appendBools(appendField(append(dst, tagIsNull), p.Field), p.Negate)
	case Call:
		dst = appendString(append(dst, tagCall), p.Function)
		dst = binary.AppendUvarint(dst, uint64(len(p.Fields)))
		for _, f := range p.Fields {
			dst = appendField(dst, f)
		}
		return appendValues(dst, p.Args)
	case And:
		return appendNodes(append(dst, tagAnd), p.Of)
	case Or:
		return appendNodes(append(dst, tagOr), p.Of)
	case Not:
		return appendNode(append(dst, tagNot), p.Of)
	case Const:
		return append(dst, tagConst, byte(p.Truth))
	}
	panic(fmt.Sprintf("BUG: predicate: a condition of type %T", p))
}

func appendNodes(dst []byte, of []P) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(of)))
	for _, p := range of {
		dst = appendNode(dst, p)
	}
	return dst
}

func appendField(dst []byte, f Field) []byte {
	return f.Type.AppendWire(appendString(binary.AppendUvarint(dst, uint64(f.ID)), f.Name))
}

func appendValues(dst []byte, values []record.Value) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(values)))
	for _, v := range values {
		dst = v.AppendWire(dst)
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendBools(dst []byte, truths ...bool) []byte {
	for _, t := range truths {
		dst = append(dst, byte(record.BoolValue(t).I))
	}
	return dst
}

// Decode reads a condition as AppendWire wrote it; b holds nothing else.
func Decode(b []byte) (P, error) {
	r := reader{rest: b}
	if v := r.byte(255); r.err == nil && v != wireVersion {
		r.fail("version %d, want %d", v, wireVersion)
	}
	p := r.node(0)
	if r.err == nil && len(r.rest) != 0 {
		r.fail("%d bytes after the condition", len(r.rest))
	}
	if r.err != nil {
		return nil, r.err
	}
	return p, nil
}

// reader takes parts in order. After the first error it returns zeros.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fault.Errorf("predicate: decode", fault.Corrupt, format, args...)
	}
}

func (r *reader) node(depth int) P {
	if depth > MaxDepth {
		r.fail("nested more than %d deep", MaxDepth)
	}
	switch tag := r.byte(255); {
	case r.err != nil:
		return nil
	case tag == tagCompare:
		return Compare{r.field(), Op(r.byte(byte(GE))), r.value(true)}
	case tag == tagBetween:
		return Between{r.field(), r.value(false), r.value(false), r.bool(), r.bool()}
	case tag == tagIn:
		return r.in()
	case tag == tagLike:
		return Like{r.field(), LikeKind(r.byte(byte(Regexp))), r.str(), r.str(), r.bool(), r.bool()}
	case tag == tagIsNull:
		return IsNull{r.field(), r.bool()}
	case tag == tagCall:
		return Call{r.str(), many(r, r.field), many(r, func() record.Value { return r.value(true) })}
	case tag == tagAnd:
		return And{many(r, func() P { return r.node(depth + 1) })}
	case tag == tagOr:
		return Or{many(r, func() P { return r.node(depth + 1) })}
	case tag == tagNot:
		return Not{r.node(depth + 1)}
	case tag == tagConst:
		return Const{Truth(r.byte(byte(True)))}
	default:
		r.fail("node tag 0x%02x", tag)
	}
	return nil
}

func (r *reader) in() P {
	p := In{Field: r.field(), HasNull: r.bool(), Values: many(r, func() record.Value { return r.value(false) })}
	for i := 1; i < len(p.Values) && r.err == nil; i++ {
		if record.Compare(p.Values[i-1], p.Values[i]) >= 0 {
			r.fail("value %d of a list does not ascend", i)
		}
	}
	return p
}

// many takes a count and then that many parts, each of at least one byte.
func many[T any](r *reader, next func() T) []T {
	n := r.uvarint(uint64(len(r.rest)))
	var out []T
	for range n {
		v := next()
		if r.err != nil {
			return nil
		}
		out = append(out, v)
	}
	return out
}

func (r *reader) field() Field {
	f := Field{ID: record.ColumnID(r.uvarint(math.MaxUint32)), Name: r.str()}
	if r.err == nil {
		f.Type, r.rest, r.err = record.DecodeType(r.rest)
	}
	return f
}

func (r *reader) value(null bool) record.Value {
	var v record.Value
	if r.err == nil {
		v, r.rest, r.err = record.DecodeValue(r.rest)
	}
	if r.err == nil && !v.Valid && !null {
		r.fail("a NULL where there is none")
	}
	return v
}

// byte takes a byte of at most limit.
func (r *reader) byte(limit byte) byte {
	if r.err == nil && len(r.rest) == 0 {
		r.fail("cut short")
	}
	if r.err != nil {
		return 0
	}
	b := r.rest[0]
	if r.rest = r.rest[1:]; b > limit {
		r.fail("byte 0x%02x, want at most 0x%02x", b, limit)
		return 0
	}
	return b
}

func (r *reader) bool() bool { return r.byte(1) == 1 }

func (r *reader) uvarint(limit uint64) uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > limit {
		r.fail("integer %d, want at most %d", v, limit)
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) str() string {
	n := r.uvarint(math.MaxInt32)
	if n > uint64(len(r.rest)) {
		r.fail("a string of %d bytes, %d are left", n, len(r.rest))
	}
	if r.err != nil {
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}
