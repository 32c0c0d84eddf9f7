package store

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Apply applies one log entry. value and err are the entry's result: err is a
// refusal, which every replica makes alike. broken means that the shard cannot
// go on. entry is not used after the call. An entry at or below Applied is
// skipped: nil, nil, nil. Apply does no I/O, and work only in the size of the entry,
// unless what it has to read is damaged: then that is mended first.
func (s *Shard) Apply(index uint64, entry []byte) (value any, err error, broken error) {
	if index <= s.applied.Load() {
		return nil, nil, nil
	}
	change, err := s.decode(index, entry)
	s.at(atDecoded)
	s.mu.Lock()
	defer s.mu.Unlock()
	if broken := s.usable(); broken != nil {
		return nil, nil, broken
	}
	if err == nil {
		value, err = change()
	}
	if bad := (unreadable{}); errors.As(err, &bad) {
		s.mu.Unlock()
		s.mendFor(err)
		s.mu.Lock()
		if broken := s.usable(); broken != nil {
			return nil, nil, broken
		}
		value, err = change()
		if errors.As(err, &bad) {
			s.broken = err
			s.opts.Logger.Error("shard is broken and applies nothing more", "dir", s.dir, "op", "apply", "err", err)
			return nil, nil, err
		}
	}
	s.applied.Store(index)
	s.journal.passed(len(entry), s.opts.JournalBytes)
	return value, err, nil
}

// decode reads an entry, without the lock, and returns what to do under it.
func (s *Shard) decode(index uint64, entry []byte) (func() (any, error), error) {
	if len(entry) < 2 || entry[1] != entryVersion {
		return nil, badEntry("% x, want a kind and version %d", entry[:min(2, len(entry))], entryVersion)
	}
	switch entry[0] {
	case tagBatch:
		key, b, size, err := decodeBatch(entry)
		keep := err == nil && entry[2]&flagKeep != 0
		if err != nil {
			return nil, err
		}
		ahead := s.lookAhead(b)
		return func() (any, error) { return s.applyBatch(index, key, b, ahead, size, keep) }, nil
	case tagChange:
		c, err := decodeChange(entry)
		return func() (any, error) { return s.applyChange(index, c) }, err
	case tagExpire:
		id, mark, err := decodeExpire(entry)
		return func() (any, error) { return nil, s.applyExpire(index, id, mark) }, err
	case tagTruncate:
		id, err := decodeTruncate(entry)
		return func() (any, error) { return nil, s.applyTruncate(index, id) }, err
	case tagDefine:
		t, err := decodeDefine(entry)
		return func() (any, error) { return nil, s.applyDefine(index, t) }, err
	case tagDrop:
		id, err := decodeDrop(entry)
		return func() (any, error) { return nil, s.applyDrop(index, id) }, err
	case tagFreeze:
		id, on, err := decodeFreeze(entry)
		return func() (any, error) { return nil, s.applyFreeze(id, on) }, err
	case tagRetire:
		id, err := decodeDrop(entry)
		return func() (any, error) { return nil, s.applyRetire(id) }, err
	case tagMove:
		return s.decodeMove(index, entry)
	case tagWhole:
		return s.decodeWhole(index, entry)
	case tagPart:
		return s.decodePart(index, entry)
	case tagMarked:
		return s.decodeMarked(entry)
	}
	return nil, badEntry("kind %d", entry[0])
}

// applyBatch adds the rows of b; ahead is what lookAhead found of them, and keep
// says that a row whose key is there already stays and the new one is left out.
func (s *Shard) applyBatch(index uint64, key IdempotencyKey, b *record.Batch, ahead *found, size int, keep bool) (any, error) {
	t := s.tables[b.Table]
	if t == nil {
		return nil, fault.Errorf("store: apply batch", fault.NotFound, "there is no table with id %d", b.Table)
	}
	if err := t.takes("store: apply batch"); err != nil {
		return nil, err
	}
	if err := fits(t.def, b); err != nil {
		return nil, err
	}
	if r, done, err := s.windows.find(key); done || err != nil {
		if done && r.Rows != b.N {
			return nil, fault.Errorf("store: apply batch", fault.Conflict,
				"sequence number %d was used for a batch of %d rows, now of %d", key.Seq, r.Rows, b.N)
		}
		return r, err
	}
	r := BatchResult{FirstRow: s.nextRow, Rows: b.N}
	var f found
	var part []uint32 // nil: all rows of b
	if t.keys != nil && b.N > 0 {
		var err error
		if f, err = t.lookUp(b, ahead); err != nil {
			return nil, refusedOrUnreadable(err)
		}
		if keep {
			b, f, part = t.fresh(b, f)
			r.Kept = r.Rows - b.N
		}
	}
	s.windows.add(key, b.Table, index, r)
	r.Replaced = s.upsert(t, index, b, f, size)
	if b.N > 0 {
		s.note(index, b.Table, b.N, part)
	}
	return r, nil
}

// upsert adds the rows of b, and where t has keys lets those die that f found
// under them; it returns how many. mu is held.
func (s *Shard) upsert(t *table, index uint64, b *record.Batch, f found, size int) (replaced int) {
	if b.N == 0 {
		return 0
	}
	s.addOpen(t, index, b, size)
	if t.keys != nil {
		replaced = s.supersede(t, f, index)
	}
	return replaced
}

// addOpen appends the rows of b to the open rows of t. mu is held.
func (s *Shard) addOpen(t *table, index uint64, b *record.Batch, size int) {
	b.FirstRow = s.nextRow
	s.nextRow += uint64(b.N)
	o := openBatch{index: index, first: b.FirstRow, size: int64(size) + overhead(b), batch: b}
	t.open = append(t.open, o)
	t.openRows += b.N
	t.openBytes += o.size
	if t.since.IsZero() {
		t.since = s.opts.Now()
	}
	s.counters.rowsApplied.Add(int64(b.N))
	s.counters.pressure.Add(o.size)
	if s.sealDue(t) || s.Pressure() >= s.opts.FlushBytes {
		poke(s.kick)
	}
}

// overhead is about what a batch takes in memory besides its bytes: it is most
// of what a single row takes.
func overhead(b *record.Batch) int64 {
	return 256 + int64(len(b.Cols))*int64(unsafe.Sizeof(record.Column{}))
}

// sealDue reports whether the background should seal the open rows of t: they
// are many, or soon more than a view may hold, and there are views: the next
// would have to wait for the seal.
func (s *Shard) sealDue(t *table) bool {
	return t.openRows >= s.opts.SealRows || t.openBytes >= s.opts.SealBytes || t.tail != nil && t.openRows > s.opts.TailRows/4*3
}

// poke wakes the reader of a channel of capacity one.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// ErrBehind says that the shard has not heard of the definition of a table that
// rows were written under: it is to be told.
var ErrBehind = errors.New("written under a newer schema version")

// fits reports whether rows like those of b can be rows of t. A batch may be
// older than the table: columns that went are left out, and those that came
// have their default.
func fits(t *catalog.Table, b *record.Batch) error {
	const op = "store: apply batch"
	if b.Version > t.Schema.Version {
		return fault.E(op, fault.Conflict, fault.Item(t.Name),
			fmt.Errorf("%w: %d, the table is at %d", ErrBehind, b.Version, t.Schema.Version))
	}
	if b.N > rows.MaxRows {
		return fault.E(op, fault.TooLarge, fault.Item(t.Name), fmt.Errorf("%d rows, want at most %d", b.N, rows.MaxRows))
	}
	for i, id := range b.IDs {
		f := t.Schema.ByID(id)
		if f >= 0 && t.Schema.Fields[f].Type != b.Cols[i].Type {
			return fault.E(op, fault.Invalid, fault.Item(t.Name),
				fmt.Errorf("column %s is %s, the batch has %s", t.Schema.Fields[f].Name, t.Schema.Fields[f].Type, b.Cols[i].Type))
		}
		if b.Cols[i].N != b.N {
			return fault.E(op, fault.Corrupt, fault.Item(t.Name), fmt.Errorf("column %d has %d rows, want %d", id, b.Cols[i].N, b.N))
		}
		for _, other := range b.IDs[:i] {
			if other == id {
				return fault.E(op, fault.Corrupt, fault.Item(t.Name), fmt.Errorf("column %d twice", id))
			}
		}
	}
	return nil
}

func (s *Shard) applyDefine(index uint64, def *catalog.Table) error {
	t := s.tables[def.ID()]
	if t != nil && def.Schema.Version <= t.def.Schema.Version {
		return nil
	}
	if err := s.buildable(t, def); err != nil {
		return err
	}
	defer s.at(atDefined)
	begins := t != nil && t.def.LastFormer() != def.LastFormer()
	s.journal.note(Effect{Index: index, Table: def.ID(), First: s.nextRow, Begins: begins})
	if t == nil {
		s.tables[def.ID()] = newTable(def)
		return nil
	}
	t.def = def
	t.tail = nil // made anew under the new schema
	poke(s.kick) // the segments may lack an index now
	poke(s.mergeDue)
	return nil
}

// buildable refuses a table that this server cannot build segments of: a later
// seal could only halt the shard. All replicas run one program, and refuse alike.
func (s *Shard) buildable(old *table, def *catalog.Table) error {
	for i, f := range def.Schema.Fields {
		if def.Schema.ByID(f.ID) != i {
			return fault.E("store: define", fault.Invalid, fault.Item(def.Name), fmt.Errorf("column id %d twice", f.ID))
		}
		if old == nil {
			continue
		}
		if o := old.def.Schema.ByID(f.ID); o >= 0 && old.def.Schema.Fields[o].Type != f.Type {
			return fault.E("store: define", fault.Invalid, fault.Item(def.Name),
				fmt.Errorf("column id %d was %s and cannot become %s", f.ID, old.def.Schema.Fields[o].Type, f.Type))
		}
	}
	none := engines.BatchColumns(&def.Schema)
	for _, d := range defs(def, s.opts.NoIndexes) {
		e, err := s.reg.Lookup(d.Engine)
		if err == nil {
			_, err = e.NewBuilder(d, none)
		}
		if err != nil {
			return fault.E("store: define", fault.Item(def.Name+" index "+d.Name), err)
		}
	}
	return nil
}

// applyDrop takes the table out of sight. Its files go with the first flush
// that covers the drop: until then a restart still needs them.
func (s *Shard) applyDrop(index uint64, id record.TableID) error {
	if s.tables[id] != nil {
		s.note(index, id, 0, nil)
	}
	s.ledger.forget(id)
	return s.applyRetire(id)
}

// applyRetire is applyDrop, but the ledger keeps what was loaded into the table.
func (s *Shard) applyRetire(id record.TableID) error {
	t := s.tables[id]
	if t == nil {
		return nil
	}
	defer s.at(atDropped)
	delete(s.tables, id)
	t.dropped = true
	s.counters.pressure.Add(-t.openBytes)
	t.open, t.openRows, t.openBytes, t.tail = nil, 0, 0, nil
	t.keys = nil
	inMemory := slicesKeep(t.pieces, func(p *piece) bool { return p.mem })
	t.pieces = slicesKeep(t.pieces, func(p *piece) bool { return !p.mem })
	for _, p := range inMemory {
		s.counters.pressure.Add(-p.seg.Bytes())
	}
	s.releaseAll(lose(inMemory))
	return nil
}

// slicesKeep returns a new slice of the elements that keep wants.
func slicesKeep[T any](in []T, keep func(T) bool) []T {
	var out []T
	for _, v := range in {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}
