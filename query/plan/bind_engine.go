package plan

import (
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// complete lets the engine of a call put into its arguments what the table's
// index says, such as an analyzer, and refuse what can never be right.
func (b *binder) complete(c EngineCall, pos int, s *scope) EngineCall {
	e, def := b.engineOf(c, s)
	binder, ok := e.(engines.CallBinder)
	if !ok {
		return c
	}
	p := predicate.Call{Function: c.Function, Args: c.Args}
	for _, f := range def.Fields {
		p.Fields = append(p.Fields, predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type})
	}
	p, err := binder.Bind(p, def)
	b.check(pos, err)
	c.Args = p.Args
	return c
}

// engineOf returns the engine of a call, nil if there is none, and its index
// of the call's columns: without one, a definition of these fields alone.
func (b *binder) engineOf(c EngineCall, s *scope) (engines.Engine, engines.IndexDef) {
	_, name, _ := b.o.Registry.Function(c.Function)
	e, err := b.o.Registry.Lookup(name)
	if err != nil {
		return nil, engines.IndexDef{}
	}
	def := engines.IndexDef{Engine: name}
	var table *catalog.Table
	var ids []record.ColumnID
	for _, x := range c.Fields {
		f := record.Field{Type: x.Type()}
		if scan, at := s.origin(x); scan != nil && scan.Columns[at] != ScoreColumn {
			table = scan.Table
			f = table.Schema.Fields[table.Schema.ByID(scan.Columns[at])]
		}
		def.Fields, ids = append(def.Fields, f), append(ids, f.ID)
	}
	if table != nil {
		for _, ix := range table.Indexes {
			if ix.Engine == name && slices.Equal(ix.Columns, ids) {
				def.Name, def.Options = ix.Name, ix.Options
				break
			}
		}
	}
	return e, def
}

// origin finds the scan and its column that a bare column of s, or of the
// query around it, comes from, or nil.
func (s *scope) origin(e Expr) (*Scan, int) {
	switch x := e.(type) {
	case Col:
		return origin(s.source(), x.Index)
	case outerCol:
		for level := s.outer; level != nil; level = level.outer {
			if x.Index < len(level.cols) && level.cols[x.Index].name == x.Name {
				return origin(level.source(), x.Index)
			}
		}
	}
	return nil, 0
}

// source is the node that the scope's columns are of, where that is known.
func (s *scope) source() Node {
	if s.node != nil {
		return s.node
	}
	return s.of
}

// origin finds the scan that column at of n is read by, unchanged, or nil.
func origin(n Node, at int) (*Scan, int) {
	switch n := n.(type) {
	case *Scan:
		return n, at
	case *Project:
		if c, ok := n.Exprs[at].(Col); ok {
			return origin(n.Input, c.Index)
		}
	case *Filter, *Sort, *Limit:
		return origin(Input(n), at)
	case *Join:
		if k := width(n.Left); at >= k {
			return origin(n.Right, at-k)
		}
		return origin(n.Left, at)
	}
	return nil, 0
}
