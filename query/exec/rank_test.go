package exec

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/plan/naive"
	"github.com/quindex/quindex/query/plan/plantest"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// withIndex adds an engine's index of one field to every sealed part of a table.
func withIndex(t testing.TB, table *catalog.Table, views map[uint32]*store.View, engine, field string) {
	t.Helper()
	e, err := all.Registry().Lookup(engine)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		for i := range v.Parts {
			if !v.Parts[i].Open {
				at := slices.IndexFunc(table.Schema.Fields, func(f record.Field) bool { return f.Name == field })
				addIndex(t, e, &v.Parts[i], table.Schema.Fields[at])
			}
		}
	}
}

func addIndex(t testing.TB, e engines.Engine, p *store.Part, f record.Field) {
	t.Helper()
	def := engines.IndexDef{Name: f.Name + "_" + e.Name(), Engine: e.Name(), Fields: []record.Field{f}}
	b, err := e.NewBuilder(def, p.Columns)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := b.Build(context.Background(), &buf); err != nil {
		t.Fatal(err)
	}
	ix, err := e.Open(engines.Section{Def: def, Rows: p.Rows, Bytes: buf.Bytes(), Columns: p.Columns})
	if err != nil {
		t.Fatal(err)
	}
	p.Indexes = append(p.Indexes, store.OpenIndex{Def: def, Index: ix})
}

// TestScoresAtSites: scores depend on the rows of all sites, also of those that
// a condition on the shard key leaves out. Sealed and open rows, one site and
// several, with and without index, give what the naive evaluator gives.
func TestScoresAtSites(t *testing.T) {
	rnd := newRand(t)
	c := plantest.Catalog()
	table, err := c.Table("t")
	if err != nil {
		t.Fatal(err)
	}
	registry := all.Registry()
	for range 40 {
		data := plantest.Data(rnd, c, rnd.IntN(60))
		s := newSpread(t, c, data)
		s.env.Registry = registry
		withIndex(t, table, s.views[table.ID()], "search", "x")
		for _, text := range []string{
			"SELECT i, x, score() FROM t WHERE match(x, 'a ord') ORDER BY score() DESC, x, i, f, d LIMIT %d",
			"SELECT x, score() FROM t WHERE match(x, 'ord') AND k = 'a' ORDER BY score() DESC, x LIMIT %d",
			"SELECT x, score() FROM t WHERE match(x, 'ab abc') OR match(x, 'ord') ORDER BY score() DESC, x LIMIT %d",
			"SELECT k, max(score()) FROM t WHERE match(x, 'ab ord b') GROUP BY k ORDER BY k LIMIT %d",
			"SELECT t.x, score() FROM t JOIN u ON t.k = u.k WHERE match(x, 'ab ord b') ORDER BY score() DESC, x LIMIT %d",
		} {
			text = fmt.Sprintf(text, 1+rnd.IntN(12))
			q, err := plantest.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			o := plan.Options{Catalog: c, Registry: registry, Text: text}
			bound, err := plan.Bind(q, o)
			if err != nil {
				t.Fatal(err)
			}
			want, err := naive.Run(bound, nil, data, registry)
			if err != nil {
				t.Fatal(err)
			}
			for _, way := range []struct {
				sites        int
				naive, noIdx bool
			}{{1, false, false}, {3, false, false}, {2, true, false}, {2, false, true}} {
				o.Naive, o.NoIndex = way.naive, way.noIdx
				p, err := plan.Query(q, o)
				if err != nil {
					t.Fatal(err)
				}
				s.sites = way.sites
				have, err := runIt(p, s)
				if err != nil {
					t.Fatalf("%s\n%+v: %v\n%s", text, way, err, p.Explain())
				}
				if a, b := printRows(have, text), printRows(want, text); a != b {
					t.Fatalf("%s\n%+v\n%s\nhave %s\nwant %s", text, way, p.Explain(), a, b)
				}
			}
		}
	}
}
