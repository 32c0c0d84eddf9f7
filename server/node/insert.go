package node

import (
	"context"
	"io"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/exec"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// maxInsertRows bounds one INSERT ... SELECT, which is gathered before any of
// it is written, so that a failure leaves nothing half done.
const maxInsertRows = 5_000_000

// inserter fits the rows of an INSERT's query to its table.
type inserter struct {
	stmt    *sql.Insert
	text    string
	table   *catalog.Table
	columns []int // table field of every column of the query
}

// conflictKey checks ON CONFLICT: it means the primary key.
func conflictKey(t *catalog.Table, s *sql.Insert, text string) error {
	if !s.DoNothing {
		return nil
	}
	if len(t.Key) == 0 {
		return fault.E("sql: insert", fault.Invalid, fault.Code("42P10"), fault.At(text, s.Pos()), "ON CONFLICT needs a primary key, and "+t.Name+" has none")
	}
	if len(s.ConflictKey) == 0 {
		return nil
	}
	named := map[record.ColumnID]bool{}
	for _, c := range s.ConflictKey {
		i := t.Schema.Field(c.Name)
		if i < 0 {
			return noColumn("sql: insert", text, c.Pos(), c.Name, t)
		}
		if id := t.Schema.Fields[i].ID; slices.Contains(t.Key, id) {
			named[id] = true
			continue
		}
		return fault.E("sql: insert", fault.Invalid, fault.Code("42P10"), fault.At(text, c.Pos()), "column "+c.Name+" is not part of the primary key")
	}
	if len(named) < len(t.Key) {
		return fault.E("sql: insert", fault.Invalid, fault.Code("42P10"), fault.At(text, s.Pos()), "ON CONFLICT names a part of the primary key, want all of it")
	}
	return nil
}

func newInserter(t *catalog.Table, s *sql.Insert, text string) (*inserter, error) {
	ins := &inserter{stmt: s, text: text, table: t}
	if len(s.Columns) == 0 {
		for i := range t.Schema.Fields {
			ins.columns = append(ins.columns, i)
		}
		return ins, nil
	}
	seen := map[int]bool{}
	for _, c := range s.Columns {
		i := t.Schema.Field(c.Name)
		switch {
		case i < 0:
			return nil, noColumn("sql: insert", text, c.Pos(), c.Name, t)
		case seen[i]:
			return nil, fault.E("sql: insert", fault.Invalid, fault.Code("42701"), fault.At(text, c.Pos()), "column "+c.Name+" is named twice")
		}
		seen[i] = true
		ins.columns = append(ins.columns, i)
	}
	return ins, nil
}

// collect runs the query and returns the rows as a batch of the table.
func (ins *inserter) collect(ctx context.Context, n *Node, r Request) (*record.Batch, error) {
	batch := record.NewBatch(&ins.table.Schema, 0)
	if ins.stmt.Query == nil { // DEFAULT VALUES
		ins.columns = nil
		return batch, ins.row(batch, nil, 0)
	}
	o := n.planOptions(r)
	if v, ok := ins.stmt.Query.Body.(*sql.Values); ok && len(ins.stmt.Columns) == 0 && len(v.Rows[0]) < len(ins.columns) {
		ins.columns = ins.columns[:len(v.Rows[0])] // the columns that follow get their defaults
	}
	for _, f := range ins.columns {
		o.Into = append(o.Into, ins.table.Schema.Fields[f])
	}
	p, err := plan.Query(ins.stmt.Query, o)
	if err != nil {
		return nil, err
	}
	rows, _, err := n.start(ctx, p, r, n.env(o.Now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return batch, ins.drain(ctx, rows, batch)
}

func (ins *inserter) drain(ctx context.Context, rows exec.Stream, batch *record.Batch) error {
	for {
		c, err := rows.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range c.N {
			if err := ins.row(batch, c, i); err != nil {
				return err
			}
		}
		if batch.N > maxInsertRows {
			return fault.Errorf("sql: insert", fault.TooLarge, "more than %d rows in one statement; use quindex load", maxInsertRows)
		}
	}
}

// row adds row i of c to the batch, with defaults for what it leaves out.
func (ins *inserter) row(batch *record.Batch, c *plan.Chunk, i int) error {
	values := make([]record.Value, len(batch.Cols))
	given := make([]bool, len(batch.Cols))
	for k, field := range ins.columns {
		if c == nil || k >= len(c.Cols) {
			continue
		}
		v, err := record.Coerce(c.Cols[k].Value(i), ins.table.Schema.Fields[field].Type)
		if err != nil {
			return ins.refuse(batch.N, field, err)
		}
		values[field], given[field] = v, true
	}
	for f, field := range ins.table.Schema.Fields {
		if !given[f] {
			values[f] = field.Default
		}
		if !values[f].Valid && field.NotNull {
			return ins.refuse(batch.N, f, fault.E("", fault.Invalid, fault.Code("23502"), "NULL, and the column is NOT NULL"))
		}
	}
	batch.AppendRow(values...)
	return nil
}

// refuse names the row, and its place in the statement if it has one.
func (ins *inserter) refuse(row, field int, err error) error {
	pos := ins.stmt.Pos()
	if ins.stmt.Query != nil {
		pos = ins.posOf(row, field, ins.stmt.Query.Pos())
	}
	return fault.E("sql: insert", fault.Invalid, fault.CodeOf(err), fault.At(ins.text, pos),
		fault.Errorf("", fault.Invalid, "row %d, column %q: %w", row+1, ins.table.Schema.Fields[field].Name, err))
}

// posOf returns where the value of a field stands in VALUES, or otherwise.
func (ins *inserter) posOf(row, field, otherwise int) int {
	v, ok := ins.stmt.Query.Body.(*sql.Values)
	if !ok || row >= len(v.Rows) {
		return otherwise
	}
	for k, f := range ins.columns {
		if f == field && k < len(v.Rows[row]) {
			return v.Rows[row][k].Pos()
		}
	}
	return v.Rows[row][0].Pos()
}

func noColumn(op, text string, pos int, name string, t *catalog.Table) error {
	return fault.E(op, fault.NotFound, fault.Code("42703"), fault.At(text, pos), t.ColumnHint(name),
		"table "+t.Name+" has no column "+name)
}
