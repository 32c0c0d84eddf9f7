package node

import (
	"fmt"
	"testing"

	"github.com/quindex/quindex/store"
)

// BenchmarkNotWritten is what a write under a key costs more since its table
// was rewritten, by a client that has written to every generation: the next
// batch, and one that comes again.
func BenchmarkNotWritten(b *testing.B) {
	for _, moves := range []int{1, 10, 100} {
		n := openNode(b, b.TempDir(), store.Options{}, nil)
		ask := func(sql string) {
			if _, err := n.ask(b.Context(), sql); err != nil {
				b.Fatal(err)
			}
		}
		ask("CREATE TABLE t (v BIGINT) WITH (shard_by = 'v')")
		key := store.IdempotencyKey{Client: [16]byte{7, 15: 1}}
		for i := range moves {
			key.Seq++
			if _, err := n.Append(b.Context(), mustTable(b, n), sequence(b, n, "t", 10*i, 10*i+10), key); err != nil {
				b.Fatal(err)
			}
			ask(fmt.Sprintf("ALTER TABLE t SET (shards = %d)", 1+i%4))
		}
		t, batch := mustTable(b, n), sequence(b, n, "t", 10*moves-10, 10*moves)
		for seq, name := range map[uint64]string{key.Seq + 1: "next", key.Seq: "again"} {
			key.Seq = seq
			b.Run(fmt.Sprintf("rewrites=%d/%s", moves, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := n.notWritten(t, batch, key); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		if err := n.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
