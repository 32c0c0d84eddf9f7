package plan

import (
	"strings"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// rankedFragments hold every form of the end of a scan.
func rankedFragments(t testing.TB) [][]byte {
	table, err := testCatalog(t).Table("airports")
	if err != nil {
		t.Fatal(err)
	}
	field := func(i int) predicate.Field {
		f := table.Schema.Fields[i]
		return predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
	}
	name, loc := field(2), field(3)
	call := predicate.Call{Function: "match", Fields: []predicate.Field{name}, Args: []record.Value{record.KeywordValue("field"), record.KeywordValue("")}}
	scan := func() *Scan {
		return &Scan{Table: table, Columns: []record.ColumnID{1, ScoreColumn}, Out: []Column{{"ident", kind(record.Keyword)}, {scoreName, kind(record.Float64)}}, Where: call}
	}
	all, stats, near, last := scan(), scan(), scan(), scan()
	all.Score = &Score{Calls: []predicate.Call{call}}
	stats.Score = &Score{Calls: []predicate.Call{call}, Stats: []engines.TermStats{{Rows: 5, Tokens: 20, Terms: map[string]int64{"field": 3}}}}
	stats.Top = &Top{By: TopScore, K: 10, Ties: true, Index: "name_search"}
	near.Top = &Top{By: TopNearest, K: 5, Index: "loc_geo", Call: predicate.Call{Function: "st_nearest", Fields: []predicate.Field{loc},
		Args: []record.Value{record.PointValue(1, 2)}}}
	last.Top = &Top{By: TopNewest, K: 1, Index: "series"}
	first := scan()
	first.Top = &Top{By: TopGroups, K: 3, Index: "series", Key: SortKey{Expr: Col{0, "ident", kind(record.Keyword)}, Desc: true}}
	var out [][]byte
	for _, n := range []Node{all, stats, near, last, first, &Survey{Scan: all}} {
		out = append(out, EncodeFragment(n))
	}
	return out
}

// TestTops lists statements and what the plan says of the best rows, or that it says nothing.
func TestTops(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		q, err := parseQuery(t, text)
		if err != nil {
			t.Fatal(err)
		}
		o := testOptions(t, text)
		o.Registry = all.Registry()
		p, err := Query(q, o)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		have := p.Explain()
		if want == "" && strings.Contains(have, "top ") || !strings.Contains(have, want) {
			t.Errorf("%s: want %q in\n%s", text, want, have)
		}
	}
	f("SELECT ident FROM airports WHERE match(name, 'field') ORDER BY score() DESC LIMIT 10", "top search.TopK search: the 10 best by score")
	f("SELECT ident, score() s FROM airports WHERE match(name, 'field') AND elev_ft > 5 ORDER BY s DESC, ident LIMIT 10 OFFSET 5", "the 15 best")
	f("SELECT ident, score() FROM airports WHERE match(name, 'field') ORDER BY score() LIMIT 10", "")
	f("SELECT ident, score() FROM airports WHERE match(name, 'field') ORDER BY ident, score() DESC LIMIT 10", "")
	f("SELECT ident, score() FROM airports WHERE match(name, 'field') ORDER BY score() DESC", "score match(name, 'field'")
	f("SELECT ident, score() FROM airports WHERE match(name, 'field') AND lower(ident) = 'x' ORDER BY score() DESC LIMIT 5", "")
	f("SELECT n FROM buoys ORDER BY loc <-> ST_MakePoint(1, 2) LIMIT 3", "top geo.Nearest loc_geo: the 3 nearest")
	f("SELECT n FROM buoys WHERE n > 5 ORDER BY ST_Distance(ST_MakePoint(1, 2), loc), n LIMIT 3", "the 3 nearest")
	f("SELECT n FROM buoys ORDER BY loc <-> ST_MakePoint(1, 2) DESC LIMIT 3", "")
	f("SELECT n FROM buoys ORDER BY loc <-> ST_MakePoint(1, 2) NULLS FIRST LIMIT 3", "")
	f("SELECT n FROM buoys WHERE n + 1 > 5 ORDER BY loc <-> ST_MakePoint(1, 2) LIMIT 3", "")
	f("SELECT ident FROM airports ORDER BY loc <-> ST_MakePoint(1, 2) LIMIT 3", "") // no index in this catalog
}
