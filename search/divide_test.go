package search

import (
	"math/rand/v2"
	"testing"

	bleve "github.com/blevesearch/bleve/v2/search/query"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// TestDivide: a query over two fields that hold one text is true where it is
// true of one field.
func TestDivide(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	e := New()
	def := func(id record.ColumnID, analyzer string) engines.IndexDef {
		return engines.IndexDef{Fields: []record.Field{{ID: id, Type: record.T(record.Text), Analyzer: analyzer}}}
	}
	for range 4000 {
		analyzer := []string{"", "en", "simple", "de", "cjk", "keyword"}[r.IntN(6)]
		fields := []engines.Weighted{{Def: def(1, analyzer), Weight: 1}, {Def: def(2, analyzer), Weight: 2}}
		opts := []string{"", "operator=and", "slop=2"}[r.IntN(3)]
		args := []record.Value{record.KeywordValue(randomQuery(r)), record.KeywordValue(opts)}
		part, err := e.Divide("match", args, fields, nil)
		if err != nil || part == nil {
			t.Fatalf("%s: %v, %v", args[0].S, part, err)
		}
		text := record.TextValue(randomProse(r, 12))
		have := partTrue(t, e, part, text)
		single := []record.Value{args[0], record.KeywordValue("analyzer=" + analyzerOf(fields[0].Def) + " " + opts)}
		want, err := e.eval("match", []record.Value{text}, single)
		if err != nil {
			t.Fatal(err)
		}
		if have != (want == predicate.True) {
			t.Errorf("analyzer %q, options %q: %s of %q: %v, want %v\n%+v", analyzer, opts, args[0].S, text.S, have, want, part)
		}
	}
}

func partTrue(t *testing.T, e *Engine, p *engines.Part, text record.Value) bool {
	t.Helper()
	switch p.Op {
	case engines.PartBonus, engines.PartPresent:
		return true
	case engines.PartCall, engines.PartAbsent:
		truth, err := e.eval(p.Function, []record.Value{text}, p.Args)
		if err != nil {
			t.Fatal(err)
		}
		return (truth == predicate.True) == (p.Op == engines.PartCall)
	}
	all := p.Op == engines.PartAll
	for i := range p.Of {
		if partTrue(t, e, &p.Of[i], text) != all {
			return !all
		}
	}
	return all
}

// FuzzClause: a clause written as a query string of its own is parsed as the
// clause it was.
func FuzzClause(f *testing.F) {
	for _, q := range []string{"a", `"a b"~2`, `a\:b~1`, `/a.*\/b/`, "7", "a?b*", `\"x^2`, `-5`, `"a\"b"`, "/~0"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := single(text)
		if q == nil {
			return
		}
		written, _, err := clauseText(q)
		if err != nil {
			return
		}
		again := single(written)
		if again == nil {
			t.Fatalf("%q is written as %q, which is no clause", text, written)
		}
		if twice, _, err := clauseText(again); err != nil || twice != written {
			t.Fatalf("%q is written as %q and then as %q, %v", text, written, twice, err)
		}
	})
}

// single is the one clause of a query string, nil if it is not one.
func single(text string) bleve.Query {
	q, err := parseQuery(text)
	if err != nil {
		return nil
	}
	b, is := q.(*bleve.BooleanQuery)
	if !is || b.Must != nil || b.MustNot != nil || b.Should == nil {
		return nil
	}
	d, is := b.Should.(*bleve.DisjunctionQuery)
	if !is || len(d.Disjuncts) != 1 {
		return nil
	}
	if either, is := d.Disjuncts[0].(*bleve.DisjunctionQuery); is && len(either.Disjuncts) > 0 {
		return either.Disjuncts[0]
	}
	return d.Disjuncts[0]
}
