package node

import (
	"context"
	"io"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/exec"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// rowsStream hands out one chunk made beforehand.
type rowsStream struct{ chunk *plan.Chunk }

func (s *rowsStream) Next(context.Context) (*plan.Chunk, error) {
	c := s.chunk
	s.chunk = nil
	if c == nil {
		return nil, io.EOF
	}
	return c, nil
}
func (s *rowsStream) Close() error { return nil }

// valuesResult makes a result of constant rows.
func valuesResult(tag string, columns []plan.Column, rows ...[]record.Value) *Result {
	c := &plan.Chunk{N: len(rows)}
	for i := range columns {
		col := record.NewColumn(columns[i].Type, len(rows))
		for _, r := range rows {
			col.Append(r[i])
		}
		c.Cols = append(c.Cols, col)
	}
	var s exec.Stream = &rowsStream{c}
	return &Result{Columns: columns, Rows: s, Tag: tag}
}

func textResult(column, text string) *Result {
	var rows [][]record.Value
	for line := range strings.Lines(text) {
		rows = append(rows, []record.Value{record.TextValue(strings.TrimRight(line, "\n"))})
	}
	return valuesResult("EXPLAIN", []plan.Column{{Name: column, Type: record.T(record.Text)}}, rows...)
}

// show answers SHOW TABLES and SHOW GRAPHS.
func (n *Node) show(ctx context.Context, s *sql.Show, r Request) (*Result, error) {
	if s.What == "graphs" {
		return n.showGraphs(), nil
	}
	if s.What != "tables" {
		return nil, fault.E("sql: show", fault.Unsupported, fault.At(r.SQL, s.Pos()), fault.Hint("there are SHOW TABLES and SHOW GRAPHS; DESCRIBE t lists the columns of a table"), "no SHOW "+s.What)
	}
	columns := []plan.Column{{Name: "table", Type: record.T(record.Keyword)}, {Name: "rows", Type: record.T(record.Int64)},
		{Name: "columns", Type: record.T(record.Int64)}, {Name: "shards", Type: record.T(record.Int64)}}
	var rows [][]record.Value
	for _, t := range n.Catalog().Tables() {
		count, err := n.CountRows(ctx, t)
		if err != nil {
			return nil, err
		}
		rows = append(rows, []record.Value{record.KeywordValue(t.Name), record.IntValue(count),
			record.IntValue(int64(len(t.Schema.Fields))), record.IntValue(int64(len(t.Sharding.Shards())))})
	}
	return valuesResult("SHOW", columns, rows...), nil
}

// CountRows returns the number of live rows of a table.
func (n *Node) CountRows(ctx context.Context, t *catalog.Table) (rows int64, err error) {
	site := &localSite{source: &source{n: n}, table: t.ID(), shards: t.Sharding.Shards()}
	views, err := site.views(ctx)
	if err != nil {
		return 0, err
	}
	defer closeViews(views)
	for _, v := range views {
		for _, p := range v.Parts {
			rows += int64(p.Live.Len())
		}
	}
	return rows, nil
}

// describe answers DESCRIBE t.
func (n *Node) describe(s *sql.Describe, r Request) (*Result, error) {
	t, err := n.Catalog().Table(s.Name.Last())
	if err != nil {
		return nil, fault.E("sql: describe", fault.At(r.SQL, s.Name.Pos()), err)
	}
	kw := record.T(record.Keyword)
	columns := []plan.Column{{Name: "column", Type: kw}, {Name: "type", Type: kw}, {Name: "nullable", Type: record.T(record.Bool)}, {Name: "default", Type: kw}}
	var rows [][]record.Value
	for _, f := range t.Schema.Fields {
		def := record.NullOf(kw)
		if f.Default.Valid {
			def = record.KeywordValue(f.Default.Text())
		}
		rows = append(rows, []record.Value{record.KeywordValue(f.Name), record.KeywordValue(f.Type.String()), record.BoolValue(!f.NotNull), def})
	}
	return valuesResult("DESCRIBE", columns, rows...), nil
}
