//go:build cgo

package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/quindex/quindex/bench"
	"github.com/quindex/quindex/fault"
)

// duck is DuckDB inside this process, on a database file of its own.
type duck struct {
	dir  string
	file string
	db   *sql.DB
}

// openDuck makes an empty database in a temporary folder.
func openDuck(ctx context.Context, threads int) (*duck, error) {
	dir, err := os.MkdirTemp("", "quindex-bench-duckdb-")
	if err != nil {
		return nil, fault.E("peers: duckdb", fault.IO, err)
	}
	d := &duck{dir: dir, file: filepath.Join(dir, "bench.duckdb")}
	if d.db, err = sql.Open("duckdb", d.file); err == nil {
		// One connection: settings belong to it, and statements run one at a time.
		d.db.SetMaxOpenConns(1)
		err = d.exec(ctx, fmt.Sprintf("PRAGMA threads=%d", threads), "SET TimeZone='UTC'", "SET enable_progress_bar=false")
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, fault.E("peers: duckdb", fault.Unavailable, err,
			fault.Hint("DuckDB comes with the Go module duckdb-go/v2 and needs a C compiler and CGO_ENABLED=1"))
	}
	return d, nil
}

func (d *duck) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := d.db.ExecContext(ctx, s); err != nil {
			return fault.E("peers: duckdb", fault.Internal, fault.Item(s), err)
		}
	}
	return nil
}

// Name returns "duckdb".
func (d *duck) Name() string { return "duckdb" }

// Load reads the same files with DuckDB's own JSON reader and ends with a
// checkpoint, so that the rows are in the database file.
func (d *duck) Load(ctx context.Context, w *bench.Workload, dir string) (bench.Load, error) {
	var rows, bytes int64
	start := time.Now()
	for _, t := range w.Tables {
		fields, err := columns(t.DDL, duckKinds)
		if err != nil {
			return bench.Load{}, err
		}
		path := filepath.Join(dir, t.Name+".ndjson")
		info, err := os.Stat(path)
		if err != nil {
			return bench.Load{}, fault.E("peers: duckdb", fault.IO, err)
		}
		bytes += info.Size()
		rows += int64(t.Rows)
		if err := d.exec(ctx, createTable(t.Name, fields), copyTable(t.Name, path, fields)); err != nil {
			return bench.Load{}, err
		}
	}
	if err := d.exec(ctx, append(slices.Clone(w.After["duckdb"]), "CHECKPOINT")...); err != nil {
		return bench.Load{}, err
	}
	took := time.Since(start).Seconds()
	info, err := os.Stat(d.file)
	if err != nil {
		return bench.Load{}, fault.E("peers: duckdb", fault.IO, err)
	}
	return bench.Load{RowsPerSecond: float64(rows) / took, BytesPerSecond: float64(bytes) / took, DiskBytes: info.Size(),
		How: "read_json of the same files with declared columns, what the workload adds, then CHECKPOINT"}, nil
}

func copyTable(name, path string, fields []field) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.name + ": '" + f.kind + "'")
	}
	return fmt.Sprintf("INSERT INTO %s SELECT * FROM read_json('%s', format='newline_delimited', columns={%s})",
		name, strings.ReplaceAll(path, "'", "''"), b.String())
}

// Ask runs the question in DuckDB's words, where it has words of its own.
func (d *duck) Ask(ctx context.Context, q bench.Question) (read func() ([][]any, error), err error) {
	rows, err := d.Query(ctx, q.For("duckdb"))
	return func() ([][]any, error) { return rows, nil }, err
}

// Query runs a statement and reads all of its rows.
func (d *duck) Query(ctx context.Context, text string) ([][]any, error) {
	rows, err := d.db.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out [][]any
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// Close removes the database.
func (d *duck) Close() error {
	err := d.db.Close()
	if e := os.RemoveAll(d.dir); err == nil {
		err = e
	}
	return err
}
