package exec

import (
	"cmp"
	"math"
	"slices"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// A top-k over a scan looks at the first key alone, block by block, best
// blocks first; reads the other keys of the rows that may win; and fetches
// the remaining columns of the winners at the end.

// rowRef is where a row lies: the task of the scan, and the row in its block.
type rowRef struct {
	task int
	row  uint32
}

// scanTop fills the piles with the keys of rows that may win.
func (s *sortOp) scanTop() error {
	order := s.bestFirst()
	first := -1
	if c, ok := s.node.Keys[0].Expr.(plan.Col); ok {
		first = c.Index
	}
	var used []int
	for _, k := range s.node.Keys {
		used = columnsOf(k.Expr, used)
	}
	return s.q.each(len(order), s.scan.weight(), func(w *worker, i int) error {
		task := order[i].task
		if order[i].best > s.bound.Load() {
			s.scan.stats.add("blocks skipped by the bound", 1)
			return nil
		}
		v, err := s.scan.open(w, task)
		if err != nil || v.count == 0 {
			return err
		}
		if first >= 0 {
			if err := s.withinBound(v, first); err != nil {
				return err
			}
		}
		p := s.pile(w.id)
		for lo := 0; lo < v.count; lo += vectorRows {
			if err := s.addBlock(p, v, task, first, used, lo, min(v.count, lo+vectorRows)); err != nil {
				return err
			}
		}
		return nil
	})
}

// withinBound narrows the view to the rows whose first key, a column, may be
// within the bound, where the kernels of integers can tell: a fifth of the time
// of ranking every row.
func (s *sortOp) withinBound(v *blockView, first int) error {
	bound, k := s.bound.Load(), &s.node.Keys[0]
	if bound == math.MaxUint64 {
		return nil
	}
	b, err := v.block(first)
	if err != nil || b == nil || b.Dict != nil || b.Type.Storage() != record.Ints || b.Nulls > 0 && k.NullsFirst {
		return err
	}
	lo, hi := int64(math.MinInt64), int64(bound^1<<63)
	if k.Desc {
		lo, hi = int64(^bound^1<<63), math.MaxInt64
	}
	var sel codec.Sel
	st := b.AndValid(&sel, b.Ints.Range(lo, hi, &sel))
	v.st = codec.AndSel(&v.sel, v.st, &sel, st)
	v.count, v.pos = codec.CountState(&v.sel, v.st, v.n), v.pos[:0]
	return nil
}

// blockRank is a task and the best rank that a row of its block may have.
type blockRank struct {
	task int
	best uint64
}

// bestFirst orders the tasks by what their blocks' statistics promise.
func (s *sortOp) bestFirst() []blockRank {
	out := make([]blockRank, len(s.scan.morsels))
	k := s.node.Keys[0]
	c, plain := k.Expr.(plan.Col)
	for i, m := range s.scan.morsels {
		out[i].task = i
		if col := s.scan.parts[m.part].columns; plain && col[c.Index] != nil {
			out[i].best = bestRank(k, col[c.Index].BlockStats(m.block))
		}
	}
	slices.SortStableFunc(out, func(a, b blockRank) int { return cmp.Compare(a.best, b.best) })
	return out
}

func bestRank(k plan.SortKey, st codec.Stats) uint64 {
	if st.Nulls > 0 && k.NullsFirst || !st.Min.Valid || !st.Max.Valid {
		return 0
	}
	v := st.Min
	if k.Desc {
		v = st.Max
	}
	return rankValue(k, v)
}

// addBlock looks at the selected rows [lo, hi) of a block.
func (s *sortOp) addBlock(p *pile, v *blockView, task, first int, used []int, lo, hi int) error {
	at := v.picked().part(lo, hi)
	if first >= 0 {
		var few []uint32
		var err error
		if few, err = s.promising(v, first, at); err != nil || len(few) == 0 {
			return err
		}
		at = picked{n: len(few), pos: few}
	}
	c := &plan.Chunk{N: at.n, Cols: make([]*record.Column, len(v.blocks))}
	for _, i := range used {
		c.Cols[i] = &record.Column{}
		if err := v.readPicked(c.Cols[i], i, at); err != nil {
			return err
		}
	}
	keys, err := s.keysOf(c)
	if err != nil {
		return err
	}
	ranks := rank(nil, s.node.Keys[0], keys[0])
	some := s.beats(p, keys, ranks)
	if len(some) == 0 {
		return nil
	}
	few := &pile{keys: takeColumns(keys, some), rank: takeRanks(ranks, some)}
	for _, i := range some {
		few.refs = append(few.refs, rowRef{task, uint32(at.row(int(i)))})
	}
	p.appendRefs(few)
	if len(p.rank) > 2*s.keep+1024 {
		return s.shrink(p)
	}
	return nil
}

// promising lists the block rows of at whose first key, a column, is within the bound.
func (s *sortOp) promising(v *blockView, first int, at picked) ([]uint32, error) {
	if len(v.cols) < len(v.blocks) {
		v.cols = make([]record.Column, len(v.blocks))
	}
	c := &v.cols[first]
	if err := v.readPicked(c, first, at); err != nil {
		return nil, err
	}
	v.ranks = rank(v.ranks, s.node.Keys[0], c)
	bound := s.bound.Load()
	v.few = v.few[:0]
	for i, r := range v.ranks {
		if r <= bound {
			v.few = append(v.few, uint32(at.row(i)))
		}
	}
	return v.few, nil
}

func (p *pile) appendRefs(o *pile) {
	if p.keys == nil {
		p.keys = emptyLike(o.keys).Cols
	}
	for i, k := range o.keys {
		p.keys[i].AppendRows(k, 0, len(o.rank))
	}
	p.rank = append(p.rank, o.rank...)
	p.refs = append(p.refs, o.refs...)
}

// fetch reads all columns of the winners, a task at a time.
func (s *sortOp) fetch() error {
	type win struct {
		rowRef
		place uint32
	}
	wins := make([]win, len(s.sorted))
	for i, at := range s.sorted {
		wins[i] = win{s.all.refs[at], uint32(i)}
	}
	slices.SortFunc(wins, func(a, b win) int {
		return cmp.Or(cmp.Compare(a.task, b.task), cmp.Compare(a.row, b.row))
	})
	rows := &plan.Chunk{N: len(wins), Cols: make([]*record.Column, len(s.node.Input.Output()))}
	for i, o := range s.node.Input.Output() {
		rows.Cols[i] = record.NewColumn(o.Type, len(wins))
	}
	w := s.q.worker(0)
	defer s.q.release(w)
	places := make([]uint32, len(wins))
	for lo := 0; lo < len(wins); {
		hi := lo
		var pos []uint32
		for ; hi < len(wins) && wins[hi].task == wins[lo].task; hi++ {
			pos = append(pos, wins[hi].row)
			places[wins[hi].place] = uint32(hi)
		}
		v := s.scan.bare(w, wins[lo].task)
		var c record.Column
		for i := range rows.Cols {
			if err := v.readPicked(&c, i, picked{n: len(pos), pos: pos}); err != nil {
				return err
			}
			rows.Cols[i].AppendRows(&c, 0, len(pos))
		}
		lo = hi
	}
	s.all.rows, s.sorted = rows, places
	return nil
}
