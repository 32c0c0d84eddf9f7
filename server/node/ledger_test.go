package node

import (
	"context"
	"log/slog"
	"testing"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/record"
)

// TestSourceIsOneMoment asks what a table holds of a source while its chunks
// come in, several at a time: the rows are always those of the bytes.
func TestSourceIsOneMoment(t *testing.T) {
	ctx := context.Background()
	n, err := Open(ctx, Options{Cluster: cluster.Options{Dir: t.TempDir(), Shards: 3}, Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if _, err := n.Run(ctx, Request{SQL: "CREATE TABLE t (id BIGINT) WITH (shard_by = 'id')"}); err != nil {
		t.Fatal(err)
	}
	table, err := n.Catalog().Table("t")
	if err != nil {
		t.Fatal(err)
	}
	const chunks, rows, size = 60, 10, 100
	source := [16]byte{7}
	ended := make(chan error)
	for lane := range 3 {
		go func() {
			for i := lane; i < chunks; i += 3 {
				c := n.LoadChunk(table, source, uint64(i*size), uint64(i*size+size))
				b := record.NewBatch(&table.Schema, rows)
				for r := range rows {
					b.AppendRow(record.IntValue(int64(i*rows + r)))
				}
				if _, err := c.Write(ctx, b); err != nil {
					ended <- err
					return
				}
				if err := c.Finish(ctx); err != nil {
					ended <- err
					return
				}
			}
			ended <- nil
		}()
	}
	asked := 0
	for left := 3; left > 0; asked++ {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			left--
		default:
		}
		st, err := n.Source(table, source)
		if err != nil {
			t.Fatal(err)
		}
		bytes := uint64(0)
		for _, d := range st.Done {
			bytes += d.End - d.Start
		}
		if st.Rows*size != bytes*rows {
			t.Fatalf("%d rows in %v, want %d in each %d bytes", st.Rows, st.Done, rows, size)
		}
	}
	if st, err := n.Source(table, source); err != nil || st.Rows != chunks*rows || len(st.Done) != 1 || len(st.Begun) != 0 {
		t.Errorf("%+v, %v", st, err)
	}
	t.Logf("asked %d times", asked)
}
