package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// AlterTable changes a table: all of its actions, in their order, or none.
type AlterTable struct {
	Table    string
	IfExists bool
	Actions  []AlterAction
}

// AlterAction is one change of a table: one of Add, Drop, From and To, Table
// and Options is set.
type AlterAction struct {
	Add     *record.Field `json:",omitempty"` // its id is given by Apply
	Indexes []Index       `json:",omitempty"` // of the column added, whose id is 0 in them
	Drop    string        `json:",omitempty"`
	Exists  bool          `json:",omitempty"` // IF [NOT] EXISTS: nothing to do is no error

	From, To string `json:",omitempty"` // a column's old and new name

	Table   string            `json:",omitempty"` // the table's new name
	Options map[string]string `json:",omitempty"` // take the place of those of their names; "" removes one
}

func (c *Catalog) alter(a *AlterTable) (*Catalog, *Table, error) {
	t, err := c.Table(a.Table)
	if err != nil {
		if a.IfExists {
			return c, nil, nil
		}
		return nil, nil, err
	}
	next := c.changed(t)
	next.Schema.Fields = slices.Clone(t.Schema.Fields)
	for _, action := range a.Actions {
		if err := c.act(next, action); err != nil {
			return nil, nil, err
		}
	}
	if err := next.validate("catalog: alter table"); err != nil {
		return nil, nil, err
	}
	out := c.next()
	delete(out.byName, t.Name)
	out.byName[next.Name] = next
	return out, next, nil
}

// act does one action on t, which is being made.
func (c *Catalog) act(t *Table, a AlterAction) error {
	switch {
	case a.Add != nil:
		return c.addColumn(t, a)
	case a.Drop != "":
		return c.dropColumn(t, a)
	case a.From != "":
		i, err := t.column(a.From)
		if err == nil && t.Schema.Field(a.To) >= 0 {
			err = fault.E("catalog: alter table", fault.Exists, fault.Code("42701"), fault.Item(a.To), "there is a column of this name")
		}
		if err != nil {
			return err
		}
		t.Schema.Fields[i].Name = a.To
	case a.Table != "":
		if a.Table != t.Name && (c.byName[a.Table] != nil || c.graphs[a.Table] != nil) {
			return fault.E("catalog: alter table", fault.Exists, fault.Item(a.Table), "a table or a property graph has this name")
		}
		t.Name = a.Table
	default:
		t.Options = maps.Clone(t.Options)
		if t.Options == nil {
			t.Options = map[string]string{}
		}
		for name, value := range a.Options {
			if t.Options[name] = value; value == "" {
				delete(t.Options, name)
			}
		}
	}
	return nil
}

func (t *Table) column(name string) (int, error) {
	if i := t.Schema.Field(name); i >= 0 {
		return i, nil
	}
	return -1, fault.E("catalog: alter table", fault.NotFound, fault.Code("42703"), fault.Item(t.Name+"."+name), t.ColumnHint(name), "no such column")
}

// ColumnHint tells somebody who named a column that t has not which one was
// probably meant, or, for a table that exists, where its columns are listed.
func (t *Table) ColumnHint(name string) fault.Hint {
	var names []string
	for _, f := range t.Schema.Fields {
		names = append(names, f.Name)
	}
	if near := NameHint(name, names); near != "" {
		return near
	}
	if t.ID() == 0 {
		return fault.Hint("there are " + strings.Join(names, ", "))
	}
	return fault.Hint("DESCRIBE " + t.Name + " lists its columns")
}

// addColumn gives t one more column, with an id that none of it ever had.
func (c *Catalog) addColumn(t *Table, a AlterAction) error {
	if t.Schema.Field(a.Add.Name) >= 0 {
		if a.Exists {
			return nil
		}
		return fault.E("catalog: alter table", fault.Exists, fault.Code("42701"), fault.Item(a.Add.Name), "there is a column of this name")
	}
	f := *a.Add
	f.ID = t.lastColumn() + 1
	t.Last = f.ID
	t.Schema.Fields = append(t.Schema.Fields, f)
	t.Indexes = slices.Clone(t.Indexes)
	for _, ix := range a.Indexes {
		if have := c.indexed(ix.Name); have != nil {
			return fault.E("catalog: alter table", fault.Exists, fault.Item(ix.Name), "table "+have.Name+" has an index of this name, which the column would get")
		}
		ix.Columns = []record.ColumnID{f.ID}
		t.Indexes = append(t.Indexes, ix)
	}
	return nil
}

// lastColumn is the largest id that a column of t ever had.
func (t *Table) lastColumn() record.ColumnID {
	last := t.Last
	for _, f := range t.Schema.Fields {
		last = max(last, f.ID)
	}
	return last
}

// dropColumn takes a column out of t, and the indexes over it alone.
func (c *Catalog) dropColumn(t *Table, a AlterAction) error {
	i, err := t.column(a.Drop)
	if err != nil {
		if a.Exists {
			return nil
		}
		return err
	}
	id := t.Schema.Fields[i].ID
	if use := t.useOf(id); use != "" {
		return fault.E("catalog: alter table", fault.Unsupported, fault.Code("2BP01"), fault.Item(t.Name+"."+a.Drop), "the column is part of "+use)
	}
	t.Last = t.lastColumn()
	t.Schema.Fields = slices.Delete(t.Schema.Fields, i, i+1)
	t.Indexes = slices.DeleteFunc(slices.Clone(t.Indexes), func(ix Index) bool { return slices.Contains(ix.Columns, id) })
	return nil
}

// useOf says what of t needs a column, "" if nothing does.
func (t *Table) useOf(id record.ColumnID) string {
	switch {
	case slices.Contains(t.Key, id):
		return "the primary key"
	case slices.Contains(t.Sharding.By, id):
		return "what the table is sharded by"
	case t.Time != nil && (t.Time.Column == id || slices.Contains(t.Time.Series, id)):
		return "the table's time or series"
	case slices.Contains(t.Order, id):
		return "what the table is ordered by"
	}
	for _, ix := range t.Indexes {
		if slices.Contains(ix.Columns, id) && (ix.Engine == GraphEngine || len(ix.Columns) > 1) {
			return "index " + ix.Name + "; drop that first"
		}
	}
	return ""
}
