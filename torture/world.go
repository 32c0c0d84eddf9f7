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

// The tables of a run: places has a field for every engine but one, events is a
// hypertable, and roads lead from one of cities to another.
const (
	placesName = "places"
	eventsName = "events"
	citiesName = "cities"
	roadsName  = "roads"
)

var tableNames = []string{placesName, eventsName, citiesName, roadsName}

// Columns of places.
const (
	colKey record.ColumnID = iota + 1
	colName
	colLoc
	colTag
	colSize
)

// Columns of events.
const (
	colAt record.ColumnID = iota + 1
	colHost
	colValue
)

// Columns of cities and roads.
const (
	colCity record.ColumnID = iota + 1
	colTitle
)

const (
	colFrom record.ColumnID = iota + 1
	colTo
	colLength
)

// citySpace is how many different cities there may be.
const citySpace = 40

func oneShard() catalog.Sharding {
	return catalog.Sharding{Ranges: catalog.EvenRanges([]uint32{1})}
}

func field(id record.ColumnID, name string, t record.Type) record.Field {
	return record.Field{ID: id, Name: name, Type: t, Default: record.NullOf(t)}
}

// newTable returns a table as it is first made.
func newTable(name string, id record.TableID) *catalog.Table {
	t := &catalog.Table{Name: name, Sharding: oneShard(), Schema: record.Schema{Table: id, Version: 1}}
	switch name {
	case placesName:
		t.Schema.Fields = []record.Field{
			field(colKey, "k", record.T(record.Int64)),
			field(colName, "name", record.T(record.Text)),
			field(colLoc, "loc", record.T(record.Point)),
			field(colTag, "tag", record.T(record.Keyword)),
			field(colSize, "size", record.T(record.Float64)),
		}
		t.Indexes, t.Key = placesIndexes(), []record.ColumnID{colKey}
	case eventsName:
		t.Schema.Fields = []record.Field{
			field(colAt, "at", record.T(record.Timestamp)),
			field(colHost, "host", record.T(record.Keyword)),
			field(colValue, "value", record.T(record.Int64)),
		}
		t.Time, t.Options = &catalog.TimeOptions{Column: colAt}, map[string]string{"pack": "on"}
		t.Indexes = []catalog.Index{{Name: "events_series", Engine: "timeseries", Columns: []record.ColumnID{colAt, colHost},
			Options: map[string]string{"chunk": "6h"}}}
	case citiesName:
		t.Schema.Fields = []record.Field{
			field(colCity, "city", record.T(record.Int64)),
			field(colTitle, "title", record.T(record.Keyword)),
		}
		t.Key = []record.ColumnID{colCity}
		t.Indexes = []catalog.Index{{Name: "cities_vertex", Engine: "graph", Columns: []record.ColumnID{colCity}, Options: map[string]string{"role": "vertex"}}}
	case roadsName:
		t.Schema.Fields = []record.Field{
			field(colFrom, "from", record.T(record.Int64)),
			field(colTo, "to", record.T(record.Int64)),
			field(colLength, "length", record.T(record.Float64)),
		}
		t.Indexes = []catalog.Index{{Name: "roads_edge", Engine: "graph", Columns: []record.ColumnID{colFrom, colTo}, Options: map[string]string{"role": "edge"}}}
	}
	if len(t.Key) > 0 {
		t.Schema.Fields[0].NotNull = true
	}
	return t
}

// placesIndexes are those that come and go.
func placesIndexes() []catalog.Index {
	return []catalog.Index{
		{Name: "places_name", Engine: "search", Columns: []record.ColumnID{colName}},
		{Name: "places_loc", Engine: "geo", Columns: []record.ColumnID{colLoc}},
	}
}

// keySpace is how many different keys a run uses: few, so that rows are
// replaced often.
const keySpace = 400

var words = strings.Fields("international regional field airport heliport north south harbour lake river old new saint grand")

// rowOf makes a row of t; now moves with the run.
func rowOf(r *rand.Rand, t *catalog.Table, now int64) []record.Value {
	out := make([]record.Value, len(t.Schema.Fields))
	for i, f := range t.Schema.Fields {
		if r.IntN(15) == 0 && !f.NotNull {
			out[i] = record.NullOf(f.Type)
			continue
		}
		switch f.Type.Kind {
		case record.Int64:
			out[i] = record.IntValue(r.Int64N(spaceOf(t)))
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

func spaceOf(t *catalog.Table) int64 {
	if t.Name == citiesName || t.Name == roadsName {
		return citySpace
	}
	return keySpace
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
	of := func(f record.Field) predicate.Field { return predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type} }
	var out []predicate.P
	for _, f := range t.Schema.Fields {
		v := record.Value{}
		for !v.Valid {
			v = rowOf(r, &catalog.Table{Name: t.Name, Schema: record.Schema{Fields: []record.Field{f}}}, r.Int64N(200_000))[0]
		}
		switch op := []predicate.Op{predicate.EQ, predicate.GE, predicate.LT}[r.IntN(3)]; f.Type.Kind {
		case record.Text:
			out = append(out, predicate.Call{Function: "match", Fields: []predicate.Field{of(f)}, Args: []record.Value{record.KeywordValue(words[r.IntN(len(words))])}})
		case record.Point:
			out = append(out, predicate.Call{Function: "st_dwithin", Fields: []predicate.Field{of(f)}, Args: []record.Value{v, record.FloatValue(float64(r.IntN(900_000)))}})
		default:
			out = append(out, predicate.Compare{Field: of(f), Op: op, Value: v})
		}
	}
	return out
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
