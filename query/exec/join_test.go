package exec

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// small is a right side: k, late, and a number of its own; with repeated and
// NULL keys.
func small() *plan.Values {
	n := &plan.Values{Out: []plan.Column{{Name: "k", Type: kw}, {Name: "late", Type: i64}, {Name: "x", Type: i64}}}
	for i, k := range []string{"k1", "k3", "", "k3", "none", "k5"} {
		key := record.KeywordValue(k)
		if k == "" {
			key = record.NullOf(kw)
		}
		n.Rows = append(n.Rows, []plan.Expr{lit(key), lit(record.IntValue(int64(i))), lit(record.IntValue(int64(i * 100)))})
	}
	return n
}

// joinTruth joins with two loops.
func joinTruth(o *oracle, j *plan.Join, left, right [][]record.Value) [][]record.Value {
	var out [][]record.Value
	types := append(append([]plan.Column{}, j.Left.Output()...), j.Right.Output()...)
	lk := o.exprs(j.LeftKeys, left, j.Left.Output())
	rk := o.exprs(j.RightKeys, right, j.Right.Output())
	nullRight := false
	for i := range rk {
		for _, v := range rk[i] {
			nullRight = nullRight || !v.Valid
		}
	}
	for i, l := range left {
		found, nullLeft := false, false
		var pairs [][]record.Value
		for n, r := range right {
			equal := true
			for k := range lk[i] {
				nullLeft = nullLeft || !lk[i][k].Valid
				equal = equal && lk[i][k].Valid && rk[n][k].Valid && record.Compare(lk[i][k], rk[n][k]) == 0
			}
			if equal {
				pairs = append(pairs, append(append([]record.Value{}, l...), r...))
			}
		}
		if j.On != nil {
			pairs = o.filter(pairs, types, j.On)
		}
		found = len(pairs) > 0
		switch j.Kind {
		case plan.Inner, plan.Cross:
			out = append(out, pairs...)
		case plan.Left:
			if out = append(out, pairs...); !found {
				row := append([]record.Value{}, l...)
				for _, c := range j.Right.Output() {
					row = append(row, record.NullOf(c.Type))
				}
				out = append(out, row)
			}
		case plan.Semi:
			if found {
				out = append(out, l)
			}
		case plan.Anti:
			if !found {
				out = append(out, l)
			}
		case plan.AntiNull:
			if len(right) == 0 || !found && !nullRight && !nullLeft {
				out = append(out, l)
			}
		}
	}
	return out
}

func TestJoin(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, r, 3, 400, 200, 30)
	o := &oracle{t, w}
	values := small()
	whole := plan.Values{Rows: values.Rows, Out: values.Out}
	noNull := plan.Values{Rows: append(append([][]plan.Expr{}, values.Rows[:2]...), values.Rows[3:]...), Out: values.Out}
	empty := plan.Values{Out: values.Out}
	rk, rl := plan.Col{Index: 0, Name: "k", T: kw}, plan.Col{Index: 1, Name: "late", T: i64}
	rx := plan.Col{Index: len(fields) + 2, Name: "x", T: i64}
	on := call("<", boolean, call("%", i64, col(cB), lit(record.IntValue(400))), rx)
	scan := scanOf()
	scan.Where = predicate.Compare{Field: field(cB), Op: predicate.LT, Value: record.IntValue(40000)}
	for name, right := range map[string]*plan.Values{"whole": &whole, "no null": &noNull, "empty": &empty} {
		for _, kind := range []plan.JoinKind{plan.Inner, plan.Left, plan.Cross, plan.Semi, plan.Anti, plan.AntiNull} {
			for keys := range 4 {
				for _, cond := range []plan.Expr{nil, on} {
					j := &plan.Join{Kind: kind, Left: scan, Right: right, On: cond}
					switch keys {
					case 1:
						j.LeftKeys, j.RightKeys = []plan.Expr{col(cK)}, []plan.Expr{rk}
					case 2:
						j.LeftKeys, j.RightKeys = []plan.Expr{col(cLate)}, []plan.Expr{rl}
						j.KeyScan = fields[cLate].ID
					case 3:
						j.LeftKeys, j.RightKeys = []plan.Expr{col(cK), col(cLate)}, []plan.Expr{rk, rl}
					}
					if (kind == plan.Cross) != (keys == 0) || kind == plan.AntiNull && cond != nil {
						continue
					}
					var rows [][]record.Value
					for _, row := range right.Rows {
						var vals []record.Value
						for _, e := range row {
							vals = append(vals, e.(plan.Const).Value)
						}
						rows = append(rows, vals)
					}
					want := joinTruth(o, j, o.run(scan), rows)
					what := fmt.Sprintf("%s join with %s, %d keys, on %v", kind, name, keys, cond)
					b := *j
					b.Right = &plan.Broadcast{ID: 4, Input: right, Out: right.Out}
					for _, sites := range []int{1, 3} {
						env := Env{Workers: 2}
						src := w.source(sites, env)
						in := &plan.Plan{Root: &plan.Gather{Fragment: &b, Table: table(), Shards: w.shards()}}
						s, err := Run(t.Context(), in, nil, src, env)
						same(t, what+", in the fragment", readAll(t, s, err), want, false)
						above := *j
						above.Left = &plan.Gather{Fragment: scan, Table: table(), Shards: w.shards()}
						s, err = Run(t.Context(), &plan.Plan{Root: &above}, nil, src, env)
						same(t, what+", above the gather", readAll(t, s, err), want, false)
					}
				}
			}
		}
	}
}

func TestUnionLimitValues(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, r, 2, 300, 100, 20)
	want := (&oracle{t, w}).run(scanOf())
	g := &plan.Gather{Fragment: scanOf(), Table: table(), Shards: w.shards()}
	for _, sites := range []int{1, 2} {
		run := func(n plan.Node) [][]record.Value {
			s, err := Run(t.Context(), &plan.Plan{Root: n}, nil, w.source(sites, Env{}), Env{})
			return readAll(t, s, err)
		}
		same(t, "union", run(&plan.Union{All: []plan.Node{g, g}}), append(append([][]record.Value{}, want...), want...), false)
		for _, l := range [][2]int64{{0, 0}, {5, 0}, {7, 3}, {-1, 10}, {1000, 0}} {
			n := run(&plan.Limit{Input: g, Count: l[0], Offset: l[1]})
			if expect := len(cut(want, l[1], l[0])); len(n) != expect {
				t.Fatalf("limit %v at %d sites gives %d rows, want %d", l, sites, len(n), expect)
			}
		}
		u := run(&plan.Limit{Input: &plan.Union{All: []plan.Node{&plan.Limit{Input: g, Count: 3}, small3()}}, Count: 100})
		if len(u) != 3+6 {
			t.Fatalf("union of a limit and values gives %d rows, want 9", len(u))
		}
	}
}

// small3 is values with the columns of the table.
func small3() plan.Node {
	v := &plan.Values{}
	for range 6 {
		var row []plan.Expr
		for _, f := range fields {
			row = append(row, lit(record.NullOf(f.Type)))
		}
		v.Rows = append(v.Rows, row)
	}
	for _, f := range fields {
		v.Out = append(v.Out, plan.Column{Name: f.Name, Type: f.Type})
	}
	return v
}

func TestMergeOfSortedSites(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, r, 4, 500, 100, 20)
	keys := []plan.SortKey{{Expr: col(cS), Desc: true, NullsFirst: true}, {Expr: col(cID)}}
	part := &plan.Sort{Input: scanOf(), Keys: keys, Limit: -1}
	g := &plan.Gather{Fragment: part, Table: table(), Shards: w.shards(), Merge: keys}
	want := (&oracle{t, w}).run(part)
	for _, sites := range []int{1, 4} {
		s, err := Run(t.Context(), &plan.Plan{Root: g}, nil, w.source(sites, Env{}), Env{})
		same(t, fmt.Sprint(sites, " sites"), readAll(t, s, err), want, true)
	}
}

func TestSubqueriesAndParameters(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, r, 2, 300)
	g := func(n plan.Node) plan.Node { return &plan.Gather{Fragment: n, Table: table(), Shards: w.shards()} }
	most := aggregate(g(scanOf()), nil, []plan.Agg{agg("max", i64, col(cB))})
	cond := call("and", boolean, call("=", boolean, col(cB), plan.SubqueryValue{ID: 0, T: i64}),
		call("and", boolean, plan.SubqueryValue{ID: 1, Exists: true, T: boolean}, call(">", boolean, col(cID), plan.Param{N: 1, T: i64})))
	p := &plan.Plan{Root: g(&plan.Filter{Input: scanOf(), Cond: cond}), Subqueries: []plan.Node{most, g(scanOf())}, Params: 1}
	s, err := Run(t.Context(), p, []record.Value{record.IntValue(-1)}, w.source(1, Env{}), Env{})
	got := readAll(t, s, err)
	var best int64
	for _, row := range w.rows {
		best = max(best, row[cB].I)
	}
	if len(got) == 0 || got[0][cB].I != best {
		t.Fatalf("rows with the largest b are %v, want b = %d", text(got), best)
	}
	p.Subqueries[0] = &plan.Project{Input: g(scanOf()), Exprs: []plan.Expr{col(cB)}, Names: []string{"b"}}
	if _, err = Run(t.Context(), p, []record.Value{record.IntValue(0)}, w.source(1, Env{}), Env{}); fault.CodeOf(err) != "21000" {
		t.Fatalf("a scalar subquery of many rows gives %v, want 21000", err)
	}
	if _, err = Run(t.Context(), p, nil, w.source(1, Env{}), Env{}); err == nil {
		t.Fatal("a missing parameter is not noticed")
	}
}

func TestLimits(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, r, 2, 60_000)
	for name, n := range map[string]plan.Node{
		"aggregate": aggregate(scanOf(), []plan.Expr{col(cU)}, []plan.Agg{agg("count", i64)}),
		"sort":      &plan.Sort{Input: scanOf(), Keys: []plan.SortKey{{Expr: col(cB)}}, Limit: -1},
		"strings":   aggregate(scanOf(), []plan.Expr{col(cS), col(cF)}, []plan.Agg{agg("count", i64)}),
	} {
		server := NewAccount(nil, 0)
		mem := NewAccount(server, 2<<20)
		s, err := runFragment(t.Context(), plan.EncodeFragment(n), nil, w.views, Env{Memory: mem, Workers: 2})
		if err == nil {
			_, err = rowsOf(s)
		}
		if fault.KindOf(err) != fault.Limit || fault.CodeOf(err) != "53200" {
			t.Errorf("%s within 2 MiB gives %v, want a limit", name, err)
		}
		if now, peak := server.Used(); now != 0 || peak == 0 {
			t.Errorf("%s: %d bytes are still held of %d", name, now, peak)
		}
	}
	s, err := runFragment(t.Context(), plan.EncodeFragment(scanOf()), nil, w.views, Env{MaxRows: 5000})
	if err == nil {
		_, err = rowsOf(s)
	}
	if fault.KindOf(err) != fault.Limit {
		t.Errorf("a scan of more than 5000 rows gives %v, want a limit", err)
	}
}

func TestCancelAndLeaveNothing(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, r, 2, 70_000, 66_000)
	before := runtime.NumGoroutine()
	for _, n := range []plan.Node{
		scanOf(),
		&plan.Sort{Input: scanOf(), Keys: []plan.SortKey{{Expr: col(cS)}}, Limit: -1},
		aggregate(scanOf(), []plan.Expr{col(cU), col(cS)}, []plan.Agg{agg("count", i64)}),
	} {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := runFragment(ctx, plan.EncodeFragment(n), nil, w.views, Env{Workers: 3})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := n.(*plan.Scan); ok {
			if _, err := s.Next(ctx); err != nil {
				t.Fatal(err)
			}
		}
		cancel()
		for err == nil {
			_, err = s.Next(ctx)
		}
		if fault.KindOf(err) != fault.Canceled {
			t.Errorf("%T: cancelled, Next gives %v", n, err)
		}
		s.Close()
		// Closed without reading: no error, and nothing left running.
		if s, err = runFragment(t.Context(), plan.EncodeFragment(n), nil, w.views, Env{Workers: 3}); err == nil {
			s.Next(t.Context())
			s.Close()
		}
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}

func TestPanicsAndErrorsOfTasks(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, r, 1, 60_000, 60_000)
	div := call("/", i64, col(cB), call("-", i64, col(cID), lit(record.IntValue(20_000)))) // of a row that lives
	n := &plan.Project{Input: scanOf(), Exprs: []plan.Expr{div}, Names: []string{"x"}}
	for _, workers := range []int{1, 2} {
		s, err := runFragment(t.Context(), plan.EncodeFragment(n), nil, w.views, Env{Workers: workers})
		if err == nil {
			_, err = rowsOf(s)
		}
		if fault.CodeOf(err) != "22012" {
			t.Errorf("division by zero with %d workers gives %v", workers, err)
		}
		bad := *w.views[0]
		bad.Parts = append(bad.Parts[:0:0], bad.Parts...)
		bad.Parts[0].Columns = nil // a nil interface: the scan will panic
		s, err = RunNode(t.Context(), scanOf(), nil, append(w.views[:0:0], &bad), Env{Workers: workers})
		if err == nil {
			_, err = rowsOf(s)
		}
		if fault.KindOf(err) != fault.Internal {
			t.Errorf("a panic with %d workers gives %v, want an internal error", workers, err)
		}
	}
}

func TestFunctionWithoutIndex(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, r, 1, 100)
	scan := scanOf()
	scan.Where = predicate.Call{Function: "match", Fields: []predicate.Field{field(cS)}, Args: []record.Value{record.KeywordValue("x")}}
	s, err := runFragment(t.Context(), plan.EncodeFragment(scan), nil, w.views, Env{})
	if err == nil {
		_, err = rowsOf(s)
	}
	if !strings.Contains(fault.HintOf(err), "CREATE INDEX") {
		t.Errorf("match without an index gives %v, hint %q", err, fault.HintOf(err))
	}
}

func TestReport(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, r, 2, 300, 200, 30)
	scan := scanOf()
	scan.Where = predicate.Compare{Field: field(cK), Op: predicate.EQ, Value: record.KeywordValue("k3")}
	s, err := runFragment(t.Context(), plan.EncodeFragment(scan), nil, w.views, Env{Analyze: true})
	got := readAll(t, s, err)
	report := s.(Analyzer).Report()
	found := map[string]int64{}
	for _, op := range report.Below {
		for _, step := range op.Below {
			found[strings.SplitN(step.Name, ".", 2)[0]] += step.Rows
		}
	}
	if found["columnar"]+found["open"] != int64(len(got)) || found["open"] == 0 {
		t.Errorf("the report counts %v rows found, %d were given", found, len(got))
	}
}

// TestWideJoinFlows holds a cross join of few rows with few rows to giving its
// pairs as it finds them: what runs ahead of the reader is bounded.
func TestWideJoinFlows(t *testing.T) {
	const side = 3000
	numbers := func(name string) *plan.Values {
		n := &plan.Values{Out: []plan.Column{{Name: name, Type: i64}}}
		for i := range side {
			n.Rows = append(n.Rows, []plan.Expr{lit(record.IntValue(int64(i)))})
		}
		return n
	}
	for _, workers := range []int{1, 3} {
		j := &plan.Join{Kind: plan.Cross, Left: numbers("a"), Right: numbers("b")}
		s, err := Run(context.Background(), &plan.Plan{Root: j, Columns: j.Output()}, nil, nil, Env{Workers: workers, Analyze: true})
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		given := int64(0)
		for _, op := range s.(Analyzer).Report().Below {
			if op.Name == "Join cross" {
				given = op.Rows
			}
		}
		// Chunks in the channel and one under way at each worker, and those that
		// close drains: all of side*side would be 2,000 chunks.
		if most := int64(c.N) * int64(8*workers+8); given == 0 || given > most {
			t.Errorf("%d workers: %d pairs were made before the first was read, want 1 to %d", workers, given, most)
		}
	}
}
