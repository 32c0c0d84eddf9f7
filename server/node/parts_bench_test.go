package node

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// keys is how many rows live.
const keys = 200_000

// BenchmarkParts asks tables that lie in many small parts, some of whose rows
// are dead, as upserts leave them behind: what a part costs is what it tells.
func BenchmarkParts(b *testing.B) {
	for _, of := range []struct{ flushes, rows, open int }{{0, 0, 0}, {10, 16_000, 0}, {10, 16_000, 4000}} {
		b.Run(fmt.Sprintf("flushes=%d/rows=%d/open=%d", of.flushes, of.rows, of.open), func(b *testing.B) {
			n := manyParts(b, of.flushes, of.rows, of.open, store.Options{NoMerge: true})
			for _, s := range []struct{ name, sql string }{
				{"keyword", "SELECT count(*), avg(reading) FROM meters WHERE place = 'place 7'"},
				{"absent", "SELECT count(*), avg(reading) FROM meters WHERE place = 'nowhere'"},
				{"engines", "SELECT place, count(*), max(reading) FROM meters WHERE match(words, 'amber') AND ST_DWithin(loc, ST_MakePoint(10, 50), 300000)" +
					" AND at >= '2026-01-02' AND at < '2026-01-03' AND reading > 100 GROUP BY 1"},
			} {
				b.Run(s.name, func(b *testing.B) {
					b.ReportAllocs()
					processor(b, func() {
						for b.Loop() {
							if _, err := n.ask(b.Context(), s.sql); err != nil {
								b.Fatal(err)
							}
						}
					})
				})
			}
		})
	}
}

// processor reports the processor time of each operation of run, of this whole
// process: on a busy machine it says more than the time that passed.
func processor(b *testing.B, run func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	runtime.GC()
	start := used()
	run()
	b.ReportMetric(float64((used()-start).Nanoseconds())/1000/float64(b.N), "cpu-us/op")
}

// BenchmarkPartsWritten reads by key, and every tenth time a group, while 16,000
// upserts a second come and are flushed every second, or none, all at an even
// pace; it reports how long those take.
func BenchmarkPartsWritten(b *testing.B) {
	for _, upserts := range []int{0, 16_000} {
		b.Run(fmt.Sprint("upserts=", upserts), func(b *testing.B) { benchWritten(b, upserts) })
	}
}

func benchWritten(b *testing.B, upserts int) {
	const reads, writes, lasts = 200, 50, 10 * time.Second
	n := manyParts(b, 0, 0, 0, store.Options{FlushAge: time.Second})
	upsert := upserter(b, n)
	for b.Loop() {
		stop, ended := make(chan struct{}), sync.WaitGroup{}
		ended.Go(func() {
			rng := rand.New(rand.NewPCG(1, 1))
			tick := time.NewTicker(time.Second / writes)
			defer tick.Stop()
			for g := 1; ; g++ {
				select {
				case <-stop:
					return
				case <-tick.C:
					upsert(rng.IntN(keys), upserts/writes, g)
				}
			}
		})
		var points, groups []time.Duration
		tick := time.NewTicker(time.Second / reads)
		for i := range int(lasts.Seconds() * reads) {
			<-tick.C
			sql, to := fmt.Sprint("SELECT reading, words FROM meters WHERE id = ", i*7919%keys), &points
			if i%10 == 9 {
				sql, to = fmt.Sprintf("SELECT count(*), avg(reading) FROM meters WHERE place = 'place %d'", i/10%500), &groups
			}
			start := time.Now()
			if _, err := n.ask(b.Context(), sql); err != nil {
				b.Fatal(err)
			}
			*to = append(*to, time.Since(start))
		}
		tick.Stop()
		close(stop)
		ended.Wait()
		for name, took := range map[string][]time.Duration{"point": points, "group": groups} {
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), name+"-p50-us")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), name+"-p99-us")
		}
		segments := 0
		for _, list := range n.Segments() {
			segments += len(list)
		}
		b.ReportMetric(float64(segments), "segments")
	}
}

// manyParts is a node of eight shards: 200,000 keys in one segment each, then
// flushes of so many upserts each, then upserts that are in no file.
func manyParts(b *testing.B, flushes, each, open int, o store.Options) *Node {
	ctx := context.Background()
	n, err := Open(ctx, Options{Cluster: cluster.Options{Dir: b.TempDir(), Shards: 8, DiskReserve: -1},
		Store: o, Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { n.Close() })
	if _, err := n.ask(ctx, "CREATE TABLE meters (id BIGINT NOT NULL, at TIMESTAMP NOT NULL, reading DOUBLE NOT NULL, place KEYWORD NOT NULL, loc POINT, words TEXT, PRIMARY KEY (id))"); err != nil {
		b.Fatal(err)
	}
	upsert := upserter(b, n)
	upsert(0, keys, 0)
	if err := n.Flush(ctx); err != nil {
		b.Fatal(err)
	}
	at := 0
	for g := range flushes {
		upsert(at, each, g+1)
		at += each
		if err := n.Flush(ctx); err != nil {
			b.Fatal(err)
		}
	}
	upsert(at, open, flushes+1)
	return n
}

// upserter returns what writes count rows from the from-th of a walk over all
// keys on.
func upserter(b *testing.B, n *Node) func(from, count, generation int) {
	t, err := n.Catalog().Table("meters")
	if err != nil {
		b.Fatal(err)
	}
	words := []string{"amber", "blue", "cyan", "dun", "ecru", "fawn", "gold"}
	const start = 1_767_225_600_000_000_000 // 2026
	return func(from, count, generation int) {
		for lo := from; lo < from+count; lo += 50_000 {
			size := min(50_000, from+count-lo)
			batch := record.NewBatch(&t.Schema, size)
			for i := range size {
				id := (lo + i) * 7919 % keys
				batch.AppendRow(record.IntValue(int64(id)), record.TimestampValue(start+int64(lo+i)*1e9), record.FloatValue(float64((id*31+generation*977)%10_000)+0.25),
					record.KeywordValue(fmt.Sprint("place ", id%500)), record.PointValue(float64(id%360-180), float64(id/360%180-90)),
					record.KeywordValue(words[id%7]+" "+words[(id/7+generation)%7]))
			}
			batch.Cols[5].Type = t.Schema.Fields[5].Type
			if _, err := n.Append(b.Context(), t, batch, store.IdempotencyKey{}); err != nil {
				b.Error(err)
			}
		}
	}
}
