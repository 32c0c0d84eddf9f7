package exec

import (
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// BenchmarkFragment runs fragments over 600 k rows in four shards.
func BenchmarkFragment(b *testing.B) {
	w := newWorld(b, rand.New(rand.NewPCG(1, 1)), 4, 150_000)
	where := func(p predicate.P) *plan.Scan {
		s := scanOf()
		s.Where = p
		return s
	}
	range10 := predicate.Compare{Field: field(cB), Op: predicate.LT, Value: record.IntValue(5000)}
	sum, count := agg("sum", i64, col(cB)), agg("count", i64)
	for _, c := range []struct {
		name string
		node plan.Node
	}{
		{"count/where=range", aggregate(where(range10), nil, []plan.Agg{count})},
		{"sum/where=range", aggregate(where(range10), nil, []plan.Agg{sum})},
		{"sum/groups=7", aggregate(scanOf(), []plan.Expr{col(cK)}, []plan.Agg{count, sum})},
		{"sum/groups=14", aggregate(scanOf(), []plan.Expr{col(cK), col(cFlag)}, []plan.Agg{count, sum})},
		{"sum/groups=3k_strings", aggregate(scanOf(), []plan.Expr{col(cS)}, []plan.Agg{count, sum})},
		{"sum/groups=400k_ints", aggregate(scanOf(), []plan.Expr{col(cU)}, []plan.Agg{count, sum})},
		{"avg/groups=10_minutes", aggregate(scanOf(), []plan.Expr{minutes()}, []plan.Agg{count, agg("avg", f64, col(cB))})},
		{"avg/groups=10_minutes_by_7", aggregate(scanOf(), []plan.Expr{minutes(), col(cK)}, []plan.Agg{agg("avg", f64, col(cB))})},
		{"distinct/ints", aggregate(scanOf(), nil, []plan.Agg{distinct(agg("count", i64, col(cU)))})},
		{"distinct/strings", aggregate(scanOf(), nil, []plan.Agg{distinct(agg("count", i64, col(cS)))})},
		{"top=10", &plan.Sort{Input: scanOf(), Keys: []plan.SortKey{{Expr: col(cB), Desc: true}, {Expr: col(cID)}}, Limit: 10}},
		{"sort=all", &plan.Sort{Input: scanOf(), Keys: []plan.SortKey{{Expr: col(cU)}}, Limit: -1}},
	} {
		b.Run(c.name, func(b *testing.B) {
			fragment := plan.EncodeFragment(c.node)
			for b.Loop() {
				s, err := runFragment(b.Context(), fragment, nil, w.views, Env{})
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = s.Next(b.Context())
				}
				s.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(w.rows)), "ns/row")
		})
	}
}
