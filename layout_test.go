package quindex

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// layout is one way in which the same rows may lie. The same statements give
// the same answers on every one.
type layout struct {
	name   string
	shards int
	store  store.Options
	naive  bool // plan without rewriting, and no indexes
	wire   bool // fragments are encoded
	// settle brings the rows into the layout before each query.
	settle func(t *testing.T, db *database)
}

const never = 1 << 30

func layouts() []layout {
	return []layout{
		{name: "open", shards: 8, store: store.Options{TailRows: never, SealRows: never, SealBytes: never, NoMerge: true}},
		{name: "sealed", shards: 8, store: store.Options{TailRows: 1, NoMerge: true}, wire: true},
		{name: "tiny-segments", shards: 8, store: store.Options{TailRows: 1, NoMerge: true}, settle: func(t *testing.T, db *database) { db.flush(t) }},
		{name: "merged", shards: 8, store: store.Options{TailRows: 1}, settle: func(t *testing.T, db *database) { db.merge(t) }},
		{name: "reopened", shards: 8, settle: func(t *testing.T, db *database) { db.reopen(t) }},
		{name: "reopened-flushed", shards: 8, settle: func(t *testing.T, db *database) {
			db.flush(t)
			db.reopen(t)
		}},
		{name: "no-index", shards: 8, store: store.Options{TailRows: 1, NoIndexes: true}, naive: true, wire: true},
		{name: "one-shard", shards: 1, store: store.Options{TailRows: 1}},
		{name: "one-shard-tail", shards: 1, store: store.Options{TailRows: never, SealRows: never, SealBytes: never}},
	}
}

// database is a node in a layout.
type database struct {
	node    *node.Node
	layout  layout
	dir     string
	written bool // since it was last settled
}

func openDatabase(t *testing.T, l layout) *database {
	t.Helper()
	db := &database{layout: l, dir: t.TempDir()}
	db.open(t)
	t.Cleanup(func() {
		if err := db.node.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

func (db *database) open(t *testing.T) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	n, err := node.Open(t.Context(), node.Options{
		Cluster:  cluster.Options{Dir: db.dir, Listen: "127.0.0.1:0", Shards: db.layout.shards, DiskReserve: -1},
		Store:    db.layout.store,
		Registry: all.Registry(),
		Naive:    db.layout.naive, NoIndex: db.layout.naive, Wire: db.layout.wire,
		Logger: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	db.node = n
}

func (db *database) reopen(t *testing.T) {
	t.Helper()
	if err := db.node.Close(); err != nil {
		t.Fatal(err)
	}
	db.open(t)
}

func (db *database) flush(t *testing.T) {
	t.Helper()
	if err := db.node.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (db *database) merge(t *testing.T) {
	t.Helper()
	for _, table := range db.node.Catalog().Names() {
		if err := db.node.Merge(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs one statement and returns its columns and rows as text.
func (db *database) run(t *testing.T, sql string) (*answer, error) {
	t.Helper()
	if db.layout.settle != nil && db.written {
		db.layout.settle(t, db)
		db.written = false
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res, err := db.node.Run(ctx, node.Request{SQL: sql})
	if err != nil {
		return nil, err
	}
	a := &answer{tag: res.Tag}
	if res.Rows == nil {
		db.written = true
		return a, nil
	}
	defer res.Rows.Close()
	for _, c := range res.Columns {
		a.columns = append(a.columns, c.Name)
	}
	for {
		c, err := res.Rows.Next(ctx)
		if err == io.EOF {
			return a, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range c.N {
			var row []string
			for _, col := range c.Cols {
				text := "NULL"
				if !col.IsNull(i) {
					text = col.Value(i).Text()
				}
				row = append(row, text)
			}
			a.rows = append(a.rows, row)
		}
	}
}

// answer is what a statement gave.
type answer struct {
	tag     string
	columns []string
	rows    [][]string
}
