package columnar

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// node is a condition compiled for one segment: a set of rows, found block by
// block. NOT is gone: a node is compiled for the rows where its condition is
// True, or for those where it is False.
type node interface {
	// run keeps of in, a selection of block b in state st (None excluded), the
	// rows of the node. It changes in and returns the new state.
	run(b int, in *codec.Sel, st codec.State) (codec.State, error)
	// whole returns all rows of the node where that needs no scan.
	whole() (rows.Set, bool, error)
	// guess says what whole and run would find and cost, without I/O.
	guess() guess
}

// constNode is every row, or none.
type constNode struct {
	n   int
	all bool
}

// nullNode is the rows where col is NULL, or with negate is not.
type nullNode struct {
	col    *column
	negate bool
}

// allNode is the rows in every part; anyNode those in at least one.
type allNode struct{ parts []node }
type anyNode struct {
	ix    *Index
	parts []node
}

// compile turns p into the rows where it is True; nil if p holds something
// that this index cannot answer. With cheap it is good for an estimate only.
func (ix *Index) compile(p predicate.P, cheap bool) (node, error) {
	return compiler{ix, cheap}.build(p, predicate.True)
}

type compiler struct {
	*Index
	cheap bool
}

// build compiles the rows where p has truth want, True or False.
func (ix compiler) build(p predicate.P, want predicate.Truth) (node, error) {
	switch p := p.(type) {
	case predicate.Const:
		return constNode{ix.n, p.Truth == want}, nil
	case predicate.Not:
		return ix.build(p.Of, want.Not())
	case predicate.And:
		return ix.buildAll(p.Of, want, want == predicate.True)
	case predicate.Or:
		return ix.buildAll(p.Of, want, want == predicate.False)
	case predicate.IsNull:
		return ix.buildNull(p, want)
	}
	return ix.buildLeaf(p, want)
}

func (ix compiler) buildAll(of []predicate.P, want predicate.Truth, all bool) (node, error) {
	var parts []node
	for _, p := range of {
		part, err := ix.build(p, want)
		if part == nil || err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	switch {
	case len(parts) == 0:
		return constNode{ix.n, all}, nil
	case len(parts) == 1:
		return parts[0], nil
	case all:
		return &allNode{cheapestFirst(parts)}, nil
	}
	return &anyNode{ix.Index, cheapestFirst(parts)}, nil
}

func (ix compiler) buildNull(p predicate.IsNull, want predicate.Truth) (node, error) {
	col, def, known := ix.find(p.Field)
	if !known {
		return nil, nil
	}
	negate := p.Negate != (want == predicate.False)
	if col == nil {
		return constNode{ix.n, def.IsNull() != negate}, nil
	}
	return nullNode{col, negate}, nil
}

// buildLeaf compiles a comparison. False is the complement of True among the
// rows that have a value, unless the constant was NULL.
func (ix compiler) buildLeaf(p predicate.P, want predicate.Truth) (node, error) {
	field, never, ok := leafField(p, want)
	if !ok {
		return nil, nil
	}
	col, def, known := ix.find(field)
	switch {
	case !known:
		return nil, nil
	case never:
		return constNode{ix.n, false}, nil
	case col == nil:
		t, err := predicate.Eval(p, predicate.Values{field.ID: def}, nil)
		return constNode{ix.n, t == want}, err
	}
	if ix.cheap && col.dear(p) {
		return &leaf{col: col, cheap: true, negate: want == predicate.False}, nil
	}
	l, err := col.compile(p)
	if err != nil {
		return nil, err
	}
	l.negate = want == predicate.False
	return l, nil
}

// leafField returns the field of a comparison; never says that no row has
// truth want; ok is false if p is no comparison.
func leafField(p predicate.P, want predicate.Truth) (f predicate.Field, never, ok bool) {
	switch p := p.(type) {
	case predicate.Compare:
		return p.Field, p.Value.IsNull(), true
	case predicate.Between:
		return p.Field, false, true
	case predicate.In:
		return p.Field, p.HasNull && want == predicate.False, true
	case predicate.Like:
		return p.Field, false, true
	}
	return predicate.Field{}, false, false
}

// find returns the stored column of a field, or the value that all rows have
// where it is not stored; known is false if the index is not over the field.
func (ix *Index) find(f predicate.Field) (col *column, def record.Value, known bool) {
	if col := ix.byID[f.ID]; col != nil {
		return col, def, true
	}
	field, known := ix.fields[f.ID]
	return nil, field.Default, known
}

func (c constNode) run(_ int, _ *codec.Sel, st codec.State) (codec.State, error) {
	if !c.all {
		return codec.None, nil
	}
	return st, nil
}

func (c constNode) whole() (rows.Set, bool, error) {
	if !c.all {
		return rows.Set{}, true, nil
	}
	return rows.All(c.n), true, nil
}

func (c nullNode) run(b int, in *codec.Sel, st codec.State) (codec.State, error) {
	m := &c.col.meta.blocks[b]
	if m.Nulls == 0 || m.Nulls == m.Rows {
		if (m.Nulls == 0) == c.negate {
			return st, nil
		}
		return codec.None, nil
	}
	blk, err := c.col.Block(b)
	if err != nil {
		return codec.None, err
	}
	if c.negate {
		return blk.AndValid(in, st), nil
	}
	return blk.AndNull(in, st), nil
}

func (c nullNode) whole() (rows.Set, bool, error) {
	s, ok, err := c.col.nullRows()
	if ok && c.negate {
		s = s.Not(c.col.ix.n)
	}
	return s, ok, err
}

func (a *allNode) run(b int, in *codec.Sel, st codec.State) (codec.State, error) {
	var err error
	for _, p := range a.parts {
		if st, err = p.run(b, in, st); st == codec.None || err != nil {
			return codec.None, err
		}
	}
	return st, nil
}

func (a *allNode) whole() (rows.Set, bool, error) {
	var out rows.Set
	for i, p := range a.parts {
		s, ok, err := p.whole()
		if !ok || err != nil {
			return rows.Set{}, false, err
		}
		if i > 0 {
			s = out.And(s)
		}
		out = s
	}
	return out, true, nil
}

// run asks each part only about the rows that no part before it took.
func (a *anyNode) run(b int, in *codec.Sel, st codec.State) (codec.State, error) {
	n := blockRows(a.ix.n, b)
	if st == codec.All {
		codec.FillSel(in, n)
	}
	open, total := *in, codec.None
	var sum, part codec.Sel
	openState := st
	for _, p := range a.parts {
		part = open
		got, err := p.run(b, &part, openState)
		if err != nil {
			return codec.None, err
		}
		switch got {
		case codec.None:
			continue
		case codec.All:
			return codec.All, nil
		}
		total = codec.OrSel(&sum, total, &part, got)
		if openState = codec.AndNotSel(&open, openState, &part, got, n); openState == codec.None {
			break
		}
	}
	*in = sum
	return total, nil
}

func (a *anyNode) whole() (rows.Set, bool, error) {
	var out rows.Set
	for _, p := range a.parts {
		s, ok, err := p.whole()
		if !ok || err != nil {
			return rows.Set{}, false, err
		}
		out = out.Or(s)
	}
	return out, true, nil
}
