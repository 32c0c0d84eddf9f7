package exec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// TestFirstGroups: a scan that need not give the rows of later groups changes
// nothing in what is asked of it.
func TestFirstGroups(t *testing.T) {
	r := newRand(t)
	narrowed := 0
	for name, w := range layouts(t, r) {
		for i, p := range wheres(r) {
			for by, key := range map[string]plan.SortKey{
				"last minutes":  {Expr: minutes(), Desc: true, NullsFirst: true},
				"first minutes": {Expr: minutes()},
				"times":         {Expr: col(cTS), Desc: true},
				"tens":          {Expr: tens(cU), Desc: true},
				"tens, nulls":   {Expr: tens(cU), NullsFirst: true},
				"days":          {Expr: col(cDT), Desc: true, NullsFirst: true},
				"missing":       {Expr: tens(cLate)},
			} {
				if len(w.rows) > 50_000 && (i%3 > 0 || !strings.HasSuffix(by, "minutes")) {
					continue
				}
				k := int64(1 + r.IntN(20))
				scan := scanOf()
				scan.Where = p
				groups := []plan.Expr{key.Expr, col(cFlag)}
				a := aggregate(scan, groups, []plan.Agg{agg("count", i64), agg("max", i64, col(cB))})
				keys := []plan.SortKey{key, {Expr: plan.Col{Index: 1, T: groups[1].Type()}}}
				keys[0].Expr = plan.Col{Index: 0, T: groups[0].Type()}
				n := &plan.Sort{Input: a, Keys: keys, Limit: k}
				want := (&oracle{t, w}).run(n)
				scan.Top = &plan.Top{By: plan.TopGroups, Key: key, K: k, Index: "ts"}
				s, err := runFragment(t.Context(), plan.EncodeFragment(n), nil, w.views, Env{Workers: 2, Analyze: true})
				same(t, fmt.Sprintf("%s, condition %d, %d %s", name, i, k, by), readAll(t, s, err), want, true)
				if strings.Contains(fmt.Sprint(reported(s.(*stream).Report())), "timeseries.Range") {
					narrowed++
				}
			}
		}
	}
	if narrowed < 10 {
		t.Errorf("only %d statements left rows out", narrowed)
	}
}

// reported lists the names in a report.
func reported(r *Report) (names []string) {
	names = append(names, r.Name)
	for _, b := range r.Below {
		names = append(names, reported(b)...)
	}
	return names
}

// TestEnds: what conditions leave of the time.
func TestEnds(t *testing.T) {
	f := field(cTS)
	at := record.TimestampValue
	e := endOf{field: f, lo: 0, hi: 1000}
	for _, c := range []struct {
		op     predicate.Op
		lo, hi int64
	}{{predicate.GT, 101, 1000}, {predicate.GE, 100, 1000}, {predicate.LT, 0, 99}, {predicate.LE, 0, 100}, {predicate.NE, 0, 1000}} {
		got := e
		got.clip(predicate.Compare{Field: f, Op: c.op, Value: at(100)})
		if got.lo != c.lo || got.hi != c.hi {
			t.Errorf("%v: [%d, %d], want [%d, %d]", c.op, got.lo, got.hi, c.lo, c.hi)
		}
	}
	between := e
	between.clip(predicate.Between{Field: f, Lo: at(5), Hi: at(7), LoOpen: true})
	if between.lo != 6 || between.hi != 7 {
		t.Errorf("between: [%d, %d], want [6, 7]", between.lo, between.hi)
	}
}
