package exec

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// aggOp groups the rows of its input. Every worker fills a state of its own;
// prepare joins them. A task is one partition of the groups.
type aggOp struct {
	q     *query
	spec  *aggSpec
	in    operator
	scan  *scanOp // in, where the aggregate reads its blocks
	parts []*aggState
	stats *opStats

	packed   *packing    // how several keys are one integer, or nil
	nullable bool        // a key or an argument may be NULL
	states   []*aggState // by worker; those in use
}

// aggState is the groups that one worker has seen, or one partition of all.
type aggState struct {
	spec  *aggSpec
	table groupTable
	accs  []accumulator
	held  int64 // bytes charged to the account

	codes map[*scanPart]*aggState // parts that are grouped by code
	spill *spill                  // rows kept for later, or nil

	keyer   keyer // scans only
	gids    []uint32
	key     []byte
	touched int              // keeps codeTable.touch from being optimised away
	cols    []*record.Column // room for arguments, by column of the scan
	some    []uint32         // rows that pass a FILTER
	done    []bool           // accumulators that need no vectors of this block
	packed  record.Column    // room for packed keys
	sel     *codec.Sel       // room for a selection without NULLs, once needed
}

func newAggregate(q *query, node *plan.Aggregate, in operator) (*aggOp, error) {
	spec, err := q.planAggregate(node)
	if err != nil {
		return nil, err
	}
	a := &aggOp{q: q, spec: spec, in: in, nullable: true, states: make([]*aggState, q.workers), stats: q.stats(node)}
	if scan, ok := in.(*scanOp); ok {
		a.scan = scan
		spec.findBuckets()
		a.want()
		if len(spec.keys) == 0 && len(scan.filter) == 0 {
			scan.answer = a.answer
			if a.onlyCounts() {
				scan.counted = a.count
			}
		}
	}
	return a, nil
}

// want tells the scan which columns are read.
func (a *aggOp) want() {
	clear(a.scan.want)
	for _, list := range [][]input{a.spec.keys, a.spec.args, a.spec.filters} {
		for i := range list {
			for _, c := range list[i].reads {
				a.scan.want[c] = true
			}
		}
	}
	for _, c := range a.scan.used {
		a.scan.want[c] = true
	}
}

// state returns the worker's own state.
func (a *aggOp) state(w int) *aggState {
	if a.states[w] == nil {
		a.states[w] = a.spec.newState(a.table())
	}
	return a.states[w]
}

func (s *aggSpec) newState(t groupTable) *aggState {
	st := &aggState{spec: s, table: t}
	for i := range s.accs {
		st.accs = append(st.accs, s.accs[i].make())
	}
	return st
}

// table returns an empty table that fits the keys.
func (a *aggOp) table() groupTable {
	keys := a.spec.keys
	if len(keys) == 0 {
		return oneGroup{}
	}
	if a.packed != nil {
		return a.packed.table(a.scan.rows)
	}
	if t := keys[0].expr.Type(); len(keys) == 1 && t.Storage() == record.Ints {
		if a.scan != nil && keys[0].col >= 0 {
			if base, n, ok := a.scan.span(keys[0].col); ok && n <= denseMax && int64(n) <= 4*a.scan.rows+1024 {
				return newDenseTable(t, base, n)
			}
		}
		return newIntTable(t)
	}
	types := make([]record.Type, len(keys))
	for i := range keys {
		types[i] = keys[i].expr.Type()
	}
	return newBytesTable(types)
}

// denseMax is the largest range of integer keys that index an array: 1 MiB of it.
const denseMax = 1 << 18

func (a *aggOp) prepare() error {
	if err := a.in.prepare(); err != nil {
		return err
	}
	if a.scan == nil {
		err := a.q.drain(a.in, func(w *worker, c *plan.Chunk) error {
			defer a.stats.clock()()
			return a.addChunk(a.state(w.id), c)
		})
		if err != nil {
			return err
		}
	}
	defer a.stats.clock()()
	if a.scan != nil {
		a.makeRoom()
		if err := a.readScan(); err != nil {
			return err
		}
	}
	return a.join()
}

// bitsMost is how much memory the bitsets of one DISTINCT and one worker may
// take, and bitsPerRow how many bytes of them a row may cost.
const (
	bitsMost   = 256 << 20
	bitsPerRow = 16
)

// makeRoom finds the integer arguments whose distinct values fit in bitsets of
// a size that the rows are worth.
func (a *aggOp) makeRoom() {
	for i := range a.spec.args {
		arg := &a.spec.args[i]
		if arg.col < 0 || arg.expr.Type().Storage() != record.Ints {
			continue
		}
		base, n, ok := a.scan.span(arg.col)
		if ok && n < 1<<28 && int64(n/8) <= 4*a.scan.rows {
			arg.room = &bitRoom{base: base, n: n, most: min(bitsMost, bitsPerRow*a.scan.rows)}
		}
	}
}

// readScan counts all blocks of the scan.
func (a *aggOp) readScan() error {
	a.nullable, a.packed = a.mayBeNull(), a.pack()
	runs := a.runs()
	return a.q.each(len(runs), a.scan.weight(), func(w *worker, i int) error {
		for task := runs[i][0]; task < runs[i][1]; task++ {
			if err := a.q.err(); err != nil {
				return err
			}
			v, err := a.scan.open(w, task)
			if err != nil {
				return err
			}
			if v.count == 0 {
				continue
			}
			st := a.codeState(w.id, v.part)
			if st == nil {
				st = a.state(w.id)
			}
			if err := a.addBlock(st, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// mayBeNull reports whether a key or an argument can be NULL in some row.
func (a *aggOp) mayBeNull() bool {
	for _, list := range [][]input{a.spec.keys, a.spec.args} {
		for i := range list {
			col := list[i].col
			if list[i].bucket != nil {
				col = list[i].bucket.col
			}
			if col < 0 {
				return true
			}
			for _, p := range a.scan.parts {
				if p.columns == nil || p.set.IsEmpty() {
					continue
				}
				if p.columns[col] == nil {
					return true
				}
				if st := p.columns[col].Stats(); st.Rows != p.Rows || st.Nulls > 0 {
					return true
				}
			}
		}
	}
	return false
}

// addChunk counts the rows of a chunk.
func (a *aggOp) addChunk(st *aggState, c *plan.Chunk) error {
	if c.N == 0 {
		return nil
	}
	if _, ok := st.table.(*intTable); ok {
		key, err := a.spec.keys[0].Run(c)
		if err != nil {
			return err
		}
		kept, err := a.keepRows(st, key, func() ([]*record.Column, error) { return a.spec.arguments(c) })
		if kept || err != nil {
			return err
		}
	}
	gids, err := st.assignChunk(c)
	if err != nil {
		return err
	}
	return a.accumulate(st, gids, c, nil)
}

// accumulate hands the rows of c, whose groups are known, to the accumulators.
// done, where it is not nil, says which accumulators have these rows already.
func (a *aggOp) accumulate(st *aggState, gids []uint32, c *plan.Chunk, done []bool) error {
	args := make([]*record.Column, len(a.spec.args))
	for i := range a.spec.args {
		if !a.needed(i, done) {
			continue
		}
		var err error
		if args[i], err = a.spec.args[i].Run(c); err != nil {
			return err
		}
	}
	filtered := -1
	var someGids []uint32
	groups := st.table.len()
	for i, acc := range st.accs {
		spec := &a.spec.accs[i]
		if acc.grow(groups); done != nil && done[i] {
			continue
		}
		cols := pick(args, spec.args)
		n, to := c.N, gids
		if spec.filter >= 0 {
			if filtered != spec.filter {
				var err error
				if st.some, err = trueRows([]scalar{a.spec.filters[spec.filter]}, c, st.some[:0]); err != nil {
					return err
				}
				filtered, someGids = spec.filter, takeGids(gids, st.some)
			}
			n, to, cols = len(st.some), someGids, takeColumns(cols, st.some)
		}
		if !spec.states {
			acc.add(to, n, cols)
			continue
		}
		if s, ok := acc.(stateAdder); ok {
			if err := s.addStates(to, n, cols); err != nil {
				return err
			}
		} else {
			acc.add(to, n, cols)
		}
	}
	return a.charge(st)
}

// arguments computes all arguments of c's rows.
func (s *aggSpec) arguments(c *plan.Chunk) ([]*record.Column, error) {
	out := make([]*record.Column, len(s.args))
	for i := range s.args {
		var err error
		if out[i], err = s.args[i].Run(c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// needed reports whether an accumulator that is not done reads argument i.
func (a *aggOp) needed(i int, done []bool) bool {
	if done == nil {
		return true
	}
	for k := range a.spec.accs {
		if !done[k] && contains(a.spec.accs[k].args, i) {
			return true
		}
	}
	return false
}

func pick(all []*record.Column, which []int) []*record.Column {
	if len(which) == 1 {
		return all[which[0] : which[0]+1]
	}
	out := make([]*record.Column, len(which))
	for i, at := range which {
		out[i] = all[at]
	}
	return out
}

func takeGids(gids, rows []uint32) []uint32 {
	if gids == nil {
		return nil
	}
	out := make([]uint32, len(rows))
	for i, r := range rows {
		out[i] = gids[r]
	}
	return out
}

func takeColumns(cols []*record.Column, rows []uint32) []*record.Column {
	out := make([]*record.Column, len(cols))
	for i, c := range cols {
		out[i] = record.NewColumn(c.Type, len(rows))
		out[i].Take(c, rows)
	}
	return out
}

// charge brings the account up to what the state holds now.
func (a *aggOp) charge(st *aggState) error {
	now := st.table.bytes()
	for _, acc := range st.accs {
		now += acc.bytes()
	}
	if now == st.held {
		return nil
	}
	err := a.q.env.Memory.Grow("aggregate", now-st.held)
	if err == nil {
		st.held = now
	}
	return err
}

func (a *aggOp) tasks() int { return len(a.parts) }

func (a *aggOp) weight() int64 {
	n := int64(0)
	for _, p := range a.parts {
		n += int64(p.table.len())
	}
	return n
}

func (a *aggOp) run(w *worker, task int, emit emitFunc) error {
	defer a.stats.clock()()
	emit = a.stats.passes(emit)
	st := a.parts[task]
	groups := st.table.len()
	for lo := 0; lo < groups; lo += vectorRows {
		hi := min(groups, lo+vectorRows)
		c := &plan.Chunk{N: hi - lo, Cols: st.table.columns(lo, hi)}
		for i := range a.spec.outs {
			o := &a.spec.outs[i]
			var err error
			if a.spec.node.Mode == plan.Partial {
				c.Cols, err = st.states(o, lo, hi, c.Cols)
			} else {
				var col *record.Column
				col, err = st.result(o, lo, hi)
				c.Cols = append(c.Cols, col)
			}
			if err != nil {
				return err
			}
		}
		if err := emit(c); err != nil {
			return err
		}
	}
	return nil
}
