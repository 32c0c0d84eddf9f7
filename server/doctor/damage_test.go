package doctor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/server/node"
)

// TestDamage flips a byte of a segment: the doctor says what healed.
func TestDamage(t *testing.T) {
	n, ctx := openNode(t), context.Background()
	for _, sql := range []string{"CREATE TABLE t (k BIGINT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)"} {
		if _, err := n.Run(ctx, node.Request{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if s := find(Examine(n, healthy()), "damage"); s.State != OK {
		t.Errorf("nothing is damaged, but %+v", s)
	}
	packs, err := filepath.Glob(filepath.Join(n.Dir(), "groups", "*", "machine", "seg-*", "segment.pack"))
	if err != nil || len(packs) == 0 {
		t.Fatalf("packs %v, %v", packs, err)
	}
	data, err := os.ReadFile(packs[0])
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(packs[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte{data[70] ^ 1}, 70)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := n.Verify(ctx, func(string) {})
	if err != nil || len(v.Findings) == 0 {
		t.Fatalf("findings %+v, %v", v, err)
	}
	var s Sign
	for until := time.Now().Add(30 * time.Second); !strings.Contains(s.Found, "were healed"); time.Sleep(time.Millisecond) {
		if s = find(Examine(n, healthy()), "damage"); s.State != Look || s.Advice == "" || !strings.Contains(s.Found, "shard ") || time.Now().After(until) {
			t.Fatalf("%+v", s)
		}
	}
}
