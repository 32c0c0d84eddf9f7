package main

import (
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// staging is a load that is to be seen whole, on its way. It goes on by one step
// at a time, and other steps come between them.
type staging struct {
	into  record.TableID
	from  record.TableID // the table that its rows wait in; 0: all of them are here
	phase stagePhase
	whole []byte // the entry that brings all rows, where there is no table
	rows  []modelRow
	moved uint64
}

type stagePhase uint8

const (
	stageWaits stagePhase = iota // rows come
	stageMoves                   // its tables are frozen
	stageMarks
	stageThaws
	stageEnds
)

// stage takes the load one step further, or begins one.
func (r *run) stage(rng *rand.Rand) error {
	s := r.model.staged
	if s == nil {
		return r.beginLoad(rng)
	}
	into := r.model.tables[s.into]
	switch {
	case into == nil: // its table was dropped, or is another one
		return r.giveUp(s)
	case s.phase == stageWaits:
		return r.fillOrSwitch(rng, s)
	case s.phase == stageMoves && s.from == 0:
		s.phase = stageMarks
		return r.addWhole(s, into, false)
	case s.phase == stageMoves:
		return r.moveSome(rng, s, into)
	case s.phase == stageMarks:
		s.phase = stageThaws
		if s.from == 0 { // as one that does not know
			return r.addWhole(s, into, true)
		}
		return r.markMoved(s)
	case s.phase == stageThaws:
		s.phase, into.frozen = stageEnds, false
		_, err := r.apply(store.EncodeFreeze(s.into, false))
		return err
	}
	return r.endLoad(s, into)
}

// switches reports whether a load is being switched into a table, which then
// stays what it is.
func (m *model) switches(id record.TableID) bool {
	return m.staged != nil && m.staged.into == id && m.staged.phase > stageWaits
}

func (r *run) beginLoad(rng *rand.Rand) error {
	t := r.model.tables[r.someTable(rng)]
	if t.frozen {
		return nil
	}
	r.tally.Staged++
	s := &staging{into: t.def.ID()}
	r.model.staged = s
	if rng.IntN(2) == 0 {
		r.model.lastID++
		values := r.someRows(rng, t)
		for _, row := range values {
			s.rows = append(s.rows, modelRow{values: row, fields: t.def.Schema.Fields})
		}
		s.phase, s.whole = stageMoves, store.EncodeWhole(uint64(r.model.lastID), batchOf(t.def, values))
		return r.freezeFor(s.into)
	}
	def := *t.def
	def.Name, def.Schema.Table = "load", r.model.lastID+1
	def.Indexes, def.Time, def.Order, def.Options = nil, nil, nil, map[string]string{catalog.Shortcuts: "off"}
	s.from = def.ID()
	r.model.define(&def)
	_, err := r.apply(store.EncodeDefine(&def))
	return err
}

func (r *run) freezeFor(id record.TableID) error {
	r.model.tables[id].frozen = true
	_, err := r.apply(store.EncodeFreeze(id, true))
	return err
}

// fillOrSwitch adds rows to those that wait, gives the load up, or says that all
// of it is there.
func (r *run) fillOrSwitch(rng *rand.Rand, s *staging) error {
	t := r.model.tables[s.from]
	switch at := rng.IntN(8); {
	case at == 0:
		return r.giveUp(s)
	case at < 3 && r.model.tables[s.into].frozen:
		return nil
	case at < 3:
		s.phase = stageMoves
		return errors.Join(r.freezeFor(s.into), r.freezeFor(s.from))
	default:
		return r.loadInto(rng, t)
	}
}

// giveUp drops the load and its rows.
func (r *run) giveUp(s *staging) error {
	r.tally.GivenUp++
	r.model.staged = nil
	r.model.drop(s.from)
	_, err := r.apply(store.EncodeDrop(s.from))
	return err
}

// moveSome brings some of the rows that wait into their table; again, they are
// not there any more.
func (r *run) moveSome(rng *rand.Rand, s *staging, into *modelTable) error {
	from := r.model.tables[s.from]
	names := from.some(rng, 1+rng.IntN(60))
	if len(names) == 0 {
		s.phase = stageMarks
		return nil
	}
	def := *from.def
	def.Schema.Table = s.into
	var ids []uint64
	var values [][]record.Value
	first := r.model.nextRow
	for _, name := range names {
		row := from.rows[name]
		delete(from.rows, name)
		ids, values = append(ids, row.id), append(values, row.values)
		row.id = r.model.nextRow
		into.put(row)
		r.model.nextRow++
	}
	slices.Sort(ids)
	s.moved += uint64(len(ids))
	entry := store.EncodeMove(s.from, ids, batchOf(&def, values))
	value, err := r.apply(entry)
	if err != nil {
		return err
	}
	if got, ok := value.(store.BatchResult); !ok || got.FirstRow != first || got.Rows != len(ids) {
		return violated("a move of %d rows to id %d gave %+v", len(ids), first, value)
	}
	if rng.IntN(4) > 0 {
		return nil
	}
	r.refused[len(r.log)+1] = true
	if _, err := r.apply(entry); !errors.Is(err, store.ErrChanged) {
		return violated("rows that were moved are moved again: %v", err)
	}
	return nil
}

// addWhole brings all rows in by one entry, or (again) none.
func (r *run) addWhole(s *staging, into *modelTable, again bool) error {
	first := r.model.nextRow
	for _, row := range s.rows {
		if !again {
			row.id = r.model.nextRow
			into.put(row)
			r.model.nextRow++
		}
	}
	value, err := r.apply(s.whole)
	if err != nil {
		return err
	}
	if got, ok := value.(store.BatchResult); !ok || got.Rows != len(s.rows) || got.Duplicate != again || !again && got.FirstRow != first {
		return violated("a whole load of %d rows to id %d, again: %v, gave %+v", len(s.rows), first, again, value)
	}
	return nil
}

// markMoved has the ledger know the source of the load.
func (r *run) markMoved(s *staging) error {
	k := sourceKey{s.into, byte(10 + s.from%200)}
	if r.model.loads[k] != nil {
		return nil
	}
	r.model.loads[k] = &loading{rows: s.moved, marked: []bool{true}, parts: []map[uint64]store.BatchResult{{}}}
	_, err := r.apply(store.EncodeMoved(k.chunk(0), s.moved))
	return err
}

// endLoad forgets the load; its table may have been emptied since.
func (r *run) endLoad(s *staging, into *modelTable) error {
	r.tally.Switched++
	r.model.staged = nil
	if s.from == 0 {
		return r.addWhole(s, into, true)
	}
	r.model.drop(s.from)
	_, err := r.apply(store.EncodeDrop(s.from))
	return err
}
