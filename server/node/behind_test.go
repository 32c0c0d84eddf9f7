package node

import (
	"strings"
	"testing"

	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// TestBehindATableThatIsGone: rows on their way to a table that another has taken
// the place of, in a shard that knows it only as it was before, go to the other.
func TestBehindATableThatIsGone(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, "CREATE TABLE p (id BIGINT PRIMARY KEY, v BIGINT) WITH (shards = 3)", "CREATE TABLE")
	before, err := n.Catalog().Table("p")
	if err != nil {
		t.Fatal(err)
	}
	must(t, n, "ALTER TABLE p SET (shards = 2)", "ALTER TABLE")
	if err := n.everyShard(t.Context(), n.shardIDs(), store.EncodeDefine(before)); err != nil {
		t.Fatal(err)
	}
	newer := *before
	newer.Schema.Version++
	b := record.NewBatch(&newer.Schema, 20)
	for i := range 20 {
		b.AppendRow(record.IntValue(int64(i)), record.IntValue(1))
	}
	w, err := n.Append(t.Context(), &newer, b, store.IdempotencyKey{})
	if err != nil || w.Rows != 20 {
		t.Fatalf("%d rows, %v, want 20", w.Rows, err)
	}
	if have := ask(t, n, "SELECT count(*) FROM p"); len(have) != 1 || !strings.Contains(have[0], "20") {
		t.Errorf("the table has %v rows, want 20", have)
	}
}
