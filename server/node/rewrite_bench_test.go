package node

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// BenchmarkRewrite rewrites a table while single rows are written to it, and
// reports rows a second and how long those writes take, at the worst.
func BenchmarkRewrite(b *testing.B) {
	const rows = 400_000
	for _, kind := range []string{"PRIMARY KEY", ""} {
		b.Run(fmt.Sprintf("rows=%d/%s", rows, kind), func(b *testing.B) {
			ctx := context.Background()
			n, err := Open(ctx, Options{Cluster: cluster.Options{Dir: b.TempDir(), Shards: 8, DiskReserve: -1}, Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			defer n.Close()
			run := func(sql string) {
				if _, err := n.ask(ctx, sql); err != nil {
					b.Fatal(err)
				}
			}
			run("CREATE TABLE t (id BIGINT " + kind + ", host KEYWORD, v DOUBLE)")
			t, _ := n.Catalog().Table("t")
			for lo := 0; lo < rows; lo += 50_000 {
				c := record.NewBatch(&t.Schema, 50_000)
				for i := range 50_000 {
					c.AppendRow(record.IntValue(int64(lo+i)), record.KeywordValue(fmt.Sprint("host", i%1000)), record.FloatValue(float64(i)/7))
				}
				if _, err := n.Append(ctx, t, c, store.IdempotencyKey{}); err != nil {
					b.Fatal(err)
				}
			}
			if err := n.Flush(ctx); err != nil {
				b.Fatal(err)
			}
			var took []time.Duration
			stop, ended := make(chan struct{}), sync.WaitGroup{}
			ended.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					start := time.Now()
					if _, err := n.ask(ctx, fmt.Sprintf("INSERT INTO t VALUES (%d, 'late', 1)", rows+i)); err != nil {
						b.Error(err)
						return
					}
					took = append(took, time.Since(start))
				}
			})
			shards, moved := 8, 0
			for b.Loop() {
				shards = 9 - shards + 3 // 4, 8, 4, ...
				run(fmt.Sprintf("ALTER TABLE t SET (shards = %d)", shards))
				moved += rows
			}
			close(stop)
			ended.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(moved)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "write-p50-ms")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "write-max-ms")
		})
	}
}
