package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/quindex/quindex/bench"
	"github.com/quindex/quindex/fault"
)

// scorchIndex is bleve with its own index, scorch, inside this process. It
// has the processor threads of the process, as quindex beside it has.
type scorchIndex struct {
	dir   string
	index bleve.Index
}

// openBleve makes an empty index in a temporary folder.
func openBleve(_ context.Context, threads int) (bench.System, error) {
	dir, err := os.MkdirTemp("", "quindex-bench-bleve-")
	if err != nil {
		return nil, fault.E("peers: bleve", fault.IO, err)
	}
	bleve.Config.SetAnalysisQueueSize(threads)
	ix, err := bleve.New(filepath.Join(dir, "index"), textMapping())
	if err != nil {
		os.RemoveAll(dir)
		return nil, fault.E("peers: bleve", fault.Internal, err)
	}
	return &scorchIndex{dir, ix}, nil
}

// textMapping indexes one field, body, by the analyzer that quindex takes too,
// with positions, and scores by BM25; it stores nothing.
func textMapping() mapping.IndexMapping {
	body := mapping.NewTextFieldMapping()
	body.Store, body.IncludeInAll, body.DocValues, body.IncludeTermVectors = false, false, false, true
	body.Analyzer = "standard"
	doc := mapping.NewDocumentStaticMapping()
	doc.AddFieldMappingsAt("body", body)
	m := mapping.NewIndexMapping()
	m.DefaultMapping, m.DefaultField, m.DefaultAnalyzer, m.ScoringModel = doc, "body", "standard", index.BM25Scoring
	return m
}

// Name returns "bleve".
func (b *scorchIndex) Name() string { return "bleve" }

// batchDocs is how many texts are indexed at once.
const batchDocs = 1000

// Load indexes the texts batch by batch, each of them safe on disk when it is
// done, which is bleve's default. Then, outside of the time, all segments are
// merged into one.
func (b *scorchIndex) Load(ctx context.Context, w *bench.Workload, dir string) (bench.Load, error) {
	path := filepath.Join(dir, w.Tables[0].Name+".ndjson")
	f, err := os.Open(path)
	if err != nil {
		return bench.Load{}, fault.E("peers: bleve", fault.IO, err)
	}
	defer f.Close()
	start, n := time.Now(), 0
	batch := b.index.NewBatch()
	for d := json.NewDecoder(f); d.More(); {
		var text struct {
			ID   int64  `json:"id"`
			Body string `json:"body"`
		}
		if err := d.Decode(&text); err != nil {
			return bench.Load{}, fault.E("peers: bleve", fault.Corrupt, fault.Item(path), err)
		}
		if err := batch.Index(strconv.FormatInt(text.ID, 10), map[string]any{"body": text.Body}); err != nil {
			return bench.Load{}, fault.E("peers: bleve", fault.Internal, err)
		}
		if n++; batch.Size() == batchDocs {
			if err := b.flush(ctx, batch); err != nil {
				return bench.Load{}, err
			}
		}
	}
	if err := b.flush(ctx, batch); err != nil {
		return bench.Load{}, err
	}
	took := time.Since(start).Seconds()
	info, err := f.Stat()
	if err != nil {
		return bench.Load{}, fault.E("peers: bleve", fault.IO, err)
	}
	if err := b.merge(ctx); err != nil {
		return bench.Load{}, err
	}
	return bench.Load{RowsPerSecond: float64(n) / took, BytesPerSecond: float64(info.Size()) / took, DiskBytes: size(b.dir),
		How: "batches of 1,000 from the same file, each safe on disk"}, nil
}

func (b *scorchIndex) flush(ctx context.Context, batch *bleve.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := b.index.Batch(batch); err != nil {
		return fault.E("peers: bleve", fault.IO, err)
	}
	batch.Reset()
	return nil
}

// merge makes one segment of all: scorch answers fastest then.
func (b *scorchIndex) merge(ctx context.Context) error {
	inner, err := b.index.Advanced()
	if err != nil {
		return fault.E("peers: bleve", fault.Internal, err)
	}
	if s, ok := inner.(*scorch.Scorch); ok {
		if err := s.ForceMerge(ctx, nil); err != nil {
			return fault.E("peers: bleve: merge", fault.Internal, err)
		}
	}
	return nil
}

// Ask puts a bench.Text: its ten best texts, or their number without scores.
func (b *scorchIndex) Ask(ctx context.Context, q bench.Question) (func() ([][]any, error), error) {
	t, ok := q.Words.(bench.Text)
	if !ok {
		return nil, fault.E("peers: bleve", fault.Unsupported, "is asked for texts only")
	}
	req := bleve.NewSearchRequest(bleve.NewQueryStringQuery(t.Query))
	if t.Count {
		req.Size, req.Score = 0, "none"
	}
	res, err := b.index.SearchInContext(ctx, req)
	if err != nil {
		return nil, fault.E("peers: bleve: "+t.Query, fault.Internal, err)
	}
	return func() ([][]any, error) { return answer(t, res) }, nil
}

func answer(t bench.Text, res *bleve.SearchResult) ([][]any, error) {
	if t.Count {
		return [][]any{{int64(res.Total)}}, nil
	}
	var rows [][]any
	for _, hit := range res.Hits {
		id, err := strconv.ParseInt(hit.ID, 10, 64)
		if err != nil {
			return nil, fault.E("peers: bleve", fault.Corrupt, fault.Item(fmt.Sprint(hit.ID)), err)
		}
		rows = append(rows, []any{id, hit.Score})
	}
	return rows, nil
}

// Query is refused: bleve takes no SQL.
func (b *scorchIndex) Query(context.Context, string) ([][]any, error) {
	return nil, fault.E("peers: bleve", fault.Unsupported, "takes no SQL")
}

// Close removes the index.
func (b *scorchIndex) Close() error {
	err := b.index.Close()
	if e := os.RemoveAll(b.dir); err == nil {
		err = e
	}
	return err
}
