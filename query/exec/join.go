package exec

import (
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// joinOp is a hash join: prepare reads all of the right input, tasks are those
// of the left.
type joinOp struct {
	q         *query
	node      *plan.Join
	left      operator
	right     operator
	leftKeys  []scalar
	rightKeys []scalar
	on        []scalar
	build     *buildSide
	types     []record.Type // of the right columns
	scan      *scanOp       // the scan in left that may use the keys of the right
	stats     *opStats
}

// buildSide is the right input, by key.
type buildSide struct {
	rows  *plan.Chunk
	ints  *intTable // one integer key
	bytes *bytesTable
	head  []uint32 // by key number: the first row+1
	next  []uint32 // by row: the next row+1 of the same key
	nulls bool     // a right key was NULL
	all   []uint32 // Cross: every row
}

func (b *builder) join(n *plan.Join) (operator, error) {
	j := &joinOp{q: b.q, node: n, stats: b.q.stats(n)}
	err := sameStorage(n)
	if err != nil {
		return nil, err
	}
	if j.left, err = b.build(n.Left); err != nil {
		return nil, err
	}
	if j.right, err = b.build(n.Right); err != nil {
		return nil, err
	}
	if j.leftKeys, err = b.q.compileAll(n.LeftKeys); err != nil {
		return nil, err
	}
	if j.rightKeys, err = b.q.compileAll(n.RightKeys); err != nil {
		return nil, err
	}
	if n.On != nil {
		if j.on, err = b.q.compileAll([]plan.Expr{n.On}); err != nil {
			return nil, err
		}
	}
	for _, c := range n.Right.Output() {
		j.types = append(j.types, c.Type)
	}
	if n.KeyScan != 0 && (n.Kind == plan.Inner || n.Kind == plan.Semi) && len(n.LeftKeys) == 1 {
		j.scan = scanBelow(j.left)
	}
	return j, nil
}

// scanBelow is the scan below operators that do not add rows, or nil.
func scanBelow(op operator) *scanOp {
	switch op := op.(type) {
	case *scanOp:
		return op
	case *filterOp:
		return scanBelow(op.operator)
	case *projectOp:
		return scanBelow(op.operator)
	case *joinOp:
		return scanBelow(op.left)
	case *aggOp: // the keys are among its groups: see eager
		return op.scan
	}
	return nil
}

func (j *joinOp) prepare() error {
	if err := j.right.prepare(); err != nil {
		return err
	}
	if err := j.readRight(); err != nil {
		return err
	}
	if j.scan != nil {
		j.pushKeys()
	}
	return j.left.prepare()
}

// readRight collects the right rows, in the order of their tasks' ends, and
// chains those of equal keys.
func (j *joinOp) readRight() error {
	side := &buildSide{rows: &plan.Chunk{}}
	j.build = side
	for _, t := range j.types {
		side.rows.Cols = append(side.rows.Cols, record.NewColumn(t, 0))
	}
	piles := make([][]*plan.Chunk, j.q.workers)
	err := j.q.drain(j.right, func(w *worker, c *plan.Chunk) error {
		piles[w.id] = append(piles[w.id], c)
		return j.q.env.Memory.Grow("join", 2*chunkBytes(c)+int64(c.N)*32)
	})
	if err != nil {
		return err
	}
	defer j.stats.clock()()
	for _, pile := range piles {
		for _, c := range pile {
			for i, col := range c.Cols {
				side.rows.Cols[i].AppendRows(col, 0, c.N)
			}
			side.rows.N += c.N
		}
	}
	return j.chain()
}

func (j *joinOp) chain() error {
	side := j.build
	if len(j.rightKeys) == 0 {
		side.all = numbers(side.rows.N)
		return nil
	}
	types := make([]record.Type, len(j.node.RightKeys))
	for i, k := range j.node.RightKeys {
		types[i] = k.Type()
	}
	if len(types) == 1 && types[0].Storage() == record.Ints {
		side.ints = newIntTable(types[0])
	} else {
		side.bytes = newBytesTable(types)
	}
	keys, err := runAll(j.rightKeys, side.rows)
	if err != nil {
		return err
	}
	side.next = make([]uint32, side.rows.N)
	var key []byte
	for i := side.rows.N - 1; i >= 0; i-- { // backwards, so that chains run forwards
		var n uint32
		switch {
		case anyNull(keys, i):
			side.nulls = true
			continue
		case side.ints != nil:
			n = side.ints.insert(keys[0].Ints[i])
		default:
			key = key[:0]
			for _, c := range keys {
				key = appendKey(key, c, i)
			}
			n = side.bytes.insert(key)
		}
		if int(n) == len(side.head) {
			side.head = append(side.head, 0)
		}
		side.next[i] = side.head[n]
		side.head[n] = uint32(i) + 1
	}
	return nil
}

func runAll(exprs []scalar, c *plan.Chunk) ([]*record.Column, error) {
	out := make([]*record.Column, len(exprs))
	for i, e := range exprs {
		var err error
		if out[i], err = e.Run(c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func anyNull(keys []*record.Column, i int) bool {
	for _, c := range keys {
		if c.IsNull(i) {
			return true
		}
	}
	return false
}

// keysMost is the largest number of keys that are handed to a scan.
const keysMost = 10_000

// pushKeys adds "key IN (keys of the right)" to the scan's Where, so that its
// indexes answer the join.
func (j *joinOp) pushKeys() {
	field, ok := j.scanField()
	side := j.build
	if !ok || len(side.head) > keysMost {
		return
	}
	var values []record.Value
	if side.ints != nil {
		for _, k := range side.ints.keys {
			values = append(values, record.Value{Type: side.ints.typ, Valid: true, I: k})
		}
	} else if n := side.bytes.len(); n > 0 {
		c := side.bytes.columns(0, n)[0]
		for i := range n {
			values = append(values, c.Value(i))
		}
	}
	in := predicate.P(predicate.NewIn(field, values))
	if j.scan.node.Where != nil {
		in = predicate.And{Of: []predicate.P{j.scan.node.Where, in}}
	}
	node := *j.scan.node
	node.Where = in
	j.scan.node = &node
	j.stats.add("keys given to the scan", int64(len(values)))
}

// scanField is the column of the scan that KeyScan names.
func (j *joinOp) scanField() (predicate.Field, bool) {
	t := j.scan.node.Table
	at := t.Schema.ByID(j.node.KeyScan)
	if at < 0 {
		return predicate.Field{}, false
	}
	f := t.Schema.Fields[at]
	right := j.node.RightKeys[0].Type()
	if f.Type.Storage() != right.Storage() || f.Type.Kind == record.Decimal || right.Kind == record.Decimal {
		return predicate.Field{}, false
	}
	return predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}, true
}

func (j *joinOp) tasks() int { return j.left.tasks() }

// weight counts the pairs that the left rows are expected to make.
func (j *joinOp) weight() int64 {
	side := j.build
	fan := side.rows.N
	if len(j.rightKeys) > 0 {
		fan /= max(1, len(side.head))
	}
	return j.left.weight() * int64(max(1, fan))
}

func (j *joinOp) run(w *worker, task int, emit emitFunc) error {
	p := &prober{join: j, emit: j.stats.passes(emit)}
	return j.left.run(w, task, p.probe)
}

// prober finds the matches of one task's chunks.
type prober struct {
	join  *joinOp
	emit  emitFunc
	left  []uint32 // of the chunk
	right []uint32 // row+1 of the build side, 0: none
	key   []byte
	hit   []bool // by row of the chunk
}

// first returns the first match (row+1) of row i, and whether its key is NULL.
func (p *prober) first(keys []*record.Column, i int) (uint32, bool) {
	side := p.join.build
	var n uint32
	var ok bool
	switch {
	case anyNull(keys, i):
		return 0, true
	case side.ints != nil && keys[0].Type.Storage() == record.Ints:
		n, ok = side.ints.find(keys[0].Ints[i])
	case side.bytes != nil:
		p.key = p.key[:0]
		for _, c := range keys {
			p.key = appendKey(p.key, c, i)
		}
		n, ok = side.bytes.find(p.key)
	}
	if !ok {
		return 0, false
	}
	return side.head[n], false
}

func (p *prober) probe(c *plan.Chunk) error {
	j := p.join
	defer j.stats.clock()()
	keys, err := runAll(j.leftKeys, c)
	if err != nil {
		return err
	}
	if len(j.on) == 0 && j.node.Kind != plan.Inner && j.node.Kind != plan.Left && j.node.Kind != plan.Cross {
		return p.exists(c, keys)
	}
	p.hit = resize(p.hit, c.N)
	clear(p.hit)
	p.left, p.right = p.left[:0], p.right[:0]
	for i := range c.N {
		if len(keys) == 0 {
			for _, r := range j.build.all {
				p.left, p.right = append(p.left, uint32(i)), append(p.right, r+1)
			}
		} else {
			r, _ := p.first(keys, i)
			for ; r != 0; r = j.build.next[r-1] {
				p.left, p.right = append(p.left, uint32(i)), append(p.right, r)
			}
		}
		if len(p.left) >= vectorRows {
			if err := p.flush(c); err != nil {
				return err
			}
		}
	}
	if err := p.flush(c); err != nil {
		return err
	}
	return p.rest(c, keys)
}

// flush gives the pairs found so far that satisfy On, or notes that they exist.
func (p *prober) flush(c *plan.Chunk) error {
	if len(p.left) == 0 {
		return nil
	}
	if err := p.join.q.err(); err != nil {
		return err
	}
	pairs := p.pairs(c, p.left, p.right)
	keep, left := pairs, p.left
	if len(p.join.on) > 0 {
		some, err := trueRows(p.join.on, pairs, nil)
		if err != nil {
			return err
		}
		keep, left = takeRows(pairs, some), takeGids(p.left, some)
	}
	for _, i := range left {
		p.hit[i] = true
	}
	p.left, p.right = p.left[:0], p.right[:0]
	if !p.join.node.Kind.GivesRight() || keep.N == 0 {
		return nil
	}
	return p.emit(keep)
}

// pairs is the chunk of left rows beside right rows; right 0 is a row of NULLs.
func (p *prober) pairs(c *plan.Chunk, left, right []uint32) *plan.Chunk {
	out := takeRows(c, left)
	rows := make([]uint32, len(right))
	for i, r := range right {
		rows[i] = r - 1
	}
	out.Cols = append(out.Cols, takeColumns(p.join.build.rows.Cols, rows)...)
	return out
}

// rest gives what a chunk's rows without, or with, a match are worth.
func (p *prober) rest(c *plan.Chunk, keys []*record.Column) error {
	kind := p.join.node.Kind
	if kind == plan.Inner || kind == plan.Cross {
		return nil
	}
	var some []uint32
	for i, hit := range p.hit {
		if hit == (kind == plan.Semi) && (kind != plan.AntiNull || p.clear(keys, i)) {
			some = append(some, uint32(i))
		}
	}
	if len(some) == 0 {
		return nil
	}
	out := takeRows(c, some)
	if kind == plan.Left {
		for _, t := range p.join.types {
			out.Cols = append(out.Cols, constColumn(record.NullOf(t), out.N))
		}
	}
	return p.emit(out)
}

// exists answers Semi, Anti and AntiNull without On.
func (p *prober) exists(c *plan.Chunk, keys []*record.Column) error {
	p.hit = resize(p.hit, c.N)
	for i := range c.N {
		if len(keys) == 0 {
			p.hit[i] = len(p.join.build.all) > 0
			continue
		}
		r, _ := p.first(keys, i)
		p.hit[i] = r != 0
	}
	return p.rest(c, keys)
}

// clear reports whether no NULL stands in the way of NOT IN: the right side is
// empty, or neither it nor the row has a NULL key.
func (p *prober) clear(keys []*record.Column, i int) bool {
	if p.join.build.rows.N == 0 {
		return true
	}
	return !p.join.build.nulls && !anyNull(keys, i)
}

// sameStorage refuses keys that would never be equal by their bytes.
func sameStorage(n *plan.Join) error {
	for i, l := range n.LeftKeys {
		if r := n.RightKeys[i]; l.Type().Storage() != r.Type().Storage() {
			return fault.Errorf("exec: join", fault.Internal, "BUG: key %d compares %s with %s", i, l.Type(), r.Type())
		}
	}
	return nil
}
