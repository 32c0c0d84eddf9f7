package main

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/quindex/quindex/bench"
	"github.com/quindex/quindex/fault"
)

// postgres is PostgreSQL with PostGIS: a cluster of its own on loopback, asked
// over its own protocol by one connection.
type postgres struct {
	cluster *pgCluster
	conn    *pgx.Conn
}

// openPostgres starts an empty cluster that uses at most threads processes for
// one statement.
func openPostgres(ctx context.Context, threads int) (bench.System, error) {
	c, err := startPostgres(ctx, threads)
	if err != nil {
		return nil, err
	}
	p := &postgres{cluster: c}
	if p.conn, err = c.connect(ctx); err == nil {
		err = p.exec(ctx, "CREATE EXTENSION postgis")
	}
	if err != nil {
		p.Close()
		return nil, fault.E("peers: postgres", fault.Unavailable, err, fault.Hint(pgInstall))
	}
	return p, nil
}

func (p *postgres) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := p.conn.Exec(ctx, s); err != nil {
			return fault.E("peers: postgres", fault.Internal, fault.Item(s), err)
		}
	}
	return nil
}

// Name returns "postgres".
func (p *postgres) Name() string { return "postgres" }

// pgKinds are quindex's types and what they are here.
var pgKinds = map[string]string{
	"TIMESTAMP": "timestamp", "KEYWORD": "text", "TEXT": "text", "BIGINT": "bigint", "DOUBLE": "double precision",
	"DATE": "date", "BOOLEAN": "boolean", "POINT": "geography(Point, 4326)",
}

// Load copies the rows, makes the workload's indexes and statistics, and ends
// with a checkpoint.
func (p *postgres) Load(ctx context.Context, w *bench.Workload, dir string) (bench.Load, error) {
	var rows, bytes int64
	start := time.Now()
	for _, t := range w.Tables {
		fields, err := columns(t.DDL, pgKinds)
		if err != nil {
			return bench.Load{}, err
		}
		if err := p.exec(ctx, createTable(t.Name, fields)); err != nil {
			return bench.Load{}, err
		}
		n, err := p.copy(ctx, t.Name, filepath.Join(dir, t.Name+".ndjson"), fields)
		if err != nil {
			return bench.Load{}, err
		}
		rows, bytes = rows+int64(t.Rows), bytes+n
	}
	if err := p.exec(ctx, append(w.After[p.Name()], "CHECKPOINT")...); err != nil {
		return bench.Load{}, err
	}
	took := time.Since(start).Seconds()
	var disk int64
	if err := p.conn.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&disk); err != nil {
		return bench.Load{}, fault.E("peers: postgres", fault.Internal, err)
	}
	return bench.Load{RowsPerSecond: float64(rows) / took, BytesPerSecond: float64(bytes) / took, DiskBytes: disk,
		How: "COPY of the same rows as text, then indexes, VACUUM ANALYZE and CHECKPOINT; disk without the log"}, nil
}

// copy sends the rows of a file and returns its size.
func (p *postgres) copy(ctx context.Context, table, path string, fields []field) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fault.E("peers: postgres", fault.IO, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, fault.E("peers: postgres", fault.IO, err)
	}
	rows := &copyRows{lines: bufio.NewScanner(f), fields: fields}
	rows.lines.Buffer(make([]byte, 1<<20), 1<<20)
	if _, err := p.conn.PgConn().CopyFrom(ctx, rows, "COPY "+table+" FROM STDIN"); err != nil {
		return 0, fault.E("peers: postgres", fault.Internal, fault.Item("copy into "+table), err)
	}
	return info.Size(), nil
}

// Query runs a statement and reads all of its rows.
func (p *postgres) Query(ctx context.Context, text string) ([][]any, error) {
	rows, err := p.conn.Query(ctx, text, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]any
	for rows.Next() {
		row, err := rows.Values()
		if err != nil {
			return nil, err
		}
		for i, v := range row {
			if n, ok := v.(pgtype.Numeric); ok {
				f, err := n.Float64Value()
				if err != nil {
					return nil, err
				}
				if row[i] = f.Float64; !f.Valid {
					row[i] = nil
				}
			}
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// Ask puts the question in PostgreSQL's words.
func (p *postgres) Ask(ctx context.Context, q bench.Question) (func() ([][]any, error), error) {
	rows, err := p.Query(ctx, q.For(p.Name()))
	return func() ([][]any, error) { return rows, nil }, err
}

// Close stops the cluster and removes it.
func (p *postgres) Close() error {
	if p.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		p.conn.Close(ctx)
	}
	return p.cluster.stop()
}
