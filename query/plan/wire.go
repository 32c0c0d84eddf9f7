package plan

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// The wire form of a fragment, which travels to the nodes that hold the
// table's shards. Integers are varints, counts and lengths unsigned ones;
// types, values and schemas are as package record writes them, a condition is
// its length and what package predicate writes.
//
//	fragment   'F' | version u8 | node
//	node       tag u8 | what the tag says, inputs last:
//	scan       name | schema | columns | condition or nothing | filters | flags u8 | score, if flag 2 | top, if flag 4
//	survey     scan
//	filter     condition | node
//	project    expressions | names | node
//	aggregate  mode u8 | groups | aggregates | names | output | node
//	sort       keys | limit | offset | node
//	limit      count | offset | node
//	join       kind u8 | left keys | right keys | on or nothing | key scan | node | node
//	union      nodes
//	values     rows of expressions | output
//	broadcast  id | output
//	walk       mode u8 | flags u8 | min | max | start key, place | end key, place | steps | places | node | scan
//	algorithm  kind u8 | iterations | damping f64 | from expr | to expr | steps | places | names
//	step       near | far | from | to | no loops u8 | scan
//	output     columns: name, type
//
// The schema of a scan holds the columns it reads or asks about, no others.
// A Gather never is part of a fragment. Version 1: the first.
const (
	fragmentMagic   = 'F'
	fragmentVersion = 1

	// maxWireDepth bounds the recursion of a decoder over expressions; a
	// statement's own limit (sql.MaxHeight) is below it. maxWireNodes is that over
	// nodes.
	maxWireDepth = 12_000
	maxWireNodes = 1_000
)

const (
	tagScan byte = iota + 1
	tagFilter
	tagProject
	tagAggregate
	tagSort
	tagLimit
	tagJoin
	tagUnion
	tagValues
	tagBroadcast
	tagSurvey
	tagWalk
	tagAlgorithm
)

const (
	tagNone byte = iota
	tagCol
	tagConst
	tagCall
	tagParam
	tagSubquery
	tagEngine
)

// EncodeFragment returns the wire form of a fragment. A Gather in it is a bug.
func EncodeFragment(n Node) []byte {
	return appendNode(append(make([]byte, 0, 256), fragmentMagic, fragmentVersion), n)
}

func appendNode(b []byte, n Node) []byte {
	switch n := n.(type) {
	case *Scan:
		return n.appendWire(append(b, tagScan))
	case *Survey:
		return n.Scan.appendWire(append(b, tagSurvey))
	case *Filter:
		return appendNode(appendExpr(append(b, tagFilter), n.Cond), n.Input)
	case *Project:
		b = appendExprs(append(b, tagProject), n.Exprs)
		return appendNode(appendList(b, n.Names, appendString), n.Input)
	case *Aggregate:
		b = appendExprs(append(b, tagAggregate, byte(n.Mode)), n.Groups)
		b = appendList(b, n.Aggs, appendAgg)
		b = appendList(b, n.Names, appendString)
		return appendNode(appendList(b, n.Out, appendColumn), n.Input)
	case *Sort:
		b = appendList(append(b, tagSort), n.Keys, appendKey)
		return appendNode(binary.AppendVarint(binary.AppendVarint(b, n.Limit), n.Offset), n.Input)
	case *Limit:
		b = binary.AppendVarint(append(b, tagLimit), n.Count)
		return appendNode(binary.AppendVarint(b, n.Offset), n.Input)
	case *Join:
		b = appendExprs(append(b, tagJoin, byte(n.Kind)), n.LeftKeys)
		b = appendExpr(appendExprs(b, n.RightKeys), n.On)
		b = binary.AppendUvarint(b, uint64(n.KeyScan))
		return appendNode(appendNode(b, n.Left), n.Right)
	case *Union:
		return appendList(append(b, tagUnion), n.All, appendNode)
	case *Values:
		return appendList(appendList(append(b, tagValues), n.Rows, appendExprs), n.Out, appendColumn)
	case *GraphWalk:
		return n.appendWire(append(b, tagWalk))
	case *GraphAlgorithm:
		return n.appendWire(append(b, tagAlgorithm))
	case *Broadcast:
		return appendList(binary.AppendUvarint(append(b, tagBroadcast), uint64(n.ID)), n.Out, appendColumn)
	}
	panic(fmt.Sprintf("BUG: plan: a %T in a fragment", n))
}

func (n *Scan) appendWire(b []byte) []byte {
	b = appendString(b, n.Table.Name)
	need := n.schema()
	at := len(b)
	b = need.AppendWire(append(b, 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	b = appendList(b, n.Columns, func(b []byte, id record.ColumnID) []byte { return binary.AppendUvarint(b, uint64(id)) })
	if n.Where == nil {
		b = append(b, 0)
	} else {
		where := predicate.AppendWire(make([]byte, 0, 64), n.Where)
		b = append(binary.AppendUvarint(append(b, 1), uint64(len(where))), where...)
	}
	return n.appendRank(appendExprs(b, n.Filter))
}

// schema returns the part of the table's schema that the scan needs.
func (n *Scan) schema() *record.Schema {
	s := &record.Schema{Table: n.Table.Schema.Table, Version: n.Table.Schema.Version}
	need := append([]record.ColumnID(nil), n.Columns...)
	if n.Where != nil {
		for _, f := range predicate.Fields(n.Where) {
			need = append(need, f.ID)
		}
	}
	need = append(need, n.rankedBy()...)
	for _, f := range n.Table.Schema.Fields {
		for _, id := range need {
			if id == f.ID {
				s.Fields = append(s.Fields, f)
				break
			}
		}
	}
	return s
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendList[T any](b []byte, list []T, item func([]byte, T) []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, x := range list {
		b = item(b, x)
	}
	return b
}

func appendColumn(b []byte, c Column) []byte { return c.Type.AppendWire(appendString(b, c.Name)) }

func appendAgg(b []byte, a Agg) []byte {
	b = appendExprs(appendString(b, a.Func), a.Args)
	b = appendExpr(append(b, byte(record.BoolValue(a.Distinct).I)), a.Filter)
	return a.T.AppendWire(appendList(b, a.Order, appendKey))
}

func appendKey(b []byte, k SortKey) []byte {
	flags := byte(record.BoolValue(k.Desc).I) | byte(record.BoolValue(k.NullsFirst).I)<<1
	return append(appendExpr(b, k.Expr), flags)
}

func appendExprs(b []byte, es []Expr) []byte { return appendList(b, es, appendExpr) }

// appendExpr appends e, which may be nil.
func appendExpr(b []byte, e Expr) []byte {
	switch e := e.(type) {
	case nil:
		return append(b, tagNone)
	case Col:
		b = binary.AppendUvarint(append(b, tagCol), uint64(e.Index))
		return e.T.AppendWire(appendString(b, e.Name))
	case Const:
		return e.Value.AppendWire(append(b, tagConst))
	case Call:
		return appendExprs(e.T.AppendWire(appendString(append(b, tagCall), e.Func)), e.Args)
	case Param:
		return e.T.AppendWire(binary.AppendUvarint(append(b, tagParam), uint64(e.N)))
	case SubqueryValue:
		b = binary.AppendUvarint(append(b, tagSubquery), uint64(e.ID))
		return e.T.AppendWire(append(b, byte(record.BoolValue(e.Exists).I)))
	case EngineCall:
		b = appendExprs(appendString(append(b, tagEngine), e.Function), e.Fields)
		return appendList(b, e.Args, func(b []byte, v record.Value) []byte { return v.AppendWire(b) })
	}
	panic(fmt.Sprintf("BUG: plan: a %T in a fragment", e))
}

// DecodeFragment reads a fragment as EncodeFragment wrote it. The table of a
// Scan is a minimal one: name, id, version and the fields that are needed.
func DecodeFragment(data []byte) (Node, error) {
	d := &decoder{data: data}
	if head := d.take(2); d.err == nil && (head[0] != fragmentMagic || head[1] != fragmentVersion) {
		d.fail("starts with % x, want %x %02x", head, fragmentMagic, fragmentVersion)
	}
	n := d.node()
	if d.err == nil && len(d.data) > 0 {
		d.fail("%d bytes after the end", len(d.data))
	}
	if d.err != nil {
		return nil, fault.E("plan: decode fragment", fault.Corrupt, d.err)
	}
	return n, nil
}

// decoder takes the parts of a fragment in order. After the first error it
// gives zeros, and err says what was wrong.
type decoder struct {
	data  []byte
	depth int
	err   error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// enter counts one level of nesting until leave; it fails at the limit.
func (d *decoder) enter(cost int) bool {
	if d.depth += cost; d.depth > maxWireDepth {
		d.fail("nested more than %d levels deep", maxWireDepth/cost)
	}
	return d.err == nil
}

func (d *decoder) leave(cost int) { d.depth -= cost }

// nodeCost is the share of maxWireDepth that one node takes.
const nodeCost = maxWireDepth / maxWireNodes

func (d *decoder) take(n int) []byte {
	if d.err == nil && n > len(d.data) {
		d.fail("%d bytes left, want %d", len(d.data), n)
	}
	if d.err != nil {
		return nil
	}
	b := d.data[:n:n]
	d.data = d.data[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) bool() bool { return d.flags(1) == 1 }

// flags takes a byte of at most limit.
func (d *decoder) flags(limit byte) byte {
	b := d.byte()
	if b > limit {
		d.fail("flags 0x%02x, want at most 0x%02x", b, limit)
	}
	return b
}

func (d *decoder) uvarint(limit uint64) uint64 {
	if d.err != nil {
		return 0
	}
	v, n := binary.Uvarint(d.data)
	if n <= 0 || v > limit {
		d.fail("integer %d of %d bytes, want at most %d", v, n, limit)
		return 0
	}
	d.data = d.data[n:]
	return v
}

func (d *decoder) varint() int64 {
	if d.err != nil {
		return 0
	}
	v, n := binary.Varint(d.data)
	if n <= 0 {
		d.fail("an integer is cut short")
		return 0
	}
	d.data = d.data[n:]
	return v
}

func (d *decoder) string() string { return string(d.take(int(d.uvarint(uint64(len(d.data)))))) }

func (d *decoder) typ() record.Type {
	if d.err != nil {
		return record.Type{}
	}
	t, rest, err := record.DecodeType(d.data)
	d.data, d.err = rest, err
	return t
}

func (d *decoder) value() record.Value {
	if d.err != nil {
		return record.Value{}
	}
	v, rest, err := record.DecodeValue(d.data)
	d.data, d.err = rest, err
	return v
}

func (d *decoder) column() Column { return Column{d.string(), d.typ()} }

// decodeList takes a list; an item takes at least one byte.
func decodeList[T any](d *decoder, item func() T) []T {
	n := int(d.uvarint(uint64(len(d.data))))
	if d.err != nil || n == 0 {
		return nil
	}
	out := make([]T, 0, min(n, 64))
	for range n {
		if out = append(out, item()); d.err != nil {
			return nil
		}
	}
	return out
}

// minimalTable makes the minimal table of a scan.
func minimalTable(name string, s *record.Schema) *catalog.Table {
	return &catalog.Table{Name: name, Schema: *s}
}

func (d *decoder) schema() *record.Schema {
	head := d.take(4)
	if d.err != nil {
		return &record.Schema{}
	}
	n := binary.LittleEndian.Uint32(head)
	if uint64(n) > uint64(len(d.data)) {
		d.fail("a schema of %d bytes, %d left", n, len(d.data))
		return &record.Schema{}
	}
	s, err := record.DecodeSchema(d.take(int(n)))
	if err != nil {
		d.err = err
		return &record.Schema{}
	}
	return s
}

func (d *decoder) columnID() record.ColumnID { return record.ColumnID(d.uvarint(math.MaxUint32)) }
