package node

import (
	"context"
	"maps"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
)

// movingOptions returns the SET of a statement if it names an option for which
// rows have to move, else nil.
func movingOptions(s *sql.AlterTable) *sql.SetOptions {
	for _, a := range s.Actions {
		set, _ := a.(*sql.SetOptions)
		for i := 0; set != nil && i < len(set.Options); i++ {
			switch set.Options[i].Name {
			case "shards", "shard_by", "order_by":
				return set
			}
		}
	}
	return nil
}

// rewriteTable runs ALTER TABLE ... SET (shards, shard_by, order_by).
func (n *Node) rewriteTable(ctx context.Context, t *catalog.Table, s *sql.AlterTable, set *sql.SetOptions, r Request) (*Result, error) {
	d := n.alterer(r)
	if len(s.Actions) > 1 {
		return nil, d.unsupported(set.Pos(), "shards, shard_by and order_by rewrite the table: a statement of its own, please")
	}
	to, err := d.rewritten(ctx, t, set)
	if err != nil {
		return nil, err
	}
	if err := n.Rewrite(ctx, t, to, r.SQL); err != nil {
		return nil, fault.E("sql: alter table", fault.At(r.SQL, s.Name.Pos()), err)
	}
	return &Result{Tag: "ALTER TABLE"}, nil
}

// rewritten is t with other options; its id and rows are those of t.
func (d *definer) rewritten(ctx context.Context, t *catalog.Table, set *sql.SetOptions) (*catalog.Table, error) {
	to := *t
	if to.Options = maps.Clone(t.Options); to.Options == nil {
		to.Options = map[string]string{}
	}
	shards, all := len(t.Sharding.Shards()), d.node.shardIDs()
	for _, o := range set.Options {
		if to.Options[o.Name] = literalText(o.Value); to.Options[o.Name] == "" {
			delete(to.Options, o.Name)
		}
		if err := d.move(&to, o, &shards); err != nil {
			return nil, err
		}
	}
	if shards > len(all) {
		return nil, d.bad(set.Pos(), "22023", fault.Errorf("", fault.Invalid, "shards = %d; this cluster has %d", shards, len(all)).Error())
	}
	if err := d.keyHome(&to, set.Pos()); err != nil {
		return nil, err
	}
	return &to, d.node.cut(ctx, t, &to.Sharding, shards)
}

// move takes one option into the table; the empty string takes it away.
func (d *definer) move(to *catalog.Table, o sql.Option, shards *int) error {
	none := o.Value.Kind == sql.String && o.Value.Text == ""
	switch {
	case o.Name == "shards":
		return d.option(to, o, shards)
	case o.Name == "shard_by":
		to.Sharding = catalog.Sharding{Ranges: to.Sharding.Ranges}
		if none {
			return nil
		}
		return d.shardBy(to, o)
	case o.Name == "order_by" && none:
		to.Order = nil
		return nil
	case o.Name == "order_by" && to.Time != nil:
		return d.bad(o.Pos(), "22023", orderedByTime)
	case o.Name == "order_by":
		return d.orderBy(to, o)
	}
	return d.unsupported(o.Pos(), o.Name+" needs no row to move: set it in another statement than shards, shard_by and order_by")
}
