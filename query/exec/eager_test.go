package exec

import (
	"fmt"
	"testing"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// rightRows are rows to join with: keys of cK and of cLate, some twice, some
// NULL, and a word.
func rightRows() *plan.Chunk {
	out := []plan.Column{{Name: "k", Type: kw}, {Name: "n", Type: i64}, {Name: "word", Type: kw}}
	c := emptyChunk(out)
	for i := range 9 {
		k, n := record.KeywordValue(fmt.Sprintf("k%d", i%7)), record.IntValue(int64(i*i%10))
		if i == 5 {
			k, n = record.NullOf(kw), record.NullOf(i64)
		}
		c.N++
		c.Cols[0].Append(k)
		c.Cols[1].Append(n)
		c.Cols[2].Append(record.KeywordValue(fmt.Sprintf("w%d", i%3)))
	}
	return c
}

// TestAggregateFirst: rows that are grouped before they are joined end in the
// groups that they would have ended in.
func TestAggregateFirst(t *testing.T) {
	r := newRand(t)
	right := &plan.Broadcast{ID: 1, Out: []plan.Column{{Name: "k", Type: kw}, {Name: "n", Type: i64}, {Name: "word", Type: kw}}}
	broadcast := map[int][]*plan.Chunk{1: {rightRows()}}
	width := len(fields)
	rk, rn, word := plan.Col{Index: 0, T: kw}, plan.Col{Index: 1, T: i64}, func(at int) plan.Expr { return plan.Col{Index: at + 2, T: kw} }
	dec := record.DecimalType(18, 2)
	aggs := []plan.Agg{agg("count", i64), agg("count", i64, col(cU)), agg("sum", i64, col(cU)), agg("avg", f64, col(cD)), agg("sum", dec, col(cD)),
		agg("max", f64, col(cF)), agg("min", kw, col(cS)), agg("stddev", f64, col(cF)), agg("first", kw, col(cS), col(cID))}
	first := 0
	for name, w := range layouts(t, r) {
		for _, kind := range []plan.JoinKind{plan.Inner, plan.Left, plan.Semi, plan.Anti, plan.AntiNull} {
			for _, second := range []bool{false, true} {
				for i, p := range wheres(r)[:4] {
					scan := scanOf()
					scan.Where = p
					var in plan.Node = &plan.Join{Kind: kind, Left: scan, Right: right, LeftKeys: []plan.Expr{col(cK)}, RightKeys: []plan.Expr{rk}, KeyScan: fields[cK].ID}
					groups := []plan.Expr{minutes(), col(cK)}
					if kind.GivesRight() {
						groups = append(groups, word(width))
					}
					if second {
						keys := []plan.Expr{col(cLate)}
						if kind.GivesRight() && i%2 == 0 {
							keys = []plan.Expr{plan.Col{Index: width + 1, T: i64}} // of the first right side
						}
						in = &plan.Join{Kind: plan.Inner, Left: in, Right: right, LeftKeys: keys, RightKeys: []plan.Expr{rn}}
						groups = append([]plan.Expr{word(len(in.Output()) - 3)}, groups[i%2:]...)
					}
					a := aggregate(in, groups, aggs)
					if i == 3 {
						a = aggregate(in, nil, aggs)
					}
					b := &builder{views: w.views}
					if b.aggregateFirst(a) != nil {
						first++
					}
					late := *a
					late.Input = &plan.Filter{Input: in, Cond: lit(record.BoolValue(true))}
					run := func(n plan.Node) [][]record.Value {
						s, err := runFragment(t.Context(), plan.EncodeFragment(n), broadcast, w.views, Env{Workers: 2})
						return readAll(t, s, err)
					}
					same(t, fmt.Sprintf("%s, kind %d, condition %d, two joins %t", name, kind, i, second), run(a), run(&late), false)
				}
			}
		}
	}
	if first < 20 {
		t.Errorf("only %d statements grouped first", first)
	}
}

// TestAggregateLast: what keeps rows from being grouped before they are joined.
func TestAggregateLast(t *testing.T) {
	w := newWorld(t, newRand(t), 1, 5000)
	right := &plan.Broadcast{ID: 1, Out: []plan.Column{{Name: "k", Type: kw}, {Name: "n", Type: i64}}}
	make := func() (*plan.Aggregate, *plan.Join) {
		j := &plan.Join{Left: scanOf(), Right: right, LeftKeys: []plan.Expr{col(cK)}, RightKeys: []plan.Expr{plan.Col{Index: 0, T: kw}}}
		return aggregate(j, []plan.Expr{minutes()}, []plan.Agg{agg("sum", i64, col(cB))}), j
	}
	f := func(what string, want bool, change func(a *plan.Aggregate, j *plan.Join)) {
		t.Helper()
		a, j := make()
		change(a, j)
		if have := (&builder{views: w.views}).aggregateFirst(a) != nil; have != want {
			t.Errorf("%s: grouped first: %t, want %t", what, have, want)
		}
	}
	n := plan.Col{Index: len(fields) + 1, T: i64}
	f("nothing", true, func(*plan.Aggregate, *plan.Join) {})
	f("a condition of the join", false, func(_ *plan.Aggregate, j *plan.Join) { j.On = call(">", boolean, n, col(cB)) })
	f("an argument of the other side", false, func(a *plan.Aggregate, _ *plan.Join) { a.Aggs[0].Args = []plan.Expr{n} })
	f("a computed argument", false, func(a *plan.Aggregate, _ *plan.Join) { a.Aggs[0].Args = []plan.Expr{call("/", i64, col(cB), col(cU))} })
	f("a group of both sides", false, func(a *plan.Aggregate, _ *plan.Join) { a.Groups[0] = call("+", i64, col(cB), n) })
	f("too many groups", false, func(a *plan.Aggregate, _ *plan.Join) { a.Groups[0] = col(cID) })
	f("distinct", false, func(a *plan.Aggregate, _ *plan.Join) { a.Aggs[0].Distinct = true })
	f("half an aggregate", false, func(a *plan.Aggregate, _ *plan.Join) { a.Mode = plan.Partial })
	f("a filter", false, func(a *plan.Aggregate, j *plan.Join) {
		a.Input = &plan.Filter{Input: j, Cond: call("=", boolean, n, lit(record.IntValue(3)))}
	})
}

// BenchmarkAggregateFirst joins 300 k rows to seven and groups them, both ways.
func BenchmarkAggregateFirst(b *testing.B) {
	w := newWorld(b, newRand(b), 2, 150_000)
	right := &plan.Broadcast{ID: 1, Out: []plan.Column{{Name: "k", Type: kw}, {Name: "n", Type: i64}, {Name: "word", Type: kw}}}
	broadcast := map[int][]*plan.Chunk{1: {rightRows()}}
	scan := scanOf()
	scan.Where = predicate.Compare{Field: field(cB), Op: predicate.LT, Value: record.IntValue(5000)}
	j := &plan.Join{Left: scan, Right: right, LeftKeys: []plan.Expr{col(cK)}, RightKeys: []plan.Expr{plan.Col{Index: 0, T: kw}}, KeyScan: fields[cK].ID}
	groups := []plan.Expr{plan.Col{Index: len(fields) + 2, T: kw}, minutes()}
	for name, in := range map[string]plan.Node{"first": j, "last": &plan.Filter{Input: j, Cond: lit(record.BoolValue(true))}} {
		b.Run(name, func(b *testing.B) {
			fragment := plan.EncodeFragment(aggregate(in, groups, []plan.Agg{agg("count", i64), agg("avg", f64, col(cU))}))
			for b.Loop() {
				s, err := runFragment(b.Context(), fragment, broadcast, w.views, Env{})
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = s.Next(b.Context())
				}
				s.Close()
			}
		})
	}
}
