package eval

import (
	"sync"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// Env is what expressions may look at beside their input.
type Env struct {
	Now       time.Time           // when the statement started: now(), current_date
	Functions predicate.Functions // the slow meaning of engine calls; nil if there are none
}

// Program is a compiled expression. It is immutable: any number of goroutines
// may run it at once.
type Program struct {
	root  node
	typ   record.Type
	slots int
	tile  bool
	pool  *sync.Pool
}

// Compile prepares e. Parameters and subqueries were replaced by constants
// before. Constant parts are computed now, but where that fails the error is
// left to the rows that need the value.
func Compile(e plan.Expr, env Env) (*Program, error) {
	c := &compiler{env: env}
	root, err := c.compile(e)
	if err != nil {
		return nil, fault.E("eval: compile", err)
	}
	p := &Program{root: root, typ: e.Type(), slots: c.slots + 1, tile: c.nodes > 1 && fixedWidth(e.Type())}
	p.pool = &sync.Pool{New: func() any { return p.NewScratch() }}
	return p, nil
}

// Type returns the type of the result.
func (p *Program) Type() record.Type { return p.typ }

// Const returns the value of a program that does not look at its input.
func (p *Program) Const() (record.Value, bool) {
	if k, ok := p.root.(*konst); ok {
		v := k.col.Value(0)
		v.Type = p.typ
		return v, true
	}
	return record.Value{}, false
}

// NewScratch returns memory for RunScratch.
func (p *Program) NewScratch() *Scratch { return &Scratch{slots: make([]slot, p.slots)} }

// Run returns the value of every row of in: a new column of in.N rows, or, if
// the expression is a column of the input, that column itself.
func (p *Program) Run(in *plan.Chunk) (*record.Column, error) {
	if in.N == 0 {
		return record.NewColumn(p.typ, 0), nil
	}
	s := p.pool.Get().(*Scratch)
	defer p.pool.Put(s)
	if p.tile && in.N > tileRows {
		out := record.NewColumn(p.typ, in.N)
		return out, p.runTiles(in, s, out)
	}
	c, err := p.root.eval(s.whole(in))
	if err != nil {
		return nil, err
	}
	return detach(p.root, s, c, in.N), nil
}

// RunScratch is Run without an allocation: the result is valid until the next
// call with the same Scratch, which one goroutine uses at a time.
func (p *Program) RunScratch(in *plan.Chunk, s *Scratch) (*record.Column, error) {
	out := &s.slots[p.slots-1].col
	if p.tile && in.N > tileRows {
		out.Reset()
		out.Type = p.typ
		return out, p.runTiles(in, s, out)
	}
	if in.N == 0 {
		out.Reset()
		out.Type = p.typ
		return out, nil
	}
	c, err := p.root.eval(s.whole(in))
	if err != nil || c.N == in.N {
		return c, err
	}
	out.Reset()
	out.Type = c.Type
	repeat(out, c, in.N)
	return out, nil
}

func (s *Scratch) whole(in *plan.Chunk) *frame {
	s.frame = frame{in: in.Cols, n: in.N, s: s}
	return &s.frame
}

// RunBool runs a condition: bit i of sel is set where row i is true, and not
// where it is false or NULL. sel has a word for every 64 rows of in and is
// overwritten.
func (p *Program) RunBool(in *plan.Chunk, sel []uint64) error {
	if in.N == 0 {
		return nil
	}
	s := p.pool.Get().(*Scratch)
	defer p.pool.Put(s)
	unknown := s.slots[p.slots-1].second(in.N)
	return testNode(s.whole(in), p.root, record.Bitmap(sel), unknown)
}
