package exec

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// newRand is a source of randomness; a failure prints how to repeat it.
func newRand(t testing.TB) *rand.Rand { return enginetest.Rand(t) }

// fields of the table that the tests read.
var fields = []record.Field{
	{ID: 1, Name: "id", Type: record.T(record.Int64)},
	{ID: 2, Name: "k", Type: record.T(record.Keyword)},
	{ID: 3, Name: "u", Type: record.T(record.Int64)},
	{ID: 4, Name: "b", Type: record.T(record.Int64)},
	{ID: 5, Name: "s", Type: record.T(record.Keyword)},
	{ID: 6, Name: "f", Type: record.T(record.Float64)},
	{ID: 7, Name: "d", Type: record.DecimalType(15, 2)},
	{ID: 8, Name: "ts", Type: record.T(record.Timestamp)},
	{ID: 9, Name: "flag", Type: record.T(record.Bool)},
	{ID: 10, Name: "dt", Type: record.T(record.Date)},
	{ID: 11, Name: "tags", Type: record.T(record.KeywordArray)},
	{ID: 12, Name: "late", Type: record.T(record.Int64), Default: record.IntValue(7)}, // not in every part
}

const (
	cID = iota
	cK
	cU
	cB
	cS
	cF
	cD
	cTS
	cFlag
	cDT
	cTags
	cLate
)

func table() *catalog.Table {
	return &catalog.Table{Name: "t", Schema: record.Schema{Table: 1, Version: 1, Fields: fields}}
}

// randomRow makes a row; about one value in eight of a nullable column is NULL.
func randomRow(r *rand.Rand, id int64) []record.Value {
	row := []record.Value{
		record.IntValue(id),
		record.KeywordValue(fmt.Sprintf("k%d", r.IntN(6))),
		record.IntValue(r.Int64N(1<<20) - 1000),
		record.IntValue(r.Int64N(50000)),
		record.KeywordValue(fmt.Sprintf("string-%d", r.IntN(3000))),
		record.FloatValue(float64(r.IntN(2000))/8 - 100),
		record.DecimalValue(fields[cD].Type, r.Int64N(1_000_000)),
		record.TimestampValue(1_700_000_000_000_000_000 + id*1_000_000),
		record.BoolValue(r.IntN(2) == 0),
		record.DateValue(19000 + r.Int64N(40)),
		{Type: record.T(record.KeywordArray), Valid: true, Elems: []record.Value{record.KeywordValue(fmt.Sprint("a", r.IntN(3))), record.KeywordValue("b")}[:r.IntN(3)]},
		record.IntValue(r.Int64N(10)),
	}
	for i := range row {
		if i != cID && i != cB && i != cTS && r.IntN(8) == 0 {
			row[i] = record.NullOf(fields[i].Type)
		}
	}
	return row
}

// columnsOfRows are rows as columns of one segment to be.
type columnsOfRows struct {
	n    int
	cols map[record.ColumnID]*record.Column
}

func (c *columnsOfRows) Rows() int { return c.n }

func (c *columnsOfRows) Column(id record.ColumnID) engines.ColumnReader {
	col := c.cols[id]
	if col == nil {
		return nil
	}
	for _, f := range fields {
		if f.ID == id {
			return &rowsReader{f, col}
		}
	}
	return nil
}

type rowsReader struct {
	field record.Field
	col   *record.Column
}

func (r *rowsReader) Field() record.Field          { return r.field }
func (r *rowsReader) Stats() codec.Stats           { return codec.Stats{} }
func (r *rowsReader) Dict() (*codec.Dict, error)   { return nil, nil }
func (r *rowsReader) BlockStats(b int) codec.Stats { return codec.Stats{} }
func (r *rowsReader) Block(b int) (*codec.Block, error) {
	return codec.View(r.col, b*codec.BlockRows, min(r.col.N, (b+1)*codec.BlockRows)), nil
}

func makeColumns(data [][]record.Value, without ...record.ColumnID) *columnsOfRows {
	c := &columnsOfRows{n: len(data), cols: map[record.ColumnID]*record.Column{}}
	for i, f := range fields {
		col := record.NewColumn(f.Type, len(data))
		for _, row := range data {
			col.Append(row[i])
		}
		c.cols[f.ID] = col
	}
	for _, id := range without {
		delete(c.cols, id)
	}
	return c
}

// sealed makes a part with a columnar index.
func sealed(t testing.TB, name string, src *columnsOfRows, live rows.Set) store.Part {
	t.Helper()
	def := engines.ColumnsDef(fields, nil)
	b, err := columnar.Engine{}.NewBuilder(def, src)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := b.Build(context.Background(), &buf); err != nil {
		t.Fatal(err)
	}
	ix, err := columnar.Engine{}.Open(engines.Section{Def: def, Rows: src.n, Bytes: buf.Bytes()})
	if err != nil {
		t.Fatal(err)
	}
	return store.Part{Name: name, Rows: src.n, Live: live, Columns: ix.(*columnar.Index), Indexes: []store.OpenIndex{{Def: def, Index: ix}}}
}

// world is a table's rows in some layout, and the rows that live.
type world struct {
	rows  [][]record.Value
	views []*store.View

	matches map[string][][]record.Value // of the oracle's scans, by condition
}

// newWorld spreads rows over views: sealed parts, some with deletes, one
// without a column added later, and open parts.
func newWorld(t testing.TB, r *rand.Rand, views int, sizes ...int) *world {
	w := &world{matches: map[string][][]record.Value{}}
	id := int64(0)
	for v := range views {
		view := &store.View{Table: table()}
		for p, size := range sizes {
			if size == 0 {
				continue
			}
			data := make([][]record.Value, size)
			for i := range data {
				data[i] = randomRow(r, id)
				id++
			}
			var without []record.ColumnID
			if p == 1 {
				without = append(without, fields[cLate].ID)
				for i := range data {
					data[i][cLate] = fields[cLate].Default
				}
			}
			live := rows.All(size)
			if (p+v)%3 == 1 {
				var dead rows.Builder
				for i := range size {
					if r.IntN(10) == 0 {
						dead.Add(rows.Num(i))
					}
				}
				live = live.AndNot(dead.Set())
			}
			for i := range data {
				if live.Has(rows.Num(i)) {
					w.rows = append(w.rows, data[i])
				}
			}
			src := makeColumns(data, without...)
			if p == len(sizes)-1 && p > 0 {
				view.Parts = append(view.Parts, store.Part{Name: "open", Rows: size, Live: live, Columns: src, Open: true})
			} else {
				view.Parts = append(view.Parts, sealed(t, fmt.Sprint("seg-", p), src, live))
			}
		}
		w.views = append(w.views, view)
	}
	return w
}

// scanOf reads all columns of the table.
func scanOf() *plan.Scan {
	s := &plan.Scan{Table: table()}
	for _, f := range fields {
		s.Columns = append(s.Columns, f.ID)
		s.Out = append(s.Out, plan.Column{Name: f.Name, Type: f.Type})
	}
	return s
}

func col(i int) plan.Col { return plan.Col{Index: i, Name: fields[i].Name, T: fields[i].Type} }

func call(f string, t record.Type, args ...plan.Expr) plan.Expr {
	return plan.Call{Func: f, Args: args, T: t}
}

func lit(v record.Value) plan.Expr { return plan.Const{Value: v} }

// readAll reads a stream to its end and closes it.
func readAll(t testing.TB, s Stream, err error) [][]record.Value {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	out, err := rowsOf(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func rowsOf(s Stream) ([][]record.Value, error) {
	defer s.Close()
	var out [][]record.Value
	for {
		c, err := s.Next(context.Background())
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		for i := range c.N {
			row := make([]record.Value, len(c.Cols))
			for j, col := range c.Cols {
				row[j] = cloneValue(col.Value(i))
			}
			out = append(out, row)
		}
	}
}

// localSource answers with n sites, each with some of the views.
type localSource struct {
	views []*store.View
	sites int
	env   Env
}

type localSite struct {
	*localSource
	at     int
	shards []uint32
}

func (l *localSource) Sites(_ context.Context, _ record.TableID, shards []uint32) ([]Site, error) {
	sites := make([]Site, min(l.sites, len(shards)))
	for i := range sites {
		sites[i] = &localSite{localSource: l, at: i}
	}
	for i, s := range shards {
		site := sites[i%len(sites)].(*localSite)
		site.shards = append(site.shards, s)
	}
	return sites, nil
}

func (l *localSite) Name() string     { return fmt.Sprint("site", l.at) }
func (l *localSite) Shards() []uint32 { return l.shards }

func (l *localSite) Run(ctx context.Context, fragment []byte, broadcast map[int][]*plan.Chunk, opt RunOptions) (Stream, error) {
	var views []*store.View
	for _, s := range l.shards {
		views = append(views, l.views[s-1])
	}
	env := l.env
	env.Memory, env.NoIndex, env.Analyze = opt.Memory, opt.NoIndex, opt.Analyze
	return runFragment(ctx, fragment, broadcast, views, env)
}

func (w *world) source(sites int, env Env) *localSource {
	return &localSource{views: w.views, sites: sites, env: env}
}

func (w *world) shards() []uint32 {
	var out []uint32
	for i := range w.views {
		out = append(out, uint32(i+1))
	}
	return out
}

// runFragment runs a fragment that travelled.
func runFragment(ctx context.Context, fragment []byte, broadcast map[int][]*plan.Chunk, views []*store.View, env Env) (Stream, error) {
	node, err := plan.DecodeFragment(fragment)
	if err != nil {
		return nil, err
	}
	return RunNode(ctx, node, broadcast, views, env)
}
