package exec

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// layouts are shapes of the same table: many small parts, few large ones.
func layouts(t *testing.T, r *rand.Rand) map[string]*world {
	return map[string]*world{
		"empty":  newWorld(t, r, 2, 0),
		"open":   newWorld(t, r, 1, 0, 0, 90),
		"shards": newWorld(t, r, 3, 700, 300, 40),
		"blocks": newWorld(t, r, 1, 70_000, 500, 50),
	}
}

func field(i int) predicate.Field {
	return predicate.Field{ID: fields[i].ID, Name: fields[i].Name, Type: fields[i].Type}
}

var boolean = record.T(record.Bool)

// wheres are conditions of several selectivities.
func wheres(r *rand.Rand) []predicate.P {
	return []predicate.P{
		nil,
		predicate.Compare{Field: field(cK), Op: predicate.EQ, Value: record.KeywordValue("k3")},
		predicate.And{Of: []predicate.P{
			predicate.Compare{Field: field(cB), Op: predicate.LT, Value: record.IntValue(r.Int64N(50000))},
			predicate.Compare{Field: field(cK), Op: predicate.NE, Value: record.KeywordValue("k1")},
		}},
		predicate.Compare{Field: field(cB), Op: predicate.EQ, Value: record.IntValue(r.Int64N(50000))},
		predicate.Compare{Field: field(cB), Op: predicate.LT, Value: record.IntValue(-1)},
		predicate.IsNull{Field: field(cU)},
		predicate.Compare{Field: field(cLate), Op: predicate.EQ, Value: record.IntValue(7)},
	}
}

// run compares a fragment over the views, and the same split over sites.
func check(t *testing.T, what string, w *world, n plan.Node, ordered bool) {
	t.Helper()
	want := (&oracle{t, w}).run(n)
	for _, workers := range []int{1, 3} {
		s, err := runFragment(t.Context(), plan.EncodeFragment(n), nil, w.views, Env{Workers: workers})
		same(t, fmt.Sprintf("%s, %d workers", what, workers), readAll(t, s, err), want, ordered)
	}
}

func TestScanFilterProject(t *testing.T) {
	r := newRand(t)
	for name, w := range layouts(t, r) {
		for i, p := range wheres(r) {
			scan := scanOf()
			scan.Where = p
			what := fmt.Sprintf("%s, condition %d", name, i)
			check(t, what, w, scan, false)
			more := call(">", boolean, col(cU), lit(record.IntValue(5000)))
			scan.Filter = []plan.Expr{more}
			n := &plan.Filter{Input: scan, Cond: call("<", boolean, col(cF), lit(record.FloatValue(50)))}
			check(t, what+", filters", w, &plan.Project{Input: n, Exprs: []plan.Expr{col(cID), call("+", record.T(record.Int64), col(cB), col(cU)), col(cTags)}, Names: []string{"id", "x", "tags"}}, false)
		}
	}
}

func agg(f string, t record.Type, args ...plan.Expr) plan.Agg {
	return plan.Agg{Func: f, Args: args, T: t}
}

func distinct(a plan.Agg) plan.Agg { a.Distinct = true; return a }

func filtered(a plan.Agg, e plan.Expr) plan.Agg { a.Filter = e; return a }

var (
	i64 = record.T(record.Int64)
	f64 = record.T(record.Float64)
	kw  = record.T(record.Keyword)
)

// manyAggs is one of each.
func manyAggs() []plan.Agg {
	dec := record.DecimalType(18, 2)
	return []plan.Agg{
		agg("count", i64),
		agg("count", i64, col(cU)),
		agg("sum", i64, col(cB)),
		agg("sum", i64, col(cU)),
		agg("sum", dec, col(cD)),
		agg("sum", f64, col(cF)),
		agg("avg", f64, col(cB)),
		agg("avg", f64, col(cD)),
		agg("avg", f64, col(cF)),
		agg("min", i64, col(cU)),
		agg("max", i64, col(cU)),
		agg("min", kw, col(cS)),
		agg("max", kw, col(cS)),
		agg("min", f64, col(cF)),
		agg("max", f64, col(cF)),
		agg("max", fields[cTS].Type, col(cTS)),
		agg("min", i64, col(cLate)),
		agg("stddev", f64, col(cF)),
		agg("bool_and", boolean, col(cFlag)),
		agg("bool_or", boolean, col(cFlag)),
		agg("first", kw, col(cS), col(cID)),
		distinct(agg("count", i64, col(cU))),
		distinct(agg("count", i64, col(cS))),
		distinct(agg("sum", i64, col(cLate))),
		filtered(agg("count", i64), call("=", boolean, col(cK), lit(record.KeywordValue("k2")))),
		filtered(agg("sum", i64, col(cB)), call("=", boolean, col(cK), lit(record.KeywordValue("k2")))),
		agg("sum", i64, call("+", i64, col(cB), col(cU))),
	}
}

func aggregate(in plan.Node, groups []plan.Expr, aggs []plan.Agg) *plan.Aggregate {
	a := &plan.Aggregate{Input: in, Groups: groups, Aggs: aggs}
	for i, g := range groups {
		a.Names = append(a.Names, fmt.Sprint("g", i))
		a.Out = append(a.Out, plan.Column{Name: fmt.Sprint("g", i), Type: g.Type()})
	}
	for i, g := range aggs {
		a.Names = append(a.Names, fmt.Sprint("a", i))
		a.Out = append(a.Out, plan.Column{Name: fmt.Sprint("a", i), Type: g.T})
	}
	return a
}

// halves cuts an aggregate as the planner does.
func halves(a *plan.Aggregate) (*plan.Aggregate, func(in plan.Node) *plan.Aggregate) {
	part := *a
	part.Mode, part.Out = plan.Partial, nil
	final := *a
	final.Mode, final.Groups, final.Aggs = plan.Final, nil, nil
	for i, g := range a.Groups {
		part.Out = append(part.Out, plan.Column{Name: a.Names[i], Type: g.Type()})
		final.Groups = append(final.Groups, plan.Col{Index: i, T: g.Type()})
	}
	for _, g := range a.Aggs {
		types, ok := g.StateTypes()
		if !ok {
			panic("no halves: " + g.Func)
		}
		f := g
		f.Args, f.Filter = nil, nil
		for _, t := range types {
			f.Args = append(f.Args, plan.Col{Index: len(part.Out), T: t})
			part.Out = append(part.Out, plan.Column{Name: "s", Type: t})
		}
		final.Aggs = append(final.Aggs, f)
	}
	return &part, func(in plan.Node) *plan.Aggregate {
		f := final
		f.Input = in
		return &f
	}
}

func groupings() map[string][]plan.Expr {
	return map[string][]plan.Expr{
		"none":             nil,
		"dict":             {col(cK)},
		"two":              {col(cK), col(cFlag)},
		"small int":        {col(cLate)},
		"date":             {col(cDT)},
		"ints":             {col(cU)},
		"strings":          {col(cS)},
		"three":            {col(cK), col(cDT), col(cS)},
		"float":            {col(cF)},
		"computed":         {call("%", i64, col(cB), lit(record.IntValue(17)))},
		"array":            {col(cTags)},
		"buckets":          {minutes()},
		"tens":             {tens(cU)},
		"two, bucket":      {minutes(), col(cK)},
		"strings, buckets": {col(cS), tens(cU), col(cFlag)},
		"wide":             {call("time_bucket", i64, lit(record.IntValue(1<<62)), col(cU))},
	}
}

// minutes are buckets of time from an odd origin, tens buckets of an integer.
func minutes() plan.Expr {
	return call("time_bucket", fields[cTS].Type, lit(record.SpanValue(record.Span{Nanos: 60e9})), col(cTS), lit(record.TimestampValue(1e18+7)))
}

func tens(i int) plan.Expr {
	return call("time_bucket", i64, lit(record.IntValue(10)), col(i), lit(record.IntValue(-13)))
}

func TestAggregate(t *testing.T) {
	r := newRand(t)
	for name, w := range layouts(t, r) {
		for i, p := range wheres(r) {
			for by, groups := range groupings() {
				if i > 0 && by != "none" && by != "dict" && by != "strings" {
					continue
				}
				if len(w.rows) > 50_000 && (i > 0 && by != "none" || by == "float" || by == "array" || by == "date" || by == "three" || by == "buckets" || by == "strings, buckets" || by == "wide") {
					continue
				}
				scan := scanOf()
				scan.Where = p
				what := fmt.Sprintf("%s, condition %d by %s", name, i, by)
				aggs := manyAggs()
				if len(w.rows) > 50_000 && (by == "ints" || by == "strings") {
					aggs = aggs[:12] // the slow truth of all of them takes minutes
				}
				a := aggregate(scan, groups, aggs)
				want := (&oracle{t, w}).run(a)
				for _, workers := range []int{1, 2} {
					s, err := runFragment(t.Context(), plan.EncodeFragment(a), nil, w.views, Env{Workers: workers})
					same(t, what, readAll(t, s, err), want, false)
				}
				for _, sites := range []int{1, 3} {
					if i > 1 || len(w.rows) > 50_000 && sites == 3 {
						continue
					}
					part, final := halves(a)
					g := &plan.Gather{Fragment: part, Table: table(), Shards: w.shards()}
					s, err := Run(t.Context(), &plan.Plan{Root: final(g)}, nil, w.source(sites, Env{Workers: 2}), Env{Workers: 2})
					same(t, fmt.Sprintf("%s, halves at %d sites", what, sites), readAll(t, s, err), want, false)
				}
			}
		}
	}
}

// TestAggregateAlone runs each aggregate by itself, because statistics and
// kernels answer some of them only where nothing else is asked.
func TestAggregateAlone(t *testing.T) {
	r := newRand(t)
	for name, w := range layouts(t, r) {
		for i, p := range wheres(r) {
			for k, g := range manyAggs() {
				if len(w.rows) > 50_000 && i%2 == 1 {
					continue
				}
				scan := scanOf()
				scan.Where = p
				check(t, fmt.Sprintf("%s, condition %d, aggregate %d %s", name, i, k, g.Func), w, aggregate(scan, nil, []plan.Agg{g}), false)
			}
		}
	}
}

func TestSort(t *testing.T) {
	r := newRand(t)
	id := plan.SortKey{Expr: col(cID)}
	orders := map[string][]plan.SortKey{
		"id desc":    {{Expr: col(cID), Desc: true}},
		"b":          {{Expr: col(cB)}, id},
		"b desc":     {{Expr: col(cB), Desc: true, NullsFirst: true}, id},
		"u nulls":    {{Expr: col(cU), NullsFirst: true}, {Expr: col(cID), Desc: true}},
		"s desc":     {{Expr: col(cS), Desc: true}, id},
		"flag, s, f": {{Expr: col(cFlag)}, {Expr: col(cS), Desc: true, NullsFirst: true}, {Expr: col(cF)}, id},
		"computed":   {{Expr: call("%", i64, col(cB), lit(record.IntValue(97)))}, id},
	}
	limits := [][2]int64{{-1, 0}, {10, 0}, {10, 25}, {0, 0}, {3000, 5}, {1 << 20, 3}}
	for name, w := range layouts(t, r) {
		for i, p := range wheres(r)[:4] {
			for by, keys := range orders {
				for _, l := range limits {
					if (len(w.rows) > 50_000 || i > 1) && (i > 1 || l[0] < 0 || l[0] > 5000 || l[0] == 0) && (by != "u nulls" || i > 0) {
						continue
					}
					scan := scanOf()
					scan.Where = p
					what := fmt.Sprintf("%s, condition %d by %s limit %d offset %d", name, i, by, l[0], l[1])
					n := &plan.Sort{Input: scan, Keys: keys, Limit: l[0], Offset: l[1]}
					check(t, what, w, n, true)
				}
			}
		}
	}
}
