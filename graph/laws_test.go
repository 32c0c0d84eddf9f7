package graph_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/graph"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// endTypes are pairs of types of source and target.
var endTypes = [][2]record.Kind{{record.Keyword, record.Keyword}, {record.Int64, record.Int64}, {record.Text, record.Int64}}

func edgeSchema(kinds [2]record.Kind) *record.Schema {
	return &record.Schema{Table: 1, Version: 1, Fields: []record.Field{
		{ID: 3, Name: "src", Type: record.T(kinds[0])}, {ID: 5, Name: "dst", Type: record.T(kinds[1])}}}
}

func defOf(s *record.Schema) engines.IndexDef {
	role := []string{graph.RoleVertex, graph.RoleEdge}[len(s.Fields)-1]
	return engines.IndexDef{Name: "g", Engine: "graph", Fields: s.Fields, Options: map[string]string{graph.RoleOption: role}}
}

// key makes key k of a type, so that keys do not sort as they are numbered.
func key(t record.Type, k int) record.Value {
	if t.Kind == record.Int64 {
		return record.IntValue(int64(k*7919%10007) - 500)
	}
	return record.Value{Type: t, Valid: true, S: []string{"", "node", "ä"}[k%3] + fmt.Sprint(k)}
}

// batch makes rows among a few keys or many, in no order or as the layout
// sorts them.
func batch(r *rand.Rand, s *record.Schema, n int) *record.Batch {
	b := record.NewBatch(s, n)
	keys := []int{1, 5, 100, 10_000}[r.IntN(4)]
	nulls := []float64{0, 0, 0.2, 1}[r.IntN(4)]
	for i := range b.Cols {
		ordered := i == 0 && r.IntN(2) == 0
		for row := range n {
			k := r.IntN(keys)
			if ordered { // BIGINT keys rise with k only here and there: runs of equal keys do
				k = row * keys / max(n, 1)
			}
			if r.Float64() < nulls {
				b.Cols[i].AppendNull()
			} else {
				b.Cols[i].Append(key(s.Fields[i].Type, k))
			}
		}
	}
	b.N = n
	return b
}

func randomPredicate(r *rand.Rand, s *record.Schema, sample *record.Batch, depth int) predicate.P {
	if depth > 0 && r.IntN(3) == 0 {
		var of []predicate.P
		for range r.IntN(4) {
			of = append(of, randomPredicate(r, s, sample, depth-1))
		}
		if r.IntN(2) == 0 {
			return predicate.And{Of: of}
		}
		return predicate.Or{Of: of}
	}
	i := r.IntN(len(s.Fields))
	f := predicate.Field{ID: s.Fields[i].ID, Name: s.Fields[i].Name, Type: s.Fields[i].Type}
	value := func() record.Value {
		if sample.N > 0 && r.IntN(4) > 0 {
			if v := sample.Cols[i].Value(r.IntN(sample.N)); v.Valid {
				return v
			}
		}
		return key(f.Type, r.IntN(20_000))
	}
	switch r.IntN(12) {
	case 0:
		return predicate.Const{Truth: predicate.Truth(r.IntN(3))}
	case 1:
		return predicate.Compare{Field: f, Op: predicate.EQ, Value: record.NullOf(f.Type)}
	case 2:
		if f.Type.Kind == record.Int64 {
			return predicate.Compare{Field: f, Op: predicate.EQ, Value: []record.Value{
				record.FloatValue(float64(value().I)), record.FloatValue(2.5), record.FloatValue(1e300),
				record.DecimalValue(record.DecimalType(18, 2), value().I*100), record.DecimalValue(record.DecimalType(18, 2), 150)}[r.IntN(5)]}
		}
	case 3, 4, 5:
		var list []record.Value
		for range r.IntN(30) {
			list = append(list, value())
		}
		return predicate.NewIn(f, list)
	}
	return predicate.Compare{Field: f, Op: predicate.EQ, Value: value()}
}

func TestLaws(t *testing.T) {
	laws := func(schema func(r *rand.Rand) *record.Schema) func(t *testing.T) {
		return func(t *testing.T) {
			enginetest.Run(t, enginetest.Case{
				Engine: graph.Engine{},
				Schema: schema,
				Def:    func(_ *rand.Rand, s *record.Schema) engines.IndexDef { return defOf(s) },
				Batch:  batch,
				Predicate: func(r *rand.Rand, s *record.Schema, sample *record.Batch) predicate.P {
					return randomPredicate(r, s, sample, 2)
				},
			})
		}
	}
	t.Run("edges", laws(func(r *rand.Rand) *record.Schema { return edgeSchema(endTypes[r.IntN(len(endTypes))]) }))
	t.Run("vertices", laws(func(r *rand.Rand) *record.Schema {
		s := edgeSchema(endTypes[r.IntN(len(endTypes))])
		s.Fields = s.Fields[:1]
		return s
	}))
}

func TestCheck(t *testing.T) {
	f := func(kind fault.Kind, role string, types ...record.Kind) {
		t.Helper()
		def := engines.IndexDef{Name: "g", Options: map[string]string{graph.RoleOption: role}}
		for i, k := range types {
			def.Fields = append(def.Fields, record.Field{ID: record.ColumnID(i + 1), Name: "c", Type: record.T(k)})
		}
		if role == "other" {
			def.Options = map[string]string{graph.RoleOption: graph.RoleEdge, "depth": "3"}
		}
		if err := graph.Check(def); !fault.Is(err, kind) {
			t.Errorf("%s over %v: %v, want %v", role, types, err, kind)
		}
	}
	f(fault.Invalid, "", record.Keyword)
	f(fault.Invalid, graph.RoleVertex, record.Keyword, record.Keyword)
	f(fault.Invalid, graph.RoleEdge, record.Keyword)
	f(fault.Unsupported, graph.RoleVertex, record.Float64)
	f(fault.Invalid, "other", record.Keyword, record.Keyword)
	if err := graph.Check(defOf(edgeSchema(endTypes[0]))); err != nil {
		t.Error(err)
	}
	if l := (graph.Engine{}).Layout(defOf(edgeSchema(endTypes[0]))); len(l.OrderBy) != 2 || l.OrderBy[0] != 3 || l.OrderBy[1] != 5 || l.Group != nil {
		t.Errorf("the layout of edges is %+v", l)
	}
}
