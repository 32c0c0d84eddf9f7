package keys

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// index finds the rows of one segment by their key. It is immutable.
type index struct {
	*section
	def     engines.IndexDef
	columns []engines.ColumnReader // of the key, where they are compared
}

var _ engines.Keyed = (*index)(nil)

func open(s engines.Section) (*index, error) {
	sec, err := splitSection(s.Bytes)
	if err != nil {
		return nil, err
	}
	sec.path = s.Path
	if err := fits(s.Def); err != nil {
		return nil, err
	}
	if sec.rows != s.Rows || sec.own == numbers(s.Def) {
		return nil, corrupt("%d rows, own bytes: %v; want %d rows, own bytes: %v", sec.rows, sec.own, s.Rows, !numbers(s.Def))
	}
	ix := &index{section: sec, def: s.Def}
	if sec.own {
		return ix, nil
	}
	for _, f := range s.Def.Fields {
		var col engines.ColumnReader
		if s.Columns != nil {
			col = s.Columns.Column(f.ID)
		}
		if col == nil {
			return nil, corrupt("the segment has no column %s, which its key is of", f.Name)
		}
		ix.columns = append(ix.columns, col)
	}
	return ix, nil
}

// Close has nothing to free: the bytes are the caller's.
func (ix *index) Close() error { return nil }

// Find appends the rows whose key is key.
func (ix *index) Find(dst []rows.Num, hash uint64, key []byte) ([]rows.Num, error) {
	h := hash >> rowBits
	if may, err := ix.may(h); !may || err != nil {
		return dst, err
	}
	i, err := ix.seek(h)
	if err != nil {
		return dst, err
	}
	for ; i < len(ix.entries); i++ {
		if err := ix.check(ix.atEntries+8*i, 8); err != nil {
			return dst, err
		}
		if ix.entries[i]>>rowBits != h {
			break
		}
		row := rows.Num(ix.entries[i] & (1<<rowBits - 1))
		same, err := ix.same(i, row, key)
		if err != nil {
			return dst, err
		}
		if same {
			dst = append(dst, row)
		}
	}
	return dst, nil
}

// Touch reads a word of the key's block of the filter.
func (ix *index) Touch(hash uint64) uint64 {
	if ix.blocks == 0 {
		return 0
	}
	block, _ := bloomPlace(hash>>rowBits, ix.blocks)
	return ix.bloom[4*block]
}

// may asks the filter; false is certain.
func (ix *index) may(h uint64) (bool, error) {
	if ix.blocks == 0 {
		return false, nil
	}
	block, m := bloomPlace(h, ix.blocks)
	if err := ix.check(ix.atBloom+block*blockBytes, blockBytes); err != nil {
		return false, err
	}
	words := (*[4]uint64)(ix.bloom[4*block:])
	if twoBits(words[0], m, 0)&twoBits(words[1], m, 1) == 0 {
		return false, nil // fifteen times of sixteen
	}
	return twoBits(words[2], m, 2)&twoBits(words[3], m, 3) != 0, nil
}

// seek returns the position of the first entry with a hash of at least h:
// where evenly spread hashes would have it, put right once by how far off that
// was, and from there on in steps that double.
func (ix *index) seek(h uint64) (int, error) {
	at := ix.step(h)
	v, err := ix.hash(at)
	if err != nil {
		return 0, err
	}
	if v < h {
		at = min(len(ix.entries)-1, at+ix.step(h-v))
	} else {
		at = max(0, at-ix.step(v-h))
	}
	return ix.gallop(h, at)
}

// step is how many entries lie, on average, in a span of hashes.
func (ix *index) step(span uint64) int {
	n, _ := bits.Mul64(span<<rowBits, uint64(len(ix.entries)))
	return int(n)
}

// hash returns the hash of entry i.
func (ix *index) hash(i int) (uint64, error) {
	err := ix.check(ix.atEntries+8*i, 8)
	return ix.entries[i] >> rowBits, err
}

// gallop is seek from a position nearby.
func (ix *index) gallop(h uint64, at int) (int, error) {
	lo, hi := 0, len(ix.entries) // the answer is in [lo, hi]
	for step := 8; ; step *= 2 {
		v, err := ix.hash(at)
		if err != nil {
			return 0, err
		}
		if v < h {
			if lo = at + 1; hi < len(ix.entries) || lo == hi {
				break
			}
			at = min(at+step, len(ix.entries)-1)
		} else {
			if hi = at; lo > 0 || hi == 0 {
				break
			}
			at = max(at-step, 0)
		}
	}
	for lo < hi {
		mid := (lo + hi) / 2
		v, err := ix.hash(mid)
		if err != nil {
			return 0, err
		}
		if v < h {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, nil
}

// same compares the whole key of entry i, which is row's.
func (ix *index) same(i int, row rows.Num, key []byte) (bool, error) {
	if ix.own {
		from, to, err := ix.span(i)
		return err == nil && bytes.Equal(ix.b[from:to], key), err
	}
	if len(key) != len(ix.columns)*numberBytes {
		return false, nil
	}
	for c := range ix.columns {
		v, ok, err := ix.number(c, row)
		if err != nil || !ok || !isNumber(key[c*numberBytes:], v) {
			return false, err
		}
	}
	return true, nil
}

// span returns where in the section the bytes of the key of entry i are.
func (ix *index) span(i int) (from, to int, err error) {
	if err := ix.check(ix.atOff+4*i, 8); err != nil {
		return 0, 0, err
	}
	from, to = int(ix.off[i]), int(ix.off[i+1])
	if from > to || to > ix.bytes {
		return 0, 0, corrupt("key %d has bytes [%d, %d) of %d", i, from, to, ix.bytes)
	}
	return ix.atBytes + from, ix.atBytes + to, ix.check(ix.atBytes+from, to-from)
}

// number returns row's value in a column of the key; ok is false where it is NULL.
func (ix *index) number(column int, row rows.Num) (v int64, ok bool, err error) {
	if int(row) >= ix.rows {
		return 0, false, corrupt("an entry is of row %d of %d", row, ix.rows)
	}
	blk, err := ix.columns[column].Block(int(row) / rows.BlockRows)
	if err != nil {
		return 0, false, err
	}
	i := int(row) % rows.BlockRows
	return blk.Ints.At(i), !blk.IsNull(i), nil
}

// numberBytes is how long the bytes of an integer in a key are.
const numberBytes = 1 + 8

// isNumber reports whether key begins with the bytes of v, those of record.AppendKey.
func isNumber(key []byte, v int64) bool {
	return key[0] == 1 && binary.BigEndian.Uint64(key[1:numberBytes]) == uint64(v)^1<<63
}

// Match finds the rows of within that have one of p's keys.
func (ix *index) Match(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error) {
	if v, ok := ix.oneKey(p); ok {
		return ix.matchOne(v, within)
	}
	keys, ok := ix.keysOf(p)
	if !ok {
		return rows.Set{}, fault.E("keys: match", fault.Unsupported, fault.Item(p.String()), "not a condition on the whole key")
	}
	found, err := ix.findRows(ctx, keys)
	if err != nil {
		return rows.Set{}, err
	}
	return among(found, within), nil
}

// matchOne is Match of one key.
func (ix *index) matchOne(v record.Value, within rows.Set) (rows.Set, error) {
	var keyRoom [64]byte
	var room [4]rows.Num
	key := record.AppendKey(keyRoom[:0], v, false, false)
	found, err := ix.Find(room[:0], engines.KeyHash(key), key)
	if err != nil {
		return rows.Set{}, err
	}
	return among(found, within), nil
}

// among is the set of the found rows that are within.
func among(found []rows.Num, within rows.Set) rows.Set {
	found = slices.DeleteFunc(found, func(r rows.Num) bool { return !within.Has(r) })
	slices.Sort(found)
	return rows.FromSorted(slices.Compact(found))
}

// someKeys is after how many keys Match looks whether it is still wanted.
const someKeys = 1024

// findRows returns the rows of all keys of a list.
func (ix *index) findRows(ctx context.Context, list *engines.KeyList) ([]rows.Num, error) {
	var hits []engines.KeyRow
	var err error
	for some := range slices.Chunk(list.ByHash(list.All()), someKeys) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if hits, err = ix.FindAll(hits, list, some); err != nil {
			return nil, err
		}
	}
	found := make([]rows.Num, len(hits))
	for i, h := range hits {
		found[i] = h.Row
	}
	return found, nil
}
