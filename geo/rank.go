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
	call, ok := ix.call(p)
	if !ok || call.Function != Nearest {
		return nil, fault.Errorf("geo: rank", fault.Unsupported, "condition %s, want %s", p, Nearest)
	}
	c, err := ix.shapes.compile(call.Function, call.Args)
	if err != nil || c == nil || k <= 0 || within.IsEmpty() || ix.places == 0 {
		return nil, err
	}
	if err := ix.ready(); err != nil {
		return nil, fault.E("geo: rank", err)
	}
	if bound == nil {
		bound = engines.NewBound()
	}
	n := &nearest{ix: ix, k: k, bound: bound}
	if n.lon, n.lat, err = center(Nearest, call.Args[0]); err != nil {
		return nil, err
	}
	n.q = sphere.Vec(n.lon, n.lat)
	if !within.IsAll(ix.rows) {
		n.within = &within
	}
	if n.at, err = ix.coordinates(); err == nil {
		n.worsen()
		if n.within != nil && within.Len() < fewRows {
			err = n.each(within)
		} else {
			err = n.search(ctx)
		}
	}
	if err != nil {
		return nil, fault.E("geo: rank", err)
	}
	slices.SortFunc(n.best, better)
	return n.best, nil
}

// better orders hits best first: by score, then by row.
func better(a, b rows.Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
}

// nearest is one search, best box first.
type nearest struct {
	ix       *Index
	at       *coordinates
	q        r3.Vector
	lon, lat float64
	within   *rows.Set // nil: all rows
	k        int
	bound    *engines.Bound

	best   []rows.Hit // a heap of at most k hits, the worst at the root
	worst  float64    // score below which nothing matters
	worst2 float64    // squared chord above which nothing matters, with the slack of rounding
	queue  []node
}

// node is a box and the squared distance to its nearest corner or side.
type node struct {
	near     float64
	level, k int32
}

// worsen takes over what others found.
func (n *nearest) worsen() {
	w := n.bound.Load()
	if len(n.best) == n.k {
		w = max(w, n.best[0].Score)
	}
	if n.worst2 != 0 && w == n.worst {
		return
	}
	n.worst, n.worst2 = w, math.Inf(1)
	if !math.IsInf(w, -1) {
		c := sphere.Chord(-w) + 2*slack
		n.worst2 = c * c
	}
}

func (n *nearest) search(ctx context.Context) error {
	ix := n.ix
	near, _ := ix.boxes[ix.levels[ix.top()]].dist2(&n.q)
	n.push(node{near, int32(ix.top()), 0})
	for steps := 1; len(n.queue) > 0; steps++ {
		if steps&255 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		x := n.pop()
		if n.worsen(); x.near > n.worst2 {
			return nil
		}
		if x.level == 0 {
			if err := n.block(int(x.k)); err != nil {
				return err
			}
			continue
		}
		level := int(x.level) - 1
		boxes := ix.boxes[ix.levels[level]:ix.levels[level+1]]
		for i := int(x.k) * fanOut; i < min(int(x.k+1)*fanOut, len(boxes)); i++ {
			if near, _ := boxes[i].dist2(&n.q); near <= n.worst2 {
				n.push(node{near, int32(level), int32(i)})
			}
		}
	}
	return nil
}

// block measures the places of a block that may matter.
func (n *nearest) block(k int) error {
	ix := n.ix
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
		if dx*dx+dy*dy+dz*dz > n.worst2 {
			continue
		}
		if err := n.measure(ix.rowOf[i]); err != nil {
			return err
		}
	}
	return nil
}

func (n *nearest) each(within rows.Set) error {
	for r := range within.Each() {
		if err := n.measure(uint32(r)); err != nil {
			return err
		}
	}
	return nil
}

// measure finds the exact distance of a row and keeps it if it is among the k best.
func (n *nearest) measure(row uint32) error {
	if n.within != nil && !n.within.Has(rows.Num(row)) {
		return nil
	}
	lon, lat, ok, err := n.at.at(row)
	if err != nil || !ok || !sphere.Valid(lon, lat) {
		return err
	}
	h := rows.Hit{Row: rows.Num(row), Score: -sphere.Distance(n.lon, n.lat, lon, lat)}
	switch {
	case h.Score < n.worst:
		return nil
	case len(n.best) < n.k:
		n.best = append(n.best, h)
		for i := len(n.best) - 1; i > 0 && better(n.best[i], n.best[(i-1)/2]) > 0; i = (i - 1) / 2 {
			n.best[i], n.best[(i-1)/2] = n.best[(i-1)/2], n.best[i]
		}
	case better(h, n.best[0]) < 0:
		n.best[0] = h
		n.sink()
	default:
		return nil
	}
	if len(n.best) == n.k {
		n.bound.Raise(n.best[0].Score)
		n.worsen()
	}
	return nil
}

// sink restores the heap of hits after its root became better.
func (n *nearest) sink() {
	for i := 0; ; {
		c := 2*i + 1
		if c >= len(n.best) {
			return
		}
		if c+1 < len(n.best) && better(n.best[c+1], n.best[c]) > 0 {
			c++
		}
		if better(n.best[c], n.best[i]) <= 0 {
			return
		}
		n.best[i], n.best[c] = n.best[c], n.best[i]
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
