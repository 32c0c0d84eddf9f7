package exec

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/plan/naive"
	"github.com/quindex/quindex/query/plan/plantest"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// spread is the data of several tables in shards, some sealed, some open.
type spread struct {
	views map[record.TableID]map[uint32]*store.View
	sites int
	near  bool // fragments are not encoded
	env   Env
}

// tableColumns are rows of one table as columns of a part.
type tableColumns struct {
	fields []record.Field
	n      int
	cols   []*record.Column
}

func (c *tableColumns) Rows() int { return c.n }
func (c *tableColumns) Column(id record.ColumnID) engines.ColumnReader {
	for i, f := range c.fields {
		if f.ID == id {
			return &spreadReader{f, c.cols[i]}
		}
	}
	return nil
}

type spreadReader struct {
	field record.Field
	col   *record.Column
}

func (r *spreadReader) Field() record.Field          { return r.field }
func (r *spreadReader) Stats() codec.Stats           { return codec.Stats{} }
func (r *spreadReader) Dict() (*codec.Dict, error)   { return nil, nil }
func (r *spreadReader) BlockStats(b int) codec.Stats { return codec.Stats{} }
func (r *spreadReader) Block(b int) (*codec.Block, error) {
	return codec.View(r.col, b*codec.BlockRows, min(r.col.N, (b+1)*codec.BlockRows)), nil
}

// newSpread puts every row into the shard of its key: the first half of a
// shard's rows into a sealed part, the rest into an open one.
func newSpread(t *testing.T, c *catalog.Catalog, data naive.Data) *spread {
	s := &spread{views: map[record.TableID]map[uint32]*store.View{}}
	for _, table := range c.Tables() {
		byShard := map[uint32][]naive.Row{}
		for i, row := range data[table.ID()].Rows {
			home := naive.ShardOf(table, &table.Schema, row, i)
			byShard[home] = append(byShard[home], row)
		}
		views := map[uint32]*store.View{}
		for _, shard := range table.Sharding.Shards() {
			all := byShard[shard]
			v := &store.View{Table: table}
			if half := all[:len(all)/2]; len(half) > 0 {
				v.Parts = append(v.Parts, sealedPart(t, columnsOfTable(table, half)))
			}
			if rest := all[len(all)/2:]; len(rest) > 0 {
				v.Parts = append(v.Parts, store.Part{Name: "open", Rows: len(rest), Live: rows.All(len(rest)), Columns: columnsOfTable(table, rest), Open: true})
			}
			views[shard] = v
		}
		s.views[table.ID()] = views
	}
	return s
}

func columnsOfTable(table *catalog.Table, part []naive.Row) *tableColumns {
	src := &tableColumns{fields: table.Schema.Fields, n: len(part)}
	for i, f := range table.Schema.Fields {
		col := record.NewColumn(f.Type, len(part))
		for _, row := range part {
			col.Append(row[i])
		}
		src.cols = append(src.cols, col)
	}
	return src
}

func sealedPart(t testing.TB, src *tableColumns) store.Part {
	t.Helper()
	def := engines.ColumnsDef(src.fields, nil)
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
	return store.Part{Name: "seg", Rows: src.n, Live: rows.All(src.n), Columns: ix.(*columnar.Index), Indexes: []store.OpenIndex{{Def: def, Index: ix}}}
}

// spreadSite has some of the shards of one table.
type spreadSite struct {
	*spread
	table  record.TableID
	at     int
	shards []uint32
}

func (s *spread) Sites(_ context.Context, table record.TableID, shards []uint32) ([]Site, error) {
	sites := make([]Site, min(s.sites, len(shards)))
	all := make([]*spreadSite, len(sites))
	for i := range sites {
		all[i] = &spreadSite{spread: s, table: table, at: i}
		sites[i] = all[i]
		if s.near {
			sites[i] = nearSite{all[i]}
		}
	}
	for i, sh := range shards {
		site := all[i%len(sites)]
		site.shards = append(site.shards, sh)
	}
	return sites, nil
}

// nearSite takes fragments as they are.
type nearSite struct{ *spreadSite }

func (s nearSite) RunNode(ctx context.Context, fragment plan.Node, broadcast map[int][]*plan.Chunk, _ RunOptions) (Stream, error) {
	return RunNode(ctx, fragment, broadcast, s.shown(), s.env)
}

func (s *spreadSite) Name() string     { return fmt.Sprint("site", s.at) }
func (s *spreadSite) Shards() []uint32 { return s.shards }
func (s *spreadSite) Run(ctx context.Context, fragment []byte, broadcast map[int][]*plan.Chunk, opt RunOptions) (Stream, error) {
	return runFragment(ctx, fragment, broadcast, s.shown(), s.env)
}

func (s *spreadSite) shown() (views []*store.View) {
	for _, sh := range s.shards {
		views = append(views, s.views[s.table][sh])
	}
	return views
}

// TestStatementsAgree runs random statements at one site and at several, planned
// with and without rewriting, with and without indexes: the rows must be those
// of the naive evaluator.
func TestStatementsAgree(t *testing.T) {
	rnd := newRand(t)
	c := plantest.Catalog()
	counts := map[string]int{}
	fails := 0
	for n := 0; n < 400 && fails < 3; n++ {
		data := plantest.Data(rnd, c, rnd.IntN(25))
		text := plantest.Statement(rnd)
		q, err := plantest.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		o := plan.Options{Catalog: c, Text: text, Now: time.Unix(1e9, 0)}
		bound, err := plan.Bind(q, o)
		if err != nil {
			continue
		}
		want, err := naive.Run(bound, nil, data, nil)
		if err != nil {
			counts["naive "+string(fault.CodeOf(err))]++
			continue
		}
		s := newSpread(t, c, data)
		for _, way := range []struct {
			sites int
			naive bool
			noIdx bool
			near  bool
		}{{1, false, false, true}, {1, false, false, false}, {3, false, false, false}, {3, false, false, true}, {2, true, false, false}, {2, false, true, true}} {
			o.Naive, o.NoIndex = way.naive, way.noIdx
			p, err := plan.Query(q, o)
			if err != nil {
				t.Fatal(err)
			}
			s.sites, s.near = way.sites, way.near
			have, err := runIt(p, s)
			code := fault.CodeOf(err)
			if err != nil && (code == "22012" || code == "22003") {
				counts["exec "+string(code)]++
				continue
			}
			if err != nil {
				fails++
				t.Errorf("%s\n%+v: %v\n%s", text, way, err, p.Explain())
				break
			}
			if a, b := printRows(have, text), printRows(want, text); a != b {
				fails++
				t.Errorf("%s\n%+v\n%s\nhave %s\nwant %s", text, way, p.Explain(), a, b)
				break
			}
			counts["ok"]++
		}
	}
	t.Log(counts)
	if counts["ok"] < 1200 {
		t.Errorf("only %d runs of 2400 gave rows to compare", counts["ok"])
	}
}

func runIt(p *plan.Plan, s *spread) ([][]record.Value, error) {
	s.env.Turn = turnsAtOnce(1).Statement()
	st, err := Run(context.Background(), p, nil, s, Env{Turn: s.env.Turn})
	if err != nil {
		return nil, err
	}
	return rowsOf(st)
}

// printRows prints rows for comparison: in order where the statement asks for
// one, doubles to nine digits because sums may be made in any order.
func printRows(in [][]record.Value, text string) string {
	lines := make([]string, len(in))
	for i, row := range in {
		for _, v := range row {
			if v.Type.Kind == record.Float64 && v.Valid {
				lines[i] += fmt.Sprintf(" %.9g", v.F+0) // not -0
				continue
			}
			lines[i] += " " + v.SQL()
		}
	}
	if whole := text[strings.LastIndexByte(text, ')')+1:]; !strings.Contains(whole, "ORDER BY 1") {
		slices.Sort(lines)
	}
	return fmt.Sprintf("%d rows\n%s", len(in), strings.Join(lines, "\n"))
}
