package exec

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/rows"
)

// sets finds the rows of every part that all conditions select.
func (s *scanOp) sets() error {
	s.listParts()
	if err := s.match(); err != nil {
		return err
	}
	if len(s.filter) == 0 {
		s.countSets()
		return nil
	}
	for i, p := range s.parts {
		s.openColumns(p)
		if !p.set.IsEmpty() {
			s.listBlocks(i, p)
		}
	}
	built := make([]rows.Builder, len(s.parts))
	w := s.q.worker(0)
	defer s.q.release(w)
	for task := range s.morsels {
		if err := s.q.err(); err != nil {
			return err
		}
		v, err := s.open(w, task)
		if err != nil {
			return err
		}
		picked := v.picked()
		for k := range v.count {
			built[v.at].Add(rows.Num(v.b*codec.BlockRows + picked.row(k)))
		}
	}
	for i, p := range s.parts {
		p.set = built[i].Set()
	}
	s.morsels = nil
	return nil
}

// countSets counts the rows of the sets, where somebody asked.
func (s *scanOp) countSets() {
	for i := 0; s.stats != nil && i < len(s.parts); i++ {
		s.stats.gave(s.parts[i].set.Len())
	}
}

// startNumbers is the set of the start's vertices.
func (w *walker) startNumbers() (engines.Bits, error) {
	at := &w.places[w.node.StartAt]
	if s, ok := w.start.(*scanOp); ok {
		if err := s.sets(); err != nil {
			return nil, err
		}
		var out engines.Bits
		for _, p := range s.parts {
			if p.set.IsEmpty() {
				continue
			}
			nums, err := w.numbers(p, s, w.node.StartKey, at.nodes)
			if err != nil {
				return nil, err
			}
			out = addNumbers(out, at.nodes, nums, p.set, p.Rows)
			w.stats.add("starts", int64(p.set.Len()))
		}
		return out, nil
	}
	if err := w.start.prepare(); err != nil {
		return nil, err
	}
	chunks, err := w.q.pile(w.start, "walk")
	if err != nil {
		return nil, err
	}
	var nums []uint32
	for _, c := range chunks {
		if nums, err = at.nodes.Add(c.Cols[w.node.StartKey], nums); err != nil {
			return nil, err
		}
	}
	out := engines.NewBits(at.nodes.Len())
	for _, n := range nums {
		if n != engines.NoNode {
			out.Set(n)
		}
	}
	w.stats.add("starts", int64(len(nums)))
	return out, nil
}

// pile collects all chunks of a prepared operator.
func (q *query) pile(op operator, what string) ([]*plan.Chunk, error) {
	piles := make([][]*plan.Chunk, q.workers)
	err := q.drain(op, func(w *worker, c *plan.Chunk) error {
		piles[w.id] = append(piles[w.id], c)
		return q.env.Memory.Grow(what, chunkBytes(c))
	})
	var out []*plan.Chunk
	for _, p := range piles {
		out = append(out, p...)
	}
	return out, err
}

// narrow keeps the rows of the end's scan that the walk reaches.
func (w *walker) narrow(end *scanOp) error {
	defer w.stats.clock()()
	start, err := w.startNumbers()
	if err != nil {
		return err
	}
	if err := w.prepare(); err != nil {
		return err
	}
	from := make([]engines.Bits, len(w.places))
	from[w.node.StartAt] = start
	var ends engines.Bits
	err = w.levels(from, nil, func(_ int, at []engines.Bits) bool {
		if ends == nil {
			ends = at[w.node.EndAt] // nobody changes it, and the walk soon forgets it
		} else {
			ends = union(ends, at[w.node.EndAt])
		}
		return true
	})
	if err != nil {
		return err
	}
	list := ends.AppendTo(make([]uint32, 0, ends.Len()))
	w.stats.add("edges", w.edges)
	w.stats.gave(len(list))
	for _, p := range end.parts {
		if p.set.IsEmpty() {
			continue
		}
		found, err := w.endRows(p, end, ends, list)
		if err != nil {
			return err
		}
		p.set = p.set.And(found)
	}
	return nil
}

// fewEnds is the share of a part's rows below which ends are looked for one by one.
const fewEnds = 32

// endRows is the rows of a part whose keys are among ends, which list lists.
func (w *walker) endRows(p *scanPart, end *scanOp, ends engines.Bits, list []uint32) (rows.Set, error) {
	nodes := w.places[w.node.EndAt].nodes
	if placed := end.placed(p, end.node.Columns[w.node.EndKey]); placed != nil && len(list)*fewEnds < p.Rows {
		found, err := placed.RowsOf(nodes, list)
		return rows.FromSorted(found), err
	}
	nums, err := w.numbers(p, end, w.node.EndKey, nodes)
	return rowsIn(nums, ends), err
}

// rowsIn is the rows whose numbers are in ends.
func rowsIn(nums []uint32, ends engines.Bits) rows.Set {
	words := make([]uint64, (len(nums)+63)/64)
	for r, n := range nums {
		if ends.Has(n) {
			words[r>>6] |= 1 << (r & 63)
		}
	}
	return rows.FromDense(words)
}
