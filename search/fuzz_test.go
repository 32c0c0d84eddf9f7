package search

import (
	"context"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// fuzzQueries asks one query of each kind; errors are answers, panics are not.
func fuzzQueries(ix *Index) {
	ctx := context.Background()
	f := predicate.Field{ID: 1, Name: "title", Type: record.T(record.Text)}
	for _, q := range []string{"airport", "new airport port", "+new +airport", `"new airport"`, "a* port~1", "-port"} {
		c := predicate.Call{Function: "match", Fields: []predicate.Field{f}, Args: []record.Value{record.KeywordValue(q)}}
		all := rows.All(ix.foot.rows)
		ix.Estimate(c)
		_, _ = ix.Match(ctx, c, all)
		s, err := ix.Stats(c, all)
		if err != nil {
			continue
		}
		_, _ = ix.RankScored(ctx, c, &s, all, 3, engines.NewBound())
	}
}

// FuzzQuery parses any query and asks it of a small index; what it finds is
// what evaluation finds.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{"new", "+new -airport", `"new airport"^2 a*`, "/a.*/ air?ort~1", `\"x 3.14 <5`} {
		f.Add(q)
	}
	e := New()
	texts := []string{"the new airport", "New airports", "new new airport", ""}
	section := sectionOf(f, texts...)
	ix, err := open(e, engines.Section{Def: Def(textField()), Rows: len(texts), Bytes: section})
	if err != nil {
		f.Fatal(err)
	}
	field := predicate.Field{ID: 1, Name: "title", Type: record.T(record.Text)}
	f.Fuzz(func(t *testing.T, q string) {
		c := predicate.Call{Function: "match", Fields: []predicate.Field{field}, Args: []record.Value{record.KeywordValue(q)}}
		got, err := ix.Match(context.Background(), c, rows.All(len(texts)))
		for i, text := range texts {
			truth, evalErr := predicate.Eval(c, predicate.Values{1: record.TextValue(text)}, engines.NewRegistry(e))
			if (err == nil) != (evalErr == nil) || err == nil && got.Has(rows.Num(i)) != (truth == predicate.True) {
				t.Fatalf("%q of %q: %v, %v, want %s, %v", q, text, got.Has(rows.Num(i)), err, truth, evalErr)
			}
		}
	})
}
