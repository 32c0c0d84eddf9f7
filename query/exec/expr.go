package exec

import (
	"math/bits"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/exec/eval"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// scalar is a compiled expression: one value for every row of a chunk. It may
// be used by any number of goroutines. The column it gives may be one of the
// chunk's.
type scalar interface {
	Run(c *plan.Chunk) (*record.Column, error)
	// RunBool sets bit i of sel where row i is true, and clears the others.
	RunBool(c *plan.Chunk, sel []uint64) error
}

// compile prepares e, whose parameters and subqueries are constants by now.
func (q *query) compile(e plan.Expr) (scalar, error) {
	return eval.Compile(e, eval.Env{Now: q.env.Now, Functions: q.functions()})
}

// compileAll compiles es.
func (q *query) compileAll(es []plan.Expr) ([]scalar, error) {
	out := make([]scalar, len(es))
	for i, e := range es {
		var err error
		if out[i], err = q.compile(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// functions finds the slow meanings of engines' conditions.
func (q *query) functions() predicate.Functions {
	if q.env.Registry == nil {
		return noFunctions{}
	}
	return q.env.Registry
}

type noFunctions struct{}

func (noFunctions) EvalFunc(string) (predicate.EvalFunc, bool) { return nil, false }

// columnsOf adds the columns that e reads to used, each once.
func columnsOf(e plan.Expr, used []int) []int {
	plan.Walk(e, func(e plan.Expr) bool {
		if c, ok := e.(plan.Col); ok && !contains(used, c.Index) {
			used = append(used, c.Index)
		}
		return true
	})
	return used
}

func contains(s []int, v int) bool {
	for _, x := range s {
		if x == v {
			return true
		}
	}
	return false
}

// allTrue sets bit i of sel where row i is true in all conditions.
func allTrue(conds []scalar, c *plan.Chunk) ([]uint64, error) {
	words := (c.N + 63) / 64
	sel := make([]uint64, 2*words)
	sel, one := sel[:words], sel[words:]
	for k, cond := range conds {
		to := one
		if k == 0 {
			to = sel
		}
		if err := cond.RunBool(c, to); err != nil {
			return nil, err
		}
		for w := range sel {
			sel[w] &= to[w]
		}
	}
	return sel, nil
}

// trueRows appends to dst the rows for which all conditions are true.
func trueRows(conds []scalar, c *plan.Chunk, dst []uint32) ([]uint32, error) {
	sel, err := allTrue(conds, c)
	for w, m := range sel {
		for ; m != 0; m &= m - 1 {
			dst = append(dst, uint32(w<<6|bits.TrailingZeros64(m)))
		}
	}
	return dst, err
}

// takeRows is the chunk of c's rows at positions; columns that c lacks stay nil.
func takeRows(c *plan.Chunk, positions []uint32) *plan.Chunk {
	out := &plan.Chunk{N: len(positions), Cols: make([]*record.Column, len(c.Cols))}
	for i, col := range c.Cols {
		if col != nil {
			out.Cols[i] = record.NewColumn(col.Type, len(positions))
			out.Cols[i].Take(col, positions)
		}
	}
	return out
}

// sliceRows is rows [lo, hi) of c, sharing its memory.
func sliceRows(c *plan.Chunk, lo, hi int) *plan.Chunk {
	if lo == 0 && hi == c.N {
		return c
	}
	out := &plan.Chunk{N: hi - lo, Cols: make([]*record.Column, len(c.Cols))}
	for i, col := range c.Cols {
		if col != nil {
			s := col.Slice(lo, hi)
			out.Cols[i] = &s
		}
	}
	return out
}

// chunkBytes is the memory of a chunk.
func chunkBytes(c *plan.Chunk) int64 {
	n := int64(0)
	for _, col := range c.Cols {
		if col != nil {
			n += int64(col.Bytes())
		}
	}
	return n
}
