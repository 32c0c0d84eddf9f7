package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/upsidedown"
	"github.com/blevesearch/bleve/v2/index/upsidedown/store/boltdb"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	bleve "github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// peer is bleve's own index, upside_down in a file, over the rows of a corpus.
type peer struct {
	reader  index.IndexReader
	mapping *mapping.IndexMappingImpl
}

func peerOf(t *testing.T, c *corpus) *peer {
	t.Helper()
	queue := index.NewAnalysisQueue(1)
	ix, err := upsidedown.NewUpsideDownCouch(boltdb.Name, map[string]any{"path": filepath.Join(t.TempDir(), "bleve"), "nosync": true}, queue)
	if err == nil {
		err = ix.Open()
	}
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.engine.analyzer(c.ix.foot.analyzer)
	if err != nil {
		t.Fatal(err)
	}
	b := index.NewBatch()
	for i := range c.batch.N {
		if v := c.batch.Cols[0].Value(i); v.Valid {
			d := document.NewDocument(strconv.Itoa(i))
			d.AddField(document.NewTextFieldCustom("words", nil, []byte(v.S), index.IndexField|index.IncludeTermVectors, a.bleve))
			b.Update(d)
		}
	}
	if err := ix.Batch(b); err != nil {
		t.Fatal(err)
	}
	m := mapping.NewIndexMapping()
	m.DefaultField, m.DefaultAnalyzer = "words", c.ix.foot.analyzer
	reader, err := ix.Reader()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = reader.Close()
		_ = ix.Close()
		queue.Close()
	})
	return &peer{reader, m}
}

// rows returns the rows that bleve finds for a query string.
func (p *peer) rows(t *testing.T, text string, n int) rows.Set {
	t.Helper()
	ctx := context.Background()
	s, err := bleve.NewQueryStringQuery(text).Searcher(ctx, p.reader, p.mapping, search.SearcherOptions{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	top := collector.NewTopNCollector(n+1, 0, search.SortOrder{&search.SortScore{Desc: true}})
	if err := top.Collect(ctx, s, p.reader); err != nil {
		t.Fatal(err)
	}
	words := make([]uint64, n/64+1)
	for _, h := range top.Results() {
		i, err := strconv.Atoi(h.ID)
		if err != nil {
			t.Fatal(err)
		}
		words[i/64] |= 1 << (i % 64)
	}
	return rows.FromDense(words)
}

// TestBleve holds the rows of query strings to those bleve finds.
func TestBleve(t *testing.T) {
	r := enginetest.Rand(t)
	compared := 0
	for range 12 {
		c := newCorpus(t, r, 1+r.IntN(300))
		p := peerOf(t, c)
		for range 60 {
			text := bleveQuery(r)
			call := randomCall(r, c.field, c.ix.foot.analyzer)
			call.Function = "match"
			call.Args = []record.Value{record.KeywordValue(text), record.KeywordValue("analyzer=" + c.ix.foot.analyzer)}
			if strings.ContainsAny(text, "~") {
				continue // this index of bleve's counts bytes, and two edits for a swap: TestFuzzy
			}
			if c.expandsToNothing(t, call.Args) {
				continue // then bleve leaves the word out, as if it were a stop word
			}
			got, err := c.ix.Match(context.Background(), call, rows.All(c.batch.N))
			if err != nil {
				t.Fatal(err)
			}
			want := p.rows(t, text, c.batch.N)
			if !got.Equal(want) {
				if c.ix.foot.analyzer == "keyword" && strings.ContainsAny(text, "*") {
					continue // a line's end is within a*, where bleve's ends at it
				}
				for n := range got.AndNot(want).Or(want.AndNot(got)).Each() {
					t.Fatalf("%s: row %d is found %v, by bleve %v: %q", call, n, got.Has(n), want.Has(n), c.batch.Cols[0].Value(int(n)).S)
				}
			}
			compared++
		}
	}
	if compared < 300 {
		t.Errorf("only %d queries were compared", compared)
	}
}

// bleveQuery is randomQuery, at times of a kind that tries one thing alone.
func bleveQuery(r *rand.Rand) string {
	switch r.IntN(6) {
	case 0:
		return fmt.Sprintf("+%s +%s", randomPlain(r), randomPlain(r))
	case 1:
		return fmt.Sprintf(`"%s %s"`, randomPlain(r), randomPlain(r))
	case 2:
		return fmt.Sprintf(`"%s the %s"`, randomPlain(r), randomPlain(r))
	}
	return randomQuery(r)
}

func randomPlain(r *rand.Rand) string {
	return []string{"run", "cat", "airport", "port", "cats", "cart", "zürich", "x"}[r.IntN(8)]
}

func (c *corpus) expandsToNothing(t *testing.T, args []record.Value) bool {
	t.Helper()
	q, err := c.engine.ask("match", args)
	if err != nil {
		t.Fatal(err)
	}
	return c.anyEmpty(t, q.root)
}

func (c *corpus) anyEmpty(t *testing.T, n *node) bool {
	t.Helper()
	if n.op == opExpand {
		terms, err := c.ix.expand(n.expand)
		if err != nil {
			t.Fatal(err)
		}
		return len(terms) == 0
	}
	for _, of := range [][]*node{n.must, n.should, n.not} {
		for _, m := range of {
			if c.anyEmpty(t, m) {
				return true
			}
		}
	}
	return false
}
