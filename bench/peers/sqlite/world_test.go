package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// layout is how the rows lie in quindex.
type layout struct {
	shards   int
	store    store.Options
	naive    bool // plans are not rewritten and ask no index
	pieces   int  // each table is written by so many statements
	flush    bool // after each of them
	merge    bool // after all
	shardBys []string
}

func (l layout) String() string {
	return fmt.Sprintf("shards=%d tail=%d nomerge=%v noindexes=%v naive=%v pieces=%d flush=%v merge=%v shard_by=%v",
		l.shards, l.store.TailRows, l.store.NoMerge, l.store.NoIndexes, l.naive, l.pieces, l.flush, l.merge, l.shardBys)
}

const never = 1 << 30

func randomLayout(rnd *rand.Rand) layout {
	l := layout{
		shards: 1 + rnd.IntN(8), pieces: 1 + rnd.IntN(4), flush: rnd.IntN(2) == 0, merge: rnd.IntN(3) == 0, naive: rnd.IntN(8) == 0,
		store: store.Options{NoMerge: rnd.IntN(3) == 0, NoIndexes: rnd.IntN(8) == 0},
	}
	switch rnd.IntN(3) {
	case 0:
		l.store.TailRows = 1
	case 1:
		l.store.TailRows, l.store.SealRows, l.store.SealBytes = never, never, never
	}
	for _, t := range schema {
		by := ""
		if rnd.IntN(2) == 0 {
			by = t.columns[rnd.IntN(len(t.columns))].name
		}
		l.shardBys = append(l.shardBys, by)
	}
	return l
}

// world is the same tables in quindex and in SQLite.
type world struct {
	tables []table
	layout layout
	node   *node.Node
	lite   *sql.DB
}

func (w *world) open(t *testing.T) {
	t.Helper()
	n, err := node.Open(t.Context(), node.Options{
		Cluster:  cluster.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Shards: w.layout.shards, DiskReserve: -1},
		Store:    w.layout.store,
		Registry: all.Registry(),
		Naive:    w.layout.naive, NoIndex: w.layout.naive,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.node = n
	if w.lite, err = sql.Open("sqlite", "file::memory:"); err != nil {
		t.Fatal(err)
	}
	w.lite.SetMaxOpenConns(1) // each connection would have a memory of its own
	w.execSQLite(t, "PRAGMA case_sensitive_like = ON")
	w.load(t)
}

func (w *world) close(t *testing.T) {
	if err := w.node.Close(); err != nil {
		t.Error(err)
	}
	if err := w.lite.Close(); err != nil {
		t.Error(err)
	}
}

// load makes the tables and writes their rows.
func (w *world) load(t *testing.T) {
	t.Helper()
	for i, table := range w.tables {
		with := ""
		if by := w.layout.shardBys[i]; by != "" {
			with = " WITH (shard_by = '" + by + "')"
		}
		w.execQuindex(t, table.create()+with)
		w.execSQLite(t, table.create())
		for p := range w.layout.pieces {
			lo, hi := len(table.rows)*p/w.layout.pieces, len(table.rows)*(p+1)/w.layout.pieces
			if lo == hi {
				continue
			}
			w.execSQLite(t, table.insert(lo, hi))
			w.execQuindex(t, table.insert(lo, hi))
			if w.layout.flush {
				if err := w.node.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if w.layout.merge {
			if err := w.node.Merge(t.Context(), table.name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// reload writes the tables anew, after rows of them went.
func (w *world) reload(t *testing.T) {
	t.Helper()
	for _, table := range w.tables {
		w.execQuindex(t, "DROP TABLE "+table.name)
		w.execSQLite(t, "DROP TABLE "+table.name)
	}
	w.load(t)
}

func (w *world) execSQLite(t *testing.T, s string) {
	t.Helper()
	if _, err := w.lite.ExecContext(t.Context(), s); err != nil {
		t.Fatalf("sqlite: %s: %v", s, err)
	}
}

func (w *world) execQuindex(t *testing.T, s string) {
	t.Helper()
	if _, err := w.askQuindex(t, s); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
}

func (w *world) askSQLite(t *testing.T, s string) ([][]cell, error) {
	rows, err := w.lite.QueryContext(t.Context(), s)
	if err != nil {
		return nil, oneLine(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]cell
	for rows.Next() {
		values, at := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		row := make([]cell, len(values))
		for i, v := range values {
			row[i] = cellOfSQLite(t, v)
		}
		out = append(out, row)
	}
	return out, oneLine(rows.Err())
}

// oneLine cuts what SQLite quotes of the statement from an error.
func oneLine(err error) error {
	if err == nil {
		return nil
	}
	s, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("%s", s)
}

func (w *world) askQuindex(t *testing.T, s string) ([][]cell, error) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res, err := w.node.Run(ctx, node.Request{SQL: s})
	if err != nil || res.Rows == nil {
		return nil, err
	}
	defer res.Rows.Close()
	var out [][]cell
	for {
		c, err := res.Rows.Next(ctx)
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range c.N {
			row := make([]cell, len(c.Cols))
			for j, col := range c.Cols {
				if !col.IsNull(i) {
					row[j] = cellOfQuindex(t, col.Value(i))
				}
			}
			out = append(out, row)
		}
	}
}
