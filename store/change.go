package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Three kinds of log entries change or take away rows:
//
//	change    +---+---+----------+-----------+---------+-----------+---------+-------+----------------+---------------+
//	          | 4 | 1 | k 0..x5  | client 16 | seq u64 | table u64 | ids u32 | L u32 | steps of the   | record.Batch, |
//	          |   |   |          |           |         |           |         |       | ids, L bytes   | wire; or none |
//	          +---+---+----------+-----------+---------+-----------+---------+-------+----------------+---------------+
//	truncate  | 5 | 1 | table id u64                                                                                |
//	          +---+---+---------------------------------------------------------------------------------------------+
//
// Steps are unsigned varints, the first from 0; zeros follow them up to a
// multiple of eight bytes. The rows called so, in ascending order, die, and
// those of the batch come in their place: all of them, or, if a row that is
// named does not live any more, nothing. If k is 1, no rows come: the batch is the
// primary keys of those that die, in the order of the ids, for readers of the log.
const (
	tagChange   = 4
	tagTruncate = 5

	changeAt = 48
	flagKeys = 1
)

// ErrChanged says that a row was changed or deleted after a statement had read
// it: the statement is to read again.
var ErrChanged = errors.New("a row was changed by another statement meanwhile")

// ErrAltered says that a table was altered after a statement had read it.
var ErrAltered = errors.New("the table was altered meanwhile")

// ChangeResult is the value of an applied change. The rows that came have the
// ids FirstRow, FirstRow+1, ...
type ChangeResult struct {
	Deleted   int
	FirstRow  uint64
	Rows      int
	Duplicate bool
}

// EncodeChange returns the log entry that replaces the rows called ids, which
// ascend, by the rows of b; b may be nil.
func EncodeChange(key IdempotencyKey, table record.TableID, ids []uint64, b *record.Batch) []byte {
	e := make([]byte, changeAt, changeAt+3*len(ids)+16)
	e[0], e[1] = tagChange, entryVersion
	copy(e[8:], key.Client[:])
	binary.LittleEndian.PutUint64(e[24:], key.Seq)
	binary.LittleEndian.PutUint64(e[32:], uint64(table))
	binary.LittleEndian.PutUint32(e[40:], uint32(len(ids)))
	last := uint64(0)
	for _, id := range ids {
		e = binary.AppendUvarint(e, id-last)
		last = id
	}
	for len(e)%8 != 0 {
		e = append(e, 0)
	}
	binary.LittleEndian.PutUint32(e[44:], uint32(len(e)-changeAt))
	if b != nil {
		e = b.AppendWire(e)
	}
	return e
}

// EncodeDelete returns the log entry that lets the rows called ids die, which
// ascend. keys has their primary keys, in that order.
func EncodeDelete(table record.TableID, ids []uint64, keys *record.Batch) []byte {
	e := EncodeChange(IdempotencyKey{}, table, ids, keys)
	e[2] = flagKeys
	return e
}

// EncodeTruncate returns the log entry that takes away all rows of a table.
func EncodeTruncate(id record.TableID) []byte {
	return binary.LittleEndian.AppendUint64([]byte{tagTruncate, entryVersion}, uint64(id))
}

// change is a change entry, read.
type change struct {
	key   IdempotencyKey
	table record.TableID
	ids   []uint64
	batch *record.Batch // nil: none
	keys  *record.Batch // of the rows called ids; nil: it does not say
	size  int
}

func decodeChange(entry []byte) (*change, error) {
	if len(entry) < changeAt {
		return nil, badEntry("change of %d bytes, want at least %d", len(entry), changeAt)
	}
	c := &change{table: record.TableID(binary.LittleEndian.Uint64(entry[32:]))}
	copy(c.key.Client[:], entry[8:])
	c.key.Seq = binary.LittleEndian.Uint64(entry[24:])
	n, steps := uint64(binary.LittleEndian.Uint32(entry[40:])), uint64(binary.LittleEndian.Uint32(entry[44:]))
	if steps > uint64(len(entry)-changeAt) || n > steps {
		return nil, badEntry("change of %d rows with %d bytes of ids in %d", n, steps, len(entry))
	}
	b, last := entry[changeAt:changeAt+steps], uint64(0)
	for i := range n {
		step, k := binary.Uvarint(b)
		if k <= 0 || i > 0 && step == 0 || last+step < last {
			return nil, badEntry("row id %d of a change", i)
		}
		last, b = last+step, b[k:]
		c.ids = append(c.ids, last)
	}
	if rest := entry[changeAt+steps:]; len(rest) > 0 {
		own := slices.Clone(rest)
		var err error
		if c.batch, err = record.DecodeBatch(own); err != nil {
			return nil, err
		}
		if entry[0] == tagChange && c.batch.Table != c.table {
			return nil, badEntry("change of table %d with rows of %d", c.table, c.batch.Table)
		}
		c.size = len(own)
	}
	if entry[0] == tagChange && entry[2] == flagKeys {
		if c.batch == nil || c.batch.N != len(c.ids) {
			return nil, badEntry("a delete of %d rows with other keys", len(c.ids))
		}
		c.keys, c.batch, c.size = c.batch, nil, 0
	}
	return c, nil
}

func decodeTruncate(entry []byte) (record.TableID, error) {
	if len(entry) != 10 {
		return 0, badEntry("truncate of %d bytes, want 10", len(entry))
	}
	return record.TableID(binary.LittleEndian.Uint64(entry[2:])), nil
}

// applyChange lets rows die, and adds those that come in their place.
func (s *Shard) applyChange(index uint64, c *change) (any, error) {
	const op = "store: apply change"
	t := s.tables[c.table]
	if t == nil {
		return nil, fault.Errorf(op, fault.NotFound, "there is no table with id %d", c.table)
	}
	if err := t.takes(op); err != nil {
		return nil, err
	}
	if r, done, err := s.windows.find(c.key); done || err != nil {
		return ChangeResult{Deleted: len(c.ids), FirstRow: r.FirstRow, Rows: r.Rows, Duplicate: true}, err
	}
	if c.keys != nil {
		if err := fits(t.def, c.keys); err != nil {
			return nil, err
		}
	}
	if c.batch != nil {
		if err := fits(t.def, c.batch); err != nil {
			return nil, err
		}
		if v := c.batch.Version; v != t.def.Schema.Version { // whole rows: a column that came since would be lost
			return nil, fault.E(op, fault.Conflict, fault.Code("40001"), fault.Item(t.def.Name), fault.Hint("try again"),
				fmt.Errorf("%w: rows of schema version %d, want %d", ErrAltered, v, t.def.Schema.Version))
		}
	}
	victims := make([]place, len(c.ids))
	for i, id := range c.ids {
		at, ok := t.find(id)
		gone := !ok || t.deathsAt(at).has(at.row)
		if !gone {
			var err error
			if gone, err = t.guardedExpired(at); err != nil {
				return nil, refusedOrUnreadable(err)
			}
		}
		if gone {
			return nil, fault.E(op, fault.Conflict, fault.Code("40001"), fault.Item(fmt.Sprintf("%s row %d", t.def.Name, id)), ErrChanged)
		}
		victims[i] = at
	}
	r := ChangeResult{Deleted: len(c.ids), FirstRow: s.nextRow}
	var f found
	if c.batch != nil && c.batch.N > 0 {
		r.Rows = c.batch.N
		if t.keys != nil {
			var err error
			if f, err = t.lookUp(c.batch, nil); err != nil {
				return nil, refusedOrUnreadable(err)
			}
		}
	}
	for i, at := range victims {
		t.forgetKey(at, c.ids[i])
		s.kill(t, at, index)
	}
	s.windows.add(c.key, c.table, index, BatchResult{FirstRow: r.FirstRow, Rows: r.Rows})
	if r.Rows > 0 {
		s.addOpen(t, index, c.batch, c.size)
		if t.keys != nil {
			s.supersede(t, f, index)
		}
	}
	s.note(index, c.table, r.Rows, nil)
	return r, nil
}

// forgetKey takes an open row out of the keys before it dies.
func (t *table) forgetKey(at place, id uint64) {
	if t.keys != nil && at.piece == nil {
		t.keys.remove(t.open[at.batch].hashes[at.row], id)
	}
}

// refusedOrUnreadable tells a batch that is wrong, which every replica refuses,
// from segments that cannot be read.
func refusedOrUnreadable(err error) error {
	if errors.Is(err, errNullKey) {
		return err
	}
	return unreadable{err}
}

// applyTruncate puts an empty table in the place of one with rows. Its files
// go with the first flush that covers it, as those of a dropped table do.
func (s *Shard) applyTruncate(index uint64, id record.TableID) error {
	t := s.tables[id]
	if t == nil {
		return fault.Errorf("store: truncate", fault.NotFound, "there is no table with id %d", id)
	}
	if err := t.takes("store: truncate"); err != nil {
		return err
	}
	if err := s.applyDrop(index, id); err != nil {
		return err
	}
	empty := newTable(t.def)
	empty.mark, empty.whole = t.mark, t.whole
	s.tables[id] = empty
	return nil
}
