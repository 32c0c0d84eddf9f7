package plan

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// The wire form of a condition inside a fragment: a tag and its parts. A
// field is its id alone: name and type stand in the scan's schema.
const (
	tagCompare byte = iota + 1
	tagBetween
	tagIn
	tagLike
	tagIsNull
	tagEngineCond
	tagAnd
	tagOr
	tagNot
	tagTruth
)

func appendPredicate(b []byte, p predicate.P) []byte {
	switch p := p.(type) {
	case predicate.Compare:
		return p.Value.AppendWire(append(appendField(append(b, tagCompare), p.Field), byte(p.Op)))
	case predicate.Between:
		b = append(appendField(append(b, tagBetween), p.Field), bits(p.LoOpen, p.HiOpen))
		return p.Hi.AppendWire(p.Lo.AppendWire(b))
	case predicate.In:
		return appendList(append(appendField(append(b, tagIn), p.Field), bits(p.HasNull)), p.Values, appendValue)
	case predicate.Like:
		b = append(appendField(append(b, tagLike), p.Field), byte(p.Kind), bits(p.Fold, p.Negate))
		return appendString(appendString(b, p.Pattern), p.Escape)
	case predicate.IsNull:
		return append(appendField(append(b, tagIsNull), p.Field), bits(p.Negate))
	case predicate.Call:
		b = appendList(appendString(append(b, tagEngineCond), p.Function), p.Fields, appendField)
		return appendList(b, p.Args, appendValue)
	case predicate.And:
		return appendList(append(b, tagAnd), p.Of, appendPredicate)
	case predicate.Or:
		return appendList(append(b, tagOr), p.Of, appendPredicate)
	case predicate.Not:
		return appendPredicate(append(b, tagNot), p.Of)
	case predicate.Const:
		return append(b, tagTruth, byte(p.Truth))
	}
	panic(fmt.Sprintf("BUG: plan: a condition of type %T", p))
}

// bits packs flags, the first into bit 0.
func bits(flags ...bool) byte {
	var b byte
	for i, f := range flags {
		if f {
			b |= 1 << i
		}
	}
	return b
}

func appendField(b []byte, f predicate.Field) []byte { return binary.AppendUvarint(b, uint64(f.ID)) }

func appendValue(b []byte, v record.Value) []byte { return v.AppendWire(b) }

func (d *decoder) predicate(s *record.Schema) predicate.P {
	if !d.enter(1) {
		return nil
	}
	defer d.leave(1)
	some := func() predicate.P { return d.predicate(s) }
	switch tag := d.byte(); tag {
	case tagCompare:
		return predicate.Compare{Field: d.field(s), Op: predicate.Op(d.flags(byte(predicate.GE))), Value: d.value()}
	case tagBetween:
		p := predicate.Between{Field: d.field(s)}
		f := d.flags(3)
		p.LoOpen, p.HiOpen, p.Lo, p.Hi = f&1 != 0, f&2 != 0, d.value(), d.value()
		return p
	case tagIn:
		return predicate.In{Field: d.field(s), HasNull: d.bool(), Values: decodeList(d, d.value)}
	case tagLike:
		p := predicate.Like{Field: d.field(s), Kind: predicate.LikeKind(d.flags(byte(predicate.Regexp)))}
		f := d.flags(3)
		p.Fold, p.Negate, p.Pattern, p.Escape = f&1 != 0, f&2 != 0, d.string(), d.string()
		return p
	case tagIsNull:
		return predicate.IsNull{Field: d.field(s), Negate: d.bool()}
	case tagEngineCond:
		field := func() predicate.Field { return d.field(s) }
		return predicate.Call{Function: d.string(), Fields: decodeList(d, field), Args: decodeList(d, d.value)}
	case tagAnd:
		return predicate.And{Of: decodeList(d, some)}
	case tagOr:
		return predicate.Or{Of: decodeList(d, some)}
	case tagNot:
		return predicate.Not{Of: some()}
	case tagTruth:
		return predicate.Const{Truth: predicate.Truth(d.flags(byte(predicate.True)))}
	default:
		d.fail("condition tag 0x%02x", tag)
	}
	return nil
}

func (d *decoder) field(s *record.Schema) predicate.Field {
	id := record.ColumnID(d.uvarint(math.MaxUint32))
	i := s.ByID(id)
	if i < 0 {
		d.fail("a condition on column %d, which the schema lacks", id)
		return predicate.Field{}
	}
	return predicate.Field{ID: id, Name: s.Fields[i].Name, Type: s.Fields[i].Type}
}
