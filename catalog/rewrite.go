package catalog

import (
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// A table is rewritten by a new generation of it: a table of an id of its own,
// which nobody sees while it is filled, and which then takes the place of the
// one it was filled from, under its name and in its graphs.

// Generation is where the rows of a table were before a rewrite. Loads and
// batches that were under way then are looked for there before they are
// written again.
type Generation struct {
	ID       record.TableID
	Sharding Sharding
}

// BeginRewrite asks for the id of a new generation of a table. Nothing else
// changes: a rewrite that never ends leaves no trace in the catalog.
type BeginRewrite struct{ Table string }

// EndRewrite puts a new generation in the place of the one called From, unless
// that was changed since it was at Version.
type EndRewrite struct {
	From    record.TableID
	Version uint32
	Table   Table // as NextGeneration made it
}

// OriginFields are the columns of a generation that is being filled, besides
// those of the table, that say which row of the former one a row was.
type OriginFields struct{ Shard, Row record.Field }

// NextGeneration returns t as a table of another id while it is filled, with
// the columns that are its rows' origin, and as what it becomes then. Columns
// keep their ids.
func (t *Table) NextGeneration(id record.TableID) (filling, filled *Table, origin OriginFields) {
	last := t.lastColumn()
	bigint := record.T(record.Int64)
	origin.Shard = record.Field{ID: last + 1, Name: "$shard", Type: bigint, NotNull: true, Default: record.IntValue(0)}
	origin.Row = record.Field{ID: last + 2, Name: "$row", Type: bigint, NotNull: true, Default: record.IntValue(0)}
	next, done := *t, *t
	next.Schema.Table, next.Schema.Version, next.Last = id, t.Schema.Version+1, last+2
	next.Schema.Fields = append(slices.Clone(t.Schema.Fields), origin.Shard, origin.Row)
	done.Schema.Table, done.Schema.Version, done.Last = id, t.Schema.Version+2, last+2
	done.Former = append(slices.Clone(t.Former), Generation{t.ID(), t.Sharding})
	return &next, &done, origin
}

// LastFormer is the table whose place t has taken, 0 if there is none.
func (t *Table) LastFormer() record.TableID {
	if n := len(t.Former); n > 0 {
		return t.Former[n-1].ID
	}
	return 0
}

// Successor returns the table that has the rows of the one called id, which
// may be that one itself, or nil if it is dropped.
func (c *Catalog) Successor(id record.TableID) *Table {
	for _, t := range c.byName {
		if t.ID() == id || slices.ContainsFunc(t.Former, func(g Generation) bool { return g.ID == id }) {
			return t
		}
	}
	return nil
}

// AsOf returns the table called id: one of the catalog, or a former generation
// of one, whose rows are where they were. nil: there is none.
func (c *Catalog) AsOf(id record.TableID) *Table {
	t := c.Successor(id)
	if t == nil || t.ID() == id {
		return t
	}
	return t.Generation(slices.IndexFunc(t.Former, func(g Generation) bool { return g.ID == id }))
}

// Generation returns t where its rows were in its i-th former generation.
func (t *Table) Generation(i int) *Table {
	then := *t
	then.Schema.Table, then.Sharding = t.Former[i].ID, t.Former[i].Sharding
	return &then
}

// beginRewrite returns the table with the new id.
func (c *Catalog) beginRewrite(b *BeginRewrite) (*Catalog, *Table, error) {
	t, err := c.Table(b.Table)
	if err != nil {
		return nil, nil, err
	}
	next, named := c.next(), *t
	named.Schema.Table = next.nextID
	next.nextID++
	return next, &named, nil
}

func (c *Catalog) endRewrite(e *EndRewrite) (*Catalog, *Table, error) {
	const op = "catalog: rewrite table"
	t, to := c.ByID(e.From), e.Table
	if t == nil || t.Schema.Version != e.Version {
		return nil, nil, fault.E(op, fault.Conflict, fault.Item(to.Name), fault.Hint("try again"), "the table was changed meanwhile")
	}
	if to.Name != t.Name || c.ByID(to.ID()) != nil || to.ID() >= c.nextID {
		return nil, nil, fault.E(op, fault.Invalid, fault.Item(to.Name), "not the next generation of "+t.Name)
	}
	if err := to.validate("catalog: rewrite table"); err != nil {
		return nil, nil, err
	}
	next := c.with(&to)
	for name, g := range c.graphs {
		next.graphs[name] = g.moved(e.From, to.ID())
	}
	return next, &to, nil
}

// moved returns g with another table in the place of one of its.
func (g *Graph) moved(from, to record.TableID) *Graph {
	if !slices.Contains(g.Tables(), from) {
		return g
	}
	next := *g
	next.Vertices, next.Edges = slices.Clone(g.Vertices), slices.Clone(g.Edges)
	for i := range next.Vertices {
		if next.Vertices[i].Table == from {
			next.Vertices[i].Table = to
		}
	}
	for i := range next.Edges {
		if next.Edges[i].Table == from {
			next.Edges[i].Table = to
		}
	}
	return &next
}
