package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	faults "github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// sight is a view of a table and what it must show, however long it is held.
type sight struct {
	view *store.View
	t    *modelTable
}

// past is what a table was as of log indexes, ascending, while a view of it is
// being opened.
type past struct {
	table   record.TableID
	indexes []uint64
	states  []*modelTable
}

// note keeps what the tables are that views are being opened of.
func (r *run) note() {
	for _, p := range r.pasts {
		if t := r.model.tables[p.table]; t != nil {
			p.indexes = append(p.indexes, uint64(len(r.log)))
			p.states = append(p.states, &modelTable{def: t.def, rows: maps.Clone(t.rows), mark: t.mark})
		}
	}
}

// at returns what the table was as of a log index.
func (p *past) at(index uint64) *modelTable {
	for i := len(p.indexes) - 1; i >= 0; i-- {
		if p.indexes[i] <= index {
			return p.states[i]
		}
	}
	return nil
}

// openView opens a view as a job: rows may come and go before it is there.
func (r *run) openView(rng *rand.Rand) error {
	p := &past{table: r.someTable(rng)}
	r.pasts = append(r.pasts, p)
	r.note()
	need, above := r.shard.Applied(), int64(store.NoMark)
	if rng.IntN(2) == 0 {
		above = r.clock().Add(-time.Duration(rng.IntN(48)) * time.Hour).UnixNano()
	}
	var v *store.View
	return r.start(opView, r.points(rng), func(ctx context.Context) (err error) {
		defer func() { r.forget(p) }()
		v, err = r.shard.ViewAbove(ctx, p.table, above)
		if faults.Is(err, faults.NotFound) && r.model.tables[p.table] == nil {
			err = nil // dropped meanwhile
		}
		if v != nil && r.dead {
			v.Close()
		}
		return err
	}, func() error {
		if v == nil {
			return nil
		}
		t := p.at(v.Applied)
		if v.Applied < need || t == nil {
			v.Close()
			return violated("a view of table %d shows entry %d, want at least %d", p.table, v.Applied, need)
		}
		s := &sight{v, r.hidden(v, t)}
		s.t.expire(above)
		if err := s.check(r, rng); err != nil || rng.IntN(2) == 0 {
			v.Close()
			return err
		}
		r.sights = append(r.sights, s)
		return nil
	})
}

func (r *run) forget(p *past) {
	for i := range r.pasts {
		if r.pasts[i] == p {
			r.pasts = append(r.pasts[:i:i], r.pasts[i+1:]...)
			return
		}
	}
}

// hidden is what a view must show of a table as it was: rows that have gone past
// their time since may be hidden from it already.
func (r *run) hidden(v *store.View, then *modelTable) *modelTable {
	t := &modelTable{def: v.Table, rows: maps.Clone(then.rows), mark: then.mark}
	now := r.model.tables[v.Table.ID()]
	if now == nil || now.mark == then.mark {
		return t
	}
	have := map[uint64]bool{}
	for i := range v.Parts {
		p := &v.Parts[i]
		for row := range p.Live.Each() {
			have[p.IDs().ID(row)] = true
		}
	}
	for name, row := range t.rows {
		if now.past(&row) && !have[row.id] {
			delete(t.rows, name)
		}
	}
	return t
}

func (s *sight) check(r *run, rng *rand.Rand) error {
	err := checkRows(s.view, s.t)
	if err == nil {
		err = checkIndexes(r.ctx, s.view, s.t, r.reg, rng)
	}
	if err != nil {
		return fmt.Errorf("a view as of entry %d: %w", s.view.Applied, err)
	}
	return nil
}

// lookAgain looks at one of the views that are held, which must show what it
// did, and lets go of it or not.
func (r *run) lookAgain(rng *rand.Rand) error {
	if len(r.sights) == 0 {
		return nil
	}
	at := rng.IntN(len(r.sights))
	s := r.sights[at]
	err := s.check(r, rng)
	if rng.IntN(2) == 0 {
		s.view.Close()
		r.sights = append(r.sights[:at:at], r.sights[at+1:]...)
	}
	return err
}

// letGo lets go of all views, the shard may be closed; those of a disk that
// works are looked at first.
func (r *run) letGo(rng *rand.Rand) (err error) {
	for _, s := range r.sights {
		if !r.dead && rng.IntN(3) == 0 {
			err = errors.Join(err, s.check(r, rng))
		}
		s.view.Close()
	}
	r.sights = nil
	return err
}
