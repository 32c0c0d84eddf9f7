package catalog

import (
	"reflect"
	"slices"
	"testing"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// TestRewrite: a new generation takes the place of a table in its name and its
// graphs, unless the table has changed, and the former one is still known.
func TestRewrite(t *testing.T) {
	dir := t.TempDir()
	m, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	made := apply(t, m, 1, Change{Create: &CreateTable{Table: flights()}})
	apply(t, m, 2, Change{CreateGraph: &CreateGraph{Graph: Graph{Name: "g", Vertices: []VertexTable{{Table: made.ID(), Alias: "a", Key: 1, Labels: []string{"a"}}},
		Edges: []EdgeTable{{Table: made.ID(), Alias: "e", Labels: []string{"e"}, Source: EdgeEnd{Column: 1, VertexColumn: 1}, Target: EdgeEnd{Column: 1, VertexColumn: 1}}}}}})
	from, _ := m.Current().Table("flights")
	named := apply(t, m, 3, Change{BeginRewrite: &BeginRewrite{Table: "flights"}})
	if named.ID() == from.ID() || m.Current().ByID(named.ID()) != nil || m.Current().ByID(from.ID()) != from {
		t.Fatalf("the new generation has id %d", named.ID())
	}
	filling, filled, origin := from.NextGeneration(named.ID())
	filled.Sharding.Ranges, filled.Order = EvenRanges([]uint32{2}), []record.ColumnID{2}
	if n := len(filling.Schema.Fields); n != 4 || filling.Schema.Version <= from.Schema.Version || filled.Schema.Version <= filling.Schema.Version ||
		filling.Schema.ByID(origin.Shard.ID) != 2 || from.Schema.ByID(origin.Row.ID) >= 0 || filled.Schema.ByID(origin.Row.ID) >= 0 {
		t.Fatalf("%d columns, versions %d, %d, %d", n, from.Schema.Version, filling.Schema.Version, filled.Schema.Version)
	}
	end := EndRewrite{From: from.ID(), Version: from.Schema.Version, Table: *filled}
	for _, wrong := range []func(*EndRewrite){
		func(e *EndRewrite) { e.Version-- },
		func(e *EndRewrite) { e.From = 77 },
		func(e *EndRewrite) { e.Table.Name = "other" },
		func(e *EndRewrite) { e.Table.Schema.Table = from.ID() },
		func(e *EndRewrite) { e.Table.Schema.Table = 99 },
	} {
		e := end
		wrong(&e)
		if _, err := m.Apply(m.Applied()+1, Encode(Change{EndRewrite: &e})); !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", e, err)
		}
	}
	to := apply(t, m, m.Applied()+1, Change{EndRewrite: &end})
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	if m, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	c := m.Current()
	now, _ := c.Table("flights")
	if !reflect.DeepEqual(now, to) || now.ID() != named.ID() || c.ByID(from.ID()) != nil || !slices.Equal(now.Order, filled.Order) {
		t.Fatalf("the table is %+v", now)
	}
	if c.Successor(from.ID()) != now || c.Successor(now.ID()) != now || c.Successor(77) != nil || c.AsOf(now.ID()) != now || c.AsOf(77) != nil {
		t.Error("the former generation has no successor")
	}
	if then := c.AsOf(from.ID()); then == nil || then.ID() != from.ID() || !reflect.DeepEqual(then.Sharding, from.Sharding) {
		t.Errorf("the former generation was %+v", then)
	}
	if g, _ := c.Graph("g"); !slices.Equal(g.Tables(), []record.TableID{now.ID()}) {
		t.Errorf("the graph is made of %v", g.Tables())
	}
	added := apply(t, m, m.Applied()+1, Change{Alter: &AlterTable{Table: "flights", Actions: []AlterAction{{Add: &record.Field{Name: "more", Type: record.T(record.Int64)}}}}})
	if f := added.Schema.Fields[2]; f.ID <= origin.Row.ID {
		t.Errorf("a new column has the id %d, which a column of the origin had", f.ID)
	}
	if _, err := m.Apply(m.Applied()+1, Encode(Change{Alter: &AlterTable{Table: "flights", Actions: []AlterAction{{Drop: "delay"}}}})); err == nil {
		t.Error("a column that rows lie by was dropped")
	}
}
