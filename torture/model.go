package main

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// model is what a shard must hold after its log, kept as simply as can be.
type model struct {
	tables    map[record.TableID]*modelTable
	byName    map[string]record.TableID
	lastID    record.TableID // table ids are used once
	nextRow   uint64
	sent      []sentBatch // with a key of their own, so that they may be sent again
	seq       uint64
	walks     int // that were compared
	loads     map[sourceKey]*loading
	staged    *staging   // the load that is on its way, or nil
	rewriting *rewriting // the table that takes another form, or nil
}

// modelTable holds the rows by name: the primary key where there is one, else
// the row id.
type modelTable struct {
	def  *catalog.Table
	rows map[string]modelRow
	mark int64 // rows whose time is below, in nanoseconds, are gone

	frozen bool // takes no rows
}

// modelRow is a row as it was written, under the columns of then.
type modelRow struct {
	id     uint64
	values []record.Value
	fields []record.Field
}

func (r *modelRow) value(f record.Field) record.Value {
	for i, g := range r.fields {
		if g.ID == f.ID {
			return r.values[i]
		}
	}
	return f.Default
}

// sentBatch is a batch that the shard has acknowledged.
type sentBatch struct {
	table record.TableID
	entry []byte
	first uint64
	rows  int
}

func newModel() *model {
	return &model{tables: map[record.TableID]*modelTable{}, byName: map[string]record.TableID{}, nextRow: 1, loads: map[sourceKey]*loading{}}
}

// named is the table that has a name now.
func (m *model) named(name string) *modelTable { return m.tables[m.byName[name]] }

func (m *model) define(t *catalog.Table) {
	if have := m.tables[t.ID()]; have != nil {
		have.def = t
		return
	}
	m.tables[t.ID()] = &modelTable{def: t, rows: map[string]modelRow{}, mark: math.MinInt64}
	m.byName[t.Name] = t.ID()
	m.lastID = max(m.lastID, t.ID())
}

// drop forgets a table and what was loaded into it.
func (m *model) drop(id record.TableID) {
	m.forget(id)
	m.retire(id)
}

// retire forgets a table.
func (m *model) retire(id record.TableID) {
	delete(m.byName, m.tables[id].def.Name)
	delete(m.tables, id)
}

// put adds a row, or puts it in the place of that of its name; a row that is
// past its time is gone at once, and with it the one whose place it took.
func (t *modelTable) put(row modelRow) {
	name := t.nameOf(row.values, row.id)
	if t.past(&row) {
		delete(t.rows, name)
		return
	}
	t.rows[name] = row
}

// past reports whether the time of a row is below the mark.
func (t *modelTable) past(row *modelRow) bool {
	if t.def.Time == nil {
		return false
	}
	at := row.value(t.def.Schema.Fields[t.def.Schema.ByID(t.def.Time.Column)])
	return at.Valid && at.I < t.mark
}

// expire raises the mark.
func (t *modelTable) expire(mark int64) {
	t.mark = max(t.mark, mark)
	for name, row := range t.rows {
		if t.past(&row) {
			delete(t.rows, name)
		}
	}
}

// write adds rows, or puts them in the place of those of the same key, and
// returns the first row id.
func (m *model) write(id record.TableID, rows [][]record.Value) uint64 {
	t, first := m.tables[id], m.nextRow
	for _, row := range rows {
		t.put(modelRow{m.nextRow, row, t.def.Schema.Fields})
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
		t.put(modelRow{m.nextRow, row, t.def.Schema.Fields})
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
func (t *modelTable) line(row *modelRow) string {
	out := ""
	for _, f := range t.def.Schema.Fields {
		out += "|" + row.value(f).Text()
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
				v, err := p.Value(f, int(r))
				if err != nil {
					return nil, err
				}
				row[j] = v
			}
			name := t.nameOf(row, p.IDs().ID(r))
			if _, twice := out[name]; twice {
				return nil, violated("%s of table %s is there twice", name, t.def.Name)
			}
			out[name] = t.line(&modelRow{values: row, fields: t.def.Schema.Fields})
		}
	}
	return out, nil
}

// violation is an answer that breaks a promise; other errors may be what an
// injected fault makes of a statement.
type violation struct{ what string }

func (v violation) Error() string { return v.what }

func violated(format string, args ...any) error { return violation{fmt.Sprintf(format, args...)} }
