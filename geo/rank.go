package geo

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/golang/geo/r3"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// fewRows is the number of rows of within below which measuring each is faster
// than a search that passes over the others: measured 2,000 to 3,000 of a
// million.
const fewRows = 2500

// Rank returns the k rows of within that lie nearest to the point of p, a call
// of Nearest; their score is minus the distance in metres. NULL and what is no
// place on the earth have no distance and are left out.
func (ix *Index) Rank(ctx context.Context, p predicate.P, within rows.Set, k int, bound *engines.Bound) ([]rows.Hit, error) {
	joint, err := ix.rank(ctx, p, []engines.RankInput{{Index: ix, Within: within}}, k, bound)
	if err != nil {
		return nil, err
	}
	hits := make([]rows.Hit, min(k, len(joint)))
	for i := range hits {
		hits[i] = rows.Hit{Row: joint[i].Row, Score: joint[i].Score}
	}
	if len(hits) == k && k > 0 && bound != nil {
		bound.Raise(hits[k-1].Score)
	}
	return hits, nil
}

// RankJointly is Rank over several segments in one search: the nearest box of
// all of them is looked at next. One after the other they would each have to
// find about k rows before they knew that others have nearer ones.
func (ix *Index) RankJointly(ctx context.Context, p predicate.P, in []engines.RankInput, k int) ([]engines.JointHit, error) {
	return ix.rank(ctx, p, in, k, nil)
}

func (ix *Index) rank(ctx context.Context, p predicate.P, in []engines.RankInput, k int, bound *engines.Bound) ([]engines.JointHit, error) {
	call, ok := ix.call(p)
	if !ok || call.Function != Nearest {
		return nil, fault.Errorf("geo: rank", fault.Unsupported, "condition %s, want %s", p, Nearest)
	}
	c, err := ix.shapes.compile(call.Function, call.Args)
	if err != nil || c == nil || k <= 0 {
		return nil, err
	}
	n := &nearest{k: k, bound: bound, far2: math.Inf(1), queue: make([]node, 0, 256)}
	room := min(k, 1024)
	n.near, n.maybe = make([]float64, 0, room), make([]chord, 0, 2*room+blockPlaces)
	if n.lon, n.lat, err = center(Nearest, call.Args[0]); err != nil {
		return nil, err
	}
	n.q = sphere.Vec(n.lon, n.lat)
	if err = n.start(in); err == nil {
		if err = n.search(ctx); err == nil {
			err = n.settle()
		}
	}
	if err != nil {
		return nil, fault.E("geo: rank", err)
	}
	return n.answer(), nil
}

// better orders hits best first: by score, then by segment and row.
func better(a, b engines.JointHit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Input, b.Input), cmp.Compare(a.Row, b.Row))
}

// nearest is one search over segments, best box first. It goes by the rounded
// vectors and keeps every row that may be among the k best, whatever the
// rounding did; only those are measured in the end.
type nearest struct {
	of       []target
	q        r3.Vector
	lon, lat float64
	k        int
	bound    *engines.Bound // nil: none
	score    float64        // of the bound when it was last looked at

	near  []float64 // a heap of the k shortest chords so far, the longest at the root
	maybe []chord
	far2  float64 // squared chord above which nothing matters
	best  []engines.JointHit
	queue []node
}

// target is a segment of a search.
type target struct {
	ix     *Index
	at     *coordinates // once asked for
	within *rows.Set    // nil: all rows
}

// chord is a row of a segment and its straight-line distance, off by slack at most.
type chord struct {
	length float64
	of     int32
	row    uint32
}

// node is a box of a segment and the squared distance to its nearest corner or side.
type node struct {
	near         float64
	of, level, k int32
}

// start puts the box at the top of each segment into the queue. Where few rows
// are asked for, they are measured at once.
func (n *nearest) start(in []engines.RankInput) error {
	n.of = make([]target, len(in))
	for i := range in {
		ix, ok := in[i].Index.(*Index)
		if !ok {
			return fault.Errorf("geo: rank", fault.Internal, "an index of type %T among those of places", in[i].Index)
		}
		n.of[i].ix = ix
		if in[i].Within.IsEmpty() || ix.places == 0 {
			continue
		}
		if in[i].Within.IsAll(ix.rows) {
			n.push(n.top(i))
			continue
		}
		n.of[i].within = &in[i].Within
		if in[i].Within.Len() >= fewRows {
			n.push(n.top(i))
			continue
		}
		for r := range in[i].Within.Each() {
			if err := n.measure(int32(i), uint32(r), true); err != nil {
				return err
			}
		}
	}
	return nil
}

// top is the node of a whole segment, by the footer's boxes alone.
func (n *nearest) top(i int) node {
	ix := n.of[i].ix
	near := ix.crown[len(ix.crown)-1][0].near2(&n.q)
	return node{near, int32(i), int32(ix.top()), 0}
}

// tighten takes over what others have found.
func (n *nearest) tighten() {
	if n.bound == nil {
		return
	}
	if w := n.bound.Load(); w != n.score && !math.IsInf(w, -1) {
		n.score = w
		n.within(sphere.Chord(-w))
	}
}

// within says that rows farther than a chord do not matter.
func (n *nearest) within(far float64) {
	far += 2 * slack
	n.far2 = min(n.far2, far*far)
}

func (n *nearest) search(ctx context.Context) error {
	for steps := 1; len(n.queue) > 0; steps++ {
		if steps&255 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		x := n.pop()
		if n.tighten(); x.near > n.far2 {
			break
		}
		ix := n.of[x.of].ix
		if err := ix.ready(); err != nil {
			return err
		}
		if x.level == 0 {
			if err := n.block(x.of, int(x.k)); err != nil {
				return err
			}
			continue
		}
		level := int(x.level) - 1
		boxes := ix.boxes[ix.levels[level]:ix.levels[level+1]]
		for i := int(x.k) * fanOut; i < min(int(x.k+1)*fanOut, len(boxes)); i++ {
			if near := boxes[i].near2(&n.q); near <= n.far2 {
				n.push(node{near, x.of, int32(level), int32(i)})
			}
		}
	}
	return nil
}

// block looks at the places of a block of a segment.
func (n *nearest) block(of int32, k int) error {
	ix, within := n.of[of].ix, n.of[of].within
	lo, hi := int(ix.starts[k]), int(ix.starts[k+1])
	if err := ix.check(ix.atPlaces+12*lo, 12*(hi-lo)); err != nil {
		return err
	}
	if err := ix.check(ix.atRows+4*lo, 4*(hi-lo)); err != nil {
		return err
	}
	for i := lo; i < hi; i++ {
		p := ix.xyz[3*i : 3*i+3 : 3*i+3]
		dx, dy, dz := float64(p[0])-n.q.X, float64(p[1])-n.q.Y, float64(p[2])-n.q.Z
		d := dx*dx + dy*dy + dz*dz
		if d > n.far2 || within != nil && !within.Has(rows.Num(ix.rowOf[i])) {
			continue
		}
		d = math.Sqrt(d)
		n.maybe = append(n.maybe, chord{d, of, ix.rowOf[i]})
		n.nearer(d)
	}
	return nil
}

// nearer takes a chord among the k shortest.
func (n *nearest) nearer(d float64) {
	switch {
	case len(n.near) < n.k:
		n.near = append(n.near, d)
		for j := len(n.near) - 1; j > 0 && n.near[j] > n.near[(j-1)/2]; j = (j - 1) / 2 {
			n.near[j], n.near[(j-1)/2] = n.near[(j-1)/2], n.near[j]
		}
	case d < n.near[0]:
		n.near[0] = d
		n.sink()
	default:
		return
	}
	if len(n.near) == n.k {
		n.within(n.near[0])
	}
}

// settle measures what is left when nothing nearer can come.
func (n *nearest) settle() error {
	n.tighten()
	n.best = slices.Grow(n.best, min(len(n.maybe), n.k+8))
	for _, c := range n.maybe {
		if c.length*c.length <= n.far2 {
			if err := n.measure(c.of, c.row, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure finds the exact distance of a row; one that no block has shown is
// new to the chords.
func (n *nearest) measure(of int32, row uint32, isNew bool) error {
	t := &n.of[of]
	if t.at == nil {
		var err error
		if t.at, err = t.ix.coordinates(); err != nil {
			return err
		}
	}
	lon, lat, ok, err := t.at.at(row)
	if err != nil || !ok || !sphere.Valid(lon, lat) {
		return err
	}
	metres := sphere.Distance(n.lon, n.lat, lon, lat)
	if n.bound != nil && -metres < n.bound.Load() {
		return nil
	}
	if isNew {
		n.nearer(sphere.Chord(metres))
	}
	n.best = append(n.best, engines.JointHit{Score: -metres, Input: int(of), Row: rows.Num(row)})
	return nil
}

// answer is the k best of all, and those as good as the last of them.
func (n *nearest) answer() []engines.JointHit {
	slices.SortFunc(n.best, better)
	end := min(n.k, len(n.best))
	for end > 0 && end < len(n.best) && n.best[end].Score == n.best[end-1].Score {
		end++
	}
	return n.best[:end]
}

// sink restores the heap of chords after its root became shorter.
func (n *nearest) sink() {
	h := n.near
	for i := 0; ; {
		c := 2*i + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && h[c+1] > h[c] {
			c++
		}
		if h[c] <= h[i] {
			return
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}

// push and pop keep the queue a heap, the nearest box at the root.
func (n *nearest) push(x node) {
	n.queue = append(n.queue, x)
	q := n.queue
	for i := len(q) - 1; i > 0 && q[i].near < q[(i-1)/2].near; i = (i - 1) / 2 {
		q[i], q[(i-1)/2] = q[(i-1)/2], q[i]
	}
}

func (n *nearest) pop() node {
	q := n.queue
	x, last := q[0], len(q)-1
	q[0] = q[last]
	q = q[:last]
	n.queue = q
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			return x
		}
		if c+1 < last && q[c+1].near < q[c].near {
			c++
		}
		if q[i].near <= q[c].near {
			return x
		}
		q[i], q[c] = q[c], q[i]
		i = c
	}
}
