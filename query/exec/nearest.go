package exec

import (
	"slices"
	"time"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// nearest narrows the parts whose index knows the distances to the rows that
// may be among the nearest, in one search over all of them. Rows without a
// place matter only where all places together are too few; then nothing is
// left out. Where every part was searched and the sort above wants nothing but
// distance, it is given the order too, and no set is made.
func (s *scanOp) nearest() error {
	call, k := s.node.Top.Call, s.most()
	start := time.Now()
	in, at, others := s.rankInputs(call)
	if len(in) == 0 {
		return nil
	}
	hits, err := in[0].Index.(engines.JointRanker).RankJointly(s.q.ctx, call, in, k)
	if err != nil {
		return fault.E("exec: rank", fault.Item(s.node.Table.Name), err)
	}
	if len(hits) > k && !s.node.Top.Ties {
		hits = hits[:k]
	}
	for i := range hits {
		hits[i].Input = at[hits[i].Input] // from here on the number of its part
	}
	if s.stats != nil {
		s.stats.ranked("geo.Nearest", call.String(), s.byPart(hits), time.Since(start))
	}
	switch {
	case len(hits) < k:
	case s.takesOrder && !others && !s.node.Top.Ties:
		s.inOrder = hits
	default:
		for i, h := range s.byPart(hits) {
			if placeRanker(s.parts[i].Part, call) != nil {
				s.parts[i].set = rowsOfHits(h)
			}
		}
	}
	return nil
}

// rankInputs are the parts with an index that ranks, and their numbers; others
// says that there are rows in parts without one.
func (s *scanOp) rankInputs(c predicate.Call) (in []engines.RankInput, at []int, others bool) {
	for i, p := range s.parts {
		if p.set.IsEmpty() {
			continue
		}
		ix := placeRanker(p.Part, c)
		if ix == nil || s.noIndex() {
			others = true
			continue
		}
		in, at = append(in, engines.RankInput{Index: ix, Within: p.set}), append(at, i)
	}
	return in, at, others
}

// byPart is the hits of each part, best first.
func (s *scanOp) byPart(hits []engines.JointHit) hitsOf {
	out := make(hitsOf, len(s.parts))
	for _, h := range hits {
		out[h.Input] = append(out[h.Input], rows.Hit{Row: h.Row, Score: h.Score})
	}
	return out
}

func rowsOfHits(h []rows.Hit) rows.Set {
	nums := make([]rows.Num, len(h))
	for i, hit := range h {
		nums[i] = hit.Row
	}
	slices.Sort(nums)
	return rows.FromSorted(nums)
}

// placeRanker is the index of a part that orders rows by a call, or nil.
func placeRanker(p *store.Part, c predicate.Call) engines.JointRanker {
	for i := range p.Indexes {
		ix := &p.Indexes[i]
		r, ok := ix.Index.(engines.JointRanker)
		if ok && len(ix.Def.Fields) == 1 && ix.Def.Fields[0].ID == c.Fields[0].ID {
			return r
		}
	}
	return nil
}

// takeOrder takes over the order of the scan's rows: a task is a block with one
// of them.
func (s *sortOp) takeOrder() error {
	scan := s.scan
	lo := min(int64(len(scan.inOrder)), s.node.Offset)
	order := scan.inOrder[lo:min(int64(len(scan.inOrder)), lo+s.node.Limit)]
	s.all = &pile{refs: make([]rowRef, len(order))}
	s.sorted = make([]uint32, len(order))
	tasks := make(map[uint64]int, 2*len(scan.parts))
	for i, h := range order {
		block := int(h.Row) / rows.BlockRows
		place := uint64(h.Input)<<32 | uint64(block)
		task, ok := tasks[place]
		if !ok {
			task = len(scan.morsels)
			tasks[place], scan.morsels = task, append(scan.morsels, morsel{part: h.Input, block: block})
			if p := scan.parts[h.Input]; p.columns == nil {
				scan.openColumns(p)
				scan.stats.add("parts read", 1)
			}
		}
		s.all.refs[i], s.sorted[i] = rowRef{task, uint32(h.Row) % rows.BlockRows}, uint32(i)
	}
	return s.fetch()
}
