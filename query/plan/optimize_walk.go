package plan

import (
	"fmt"
	"math"
	"slices"

	"github.com/quindex/quindex/record"
)

// mostChains is the number of chains of joins that the walks of one quantified
// edge may be told apart in.
const mostChains = 200

// pushWalk gives each end the conditions that are about it alone.
func pushWalk(n *GraphWalk, conds []Expr) Node {
	k := n.StartWidth()
	end := k + len(n.End.Out)
	var start, far, above []Expr
	for _, c := range conds {
		lo, hi := minCol(c), maxCol(c)
		switch {
		case hi < 0:
			above = append(above, c)
		case hi < k:
			start = append(start, c)
		case lo >= k && hi < end:
			far = append(far, shift(c, -k))
		default:
			above = append(above, c)
		}
	}
	out := *n
	out.Start, out.End = push(n.Start, start), pushScan(n.End, far).(*Scan)
	return filtered(&out, above)
}

// walks decides what walks of n are for. Where nobody minds how often a row
// comes (loose), only the ends count; other walks become chains of joins.
func (opt *optimizer) walks(n Node, loose bool) Node {
	switch n := n.(type) {
	case *GraphWalk:
		return opt.walk(n, loose)
	case *Aggregate:
		inner := !slices.ContainsFunc(n.Aggs, func(a Agg) bool { return !looseAgg(a) })
		return WithInputs(n, func(in Node) Node { return opt.walks(in, inner) })
	case *Sort:
		inner := n.Limit < 0 && loose || n.Limit >= 0 && n.Limit+n.Offset <= 1
		return WithInputs(n, func(in Node) Node { return opt.walks(in, inner) })
	case *Limit: // one row of some, whichever it is
		inner := n.Count >= 0 && n.Count <= 1 && n.Offset == 0
		return WithInputs(n, func(in Node) Node { return opt.walks(in, inner) })
	case *Join:
		left, right := opt.walks(n.Left, loose), opt.walks(n.Right, loose || !n.Kind.GivesRight())
		if left == n.Left && right == n.Right {
			return n
		}
		out := *n
		out.Left, out.Right = left, right
		return &out
	}
	return WithInputs(n, func(in Node) Node { return opt.walks(in, loose) })
}

// looseAgg reports whether an aggregate does not change when a row comes twice.
func looseAgg(a Agg) bool {
	switch a.Func {
	case "min", "max", "bool_and", "bool_or", "any_value":
		return true
	}
	return a.Distinct
}

func (opt *optimizer) walk(n *GraphWalk, loose bool) Node {
	out := *n
	out.Start = opt.walks(n.Start, loose)
	out.loose = loose
	out.startRows, out.endRows = opt.estimate(out.Start), opt.estimate(out.End)
	switch {
	case loose && !out.Length && !out.Vertices:
		out.Mode = WalkEnds
	case out.Mode == WalkPaths:
		return out.chainsOfJoins()
	}
	return &out
}

func (opt *optimizer) estimateWalk(n *GraphWalk) float64 {
	start, end := opt.estimate(n.Start), opt.estimate(n.End)
	if !n.Pairs {
		return end * 0.5
	}
	return min(start*end, start*math.Pow(8, float64(min(n.Max, 4))))
}

// lowered is p with its walks as joins, where they must be: what Optimize does
// for the sake of meaning.
func lowered(p *Plan) *Plan {
	var lower func(n Node) Node
	lower = func(n Node) Node {
		n = WithInputs(n, lower)
		if w, ok := n.(*GraphWalk); ok && w.Mode == WalkPaths {
			return w.chainsOfJoins()
		}
		return n
	}
	out := *p
	out.Root = lower(p.Root)
	out.Subqueries = make([]Node, len(p.Subqueries))
	for i, n := range p.Subqueries {
		out.Subqueries[i] = lower(n)
	}
	return &out
}

// chains is the number of chains of joins that n becomes, or a little more than
// mostChains.
func (n *GraphWalk) chains() int {
	total := 0
	at := make([]int, len(n.Places)) // by place: the chains that end there
	at[n.StartAt] = 1
	for k := 0; k <= n.Max && total <= mostChains; k++ {
		if k >= n.Min {
			total += at[n.EndAt]
		}
		next := make([]int, len(at))
		for _, h := range n.hops() {
			next[h.to] = min(next[h.to]+at[h.from], mostChains+1)
		}
		at = next
	}
	return total
}

// hop is all steps from one place to another.
type hop struct{ from, to int }

func (n *GraphWalk) hops() []hop {
	var out []hop
	for _, s := range n.Steps {
		if h := (hop{s.From, s.To}); !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// chainsOfJoins is a union of joins with a row for every walk.
func (n *GraphWalk) chainsOfJoins() Node {
	var all []Node
	var extend func(at int, via []hop)
	extend = func(at int, via []hop) {
		if len(via) >= n.Min && at == n.EndAt {
			all = append(all, n.chain(via))
		}
		if len(via) == n.Max {
			return
		}
		for _, h := range n.hops() {
			if h.from == at {
				extend(h.to, append(via[:len(via):len(via)], h))
			}
		}
	}
	extend(n.StartAt, nil)
	switch len(all) {
	case 0:
		return &Values{Out: n.Output()}
	case 1:
		return all[0]
	}
	return &Union{All: all}
}

// chain joins one sequence of hops.
func (n *GraphWalk) chain(via []hop) Node {
	tree := n.Start
	width := len(tree.Output())
	key := Col{n.StartKey, "", tree.Output()[n.StartKey].Type}
	keys := []Expr{key}
	join := func(right Node, at int) {
		k := len(tree.Output())
		j := &Join{Kind: Inner, Left: tree, Right: right, Pattern: true}
		on := Call{Func: "=", Args: []Expr{key, Col{k + at, "", right.Output()[at].Type}}, T: boolType}
		extractKeys(j, []Expr{on}, k)
		tree = j
	}
	for i, h := range via {
		step := n.stepsOf(h)
		join(step, 0)
		key = Col{len(tree.Output()) - 1, "", step.Output()[1].Type}
		if i < len(via)-1 {
			join(n.Places[h.to].Vertex, 0)
			keys = append(keys, key)
		}
	}
	join(n.End, n.EndKey)
	end := len(tree.Output()) - len(n.End.Out)
	p := &Project{Input: tree}
	add := func(e Expr, name string) { p.Exprs, p.Names = append(p.Exprs, e), append(p.Names, name) }
	for i, c := range tree.Output() {
		if i < width && n.Pairs || i >= end {
			add(Col{i, c.Name, c.Type}, c.Name)
		}
	}
	if n.Length {
		add(Const{record.IntValue(int64(len(via)))}, "path_length")
	}
	if n.Vertices {
		if len(via) > 0 {
			keys = append(keys, key)
		}
		if n.Turned {
			slices.Reverse(keys)
		}
		t := n.pathType()
		for i := range keys {
			keys[i] = castTo(keys[i], t.Elem())
		}
		add(Call{Func: "array", Args: keys, T: t}, "vertices")
	}
	return p
}

// stepsOf is the near and far key of every edge of a hop.
func (n *GraphWalk) stepsOf(h hop) Node {
	u := &Union{}
	for _, s := range n.Steps {
		if s.From != h.from || s.To != h.to {
			continue
		}
		near := Col{s.Near, s.Edge.Out[s.Near].Name, s.Edge.Out[s.Near].Type}
		far := Col{s.Far, s.Edge.Out[s.Far].Name, s.Edge.Out[s.Far].Type}
		var in Node = s.Edge
		if s.NoLoops {
			in = pushScan(s.Edge, []Expr{Call{Func: "<>", Args: []Expr{near, far}, T: boolType}})
		}
		u.All = append(u.All, &Project{Input: in, Exprs: []Expr{near, far}, Names: []string{near.Name, far.Name}})
	}
	if len(u.All) == 1 {
		return u.All[0]
	}
	return u
}

// pruneWalk keeps the columns of the ends that somebody reads, and turns the
// walk where it is less work from its end.
func pruneWalk(n *GraphWalk, need []bool) (Node, []int) {
	k := n.StartWidth()
	e := k + len(n.End.Out)
	w := *n
	w.Length, w.Vertices = n.Length && need[e], n.Vertices && need[len(need)-1]
	if w.loose && !w.Length && !w.Vertices {
		w.Mode = WalkEnds
	}
	if w.loose && !w.Vertices && w.Mode == WalkAllShortest {
		w.Mode = WalkShortest // all of a pair's are of one length
	}
	startNeed, endNeed := slices.Clone(need[:k]), slices.Clone(need[k:e])
	if !n.Pairs {
		startNeed = make([]bool, len(n.Start.Output()))
	}
	turned := false
	_, canTurn := n.Start.(*Scan)
	if w.Mode == WalkEnds {
		turned = canTurn && slices.Contains(startNeed, true) && (!slices.Contains(endNeed, true) || w.endRows < w.startRows)
	} else {
		turned = canTurn && w.endRows < w.startRows
	}
	if turned {
		w = *w.turned()
		startNeed, endNeed = endNeed, startNeed
	}
	w.Pairs = w.Mode != WalkEnds || slices.Contains(startNeed, true)
	startTo, endTo := w.pruneEnds(startNeed, endNeed)
	w.Steps = slices.Clone(w.Steps)
	for i := range w.Steps {
		w.Steps[i] = w.Steps[i].pruned()
	}
	return &w, w.places(n, turned, startTo, endTo, len(need))
}

// pruneEnds keeps what is needed of both ends, and their keys.
func (w *GraphWalk) pruneEnds(start, end []bool) (startTo, endTo []int) {
	start[w.StartKey], end[w.EndKey] = true, true
	w.Start, startTo = prune(w.Start, start)
	in, endTo := prune(w.End, end)
	w.End = in.(*Scan)
	w.StartKey, w.EndKey = startTo[w.StartKey], endTo[w.EndKey]
	return startTo, endTo
}

// places tells where the columns of n, from which w was made, are in w.
func (w *GraphWalk) places(n *GraphWalk, turned bool, startTo, endTo []int, width int) []int {
	k := w.StartWidth()
	for i := range endTo {
		if endTo[i] >= 0 {
			endTo[i] += k
		}
	}
	if !w.Pairs {
		startTo = slices.Repeat([]int{-1}, len(startTo))
	}
	to := slices.Concat(startTo, endTo)
	if turned {
		to = slices.Concat(endTo, startTo)
	}
	if !n.Pairs {
		to = endTo
	}
	at := k + len(w.End.Out)
	for _, have := range [][2]bool{{n.Length, w.Length}, {n.Vertices, w.Vertices}} {
		if !have[0] {
			continue
		}
		to = append(to, -1)
		if have[1] {
			to[len(to)-1] = at
			at++
		}
	}
	if len(to) != width {
		panic(fmt.Sprintf("BUG: plan: a walk of %d columns, want %d", len(to), width))
	}
	return to
}

// pruned reads the ends of the edges and what their conditions need.
func (s WalkStep) pruned() WalkStep {
	need := make([]bool, len(s.Edge.Out))
	need[s.Near], need[s.Far] = true, true
	in, to := prune(s.Edge, need)
	s.Edge, s.Near, s.Far = in.(*Scan), to[s.Near], to[s.Far]
	return s
}

// walk runs as one fragment where all its tables are.
func (d *distributor) walk(n *GraphWalk) Node {
	out := *n
	if _, ok := n.Start.(*Scan); !ok {
		b := &Broadcast{ID: d.broadcasts, Input: d.node(n.Start), Out: n.Start.Output()}
		d.broadcasts++
		out.Start = b
	}
	return &Gather{Fragment: &out, Table: n.End.Table, Shards: PruneShards(n.End.Table, nil)}
}

// label is what EXPLAIN prints: graph.Walk flies{1,2} ends.
func (n *GraphWalk) label() string {
	var tables []string
	for _, s := range n.Steps {
		arrow := "->"
		if s.Near > s.Far {
			arrow = "<-"
		}
		if t := s.Edge.Table.Name + arrow; !slices.Contains(tables, t) {
			tables = append(tables, t)
		}
	}
	what := [...]string{"every walk", "ends", "any shortest", "all shortest"}[n.Mode]
	if n.Mode == WalkEnds && n.Pairs {
		what = "pairs of ends"
	}
	return fmt.Sprintf("graph.Walk %s{%d,%d} %s", list(tables), n.Min, n.Max, what)
}
