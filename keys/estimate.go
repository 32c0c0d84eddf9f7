package keys

import (
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// probeNanos is about what finding one key costs: measured by BenchmarkFind.
const probeNanos = 250

// maxKeys bounds the keys of one condition: of more, others know better.
const maxKeys = 10_000

// Estimate answers conditions that fix every column of the key.
func (ix *index) Estimate(p predicate.P) (engines.Estimate, bool) {
	if _, ok := ix.oneKey(p); ok {
		return engines.Estimate{Method: "probe", Rows: min(1, float64(ix.keys)), Nanos: probeNanos}, true
	}
	n, ok := ix.count(p)
	if !ok {
		return engines.Estimate{}, false
	}
	return engines.Estimate{Method: "probe", Rows: min(float64(n), float64(ix.keys)), Nanos: probeNanos * float64(n)}, true
}

// oneKey returns the value that p asks for, where it asks a key of one column
// for one value, as most do.
func (ix *index) oneKey(p predicate.P) (v record.Value, ok bool) {
	c, is := p.(predicate.Compare)
	if !is || len(ix.def.Fields) != 1 || c.Op != predicate.EQ {
		return v, false
	}
	f := &ix.def.Fields[0]
	return c.Value, c.Field.ID == f.ID && isLike(&c.Value, f.Type)
}

// keyRoom is how many columns most keys have at most.
const keyRoom = 4

// count returns how many keys a condition asks for.
func (ix *index) count(p predicate.P) (n int, ok bool) {
	var room [keyRoom][]record.Value
	lists, ok := ix.lists(p, room[:0])
	n, few := product(lists)
	return n, ok && few
}

// product is the number of keys that lists of values make, if that is not too many.
func product(lists [][]record.Value) (n int, few bool) {
	n = 1
	for _, l := range lists {
		if n *= len(l); n > maxKeys {
			return 0, false
		}
	}
	return n, true
}

// keysOf returns the keys that a condition asks for.
func (ix *index) keysOf(p predicate.P) (*engines.KeyList, bool) {
	var room [keyRoom][]record.Value
	lists, ok := ix.lists(p, room[:0])
	n, few := product(lists)
	if !ok || !few {
		return nil, false
	}
	list := engines.NewKeyList(n)
	appendKeys(list, nil, lists)
	return list, true
}

// appendKeys adds the keys that begin with the bytes of start and go on with
// one of the values of each list.
func appendKeys(list *engines.KeyList, start []byte, lists [][]record.Value) {
	if len(lists) == 0 {
		list.Add(start, engines.KeyHash(start))
		return
	}
	for _, v := range lists[0] {
		appendKeys(list, record.AppendKey(start[:len(start):len(start)], v, false, false), lists[1:])
	}
}

// lists returns the values that each column of the key may have where p is
// True, and false unless p says just that. It uses the room for them, if it does.
func (ix *index) lists(p predicate.P, room [][]record.Value) ([][]record.Value, bool) {
	lists := append(room, make([][]record.Value, len(ix.def.Fields))...)
	one := [1]predicate.P{p}
	of := one[:]
	if and, is := p.(predicate.And); is {
		of = and.Of
	}
	for _, c := range of {
		var f predicate.Field
		var values []record.Value
		switch c := c.(type) {
		case predicate.Compare:
			if c.Op != predicate.EQ {
				return nil, false
			}
			f, values = c.Field, []record.Value{c.Value}
		case predicate.In:
			f, values = c.Field, c.Values
		default:
			return nil, false
		}
		at := ix.at(f.ID)
		if at < 0 || lists[at] != nil || len(values) == 0 || !alike(values, ix.def.Fields[at].Type) {
			return nil, false
		}
		lists[at] = values
	}
	for _, l := range lists {
		if l == nil {
			return nil, false
		}
	}
	return lists, true
}

// at is the place of a column in the key, or -1.
func (ix *index) at(id record.ColumnID) int {
	for i, f := range ix.def.Fields {
		if f.ID == id {
			return i
		}
	}
	return -1
}

// alike reports whether values have the bytes of values of type t.
func alike(values []record.Value, t record.Type) bool {
	for i := range values {
		if !isLike(&values[i], t) {
			return false
		}
	}
	return true
}

func isLike(v *record.Value, t record.Type) bool {
	return v.Valid && (v.Type.Kind == t.Kind && v.Type.Scale == t.Scale || v.Type.IsString() && t.IsString())
}
