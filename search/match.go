package search

import (
	"context"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Match returns the rows of within where p is True: set algebra on bitmaps and
// postings, and positions where a phrase asks for them.
func (ix *Index) Match(ctx context.Context, p predicate.P, within rows.Set) (set rows.Set, err error) {
	defer guarded(&err)
	if !ix.answers(p) {
		return rows.Set{}, fault.Errorf("search: match", fault.Unsupported, "condition %s", p)
	}
	if err := ctx.Err(); err != nil {
		return rows.Set{}, fault.E("search: match", fault.Canceled, err)
	}
	s, err := ix.matchP(ctx, predicate.PushNot(p), within)
	if err != nil {
		return rows.Set{}, fault.E("search: match", err)
	}
	return s, nil
}

// answers reports whether every leaf of p is about this index's field, and
// analyses as the index does.
func (ix *Index) answers(p predicate.P) bool {
	if c, is := p.(predicate.Call); is {
		f, ours := fieldOf(c)
		return ours && f.ID == ix.def.Fields[0].ID && ix.understands(c)
	}
	ok := true
	predicate.Walk(p, func(p predicate.P) bool {
		switch p := p.(type) {
		case predicate.And, predicate.Or, predicate.Not, predicate.Const:
		case predicate.IsNull:
			ok = ok && p.Field.ID == ix.def.Fields[0].ID
		case predicate.Call:
			f, ours := fieldOf(p)
			ok = ok && ours && f.ID == ix.def.Fields[0].ID && ix.understands(p)
		default:
			ok = false
		}
		return ok
	})
	return ok
}

func (ix *Index) understands(c predicate.Call) bool {
	q, err := ix.engine.ask(c.Function, c.Args)
	return err != nil || q == nil || q.analyzer.name == ix.foot.analyzer
}

// matchP finds where p is True. Not stands before calls alone.
func (ix *Index) matchP(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error) {
	switch p := p.(type) {
	case predicate.Const:
		if p.Truth == predicate.True {
			return within, nil
		}
		return rows.Set{}, nil
	case predicate.IsNull:
		present, err := ix.present()
		if p.Negate {
			return within.And(present), err
		}
		return within.AndNot(present), err
	case predicate.And:
		for _, q := range p.Of {
			var err error
			if within, err = ix.matchP(ctx, q, within); err != nil || within.IsEmpty() {
				return rows.Set{}, err
			}
		}
		return within, nil
	case predicate.Or:
		var out rows.Set
		for _, q := range p.Of {
			s, err := ix.matchP(ctx, q, within)
			if err != nil {
				return rows.Set{}, err
			}
			out = out.Or(s)
		}
		return out, nil
	case predicate.Not:
		return ix.matchNot(ctx, p.Of, within)
	case predicate.Call:
		return ix.matchCall(ctx, p, within)
	}
	return rows.Set{}, fault.Errorf("search: match", fault.Unsupported, "condition %s", p)
}

// matchNot is the rows that have a text and do not match; none where the call is NULL.
func (ix *Index) matchNot(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error) {
	c := p.(predicate.Call)
	if slices.ContainsFunc(c.Args, record.Value.IsNull) {
		return rows.Set{}, nil
	}
	s, err := ix.matchCall(ctx, c, within)
	if err != nil {
		return rows.Set{}, err
	}
	present, err := ix.present()
	return within.And(present).AndNot(s), err
}

func (ix *Index) matchCall(ctx context.Context, c predicate.Call, within rows.Set) (rows.Set, error) {
	q, err := ix.engine.ask(c.Function, c.Args)
	if err != nil || q == nil {
		return rows.Set{}, err
	}
	m := &matcher{ix: ix, ctx: ctx}
	s, err := m.set(q.root, within)
	if err != nil {
		return rows.Set{}, err
	}
	return s.And(within), nil
}

// matcher finds the rows of a query's nodes.
type matcher struct {
	ix  *Index
	ctx context.Context
	// phrases and shares, where not nil, keep for scores how often a phrase
	// stands in its rows, and which rows a pattern's terms stand in.
	phrases map[*node]*counts
	shares  map[*node][]share
}

// set returns the rows of n; it may return rows outside of within too, where
// leaving them out would be work.
func (m *matcher) set(n *node, within rows.Set) (rows.Set, error) {
	if err := m.ctx.Err(); err != nil {
		return rows.Set{}, fault.E("search: match", fault.Canceled, err)
	}
	switch n.op {
	case opEvery:
		return m.ix.present()
	case opTerm:
		return m.ix.termSet(n.term)
	case opPhrase:
		return m.phrase(n, within)
	case opExpand:
		return m.expandSet(n)
	case opGroup:
		return m.group(n, within)
	}
	return rows.Set{}, nil
}

func (m *matcher) group(n *node, within rows.Set) (rows.Set, error) {
	var out rows.Set
	if len(n.must) > 0 {
		out = within
		for _, q := range n.must {
			s, err := m.set(q, out)
			if err != nil {
				return rows.Set{}, err
			}
			if out = out.And(s); out.IsEmpty() {
				return out, nil
			}
		}
	} else {
		var err error
		if out, err = m.union(n.should, within); err != nil {
			return rows.Set{}, err
		}
	}
	for _, q := range n.not {
		s, err := m.set(q, out)
		if err != nil {
			return rows.Set{}, err
		}
		out = out.AndNot(s)
	}
	return out, nil
}

// union unites nodes; terms that are not dense are united in one go.
func (m *matcher) union(of []*node, within rows.Set) (rows.Set, error) {
	var out rows.Set
	var few []*postings
	for _, n := range of {
		if n.op == opTerm {
			p, err := m.ix.lookUp(n.term)
			if err != nil {
				return rows.Set{}, err
			}
			if p == nil {
				continue
			}
			if !m.ix.dense(p) {
				few = append(few, p)
				continue
			}
		}
		s, err := m.set(n, within)
		if err != nil {
			return rows.Set{}, err
		}
		out = out.Or(s)
	}
	s, err := m.ix.unite(few)
	return out.Or(s), err
}

// termSet returns the rows of a term.
func (ix *Index) termSet(term string) (rows.Set, error) {
	p, err := ix.lookUp(term)
	if err != nil || p == nil {
		return rows.Set{}, err
	}
	return ix.postingsSet(p)
}

func (ix *Index) postingsSet(p *postings) (rows.Set, error) {
	return ix.unite([]*postings{p})
}

// dense reports whether the bitmap of p is united faster than its rows are marked.
func (ix *Index) dense(p *postings) bool { return p.bitmap != nil && p.n*markShare > ix.foot.rows }

// markShare: up to one row in so many, a bitmap is an array of rows itself.
const markShare = 16

// unite returns the rows of several lists, marked in words unless they are few.
func (ix *Index) unite(lists []*postings) (rows.Set, error) {
	total := 0
	for _, p := range lists {
		total += p.n
	}
	if total == 0 {
		return rows.Set{}, nil
	}
	if len(lists) == 1 && lists[0].bitmap != nil {
		return ix.rowsOf(lists[0])
	}
	if len(lists) > 1 && total*wordsShare > ix.foot.rows {
		words := make([]uint64, (ix.foot.rows+63)/64)
		var c cursor
		for _, p := range lists {
			if err := ix.mark(words, p, &c); err != nil {
				return rows.Set{}, err
			}
		}
		return rows.FromDense(words), nil
	}
	nums := make([]rows.Num, 0, min(total, 1<<20))
	for _, p := range lists {
		var err error
		if nums, err = ix.appendRows(nums, p); err != nil {
			return rows.Set{}, err
		}
	}
	if len(lists) > 1 {
		slices.Sort(nums)
		nums = slices.Compact(nums)
	}
	return rows.FromSorted(nums), nil
}

// wordsShare: lists that hold more than one row in so many are marked in words
// rather than sorted: sorting costs some 40 ns a row, a word 1.5.
const wordsShare = 1024
