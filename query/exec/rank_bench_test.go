package exec

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/plan/naive"
	"github.com/quindex/quindex/query/plan/plantest"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

const rankShards, rankRows = 8, 25_000

// rankWorld is 200,000 texts of 40 words, few of which are common, with a
// place, over eight shards.
func rankWorld(b *testing.B) (*catalog.Catalog, *spread) {
	shards := []uint32{1, 2, 3, 4, 5, 6, 7, 8}
	table := catalog.Table{Name: "docs", Sharding: catalog.Sharding{Ranges: catalog.EvenRanges(shards)}, Schema: record.Schema{Fields: []record.Field{
		{Name: "id", Type: record.T(record.Int64)}, {Name: "body", Type: record.T(record.Text)}, {Name: "loc", Type: record.T(record.Point)}}},
		Indexes: []catalog.Index{{Name: "body_search", Engine: "search", Columns: []record.ColumnID{2}}, {Name: "loc_geo", Engine: "geo", Columns: []record.ColumnID{3}}}}
	c, _, err := catalog.Empty().Apply(catalog.Change{Create: &catalog.CreateTable{Table: table}})
	if err != nil {
		b.Fatal(err)
	}
	made := c.Tables()[0]
	r := rand.New(rand.NewPCG(1, 1))
	words := rand.NewZipf(r, 1.1, 4, 30_000)
	views := map[uint32]*store.View{}
	for _, shard := range shards {
		var data []naive.Row
		for i := range rankRows {
			var text strings.Builder
			for range 40 {
				fmt.Fprintf(&text, "w%d ", words.Uint64())
			}
			data = append(data, naive.Row{record.IntValue(int64(shard)*rankRows + int64(i)), record.TextValue(text.String()),
				record.PointValue(r.Float64()*360-180, r.Float64()*170-85)})
		}
		views[shard] = &store.View{Table: made, Parts: []store.Part{sealedPart(b, columnsOfTable(made, data))}}
	}
	withIndex(b, made, views, "search", "body")
	withIndex(b, made, views, "geo", "loc")
	return c, &spread{views: map[record.TableID]map[uint32]*store.View{made.ID(): views}, sites: 1, env: Env{Registry: all.Registry()}}
}

// BenchmarkRanked runs whole statements: parsed, planned, sent to the one site
// and read to the end.
func BenchmarkRanked(b *testing.B) {
	c, s := rankWorld(b)
	for _, q := range []struct{ name, text string }{
		{"top10/common", "SELECT id, score() FROM docs WHERE match(body, 'w1') ORDER BY score() DESC LIMIT 10"},
		{"top10/any", "SELECT id, score() FROM docs WHERE match(body, 'w3 w70 w400') ORDER BY score() DESC LIMIT 10"},
		{"top10/all", "SELECT id, score() FROM docs WHERE match(body, '+w3 +w70') ORDER BY score() DESC LIMIT 10"},
		{"top10/rare", "SELECT id, score() FROM docs WHERE match(body, 'w9000') ORDER BY score() DESC LIMIT 10"},
		{"top10/within", "SELECT id, score() FROM docs WHERE match(body, 'w3 w70') AND id < 60000 ORDER BY score() DESC LIMIT 10"},
		{"nearest10", "SELECT id FROM docs ORDER BY loc <-> ST_MakePoint(8, 47) LIMIT 10"},
		{"nearest10/within", "SELECT id FROM docs WHERE id < 60000 ORDER BY loc <-> ST_MakePoint(8, 47) LIMIT 10"},
	} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n := s.count(b, c, q.text); n != 10 {
					b.Fatalf("%d rows, want 10", n)
				}
			}
		})
	}
}

func (s *spread) count(b *testing.B, c *catalog.Catalog, text string) (n int) {
	q, err := plantest.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	p, err := plan.Query(q, plan.Options{Catalog: c, Registry: s.env.Registry, Text: text})
	if err != nil {
		b.Fatal(err)
	}
	st, err := Run(context.Background(), p, nil, s, Env{Registry: s.env.Registry})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	for {
		chunk, err := st.Next(context.Background())
		if err == io.EOF {
			return n
		}
		if err != nil {
			b.Fatal(err)
		}
		n += chunk.N
	}
}
