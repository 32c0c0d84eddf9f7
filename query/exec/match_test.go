package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// observed is a table that every engine but graph has an index of.
var observed = record.Schema{Table: 1, Version: 1, Fields: []record.Field{
	{ID: 1, Name: "at", Type: record.T(record.Timestamp)},
	{ID: 2, Name: "host", Type: record.T(record.Keyword)},
	{ID: 3, Name: "note", Type: record.T(record.Text)},
	{ID: 4, Name: "loc", Type: record.T(record.Point)},
	{ID: 5, Name: "v", Type: record.T(record.Int64)},
	{ID: 6, Name: "tags", Type: record.T(record.KeywordArray)},
}}

func fieldAt(i int) predicate.Field {
	f := &observed.Fields[i]
	return predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
}

// observations are rows by host and time; about one value in six is NULL.
func observations(r *rand.Rand, n int) *record.Batch {
	b := record.NewBatch(&observed, n)
	b.N = n
	hosts := make([]string, n)
	for i := range hosts {
		hosts[i] = fmt.Sprint("host", r.IntN(5))
	}
	slices.Sort(hosts)
	for i := range n {
		row := []record.Value{
			record.TimestampValue(int64(i) * 1_000_000_000), record.KeywordValue(hosts[i]),
			record.TextValue(strings.Join([]string{"gull", "goose", "bat", "owl", ""}[r.IntN(5):], " ")),
			record.PointValue(r.Float64()*20, 50+r.Float64()*10), record.IntValue(r.Int64N(20)),
			{Type: record.T(record.KeywordArray), Valid: true, Elems: []record.Value{record.KeywordValue("a"), record.KeywordValue("b")}[:r.IntN(3)]},
		}
		for k, v := range row {
			if k > 1 && r.IntN(6) == 0 {
				v = record.NullOf(observed.Fields[k].Type)
			}
			b.Cols[k].Append(v)
		}
	}
	return b
}

// reluctant is an index that does not take every condition it could answer.
type reluctant struct {
	engines.Index
	refuses func(predicate.P) bool
}

func (ix *reluctant) Estimate(p predicate.P) (engines.Estimate, bool) {
	refused := false
	predicate.Walk(p, func(q predicate.P) bool {
		refused = refused || ix.refuses(q)
		return !refused
	})
	if refused {
		return engines.Estimate{}, false
	}
	return ix.Index.Estimate(p)
}

// observedPart is a sealed part with every index. Some take no NOT, the
// columns' some no condition on v.
func observedPart(t *testing.T, r *rand.Rand, b *record.Batch, reg *engines.Registry) store.Part {
	src := engines.BatchColumns(&observed, b)
	part := store.Part{Name: "seg", Rows: b.N, Live: rows.All(b.N), Columns: src}
	f := observed.Fields
	whole := r.IntN(2) == 0
	for _, def := range []engines.IndexDef{
		{Name: "columns", Engine: "columnar", Fields: f},
		{Name: "series", Engine: "timeseries", Fields: f[:2]},
		{Name: "note", Engine: "search", Fields: f[2:3]},
		{Name: "loc", Engine: "geo", Fields: f[3:4]},
	} {
		e, err := reg.Lookup(def.Engine)
		if err != nil {
			t.Fatal(err)
		}
		ix, err := e.Open(engines.Section{Def: def, Rows: b.N, Bytes: enginetest.Build(t, e, def, src), Columns: src})
		if err != nil {
			t.Fatal(err)
		}
		if !whole && def.Engine == "columnar" {
			ix = &reluctant{ix, func(p predicate.P) bool {
				c, is := p.(predicate.Compare)
				return is && c.Field.ID == 5
			}}
		} else if !whole && def.Engine != "timeseries" {
			ix = &reluctant{ix, func(p predicate.P) bool { _, is := p.(predicate.Not); return is }}
		}
		part.Indexes = append(part.Indexes, store.OpenIndex{Def: def, Index: ix})
	}
	return part
}

// mixed is a condition of several engines.
func mixed(r *rand.Rand, b *record.Batch, depth int) predicate.P {
	if depth > 0 && r.IntN(4) > 0 {
		of := make([]predicate.P, r.IntN(4))
		for i := range of {
			of[i] = mixed(r, b, depth-1)
		}
		switch r.IntN(5) {
		case 0, 1:
			return predicate.And{Of: of}
		case 2, 3:
			return predicate.Or{Of: of}
		}
		return predicate.Not{Of: mixed(r, b, depth-1)}
	}
	switch r.IntN(4) {
	case 0:
		words := []string{"gull", "owl", "bat goose", "+owl -bat", "\"goose bat\"", "nothing"}
		return predicate.Call{Function: "match", Fields: []predicate.Field{fieldAt(2)}, Args: []record.Value{record.KeywordValue(words[r.IntN(len(words))])}}
	case 1:
		return predicate.Call{Function: "st_dwithin", Fields: []predicate.Field{fieldAt(3)},
			Args: []record.Value{record.PointValue(r.Float64()*20, 50+r.Float64()*10), record.FloatValue(r.Float64() * 600_000)}}
	}
	return enginetest.RandomPredicate(r, &observed, b, 0)
}

// TestMatchTrees compares the steps of random conditions with the slow truth,
// whole and within random rows.
func TestMatchTrees(t *testing.T) {
	r := newRand(t)
	reg := all.Registry()
	kinds := map[how]int{}
	for round := 0; round < 8 || kinds[complement] == 0 && round < 80; round++ { // the indexes of one part in two take every NOT
		b := observations(r, 1+r.IntN(400))
		part := observedPart(t, r, b, reg)
		part.Open = round == 7
		q := newQuery(context.Background(), Env{Registry: reg, Analyze: true})
		defer q.close()
		for range 150 {
			p := mixed(r, b, 3)
			s := &scanOp{q: q, node: &plan.Scan{}, stats: q.newStats("Scan")}
			c := chooser{scan: s, part: &part}
			steps, err := c.conjuncts([]predicate.P{p})
			if err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			countKinds(&steps[0], kinds)
			within := rows.All(b.N)
			if r.IntN(2) == 0 {
				within = someOf(r, b.N)
			}
			want := enginetest.Wanted(t, &observed, b, p, reg).And(within)
			got, err := s.take(&part, &steps[0], within, s.stats.root())
			if err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			if !got.Equal(want) {
				t.Fatalf("%s\nby %s\nfound %s\nwant  %s", p, steps[0].name(), got, want)
			}
			if est := steps[0].est; est.Rows < 0 || est.Rows > float64(b.N)+1e-6 || est.Nanos < 0 {
				t.Fatalf("%s by %s: estimate %+v of %d rows", p, steps[0].name(), est, b.N)
			}
		}
	}
	for _, k := range []how{byIndex, byRows, complement, allOf, anyOf} {
		if kinds[k] == 0 {
			t.Errorf("no step of kind %d among %v", k, kinds)
		}
	}
}

func countKinds(m *matchStep, kinds map[how]int) {
	kinds[m.how]++
	for i := range m.of {
		countKinds(&m.of[i], kinds)
	}
}

func someOf(r *rand.Rand, n int) rows.Set {
	var out rows.Builder
	for i := range n {
		if r.IntN(3) > 0 {
			out.Add(rows.Num(i))
		}
	}
	return out.Set()
}

// TestMatchTreeNames holds what EXPLAIN ANALYZE says of conditions that no
// single index answers.
func TestMatchTreeNames(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	reg := all.Registry()
	b := observations(r, 300)
	part := observedPart(t, rand.New(rand.NewPCG(3, 1)), b, reg)
	q := newQuery(context.Background(), Env{Registry: reg})
	defer q.close()
	owl := predicate.Call{Function: "match", Fields: []predicate.Field{fieldAt(2)}, Args: []record.Value{record.KeywordValue("owl")}}
	near := predicate.Call{Function: "st_dwithin", Fields: []predicate.Field{fieldAt(3)}, Args: []record.Value{record.PointValue(10, 55), record.FloatValue(50_000)}}
	few := predicate.Compare{Field: fieldAt(4), Op: predicate.LT, Value: record.IntValue(2)}
	f := func(p predicate.P, want string) {
		t.Helper()
		c := chooser{scan: &scanOp{q: q, node: &plan.Scan{}}, part: &part}
		steps, err := c.conjuncts(predicate.Conjuncts(p))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for i := range steps {
			names = append(names, steps[i].name())
		}
		got := strings.Join(names, " then ")
		for _, method := range []string{".postings", ".bitmap", ".tree", ".scan of integers"} {
			got = strings.ReplaceAll(got, method, "")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", p, got, want)
		}
	}
	f(predicate.Or{Of: []predicate.P{owl, near}}, "or(search, geo)")
	f(predicate.Or{Of: []predicate.P{few, owl, few}}, "or(search, columnar)")
	f(predicate.And{Of: []predicate.P{predicate.Or{Of: []predicate.P{owl, few}}, near}}, "geo then or(search, columnar)")
	f(predicate.Not{Of: predicate.Or{Of: []predicate.P{owl, near}}}, "and(search, geo)")
	f(predicate.Not{Of: predicate.And{Of: []predicate.P{owl, few, owl}}}, "or(columnar, search)")
	part.Indexes = part.Indexes[:2]
	c := chooser{scan: &scanOp{q: q, node: &plan.Scan{}}, part: &part}
	if _, err := c.conjuncts([]predicate.P{predicate.Or{Of: []predicate.P{few, owl}}}); !fault.Is(err, fault.Unsupported) {
		t.Errorf("without the index: %v", err)
	}
}

// TestConjunctionsAreApart: what an index said of the conditions of one AND is
// not taken for another's, which were cheap enough not to be asked about together.
func TestConjunctionsAreApart(t *testing.T) {
	r := newRand(t)
	reg := all.Registry()
	b := observations(r, 300)
	part := observedPart(t, rand.New(rand.NewPCG(3, 1)), b, reg)
	q := newQuery(context.Background(), Env{Registry: reg})
	defer q.close()
	text := predicate.Compare{Field: fieldAt(2), Op: predicate.LT, Value: record.KeywordValue("owl ")}
	point := predicate.Compare{Field: fieldAt(3), Op: predicate.GE, Value: record.PointValue(10, 55)}
	host := predicate.Compare{Field: fieldAt(1), Op: predicate.EQ, Value: record.KeywordValue("host1")}
	near := func(lon, lat float64) predicate.P {
		return predicate.Call{Function: "st_dwithin", Fields: []predicate.Field{fieldAt(3)}, Args: []record.Value{record.PointValue(lon, lat), record.FloatValue(500_000)}}
	}
	dear := predicate.And{Of: []predicate.P{near(10, 55), text, point}}
	cheap := predicate.And{Of: []predicate.P{near(15, 57), host, predicate.Const{Truth: predicate.False}}}
	for _, p := range []predicate.P{predicate.Or{Of: []predicate.P{dear, cheap}}, predicate.Or{Of: []predicate.P{cheap, dear}}} {
		s := &scanOp{q: q, node: &plan.Scan{}, stats: q.newStats("Scan")}
		c := chooser{scan: s, part: &part}
		steps, err := c.conjuncts([]predicate.P{p})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.take(&part, &steps[0], rows.All(b.N), s.stats.root())
		if err != nil {
			t.Fatal(err)
		}
		if want := enginetest.Wanted(t, &observed, b, p, reg); !got.Equal(want) {
			t.Errorf("%s\nby %s\nfound %s\nwant  %s", p, steps[0].name(), got, want)
		}
	}
}

// TestReportsOfTrees: the report shows a tree of steps, one node for all parts.
func TestReportsOfTrees(t *testing.T) {
	s := &opStats{Report: Report{Counters: map[string]int64{}}}
	leaf := matchStep{p: predicate.Const{Truth: predicate.True}, engine: "columnar", est: engines.Estimate{Method: "zones"}}
	tree := matchStep{p: predicate.Or{Of: []predicate.P{leaf.p}}, how: anyOf, label: "or(columnar.zones)", of: []matchStep{leaf}}
	for range 2 {
		above := s.step(s.root(), &tree)
		below := s.step(above, &leaf)
		s.took(below, &leaf, 3, time.Microsecond)
		s.took(above, &tree, 3, time.Microsecond)
	}
	if len(s.Below) != 1 || len(s.Below[0].Below) != 1 || s.Below[0].Below[0].Rows != 6 || s.Below[0].Counters["parts"] != 2 {
		t.Errorf("report %+v", s.Report)
	}
}
