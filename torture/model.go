package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// model is what a shard must hold after its log, kept as simply as can be.
type model struct {
	tables  map[record.TableID]*modelTable
	nextRow uint64
	sent    []sentBatch // with a key of their own, so that they may be sent again
	seq     uint64
}

// modelTable holds the rows by name: the primary key where there is one, else
// the row id.
type modelTable struct {
	def  *catalog.Table
	rows map[string]modelRow
}

type modelRow struct {
	id     uint64
	values []record.Value
}

// sentBatch is a batch that the shard has acknowledged.
type sentBatch struct {
	entry []byte
	first uint64
	rows  int
}

func newModel() *model { return &model{tables: map[record.TableID]*modelTable{}, nextRow: 1} }

func (m *model) define(t *catalog.Table) {
	if have := m.tables[t.ID()]; have != nil {
		have.def = t
		return
	}
	m.tables[t.ID()] = &modelTable{def: t, rows: map[string]modelRow{}}
}

// write adds rows, or puts them in the place of those of the same key, and
// returns the first row id.
func (m *model) write(id record.TableID, rows [][]record.Value) uint64 {
	t, first := m.tables[id], m.nextRow
	for _, row := range rows {
		t.rows[t.nameOf(row, m.nextRow)] = modelRow{m.nextRow, row}
		m.nextRow++
	}
	return first
}

// fresh adds the rows whose keys are not there and returns how many are.
func (m *model) fresh(id record.TableID, rows [][]record.Value) (kept int) {
	t := m.tables[id]
	for _, row := range rows {
		name := t.nameOf(row, m.nextRow)
		if _, there := t.rows[name]; there {
			kept++
			continue
		}
		t.rows[name] = modelRow{m.nextRow, row}
		m.nextRow++
	}
	return kept
}

// some picks up to n rows, by name.
func (t *modelTable) some(r *rand.Rand, n int) (names []string) {
	all := t.names()
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(n, len(all))]
}

// nameOf is the name of a row in the model.
func (t *modelTable) nameOf(row []record.Value, id uint64) string {
	if len(t.def.Key) == 0 {
		return fmt.Sprint("row ", id)
	}
	name := "key"
	for _, c := range t.def.Key {
		name += " " + row[t.def.Schema.ByID(c)].Text()
	}
	return name
}

// names lists the rows' names in order.
func (t *modelTable) names() []string { return slices.Sorted(maps.Keys(t.rows)) }

// line is a row as text; columns that came later have their default.
func (t *modelTable) line(row []record.Value) string {
	out := ""
	for i, f := range t.def.Schema.Fields {
		v := f.Default
		if i < len(row) {
			v = row[i]
		}
		out += "|" + v.Text()
	}
	return out
}

// rowsOf reads the live rows that a view shows, by name.
func rowsOf(v *store.View, t *modelTable) (map[string]string, error) {
	out := map[string]string{}
	for i := range v.Parts {
		p := &v.Parts[i]
		for r := range p.Live.Each() {
			row := make([]record.Value, len(t.def.Schema.Fields))
			for j, f := range t.def.Schema.Fields {
				v, err := valueAt(p, f, int(r))
				if err != nil {
					return nil, err
				}
				row[j] = v
			}
			name := t.nameOf(row, p.IDs.ID(r))
			if _, twice := out[name]; twice {
				return nil, violated("%s of table %s is there twice", name, t.def.Name)
			}
			out[name] = t.line(row)
		}
	}
	return out, nil
}

// violation is an answer that breaks a promise; other errors may be what an
// injected fault makes of a statement.
type violation struct{ what string }

func (v violation) Error() string { return v.what }

func violated(format string, args ...any) error { return violation{fmt.Sprintf(format, args...)} }
