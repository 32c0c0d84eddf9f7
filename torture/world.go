package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// The tables of a run: places has a field for every engine, events is a
// hypertable.
const (
	placesID record.TableID = 1
	eventsID record.TableID = 2
)

// Columns of places.
const (
	colKey record.ColumnID = iota + 1
	colName
	colLoc
	colTag
	colSize
	colNote // in version 2 only
)

// Columns of events.
const (
	colAt record.ColumnID = iota + 1
	colHost
	colValue
)

func oneShard() catalog.Sharding {
	return catalog.Sharding{Ranges: catalog.EvenRanges([]uint32{1})}
}

func field(id record.ColumnID, name string, t record.Type) record.Field {
	return record.Field{ID: id, Name: name, Type: t, Default: record.NullOf(t)}
}

// places returns the table at a version of its schema.
func places(version uint32) *catalog.Table {
	t := &catalog.Table{Name: "places", Sharding: oneShard(), Schema: record.Schema{Table: placesID, Fields: []record.Field{
		field(colKey, "k", record.T(record.Int64)),
		field(colName, "name", record.T(record.Text)),
		field(colLoc, "loc", record.T(record.Point)),
		field(colTag, "tag", record.T(record.Keyword)),
		field(colSize, "size", record.T(record.Float64)),
	}}, Indexes: []catalog.Index{
		{Name: "places_name", Engine: "search", Columns: []record.ColumnID{colName}},
		{Name: "places_loc", Engine: "geo", Columns: []record.ColumnID{colLoc}},
	}}
	t.Schema.Fields[0].NotNull = true
	t.Key = []record.ColumnID{colKey}
	t.Schema.Version = 1
	if version > 1 {
		t.Schema.Version = 2
		note := field(colNote, "note", record.T(record.Keyword))
		note.Default = record.KeywordValue("none")
		t.Schema.Fields = append(t.Schema.Fields, note)
	}
	return t
}

// events returns the hypertable.
func events() *catalog.Table {
	return &catalog.Table{Name: "events", Sharding: oneShard(), Schema: record.Schema{Table: eventsID, Version: 1, Fields: []record.Field{
		field(colAt, "at", record.T(record.Timestamp)),
		field(colHost, "host", record.T(record.Keyword)),
		field(colValue, "value", record.T(record.Int64)),
	}}, Options: map[string]string{"pack": "on"},
		Indexes: []catalog.Index{{Name: "events_series", Engine: "timeseries", Columns: []record.ColumnID{colAt, colHost},
			Options: map[string]string{"chunk": "6h"}}}}
}

var words = strings.Fields("international regional field airport heliport north south harbour lake river old new saint grand")

// keySpace is how many different keys a run uses: few, so that rows are
// replaced often.
const keySpace = 400

// rowOf makes a row of t; now moves with the run.
func rowOf(r *rand.Rand, t *catalog.Table, now int64) []record.Value {
	out := make([]record.Value, len(t.Schema.Fields))
	for i, f := range t.Schema.Fields {
		if r.IntN(15) == 0 && f.ID != colKey {
			out[i] = record.NullOf(f.Type)
			continue
		}
		switch f.Type.Kind {
		case record.Int64:
			out[i] = record.IntValue(r.Int64N(keySpace))
		case record.Float64:
			out[i] = record.FloatValue(float64(r.IntN(1000)) / 8)
		case record.Keyword:
			out[i] = record.KeywordValue(fmt.Sprint("t", r.IntN(9)))
		case record.Text:
			out[i] = record.TextValue(phrase(r))
		case record.Point:
			out[i] = record.PointValue(float64(r.IntN(200))/10-10, float64(r.IntN(200))/10+40)
		case record.Timestamp:
			out[i] = record.TimestampValue((now - r.Int64N(4)*r.Int64N(40_000)) * 1_000_000_000)
		}
	}
	return out
}

func phrase(r *rand.Rand) string {
	var s []string
	for range 1 + r.IntN(5) {
		s = append(s, words[r.IntN(len(words))])
	}
	return strings.Join(s, " ")
}

// conditions makes one condition for every engine over t.
func conditions(r *rand.Rand, t *catalog.Table) []predicate.P {
	f := func(id record.ColumnID) predicate.Field {
		f := t.Schema.Fields[t.Schema.ByID(id)]
		return predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
	}
	compare := func(id record.ColumnID, op predicate.Op, v record.Value) predicate.P {
		return predicate.Compare{Field: f(id), Op: op, Value: v}
	}
	row := rowOf(r, t, r.Int64N(200_000))
	at := func(id record.ColumnID) record.Value {
		v := row[t.Schema.ByID(id)]
		for !v.Valid {
			v = rowOf(r, t, r.Int64N(200_000))[t.Schema.ByID(id)]
		}
		return v
	}
	if t.ID() == eventsID {
		return []predicate.P{
			compare(colAt, predicate.GE, at(colAt)),
			compare(colHost, predicate.EQ, at(colHost)),
			compare(colValue, predicate.LT, at(colValue)),
		}
	}
	return []predicate.P{
		compare(colKey, predicate.EQ, at(colKey)),
		compare(colTag, predicate.EQ, at(colTag)),
		compare(colSize, predicate.GE, at(colSize)),
		predicate.Call{Function: "match", Fields: []predicate.Field{f(colName)},
			Args: []record.Value{record.KeywordValue(words[r.IntN(len(words))])}},
		predicate.Call{Function: "st_dwithin", Fields: []predicate.Field{f(colLoc)},
			Args: []record.Value{at(colLoc), record.FloatValue(float64(r.IntN(900_000)))}},
	}
}

// batchOf makes a batch of rows of t.
func batchOf(t *catalog.Table, rows [][]record.Value) *record.Batch {
	b := record.NewBatch(&t.Schema, len(rows))
	for _, row := range rows {
		b.AppendRow(row...)
	}
	return b
}

// bind completes the calls of p as a statement's binder would.
func bind(reg *engines.Registry, t *catalog.Table, p predicate.P) (predicate.P, error) {
	c, ok := p.(predicate.Call)
	if !ok {
		return p, nil
	}
	_, engine, ok := reg.Function(c.Function)
	if !ok {
		return nil, fmt.Errorf("torture: no engine brings %s", c.Function)
	}
	e, err := reg.Lookup(engine)
	if err != nil {
		return nil, err
	}
	b, ok := e.(engines.CallBinder)
	if !ok {
		return p, nil
	}
	def := engines.IndexDef{Engine: e.Name()}
	for _, f := range c.Fields {
		def.Fields = append(def.Fields, t.Schema.Fields[t.Schema.ByID(f.ID)])
	}
	return b.Bind(c, def)
}
