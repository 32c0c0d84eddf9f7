package node

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// definer turns a CREATE TABLE, or what an ALTER TABLE adds or sets, into a
// table for the catalog.
type definer struct {
	op   string // the statement, as its errors name it: "sql: create table"
	node *Node
	stmt *sql.CreateTable // nil: ALTER TABLE
	text string
}

func (n *Node) creator(s *sql.CreateTable, r Request) *definer {
	return &definer{op: "sql: create table", node: n, stmt: s, text: r.SQL}
}

func (n *Node) alterer(r Request) *definer {
	return &definer{op: "sql: alter table", node: n, text: r.SQL}
}

// table returns the table without ids, and over how many shards it goes (0: all).
func (d *definer) table(ctx context.Context) (*catalog.Table, int, error) {
	if d.stmt.As != nil {
		return nil, 0, d.unsupported(d.stmt.As.Pos(), "CREATE TABLE AS is not there yet; CREATE TABLE, then INSERT ... SELECT")
	}
	t := &catalog.Table{Name: d.stmt.Name.Last(), Options: map[string]string{}}
	for _, c := range d.stmt.Columns {
		f, err := d.field(ctx, c)
		if err != nil {
			return nil, 0, err
		}
		t.Schema.Fields = append(t.Schema.Fields, f)
	}
	t.Indexes = d.automatic(t.Schema.Fields)
	shards := 0
	for _, o := range d.stmt.With {
		t.Options[o.Name] = literalText(o.Value)
		if err := d.option(t, o, &shards); err != nil {
			return nil, 0, err
		}
	}
	if err := d.primaryKey(t); err != nil {
		return nil, 0, err
	}
	return t, shards, d.hypertable(t)
}

// hypertable gives a table with a time option its order and its directory of
// series: an index that comes first, because the first index with a layout
// decides how rows lie.
func (d *definer) hypertable(t *catalog.Table) error {
	if t.Time == nil {
		for _, o := range d.stmt.With {
			if o.Name == "series" || o.Name == "chunk" || o.Name == "ttl" || o.Name == "retention" {
				return d.bad(o.Pos(), "22023", "the option "+o.Name+" goes with time = 'column'")
			}
		}
		return nil
	}
	if len(t.Order) > 0 {
		return d.bad(d.stmt.Pos(), "22023", orderedByTime)
	}
	ix := catalog.Index{Name: t.Name + "_series", Engine: "timeseries", Columns: append([]record.ColumnID{t.Time.Column}, t.Time.Series...)}
	if chunk := t.Options["chunk"]; chunk != "" {
		ix.Options = map[string]string{"chunk": chunk}
	}
	t.Indexes = append([]catalog.Index{ix}, t.Indexes...)
	numbered := t.Schema
	numbered.Fields = slices.Clone(t.Schema.Fields)
	for i := range numbered.Fields {
		numbered.Fields[i].ID = record.ColumnID(i + 1)
	}
	def := engines.IndexDef{Name: ix.Name, Engine: ix.Engine, Options: ix.Options}
	for _, id := range ix.Columns {
		def.Fields = append(def.Fields, numbered.Fields[id-1])
	}
	return d.node.tryIndex(d.op, def, &catalog.Table{Name: t.Name, Schema: numbered}, d.text, d.stmt.Pos())
}

const orderedByTime = "order_by does not go with time = 'column': the rows of such a table lie by series and time"

func literalText(l *sql.Literal) string {
	switch l.Kind {
	case sql.Int:
		return strconv.FormatInt(l.Int, 10)
	case sql.Bool:
		return strconv.FormatBool(l.Bool)
	}
	return l.Text
}

func (d *definer) field(ctx context.Context, c sql.ColumnDef) (record.Field, error) {
	f := record.Field{Name: c.Name.Name, NotNull: c.NotNull, Analyzer: c.Analyzer}
	t, err := plan.TypeOf(c.Type)
	if err != nil {
		return f, fault.E(d.op, fault.At(d.text, c.Type.Pos()), err)
	}
	if f.Type = t; f.Analyzer != "" && t.Kind != record.Text {
		return f, d.bad(c.Pos(), "22023", "ANALYZER is for TEXT columns, "+f.Name+" is "+t.String())
	}
	f.Default = record.NullOf(t)
	if c.Default == nil {
		return f, nil
	}
	v, err := d.constant(ctx, c.Default, f)
	if err == nil {
		f.Default, err = record.Coerce(v, t)
	}
	if err != nil {
		return f, fault.E(d.op, fault.At(d.text, c.Default.Pos()), err)
	}
	return f, nil
}

// constant computes an expression that names no column, as INSERT would for f.
func (d *definer) constant(ctx context.Context, e sql.Expr, f record.Field) (record.Value, error) {
	q := &sql.Query{Body: &sql.Select{Items: []sql.SelectItem{{Expr: e}}}}
	r := Request{SQL: d.text}
	o := d.node.planOptions(r)
	o.Into = []record.Field{f}
	p, err := plan.Query(q, o)
	if err != nil {
		return record.Value{}, err
	}
	rows, _, err := d.node.start(ctx, p, r, d.node.env(o.Now))
	if err != nil {
		return record.Value{}, err
	}
	defer rows.Close()
	c, err := rows.Next(ctx)
	if err == io.EOF || err == nil && c.N != 1 {
		return record.Value{}, fault.E(d.op, fault.Invalid, "a default is one value")
	}
	if err != nil {
		return record.Value{}, err
	}
	return c.Cols[0].Value(0), nil
}

// automatic are the indexes that engines want for the columns; column i gets
// id i+1 when the table is made.
func (d *definer) automatic(fields []record.Field) []catalog.Index {
	fields = slices.Clone(fields)
	for i := range fields {
		fields[i].ID = record.ColumnID(i + 1)
	}
	var out []catalog.Index
	for _, def := range d.node.opts.Registry.Automatic(fields) {
		out = append(out, catalog.Index{Name: d.stmt.Name.Last() + "_" + def.Name, Engine: def.Engine,
			Columns: []record.ColumnID{def.Fields[0].ID}, Options: def.Options})
	}
	return out
}

// tableOptions are the names that option knows.
var tableOptions = []string{"shards", "shard_by", "order_by", "time", "series", "chunk", "ttl", "retention", "bloom", "pack"}

// option takes one WITH option into the table.
func (d *definer) option(t *catalog.Table, o sql.Option, shards *int) error {
	switch o.Name {
	case "shards":
		if o.Value.Kind != sql.Int || o.Value.Int < 1 || o.Value.Int > 4096 {
			return d.bad(o.Pos(), "22023", "shards is a number from 1 to 4096, not "+literalText(o.Value))
		}
		*shards = int(o.Value.Int)
		return nil
	case "shard_by":
		return d.shardBy(t, o)
	case "order_by":
		return d.orderBy(t, o)
	case "bloom":
		return d.columnsOf(t, o, nil)
	case "time":
		if t.Time != nil {
			return nil
		}
		t.Time = &catalog.TimeOptions{}
		return d.columnsOf(t, o, func(i int) { t.Time.Column = record.ColumnID(i + 1) })
	case "series":
		return d.series(t, o)
	case "chunk":
		return nil // the engine reads it
	case "ttl", "retention":
		_, err := lifetime(literalText(o.Value))
		if _, number := strconv.ParseFloat(literalText(o.Value), 64); number == nil {
			err = fault.Errorf("", fault.Invalid, "%s = %s has no unit", o.Name, literalText(o.Value)) // '5' is five seconds to PostgreSQL, and the rows would be gone
		}
		if err != nil {
			return fault.E(d.op, fault.Invalid, fault.Code("22023"), fault.At(d.text, o.Pos()), fault.Hint("as in "+o.Name+" = '20 years'"), err)
		}
		return nil
	case "pack":
		if o.Value.Text != "on" && o.Value.Text != "off" {
			return d.bad(o.Pos(), "22023", "pack is 'on' or 'off', not "+literalText(o.Value))
		}
		return nil
	}
	hint := fault.Hint("there are " + strings.Join(tableOptions, ", "))
	if near := catalog.Nearest(o.Name, tableOptions); near != "" {
		hint = fault.Hint("did you mean " + near + "?")
	}
	return fault.E(d.op, fault.Invalid, fault.Code("22023"), fault.At(d.text, o.Pos()), hint, "no option "+o.Name)
}

// series reads the columns that tell series apart; time may stand before or after.
func (d *definer) series(t *catalog.Table, o sql.Option) error {
	var ids []record.ColumnID
	err := d.columnsOf(t, o, func(i int) { ids = append(ids, record.ColumnID(i+1)) })
	for _, other := range d.stmt.With {
		if other.Name == "time" && t.Time == nil {
			err = d.option(t, other, new(int))
		}
	}
	if err == nil && t.Time != nil {
		t.Time.Series = ids
	}
	return err
}

func (d *definer) shardBy(t *catalog.Table, o sql.Option) error {
	if name, ok := placeOf(o.Value.Text); ok {
		return d.shardByPlace(t, o, name)
	}
	return d.columnsOf(t, o, func(i int) { t.Sharding.By = append(t.Sharding.By, columnID(t, i)) })
}

// orderBy gives the table the columns that its rows lie by.
func (d *definer) orderBy(t *catalog.Table, o sql.Option) error {
	var wrong error
	t.Order = nil
	err := d.columnsOf(t, o, func(i int) {
		switch f := t.Schema.Fields[i]; f.Type.Storage() {
		case record.Ints, record.Floats, record.Strs:
			t.Order = append(t.Order, columnID(t, i))
		default:
			wrong = d.unsupported(o.Pos(), "rows cannot lie by "+f.Name+": values of "+f.Type.String()+" have no order")
		}
	})
	return errors.Join(err, wrong)
}

// columnID is the id of the column at a position; that of a table that is being
// made is the one it will get.
func columnID(t *catalog.Table, i int) record.ColumnID {
	if id := t.Schema.Fields[i].ID; id != 0 {
		return id
	}
	return record.ColumnID(i + 1)
}

// columnsOf checks that an option names columns, and gives their positions.
func (d *definer) columnsOf(t *catalog.Table, o sql.Option, use func(i int)) error {
	for name := range strings.SplitSeq(literalText(o.Value), ",") {
		i := t.Schema.Field(strings.TrimSpace(name))
		if i < 0 {
			return fault.E(d.op, fault.NotFound, fault.Code("42703"), fault.At(d.text, o.Pos()), t.ColumnHint(strings.TrimSpace(name)),
				"the option "+o.Name+" names "+strings.TrimSpace(name)+", which is no column")
		}
		if use != nil {
			use(i)
		}
	}
	return nil
}

func (d *definer) unsupported(pos int, why string) error {
	return fault.E(d.op, fault.Unsupported, fault.At(d.text, pos), why)
}

func (d *definer) bad(pos int, code fault.Code, why string) error {
	return fault.E(d.op, fault.Invalid, code, fault.At(d.text, pos), why)
}
