package store

import (
	"encoding/binary"
	"fmt"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// A load that is small comes as a whole: its rows stand in the decision of the
// meta group, and each shard gets its own by one log entry:
//
//	whole | 27 | 1 | 0 ... x6 | load u64 | record.Batch, wire |
//
// The table must be frozen. Loads of one table come one after the other and
// their numbers rise, so that a shard knows by one number which of them it has:
// whoever is interrupted sends all of them again.
const (
	tagWhole = 27

	wholeAt = 16
)

// EncodeWhole returns the log entry that adds the rows of b, those of one shard,
// to its table unless that has the load's.
func EncodeWhole(load uint64, b *record.Batch) []byte {
	e := make([]byte, wholeAt, wholeAt+256)
	e[0], e[1] = tagWhole, entryVersion
	binary.LittleEndian.PutUint64(e[8:], load)
	return b.AppendWire(e)
}

// decodeWhole reads a whole load's rows, and returns what to do under the lock.
func (s *Shard) decodeWhole(index uint64, entry []byte) (func() (any, error), error) {
	if len(entry) < wholeAt {
		return nil, badEntry("whole load of %d bytes, want at least %d", len(entry), wholeAt)
	}
	load := binary.LittleEndian.Uint64(entry[8:])
	own := make([]byte, len(entry)-wholeAt)
	copy(own, entry[wholeAt:])
	b, err := record.DecodeBatch(own)
	if err != nil {
		return nil, err
	}
	ahead := s.lookAhead(b)
	return func() (any, error) { return s.applyWhole(index, load, b, ahead, len(own)) }, nil
}

func (s *Shard) applyWhole(index, load uint64, b *record.Batch, ahead *found, size int) (any, error) {
	const op = "store: add whole load"
	t := s.tables[b.Table]
	switch {
	case t == nil:
		return nil, fault.Errorf(op, fault.NotFound, "there is no table with id %d", b.Table)
	case t.whole >= load && !s.opts.forgetsWholes:
		return BatchResult{Rows: b.N, Duplicate: true}, nil
	case !t.frozen:
		return nil, fault.E(op, fault.Conflict, fault.Item(t.def.Name), fmt.Errorf("table %d is not frozen", t.def.ID()))
	}
	if err := fits(t.def, b); err != nil {
		return nil, err
	}
	r := BatchResult{FirstRow: s.nextRow, Rows: b.N}
	var f found
	if t.keys != nil && b.N > 0 {
		var err error
		if f, err = t.lookUp(b, ahead); err != nil {
			return nil, refusedOrUnreadable(err)
		}
	}
	t.whole = load
	r.Replaced = s.upsert(t, index, b, f, size)
	if b.N > 0 {
		s.note(index, b.Table, b.N, nil)
	}
	return r, nil
}
