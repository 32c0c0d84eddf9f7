package node

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// createIndex adds an index to a table and returns when every segment has it.
// Reads and writes go on meanwhile; a statement that needs the index waits
// for nothing and is refused until it is there.
func (n *Node) createIndex(ctx context.Context, s *sql.CreateIndex, r Request) (*Result, error) {
	t, err := n.Catalog().Table(s.Table.Last())
	if err != nil {
		return nil, fault.E("sql: create index", fault.At(r.SQL, s.Table.Pos()), err)
	}
	ix, err := n.indexOf(t, s, r.SQL)
	if err != nil {
		return nil, err
	}
	made, err := n.decide(ctx, catalog.Change{AddIndex: &catalog.AddIndex{Table: t.Name, Index: ix, IfNotExists: s.IfNotExists}})
	if err != nil {
		return nil, fault.E("sql: create index", fault.At(r.SQL, s.Pos()), err)
	}
	if made == nil {
		return &Result{Tag: "CREATE INDEX"}, nil
	}
	if err := n.fence(ctx, made); err != nil {
		return nil, err
	}
	return &Result{Tag: "CREATE INDEX"}, n.reindex(ctx, made)
}

// reindex waits until all shards have built what the table is defined with.
// The building goes on in the background if ctx ends first.
func (n *Node) reindex(ctx context.Context, t *catalog.Table) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, id := range t.Sharding.Shards() {
		g.Go(func() error { return n.shards[id].Reindex(ctx, t.ID()) })
	}
	return g.Wait()
}

// indexOf checks the statement against the table and the engine.
func (n *Node) indexOf(t *catalog.Table, s *sql.CreateIndex, text string) (catalog.Index, error) {
	ix := catalog.Index{Name: s.Name.Name, Engine: s.Using.Name, Options: map[string]string{}}
	def := engines.IndexDef{Engine: ix.Engine, Options: ix.Options}
	for _, o := range s.With {
		ix.Options[o.Name] = literalText(o.Value)
	}
	var names []string
	for _, e := range s.Columns {
		name, ok := e.(*sql.Name)
		if !ok {
			return ix, fault.E("sql: create index", fault.Unsupported, fault.At(text, e.Pos()), "an index is over columns, not expressions")
		}
		i := t.Schema.Field(name.Last())
		if i < 0 {
			return ix, noColumn("sql: create index", text, name.Pos(), name.Last(), t)
		}
		def.Fields = append(def.Fields, t.Schema.Fields[i])
		ix.Columns = append(ix.Columns, t.Schema.Fields[i].ID)
		names = append(names, name.Last())
	}
	if ix.Engine == "" {
		return ix, fault.E("sql: create index", fault.Invalid, fault.At(text, s.Pos()),
			n.engineHint(""), "which engine?")
	}
	if ix.Name == "" {
		ix.Name = t.Name + "_" + strings.Join(names, "_") + "_" + ix.Engine
	}
	def.Name = ix.Name
	return ix, n.tryIndex("sql: create index", def, t, text, s.Using.Pos())
}

// tryIndex asks the engine, before anything is decided, whether it can; op is
// the statement that wants it.
func (n *Node) tryIndex(op string, def engines.IndexDef, t *catalog.Table, text string, pos int) error {
	e, err := n.opts.Registry.Lookup(def.Engine)
	switch {
	case err != nil:
		err = fault.E("", n.engineHint(def.Engine), err)
	case def.Engine == engines.ColumnarEngine:
		err = fault.E("columnar", fault.Exists, "every column is stored and indexed by columnar already")
	case def.Engine == engines.KeysEngine:
		err = fault.E("keys", fault.Unsupported, "keys are of PRIMARY KEY in CREATE TABLE")
	case def.Name == engines.ColumnsName || def.Name == engines.KeysEngine:
		err = fault.E("index", fault.Exists, fault.Code("42710"), fault.Item(def.Name), "every table may have an index of this name; choose another")
	}
	if err == nil {
		_, err = e.NewBuilder(def, engines.BatchColumns(&t.Schema, record.NewBatch(&t.Schema, 0)))
	}
	if err != nil {
		return fault.E(op, fault.At(text, pos), err)
	}
	return nil
}

// engineHint says which engine CREATE INDEX may name instead of name, if any.
func (n *Node) engineHint(name string) fault.Hint {
	engines := slices.DeleteFunc(n.opts.Registry.Names(), func(e string) bool {
		return e == "columnar" || e == "graph" || e == engines.KeysEngine // other statements make theirs
	})
	if near := catalog.Nearest(name, engines); near != "" {
		return fault.Hint("did you mean " + near + "?")
	}
	return fault.Hint("USING one of " + strings.Join(engines, ", ") + "; comparisons need no index of their own: every column has one")
}

func (n *Node) dropIndexes(ctx context.Context, s *sql.Drop, r Request) (*Result, error) {
	for _, name := range s.Names {
		t, err := n.decide(ctx, catalog.Change{DropIndex: &catalog.DropIndex{Name: name.Last(), IfExists: s.IfExists}})
		if err == nil && t != nil {
			err = n.fence(ctx, t)
		}
		if err != nil {
			return nil, fault.E("sql: drop index", fault.At(r.SQL, name.Pos()), err)
		}
	}
	return &Result{Tag: "DROP INDEX"}, nil
}
