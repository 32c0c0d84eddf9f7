package node

import (
	"context"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// alterTable turns ALTER TABLE into a catalog change and fences it. Rows are
// not touched: those written before have an added column's default. An index
// that a new column brings is there when the statement returns.
func (n *Node) alterTable(ctx context.Context, s *sql.AlterTable, r Request) (*Result, error) {
	t, err := n.Catalog().Table(s.Name.Last())
	if err != nil {
		if s.IfExists {
			return &Result{Tag: "ALTER TABLE"}, nil
		}
		return nil, fault.E("sql: alter table", fault.At(r.SQL, s.Name.Pos()), err)
	}
	if o := movingOptions(s); o != nil {
		return n.rewriteTable(ctx, t, s, o, r)
	}
	if err := n.raiseToHorizon(ctx, t); err != nil {
		return nil, err
	}
	change := &catalog.AlterTable{Table: t.Name, IfExists: s.IfExists}
	for _, a := range s.Actions {
		action, err := n.alterAction(ctx, t, a, r)
		if err != nil {
			return nil, err
		}
		change.Actions = append(change.Actions, action)
	}
	made, err := n.decide(ctx, catalog.Change{Alter: change})
	if err != nil {
		return nil, fault.E("sql: alter table", fault.At(r.SQL, s.Name.Pos()), err)
	}
	if made == nil {
		return &Result{Tag: "ALTER TABLE"}, nil
	}
	if err := n.fence(ctx, made); err != nil {
		return nil, err
	}
	return &Result{Tag: "ALTER TABLE"}, n.reindex(ctx, made)
}

func (n *Node) alterAction(ctx context.Context, t *catalog.Table, a sql.AlterAction, r Request) (catalog.AlterAction, error) {
	var out catalog.AlterAction
	switch a := a.(type) {
	case *sql.AddColumn:
		return n.addColumn(ctx, t, a, r)
	case *sql.DropColumn:
		out.Drop, out.Exists = a.Name.Name, a.IfExists
	case *sql.RenameColumn:
		out.From, out.To = a.From.Name, a.To.Name
	case *sql.RenameTable:
		out.Table = a.To.Name
	case *sql.SetOptions:
		return n.setOptions(t, a, r)
	}
	return out, nil
}

// setOptions takes the options that need no row to move.
func (n *Node) setOptions(t *catalog.Table, a *sql.SetOptions, r Request) (out catalog.AlterAction, err error) {
	out.Options = map[string]string{}
	d := n.alterer(r)
	for _, o := range a.Options {
		switch {
		case o.Name != "ttl" && o.Name != "retention":
			return out, d.unsupported(o.Pos(), "ALTER TABLE ... SET takes ttl and retention, or shards, shard_by and order_by, not "+o.Name)
		case t.Time == nil:
			return out, d.bad(o.Pos(), "22023", "the option "+o.Name+" goes with time = 'column', which "+t.Name+" has not")
		}
		if out.Options[o.Name] = literalText(o.Value); out.Options[o.Name] == "" {
			continue // '' takes it away
		}
		if err := d.option(nil, o, nil); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (n *Node) addColumn(ctx context.Context, t *catalog.Table, a *sql.AddColumn, r Request) (out catalog.AlterAction, err error) {
	d := n.alterer(r)
	if a.Column.PrimaryKey {
		return out, d.unsupported(a.Pos(), "a PRIMARY KEY is given when the table is made")
	}
	f, err := d.field(ctx, a.Column)
	if err != nil {
		return out, err
	}
	if f.NotNull && !f.Default.Valid {
		rows, err := n.CountRows(ctx, t)
		if err == nil && rows > 0 {
			err = fault.E("sql: alter table", fault.Invalid, fault.Code("23502"), fault.At(r.SQL, a.Pos()), fault.Hint("give it a DEFAULT"),
				fault.Errorf("", fault.Invalid, "%d rows would have NULL in %s, which is NOT NULL", rows, f.Name))
		}
		if err != nil {
			return out, err
		}
	}
	out.Add, out.Exists = &f, a.IfNotExists
	for _, def := range n.opts.Registry.Automatic([]record.Field{f}) {
		out.Indexes = append(out.Indexes, catalog.Index{Name: t.Name + "_" + def.Name, Engine: def.Engine, Options: def.Options})
	}
	return out, nil
}
