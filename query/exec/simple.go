package exec

import (
	"sync"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// filterOp keeps the rows where a condition is true.
type filterOp struct {
	operator
	cond  []scalar
	stats *opStats
}

func (f *filterOp) run(w *worker, task int, emit emitFunc) error {
	var room []uint32
	emit = f.stats.passes(emit)
	return f.operator.run(w, task, func(c *plan.Chunk) error {
		defer f.stats.clock()()
		var err error
		room, err = trueRows(f.cond, c, room[:0])
		switch {
		case err != nil || len(room) == 0:
			return err
		case len(room) == c.N:
			return emit(c)
		}
		return emit(takeRows(c, room))
	})
}

// projectOp computes expressions of every row.
type projectOp struct {
	operator
	exprs []scalar
	stats *opStats
}

func (p *projectOp) run(w *worker, task int, emit emitFunc) error {
	emit = p.stats.passes(emit)
	return p.operator.run(w, task, func(c *plan.Chunk) error {
		defer p.stats.clock()()
		out := &plan.Chunk{N: c.N, Cols: make([]*record.Column, len(p.exprs))}
		for i, e := range p.exprs {
			var err error
			if out.Cols[i], err = e.Run(c); err != nil {
				return err
			}
		}
		return emit(out)
	})
}

// limitOp keeps a range of its input's rows. Where the input has one task they
// are the rows of that range in order, else any.
type limitOp struct {
	operator

	stats *opStats

	mu   sync.Mutex
	skip int64
	left int64 // -1: all
}

func (l *limitOp) run(w *worker, task int, emit emitFunc) error {
	if l.full() {
		return nil
	}
	emit = l.stats.passes(emit)
	err := l.operator.run(w, task, func(c *plan.Chunk) error {
		defer l.stats.clock()()
		c, last := l.cut(c)
		if c != nil {
			if err := emit(c); err != nil {
				return err
			}
		}
		if last {
			return errStop
		}
		return nil
	})
	if err == errStop && l.full() {
		return nil
	}
	return err
}

func (l *limitOp) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left == 0
}

func (l *limitOp) cut(c *plan.Chunk) (out *plan.Chunk, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lo := min(l.skip, int64(c.N))
	l.skip -= lo
	hi := int64(c.N)
	if l.left >= 0 {
		hi = min(hi, lo+l.left)
		l.left -= hi - lo
	}
	if hi > lo {
		out = sliceRows(c, int(lo), int(hi))
	}
	return out, l.left == 0
}

// unionOp gives the rows of all inputs.
type unionOp struct {
	all   []operator
	stats *opStats
}

func (u *unionOp) prepare() error {
	for _, op := range u.all {
		if err := op.prepare(); err != nil {
			return err
		}
	}
	return nil
}

func (u *unionOp) tasks() (n int) {
	for _, op := range u.all {
		n += op.tasks()
	}
	return n
}

func (u *unionOp) weight() (n int64) {
	for _, op := range u.all {
		n += op.weight()
	}
	return n
}

func (u *unionOp) run(w *worker, task int, emit emitFunc) error {
	for _, op := range u.all {
		if n := op.tasks(); task >= n {
			task -= n
			continue
		}
		return op.run(w, task, u.stats.counts(emit))
	}
	return fault.Errorf("exec: union", fault.Internal, "BUG: task %d is past the last", task)
}

// chunksOp gives chunks that are there already: VALUES, a broadcast.
type chunksOp struct {
	chunks []*plan.Chunk
	cols   int
	stats  *opStats
}

func (o *chunksOp) prepare() error { return nil }
func (o *chunksOp) tasks() int     { return min(1, len(o.chunks)) }

func (o *chunksOp) weight() (n int64) {
	for _, c := range o.chunks {
		n += int64(c.N)
	}
	return n
}

func (o *chunksOp) run(_ *worker, _ int, emit emitFunc) error {
	for _, c := range o.chunks {
		if len(c.Cols) != o.cols {
			return fault.Errorf("exec: chunk", fault.Internal, "%d columns, want %d", len(c.Cols), o.cols)
		}
		if c.N == 0 {
			continue
		}
		o.stats.gave(c.N)
		if err := emit(c); err != nil {
			return err
		}
	}
	return nil
}

// newValues computes constant rows.
func newValues(q *query, node *plan.Values) (operator, error) {
	c := &plan.Chunk{N: len(node.Rows)}
	for _, o := range node.Out {
		c.Cols = append(c.Cols, record.NewColumn(o.Type, c.N))
	}
	none := &plan.Chunk{N: 1}
	for _, row := range node.Rows {
		for i, e := range row {
			s, err := q.compile(e)
			if err != nil {
				return nil, err
			}
			v, err := s.Run(none)
			if err != nil {
				return nil, err
			}
			c.Cols[i].Append(v.Value(0))
		}
	}
	return &chunksOp{[]*plan.Chunk{c}, len(node.Out), q.stats(node)}, nil
}
