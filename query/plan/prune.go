package plan

import (
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// maxKeys is the number of shard keys up to which PruneShards looks at each.
const maxKeys = 10_000

// PruneShards returns the shards of t that can hold rows where p is True,
// ascending: it is a pure function of both. p may be nil. Shards are left out
// where p is never True, or where it fixes every column that t is sharded by
// to a few values, by = or IN.
func PruneShards(t *catalog.Table, p predicate.P) []uint32 {
	if c, ok := p.(predicate.Const); ok && c.Truth != predicate.True {
		return []uint32{}
	}
	if p == nil || len(t.Sharding.By) == 0 {
		return allShards(t)
	}
	var keys [][]record.Value
	for i, id := range t.Sharding.By {
		values, ok := pinned(t, id, p)
		if !ok || max(1, len(keys))*len(values) > maxKeys {
			return allShards(t)
		}
		if i == 0 {
			keys = slices.Collect(slices.Chunk(values, 1))
		} else {
			keys = product(keys, values)
		}
	}
	out := make([]uint32, len(keys))
	for i, k := range keys {
		out[i] = t.Sharding.ShardOf(t.Sharding.KeyOf(k))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func allShards(t *catalog.Table) []uint32 {
	out := make([]uint32, len(t.Sharding.Ranges))
	for i, r := range t.Sharding.Ranges {
		out[i] = r.Shard
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// product adds each of values to each of keys.
func product(keys [][]record.Value, values []record.Value) [][]record.Value {
	var out [][]record.Value
	for _, k := range keys {
		for _, v := range values {
			out = append(out, append(slices.Clone(k), v))
		}
	}
	return out
}

// pinned returns the values that column id may have where p is True, if p
// says so. Values of another type hash as the equal value of the column's.
func pinned(t *catalog.Table, id record.ColumnID, p predicate.P) ([]record.Value, bool) {
	typ := t.Schema.Fields[t.Schema.ByID(id)].Type
	for _, c := range predicate.Conjuncts(p) {
		var values []record.Value
		switch c := c.(type) {
		case predicate.Compare:
			if c.Field.ID != id || c.Op != predicate.EQ || typ.IsArray() {
				continue
			}
			values = []record.Value{c.Value}
		case predicate.In:
			if c.Field.ID != id || typ.IsArray() {
				continue
			}
			values = c.Values
		case predicate.Or:
			var ok bool
			if values, ok = pinnedByAll(t, id, c.Of); !ok {
				continue
			}
		default:
			continue
		}
		return values, true
	}
	return nil, false
}

// pinnedByAll is pinned for OR: every part must say so.
func pinnedByAll(t *catalog.Table, id record.ColumnID, of []predicate.P) ([]record.Value, bool) {
	var out []record.Value
	for _, p := range of {
		values, ok := pinned(t, id, p)
		if !ok {
			return nil, false
		}
		out = append(out, values...)
	}
	return out, true
}
