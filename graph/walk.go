package graph

import (
	"context"
	"math/bits"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// Constants of direction-optimising search: Beamer, Asanović, Patterson,
// "Direction-Optimizing Breadth-First Search", SC 2012. A step goes from the
// far ends when the frontier has more than 1/alpha of the edges that lead to
// wanted far ends, and more than 1/beta of the nodes.
const (
	alpha = 15
	beta  = 18
)

// fewShare is the share of the segment's nodes below which a frontier is a list
// of nodes, and of its far ends below which they are looked at edge by edge.
const fewShare = 16

// checkNodes is how many nodes are walked between two looks at the context and
// the budget.
const checkNodes = 1 << 14

// Number numbers the end points of the segment.
func (ix *Edges) Number(source, target *engines.Nodes) error {
	for d, n := range []*engines.Nodes{source, target} {
		if _, _, err := ix.ends(context.Background(), engines.Direction(d), n); err != nil {
			return err
		}
	}
	return nil
}

// ends returns one side and its translation.
func (ix *Edges) ends(ctx context.Context, d engines.Direction, n *engines.Nodes) (*side, *translation, error) {
	f := ix.field(d)
	if !engines.SameKeys(n.Type(), f.Type) {
		return nil, nil, fault.Errorf("graph: number", fault.Internal, "keys of type %s in a directory of %s", f.Type, n.Type())
	}
	s, err := ix.side(d)
	if err != nil {
		return nil, nil, err
	}
	tr, err := s.numbers.in(ctx, s.keys, f.Type, n)
	return s, tr, err
}

// Step adds to s.Reached the far ends of the edges that start in the frontier.
func (ix *Edges) Step(ctx context.Context, s *engines.Step) error {
	dirs := []engines.Direction{s.Dir}
	if s.Dir == engines.Both {
		if s.Source != s.Target {
			return fault.E("graph: walk", fault.Internal, "both ways between two kinds of vertices")
		}
		dirs = []engines.Direction{engines.Out, engines.In}
	}
	for _, d := range dirs {
		st, err := ix.prepare(ctx, s, d)
		if err == nil && st != nil {
			err = st.run()
		}
		if err != nil {
			return fault.E("graph: walk", err)
		}
	}
	return nil
}

// step is one step in one direction over one segment.
type step struct {
	*engines.Step
	ctx       context.Context
	near, far *side
	from, to  *translation
	within    []uint64 // a bit for each row; nil: all
	open      []uint64 // the far ends that are wanted, where many are asked for

	edges, nodes int64 // since they were last counted
}

// prepare returns nil if there is nothing to walk on.
func (ix *Edges) prepare(ctx context.Context, s *engines.Step, d engines.Direction) (*step, error) {
	ends := [2]*engines.Nodes{s.Source, s.Target}
	st := &step{Step: s, ctx: ctx}
	var err error
	if st.near, st.from, err = ix.ends(ctx, d, ends[d]); err != nil {
		return nil, err
	}
	if st.far, st.to, err = ix.ends(ctx, 1-d, ends[1-d]); err != nil {
		return nil, err
	}
	s.Reached = s.Reached.Grown(ends[1-d].Len())
	if ix.linked == 0 || !s.All && s.Within.IsEmpty() {
		return nil, nil
	}
	if !s.All && !s.Within.IsAll(ix.section.rows) {
		st.within = flat(s.Within, ix.section.rows)
	}
	return st, nil
}

func (s *step) run() error {
	few := s.Few
	if n := s.Frontier.Len(); few == nil && n*fewShare < s.near.keys.n {
		few = s.Frontier.AppendTo(make([]uint32, 0, n))
	}
	if few != nil {
		return s.fromFew(few)
	}
	frontier, nodes, edges := s.local()
	if nodes == 0 {
		return nil
	}
	if s.many(nodes, edges) {
		if s.gatherOpen(true); s.upward(edges) {
			return s.bottomUp(frontier)
		}
	}
	s.gatherOpen(s.Trace != nil)
	return s.topDown(func(expand func(local uint32) error) error {
		for i, w := range frontier {
			for ; w != 0; w &= w - 1 {
				if err := expand(uint32(i*64 + bits.TrailingZeros64(w))); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// fromFew walks from a few nodes: edge by edge, or as from many if they have
// many edges.
func (s *step) fromFew(nums []uint32) error {
	locals := make([]uint32, 0, len(nums))
	edges := 0
	for _, num := range nums {
		if l, ok := s.from.local(num); ok {
			locals = append(locals, l)
			edges += int(s.near.offsets[l+1] - s.near.offsets[l])
		}
	}
	if edges*fewShare < s.far.keys.n || s.Trace != nil {
		return s.list(locals)
	}
	s.gatherOpen(false)
	return s.topDown(func(expand func(local uint32) error) error {
		for _, l := range locals {
			if err := expand(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// gatherOpen makes one set of the far ends that may be reached, without those
// that have been, where it matters to meet each of them once.
func (s *step) gatherOpen(once bool) {
	if !once && s.Visited == nil && len(s.Allowed) >= len(s.Reached) {
		s.open = s.Allowed
		return
	}
	s.open = make([]uint64, len(s.Reached))
	for i := range s.open {
		s.open[i] = ^uint64(0)
	}
	if once {
		for i, r := range s.Reached {
			s.open[i] = ^r
		}
	}
	for i, v := range s.Visited[:min(len(s.Visited), len(s.open))] {
		s.open[i] &^= v
	}
	if s.Allowed == nil {
		return
	}
	n := min(len(s.Allowed), len(s.open))
	for i, a := range s.Allowed[:n] {
		s.open[i] &= a
	}
	clear(s.open[n:])
}

// isOpen is wanted by that set.
func (s *step) isOpen(num uint32) bool { return s.open[num>>6]>>(num&63)&1 != 0 }

// local returns the frontier by local numbers, how many nodes it has, and how
// many edges start in them.
func (s *step) local() (frontier []uint64, nodes, edges int) {
	n := s.near.keys.n
	frontier = make([]uint64, (n+63)/64)
	for i := range frontier {
		w := uint64(0)
		for j, num := range s.from.nums[i*64 : min(n, i*64+64)] {
			if s.Frontier.Has(num) {
				w |= 1 << j
				at := i*64 + j
				edges += int(s.near.offsets[at+1] - s.near.offsets[at])
				nodes++
			}
		}
		frontier[i] = w
	}
	return frontier, nodes, edges
}

// many reports whether a frontier is so large that it may be less work to look
// from the far ends for it.
func (s *step) many(nodes, edges int) bool {
	return edges*alpha >= len(s.near.far)/8 && nodes*beta >= s.near.keys.n
}

// upward decides that: from all open far ends fewer edges lead back.
func (s *step) upward(edges int) bool {
	open := 0
	for l, num := range s.to.nums {
		if s.isOpen(num) {
			if open += int(s.far.offsets[l+1] - s.far.offsets[l]); open >= edges*alpha {
				return false
			}
		}
	}
	return true
}

// wanted reports whether a far end may be reached and has not been.
func (s *step) wanted(num uint32) bool {
	w, bit := num>>6, uint64(1)<<(num&63)
	if s.Reached[w]&bit != 0 || int(w) < len(s.Visited) && s.Visited[w]&bit != 0 {
		return false
	}
	return s.Allowed == nil || int(w) < len(s.Allowed) && s.Allowed[w]&bit != 0
}

// may reports whether the edge at a place may be taken.
func (s *step) may(of *side, at uint32) bool {
	if s.within == nil {
		return true
	}
	r := of.row(at)
	return s.within[r>>6]>>(r&63)&1 != 0
}

// reach adds a wanted far end.
func (s *step) reach(near, far uint32, of *side, at uint32) {
	s.Reached.Set(far)
	if s.Trace != nil {
		s.Trace(near, far, rows.Num(of.row(at)))
	}
}

// walked counts a node and its edges.
func (s *step) walked(edges uint32) error {
	s.edges += int64(edges)
	if s.nodes++; s.nodes < checkNodes && s.edges < 16*checkNodes {
		return nil
	}
	return s.count()
}

func (s *step) count() error {
	err := s.Count(s.ctx, s.edges)
	s.edges, s.nodes = 0, 0
	return err
}

// list walks from a few nodes.
func (s *step) list(locals []uint32) error {
	for _, local := range locals {
		lo, hi := s.near.offsets[local], s.near.offsets[local+1]
		for at := lo; at < hi; at++ {
			if far := s.to.nums[s.near.far[at]]; s.wanted(far) && s.may(s.near, at) {
				s.reach(s.from.nums[local], far, s.near, at)
			}
		}
		if err := s.walked(hi - lo); err != nil {
			return err
		}
	}
	return s.count()
}

// topDown walks from the frontier, whose nodes each gives one by one. Far ends
// are gathered by local number, so that an edge costs one bit, and translated at
// the end; a trace wants the edge, so it looks at each far end as it comes.
func (s *step) topDown(each func(expand func(local uint32) error) error) error {
	seen := make([]uint64, (s.far.keys.n+63)/64)
	err := each(func(local uint32) error {
		lo, hi := s.near.offsets[local], s.near.offsets[local+1]
		s.expand(local, lo, hi, seen)
		return s.walked(hi - lo)
	})
	if err != nil {
		return err
	}
	if s.Trace == nil {
		for i, w := range seen {
			for ; w != 0; w &= w - 1 {
				if num := s.to.nums[i*64+bits.TrailingZeros64(w)]; s.isOpen(num) {
					s.Reached.Set(num)
				}
			}
		}
	}
	return s.count()
}

func (s *step) expand(local, lo, hi uint32, seen []uint64) {
	if s.Trace == nil && s.within == nil {
		for _, f := range s.near.far[lo:hi] {
			seen[f>>6] |= 1 << (f & 63)
		}
		return
	}
	for at := lo; at < hi; at++ {
		f := s.near.far[at]
		if seen[f>>6]>>(f&63)&1 != 0 || !s.may(s.near, at) {
			continue
		}
		seen[f>>6] |= 1 << (f & 63)
		if s.Trace == nil {
			continue
		}
		if num := s.to.nums[f]; s.isOpen(num) {
			s.reach(s.from.nums[local], num, s.near, at)
		}
	}
}

// bottomUp asks each far end that is wanted whether an edge leads to it from
// the frontier, and stops at the first.
func (s *step) bottomUp(frontier []uint64) error {
	for local, num := range s.to.nums {
		if !s.isOpen(num) {
			continue
		}
		lo, hi := s.far.offsets[local], s.far.offsets[local+1]
		at := lo
		for ; at < hi; at++ {
			if n := s.far.far[at]; frontier[n>>6]>>(n&63)&1 != 0 && s.may(s.far, at) {
				s.reach(s.from.nums[n], num, s.far, at)
				break
			}
		}
		if err := s.walked(min(at+1, hi) - lo); err != nil {
			return err
		}
	}
	return s.count()
}

var (
	_ engines.Walker = (*Edges)(nil)
	_ engines.Placed = (*Vertices)(nil)
)
