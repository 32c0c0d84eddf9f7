package node

import (
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// primaryKey gives the table its key, whose columns are NOT NULL. Rows live
// where the hash of their key says, or of some of its columns, so that one key
// has one home.
func (d *definer) primaryKey(t *catalog.Table) error {
	names := d.stmt.PrimaryKey
	for _, c := range d.stmt.Columns {
		if !c.PrimaryKey {
			continue
		}
		if len(names) > 0 {
			return d.bad(c.Pos(), "42P16", "a table has one PRIMARY KEY; PRIMARY KEY (a, b) makes it of several columns")
		}
		names = append(names, c.Name)
	}
	if len(names) == 0 {
		return nil
	}
	var fields []record.Field
	for _, name := range names {
		i := t.Schema.Field(name.Name)
		if i < 0 {
			return noColumn(d.op, d.text, name.Pos(), name.Name, t)
		}
		id := record.ColumnID(i + 1)
		if slices.Contains(t.Key, id) {
			return d.bad(name.Pos(), "42701", "column "+name.Name+" is named twice in the primary key")
		}
		t.Key = append(t.Key, id)
		t.Schema.Fields[i].NotNull = true
		f := t.Schema.Fields[i]
		f.ID = id
		fields = append(fields, f)
	}
	if err := d.node.keyable(fields); err != nil {
		return fault.E(d.op, fault.At(d.text, names[0].Pos()), err)
	}
	return d.keyHome(t, d.stmt.Pos())
}

// keyHome has the rows of a table with a key live where the hash of their key
// says, or that of some of its columns.
func (d *definer) keyHome(t *catalog.Table, pos int) error {
	if len(t.Key) > 0 && len(t.Sharding.By) == 0 {
		t.Sharding.By = t.Key
	}
	for i, f := range t.Schema.Fields {
		if id := columnID(t, i); len(t.Key) > 0 && slices.Contains(t.Sharding.By, id) && !slices.Contains(t.Key, id) {
			return d.bad(pos, "42P16", "shard_by names "+f.Name+", which is not part of the primary key: one key must have one home")
		}
	}
	return nil
}

// keyable asks the engine of keys whether it can take these columns.
func (n *Node) keyable(fields []record.Field) error {
	e, err := n.opts.Registry.Lookup(engines.KeysEngine)
	if err == nil {
		s := &record.Schema{Fields: fields}
		_, err = e.NewBuilder(engines.IndexDef{Name: engines.KeysEngine, Engine: engines.KeysEngine, Fields: fields},
			engines.BatchColumns(s, record.NewBatch(s, 0)))
	}
	return err
}
