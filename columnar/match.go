package columnar

import (
	"context"
	"sync"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// Match returns the rows of within where p is True. What bitmaps and zone maps
// can say goes first and narrows the rest, which runs block by block.
func (ix *Index) Match(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error) {
	n, err := ix.compile(p, false)
	if err != nil {
		return rows.Set{}, fault.E("columnar: match", err)
	}
	if n == nil {
		return rows.Set{}, fault.Errorf("columnar: match", fault.Unsupported, "condition %s", p)
	}
	return ix.match(ctx, n, within)
}

// match returns the rows of within that are n's.
func (ix *Index) match(ctx context.Context, n node, within rows.Set) (_ rows.Set, err error) {
	if n, within, err = narrow(n, within); err != nil || n == nil || within.IsEmpty() {
		return within, err
	}
	return ix.scan(ctx, n, within)
}

// narrow answers what needs no scan and returns what is left, nil if nothing.
func narrow(n node, within rows.Set) (node, rows.Set, error) {
	if s, ok, err := n.whole(); ok || err != nil {
		return nil, within.And(s), err
	}
	all, is := n.(*allNode)
	if !is {
		return n, within, nil
	}
	var rest []node
	for _, part := range all.parts {
		s, ok, err := part.whole()
		switch {
		case err != nil:
			return nil, rows.Set{}, err
		case ok:
			within = within.And(s)
		default:
			rest = append(rest, part)
		}
	}
	return &allNode{rest}, within, nil
}

// selections keeps room for selections: 8 KB that nodes take by reference,
// much more than the answer in a small segment.
var selections = sync.Pool{New: func() any { return new(codec.Sel) }}

func (ix *Index) scan(ctx context.Context, n node, within rows.Set) (rows.Set, error) {
	var out rows.Builder
	sel := selections.Get().(*codec.Sel)
	defer selections.Put(sel)
	for b := range blocksOf(ix.n) {
		if err := ctx.Err(); err != nil {
			return rows.Set{}, fault.E("columnar: match", err)
		}
		size := blockRows(ix.n, b)
		st := codec.State(within.BlockN(b, size, sel))
		if st == codec.None {
			continue
		}
		st, err := n.run(b, sel, st)
		if err != nil {
			return rows.Set{}, err
		}
		out.AddBlock(b, size, rows.BlockState(st), sel)
	}
	return out.Set(), nil
}
