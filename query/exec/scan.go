package exec

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// vectorRows is the number of rows that operators take at a time: their
// columns stay in the first two levels of cache.
const vectorRows = 4096

// scanOp reads the rows of all parts of all views of a fragment. A task is one
// block with at least one selected row.
type scanOp struct {
	q       *query
	node    *plan.Scan
	views   []*store.View
	filter  []scalar      // residual conditions, over the scan's columns
	used    []int         // columns that filter reads
	called  *calledFilter // filter where indexes answer the calls in it, or nil
	want    []bool        // columns that are read at all
	parts   []*scanPart
	morsels []morsel
	fewRows []rows.Num // room of listFew
	fewRoom []uint32   // what morsels have not taken of it
	rows    int64
	stats   *opStats

	// answer, where it is not nil, is asked for every part after the match: true
	// means that the part needs not be read.
	answer func(p *scanPart) bool
	// counted, where it is not nil, takes numbers of rows instead of the rows.
	counted func(n int)
	// inOrder is, where takesOrder says that a sort above can do with it and a
	// ranking has found it, the rows of the scan in order; Input is the part.
	// There are no morsels then.
	inOrder    []engines.JointHit
	takesOrder bool
	// chosen, where it is not nil, narrows the sets of the parts after the match.
	chosen func(s *scanOp) error
}

// scanPart is one part with what the conditions select of it.
type scanPart struct {
	*store.Part
	shard   uint32
	set     rows.Set
	columns []engines.ColumnReader // by scan column; nil: the rows do not hold it
	steps   []matchStep
	scores  *scores    // where the scan gives them
	called  []callRows // where indexes answer the calls in the residual conditions
}

// morsel is one block of one part.
type morsel struct {
	part, block int
	few         []uint32 // the selected rows of the block, where they are few; nil: ask the set
}

func newScan(q *query, node *plan.Scan, views []*store.View) (*scanOp, error) {
	s := &scanOp{q: q, node: node, views: views, want: make([]bool, len(node.Columns)), stats: q.stats(node)}
	for i := range s.want {
		s.want[i] = true
	}
	for _, f := range node.Filter {
		c, err := q.compile(f)
		if err != nil {
			return nil, err
		}
		s.filter = append(s.filter, c)
		s.used = columnsOf(f, s.used)
	}
	return s, s.findCalls()
}

// listParts takes the parts of all views that hold a live row.
func (s *scanOp) listParts() {
	n := 0
	for _, v := range s.views {
		n += len(v.Parts)
	}
	all := make([]scanPart, 0, n)
	s.parts = make([]*scanPart, 0, n)
	for _, v := range s.views {
		for i := range v.Parts {
			if p := &v.Parts[i]; p.Rows > 0 && !p.Live.IsEmpty() {
				all = append(all, scanPart{Part: p, shard: v.Shard, set: p.Live})
				s.parts = append(s.parts, &all[len(all)-1])
			}
		}
	}
}

func (s *scanOp) prepare() error {
	s.listParts()
	defer s.stats.clock()()
	if err := s.matchRanked(); err != nil {
		return err
	}
	if s.chosen != nil {
		if err := s.chosen(s); err != nil {
			return err
		}
	}
	if s.inOrder != nil {
		s.rows = int64(len(s.inOrder))
		s.stats.gave(len(s.inOrder))
		return nil
	}
	if err := s.askCalls(); err != nil {
		return err
	}
	for i, p := range s.parts {
		n := p.set.Len()
		s.rows += int64(n)
		if n == 0 {
			s.stats.add("parts pruned", 1)
			continue
		}
		s.stats.add("parts read", 1)
		if len(s.filter) == 0 {
			s.stats.gave(n)
		}
		s.openColumns(p)
		if s.answer != nil && s.answer(p) {
			s.stats.add("parts answered without reading", 1)
			s.rows -= int64(n)
			continue
		}
		if !s.listFew(i, p, n) {
			s.listBlocks(i, p)
		}
	}
	return nil
}

// openColumns finds the readers of the columns that somebody wants.
func (s *scanOp) openColumns(p *scanPart) {
	p.columns = make([]engines.ColumnReader, len(s.node.Columns))
	for i, id := range s.node.Columns {
		if s.want[i] {
			p.columns[i] = columnOf(p.Part, p.shard, id)
		}
	}
}

// listBlocks makes a morsel of every block between the ends of the part's set
// that holds a row of it.
func (s *scanOp) listBlocks(at int, p *scanPart) {
	first, _ := p.set.Min()
	last, _ := p.set.Max()
	for b := int(first) / rows.BlockRows; b <= int(last)/rows.BlockRows; b++ {
		if p.set.BlockLen(b) > 0 {
			s.morsels = append(s.morsels, morsel{part: at, block: b})
		}
	}
}

func (s *scanOp) tasks() int    { return len(s.morsels) }
func (s *scanOp) weight() int64 { return s.rows }

func (s *scanOp) run(w *worker, task int, emit emitFunc) error {
	defer s.stats.clock()()
	emit = s.stats.pauses(emit)
	v, err := s.open(w, task)
	if err != nil || v.count == 0 {
		return err
	}
	for lo := 0; lo < v.count; lo += vectorRows {
		hi := min(v.count, lo+vectorRows)
		c := &plan.Chunk{N: hi - lo, Cols: make([]*record.Column, len(v.blocks))}
		for i, wanted := range s.want {
			if !wanted {
				continue
			}
			c.Cols[i] = &record.Column{}
			if err := v.read(c.Cols[i], i, lo, hi); err != nil {
				return err
			}
		}
		if err := emit(c); err != nil {
			return err
		}
	}
	return nil
}

// blockView is the rows that a task selects of its block, and their columns.
type blockView struct {
	scan   *scanOp
	part   *scanPart
	at     int // number of the part in the scan
	b, n   int // the block, and its number of rows
	st     codec.State
	sel    codec.Sel // where st is Some
	count  int       // selected rows
	pos    []uint32  // where st is Some: their positions, once asked for
	blocks []*codec.Block
	cols   []record.Column // room for filter columns
	ranks  []uint64        // room for a top-k
	few    []uint32
}

// bare is the view of a task's block without a selection.
func (s *scanOp) bare(w *worker, task int) *blockView {
	v, m := w.view(), s.morsels[task]
	p := s.parts[m.part]
	v.scan, v.part, v.at, v.b = s, p, m.part, m.block
	v.n = min(rows.BlockRows, p.Rows-m.block*rows.BlockRows)
	v.pos = v.pos[:0]
	v.blocks = resize(v.blocks, len(s.node.Columns))
	clear(v.blocks)
	return v
}

// open applies the residual conditions too. The view is the worker's until the next open.
func (s *scanOp) open(w *worker, task int) (*blockView, error) {
	v := s.bare(w, task)
	if few := s.morsels[task].few; few != nil {
		v.narrow(few)
	} else {
		v.st = codec.State(v.part.set.BlockN(v.b, v.n, &v.sel))
		v.count = codec.CountState(&v.sel, v.st, v.n)
	}
	if len(s.filter) > 0 && v.count > 0 {
		if err := v.refine(); err != nil {
			return v, err
		}
		s.stats.gave(v.count)
	}
	return v, nil
}

// refine keeps the rows for which all residual conditions are true.
func (v *blockView) refine() error {
	filter, used := v.residual()
	bits := v.bitsOfCalls()
	if len(v.cols) < len(v.blocks) {
		v.cols = make([]record.Column, len(v.blocks))
	}
	var keep, hits []uint32
	for lo := 0; lo < v.count; lo += vectorRows {
		hi := min(v.count, lo+vectorRows)
		c := &plan.Chunk{N: hi - lo, Cols: make([]*record.Column, len(v.blocks), len(v.blocks)+len(bits))}
		for _, i := range used {
			c.Cols[i] = &v.cols[i]
			if err := v.read(c.Cols[i], i, lo, hi); err != nil {
				return err
			}
		}
		p := v.picked().part(lo, hi)
		for i := range bits {
			c.Cols = append(c.Cols, bits[i].column(p))
		}
		var err error
		if hits, err = trueRows(filter, c, hits[:0]); err != nil {
			return err
		}
		for _, i := range hits {
			keep = append(keep, uint32(p.row(int(i))))
		}
	}
	if len(keep) < v.count {
		v.narrow(keep)
	}
	return nil
}

// narrow makes keep, ascending block rows, the selection.
func (v *blockView) narrow(keep []uint32) {
	clear(v.sel[:])
	for _, r := range keep {
		v.sel[r>>6] |= 1 << (r & 63)
	}
	v.st, v.count, v.pos = codec.Some, len(keep), append(v.pos[:0], keep...)
	if v.count == 0 {
		v.st = codec.None
	}
}

// picked names the selected rows.
func (v *blockView) picked() picked {
	if v.st == codec.All {
		return picked{n: v.n}
	}
	if len(v.pos) != v.count {
		v.pos = positions(&v.sel, v.pos[:0])
	}
	return picked{n: v.count, pos: v.pos}
}

// block returns block of scan column i; nil if the part does not hold the column.
func (v *blockView) block(i int) (*codec.Block, error) {
	if v.blocks[i] == nil && v.part.columns[i] != nil {
		b, err := v.part.columns[i].Block(v.b)
		if err != nil {
			return nil, fault.E("exec: read", fault.Item(v.part.Name), err)
		}
		v.blocks[i] = b
		v.scan.stats.read(b)
	}
	return v.blocks[i], nil
}

// read replaces dst by scan column i of the selected rows [lo, hi).
func (v *blockView) read(dst *record.Column, i, lo, hi int) error {
	return v.readPicked(dst, i, v.picked().part(lo, hi))
}

// readPicked replaces dst by scan column i of the block's rows p.
func (v *blockView) readPicked(dst *record.Column, i int, p picked) error {
	if v.scan.node.Columns[i] == plan.ScoreColumn && v.part.scores != nil {
		v.part.scores.read(dst, v.b, p)
		return nil
	}
	b, err := v.block(i)
	if err != nil {
		return err
	}
	if b == nil {
		*dst = *constColumn(v.scan.missing(i), p.n)
		return nil
	}
	readColumn(dst, b, p)
	return nil
}

// missing is the value of a column that was added after the rows were sealed.
func (s *scanOp) missing(i int) record.Value {
	sc := &s.node.Table.Schema
	if at := sc.ByID(s.node.Columns[i]); at >= 0 && sc.Fields[at].Default.Valid {
		return sc.Fields[at].Default
	}
	return record.NullOf(s.node.Out[i].Type)
}
