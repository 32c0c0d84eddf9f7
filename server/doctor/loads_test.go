package doctor

import (
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/node"
)

// TestStuckLoads fills the disk while loads come in: the doctor tells of one
// that is stuck, and with space again of none.
func TestStuckLoads(t *testing.T) {
	var left atomic.Int64 // looks at the disk until it is full
	left.Store(1 << 40)
	n, err := node.Open(t.Context(), node.Options{Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler),
		Cluster: cluster.Options{Dir: t.TempDir(), Shards: 4, DiskReserve: 1, Free: func(string) (int64, error) { return left.Add(-1), nil }}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if _, err := n.Run(t.Context(), node.Request{SQL: "CREATE TABLE t (v BIGINT) WITH (shard_by = 'v')"}); err != nil {
		t.Fatal(err)
	}
	def, err := n.Catalog().Table("t")
	if err != nil {
		t.Fatal(err)
	}
	b := record.NewBatch(&def.Schema, 100)
	for v := range 100 {
		b.AppendRow(record.IntValue(int64(v)))
	}
	late := time.Now().Add(time.Minute)
	for s := (Sign{}); s.State != Bad; {
		left.Store(2)
		for err = nil; err == nil; {
			_, err = n.LoadWhole(t.Context(), def, b, "", nil)
		}
		if !fault.Is(err, fault.Overload) || time.Now().After(late) {
			t.Fatal(err)
		}
		if s = find(Examine(n, healthy()), "loads"); s.State == Bad && (!strings.Contains(s.Found, " into t, ") || s.Advice == "") {
			t.Fatalf("%+v", s)
		}
		left.Store(1 << 40)
	}
	for find(Examine(n, healthy()), "loads").State != OK {
		if time.Now().After(late) {
			t.Fatalf("with space again %+v", find(Examine(n, healthy()), "loads"))
		}
	}
}
