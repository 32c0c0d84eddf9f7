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
	if n.at, err = ix.coordinates(); err != nil {
		return nil, err
	}
	n.tighten()
	if n.within != nil && within.Len() < fewRows {
		for r := range within.Each() {
			if err == nil {
				err = n.measure(r)
			}
		}
	} else if err = n.search(ctx); err == nil {
		err = n.settle()
	}
	if err != nil {
		return nil, fault.E("geo: rank", err)
	}
	slices.SortFunc(n.best, better)
	n.best = n.best[:min(k, len(n.best))]
	if len(n.best) == k {
		bound.Raise(n.best[k-1].Score)
	}
	return n.best, nil
}

// better orders hits best first: by score, then by row.
func better(a, b rows.Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
}

// nearest is one search, best box first. It goes by the rounded vectors and
// keeps every row that may be among the k best, whatever the rounding did; only
// those are measured in the end.
type nearest struct {
	ix       *Index
	at       *coordinates
	q        r3.Vector
	lon, lat float64
	within   *rows.Set // nil: all rows
	k        int
	bound    *engines.Bound

	near  []float64 // a heap of the k shortest chords so far, the longest at the root
	maybe []chord
	far2  float64 // squared chord above which nothing matters
	best  []rows.Hit
	queue []node
}

// chord is a row and its straight-line distance, off by slack at most.
type chord struct {
	length float64
	row    uint32
}

// node is a box and the squared distance to its nearest corner or side.
type node struct {
	near     float64
	level, k int32
}

// tighten takes over what others and this search have found.
func (n *nearest) tighten() {
	far := math.Inf(1)
	if w := n.bound.Load(); !math.IsInf(w, -1) {
		far = sphere.Chord(-w) + 2*slack
	}
	if len(n.near) == n.k {
		far = min(far, n.near[0]+2*slack)
	}
	n.far2 = far * far
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
		if n.tighten(); x.near > n.far2 {
			break
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
			if near, _ := boxes[i].dist2(&n.q); near <= n.far2 {
				n.push(node{near, int32(level), int32(i)})
			}
		}
	}
	return nil
}

// block looks at the places of a block.
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
		d := dx*dx + dy*dy + dz*dz
		if d > n.far2 || n.within != nil && !n.within.Has(rows.Num(ix.rowOf[i])) {
			continue
		}
		d = math.Sqrt(d)
		n.maybe = append(n.maybe, chord{d, ix.rowOf[i]})
		switch {
		case len(n.near) < n.k:
			n.near = append(n.near, d)
			for j := len(n.near) - 1; j > 0 && n.near[j] > n.near[(j-1)/2]; j = (j - 1) / 2 {
				n.near[j], n.near[(j-1)/2] = n.near[(j-1)/2], n.near[j]
			}
		case d < n.near[0]:
			n.near[0] = d
			n.sink()
		}
		if len(n.near) == n.k {
			far := n.near[0] + 2*slack
			n.far2 = min(n.far2, far*far)
		}
	}
	return nil
}

// settle measures what is left when nothing nearer can come.
func (n *nearest) settle() error {
	n.tighten()
	for _, c := range n.maybe {
		if c.length*c.length <= n.far2 {
			if err := n.measure(rows.Num(c.row)); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure finds the exact distance of a row.
func (n *nearest) measure(row rows.Num) error {
	lon, lat, ok, err := n.at.at(uint32(row))
	if err != nil || !ok || !sphere.Valid(lon, lat) {
		return err
	}
	if score := -sphere.Distance(n.lon, n.lat, lon, lat); score >= n.bound.Load() {
		n.best = append(n.best, rows.Hit{Row: row, Score: score})
	}
	return nil
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
