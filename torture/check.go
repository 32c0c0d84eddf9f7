package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// check compares all that the shard shows with the model: every row, and every
// index with the slow truth.
func check(ctx context.Context, s *store.Shard, m *model, reg *engines.Registry, r *rand.Rand) error {
	var frozen []record.TableID
	for _, id := range slices.Sorted(maps.Keys(m.tables)) {
		t := m.tables[id]
		if t.frozen {
			frozen = append(frozen, id)
		}
		v, err := s.View(ctx, id)
		if err != nil {
			return err
		}
		err = checkRows(v, t)
		if err == nil {
			err = checkIndexes(ctx, v, t, reg, r)
		}
		if err == nil && t.def.Name == roadsName {
			err = checkWalk(ctx, v, s, m, r)
		}
		v.Close()
		if err != nil {
			return err
		}
	}
	if n := len(s.Tables()); n != len(m.tables) {
		return violated("%d tables, want %d", n, len(m.tables))
	}
	if have := s.Frozen(); !slices.Equal(have, frozen) {
		return violated("tables %v are frozen, want %v", have, frozen)
	}
	return checkLoads(s, m)
}

func checkRows(v *store.View, t *modelTable) error {
	have, err := rowsOf(v, t)
	if err != nil {
		return err
	}
	for _, name := range t.names() {
		row := t.rows[name]
		want := t.line(&row)
		switch got, ok := have[name]; {
		case !ok:
			return violated("%s of table %s is lost", name, t.def.Name)
		case got != want:
			return violated("%s of table %s is %s, want %s", name, t.def.Name, got, want)
		}
		delete(have, name)
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		return violated("%s of table %s is there and was never acknowledged, or was deleted", name, t.def.Name)
	}
	return nil
}

// checkIndexes asks every index of every part for a condition of each engine.
func checkIndexes(ctx context.Context, v *store.View, t *modelTable, reg *engines.Registry, r *rand.Rand) error {
	for _, p := range conditions(r, t.def) {
		p, err := bind(reg, t.def, p)
		if err != nil {
			return err
		}
		for i := range v.Parts {
			part := &v.Parts[i]
			if part.Open {
				continue
			}
			want, err := truth(part, t, p, reg)
			if err != nil {
				return err
			}
			for _, ix := range part.Indexes {
				if _, ok := ix.Index.Estimate(p); !ok {
					continue
				}
				have, err := ix.Index.Match(ctx, p, part.Live)
				if err != nil {
					return fmt.Errorf("part %s, index %s: %w", part.Name, ix.Def.Name, err)
				}
				if !have.Equal(want) {
					return violated("index %s of part %s finds %d rows where %s, want %d", ix.Def.Name, part.Name, have.Len(), p, want.Len())
				}
			}
		}
	}
	return nil
}

// truth is the set of live rows of a part where p is True, row by row.
func truth(part *store.Part, t *modelTable, p predicate.P, reg *engines.Registry) (rows.Set, error) {
	var out rows.Builder
	row := partRow{part: part, t: t}
	for r := range part.Live.Each() {
		row.at = int(r)
		is, err := predicate.Eval(p, &row, reg)
		if err == nil {
			err = row.err
		}
		if err != nil {
			return rows.Set{}, err
		}
		if is == predicate.True {
			out.Add(r)
		}
	}
	return out.Set(), nil
}

// partRow is one row of a part for predicate.Eval.
type partRow struct {
	part *store.Part
	t    *modelTable
	at   int
	err  error
}

func (r *partRow) Value(f predicate.Field) record.Value {
	at := r.t.def.Schema.ByID(f.ID)
	v, err := r.part.Value(r.t.def.Schema.Fields[at], r.at)
	if err != nil {
		r.err = err
		return record.NullOf(f.Type)
	}
	return v
}
