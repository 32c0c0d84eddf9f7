package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// traffic writes to a node in every way that more than one log entry takes.
type traffic struct {
	n      *Node
	rng    *rand.Rand
	chunks atomic.Int64 // of t that are in, one after the other
	wholes atomic.Int64 // loads of whole that are in
	tables atomic.Int64 // the last one that was made, with a row
}

const (
	busyChunk = 40 // rows of a chunk
	busyWhole = 60 // rows of a load that comes whole
)

func rowsFrom(t *catalog.Table, from, to int64) *record.Batch {
	b := record.NewBatch(&t.Schema, int(to-from))
	for i := from; i < to; i++ {
		b.AppendRow(record.IntValue(i))
	}
	return b
}

// load brings chunk i of t in, as whoever repeats it does.
func load(ctx context.Context, n *Node, i int64) error {
	t, err := n.Catalog().Table("t")
	if err != nil {
		return err
	}
	l := n.LoadChunk(t, [16]byte{1}, uint64(i)*10, uint64(i)*10+10)
	if _, err := l.Write(ctx, rowsFrom(t, i*busyChunk, (i+1)*busyChunk)); err != nil {
		return err
	}
	return l.Finish(ctx)
}

func (b *traffic) chunk(ctx context.Context) error {
	err := load(ctx, b.n, b.chunks.Load())
	b.chunks.Add(1)
	return err
}

func (b *traffic) whole(ctx context.Context) error {
	t, err := b.n.Catalog().Table("whole")
	if err != nil {
		return err
	}
	i := b.wholes.Load()
	_, err = b.n.LoadWhole(ctx, t, rowsFrom(t, i*busyWhole, (i+1)*busyWhole), fmt.Sprint("whole/", i), nil)
	b.wholes.Add(1)
	return err
}

func (b *traffic) define(ctx context.Context) error {
	i := b.tables.Load() + 1
	for _, sql := range []string{"CREATE TABLE made%d (v BIGINT)", "INSERT INTO made%d VALUES (%[1]d)"} {
		if _, err := b.n.ask(ctx, fmt.Sprintf(sql, i)); err != nil {
			return err
		}
	}
	b.tables.Add(1)
	if i%2 == 0 {
		_, err := b.n.ask(ctx, fmt.Sprintf("DROP TABLE made%d", i/2))
		return err
	}
	return nil
}

func (b *traffic) move(ctx context.Context) error {
	_, err := b.n.ask(ctx, fmt.Sprintf("ALTER TABLE t SET (shards = %d)", 1+b.rng.IntN(4)))
	return err
}

// TestLinksOfBusyNode takes the state of a node that is loaded, defined and
// rewritten meanwhile. A node that begins with it has what was acknowledged
// before, of everything else all or nothing, and takes what is loaded again
// just once.
func TestLinksOfBusyNode(t *testing.T) {
	rng := random(t)
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, "CREATE TABLE t (v BIGINT) WITH (shard_by = 'v')", "")
	must(t, n, "CREATE TABLE whole (v BIGINT) WITH (shard_by = 'v')", "")
	b := &traffic{n: n, rng: rng}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, w := range []struct {
		most int // so that the states that are taken stay small
		what func(context.Context) error
	}{{250, b.chunk}, {100, b.whole}, {40, b.define}, {8, b.move}} {
		all.Go(func() {
			for i := 0; i < w.most && ctx.Err() == nil; i++ {
				if err := w.what(context.WithoutCancel(ctx)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 6 {
		chunks, wholes, tables := b.chunks.Load(), b.wholes.Load(), b.tables.Load()
		m := restored(t, n)
		asBefore(t, m, chunks, wholes, (b.tables.Load()+1)/2, tables)
		if err := errors.Join(again(t.Context(), m, b.chunks.Load()), m.Close()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.IntN(50)) * time.Millisecond) // another moment
	}
	cancel()
	all.Wait()
	t.Logf("%d chunks, %d whole loads, %d tables", b.chunks.Load(), b.wholes.Load(), b.tables.Load())
}

// asBefore wants at least so much in a node, and nothing in part. Tables up to
// dropped may be gone.
func asBefore(t *testing.T, m *Node, chunks, wholes, dropped, tables int64) {
	t.Helper()
	for i, row := range ask(t, m, fmt.Sprintf("SELECT v / %d, count(*), count(DISTINCT v) FROM whole GROUP BY v / %[1]d ORDER BY 1", busyWhole)) {
		if want := fmt.Sprintf("%d|%d|%[2]d|", i, busyWhole); row != want {
			t.Errorf("whole load %q, want %q", row, want)
		}
		wholes--
	}
	if wholes > 0 {
		t.Errorf("%d whole loads that were acknowledged are missing", wholes)
	}
	st, err := m.Source(mustTable(t, m), [16]byte{1})
	if err != nil || chunks > 0 && (len(st.Done) != 1 || st.Done[0].End < uint64(chunks)*10) {
		t.Errorf("%+v, %v, want %d chunks at least", st, err, chunks)
	}
	for _, d := range st.Done {
		lo, hi := d.Start/10*busyChunk, d.End/10*busyChunk
		must(t, m, fmt.Sprintf("SELECT count(*), count(DISTINCT v) FROM t WHERE v >= %d AND v < %d", lo, hi), fmt.Sprintf("%d,%[1]d", hi-lo))
	}
	for i := dropped + 1; i <= tables; i++ {
		rows, err := rowsOf(m, fmt.Sprintf("SELECT v FROM made%d", i))
		if err != nil || rows != fmt.Sprint(i) {
			t.Errorf("table made%d has %s, %v", i, rows, err)
		}
	}
}

// again loads the first chunks of t into a node, which then has them once.
func again(ctx context.Context, m *Node, chunks int64) error {
	for i := range chunks {
		if err := load(ctx, m, i); err != nil {
			return err
		}
	}
	got, err := m.ask(ctx, fmt.Sprintf("SELECT count(*), count(DISTINCT v) FROM t WHERE v < %d", chunks*busyChunk))
	if want := fmt.Sprintf("%d,%[1]d", chunks*busyChunk); err == nil && got != want {
		err = fmt.Errorf("loaded again, t has rows and values %s, want %s", got, want)
	}
	return err
}
