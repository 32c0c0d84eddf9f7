package node

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/store"
)

// TestLinksDuringRewrite takes the state of a node in the midst of a rewrite,
// and after it: a node that begins with it has all rows, and no trace.
func TestLinksDuringRewrite(t *testing.T) {
	const rows = 1000
	at, free := make(chan string), make(chan struct{})
	n := openNode(t, t.TempDir(), store.Options{}, func(step string) bool {
		if step == "copied" || step == "frozen" {
			at <- step
			<-free
		}
		return false
	})
	defer n.Close()
	must(t, n, "CREATE TABLE t (v BIGINT) WITH (shard_by = 'v')", "")
	if _, err := n.Append(t.Context(), mustTable(t, n), sequence(t, n, "t", 0, rows), store.IdempotencyKey{}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := n.ask(t.Context(), "ALTER TABLE t SET (shards = 2)")
		ended <- err
	}()
	if step := <-at; step != "copied" {
		t.Fatal(step)
	}
	begins(t, n, rows, 4)
	free <- struct{}{}
	if step := <-at; step != "frozen" {
		t.Fatal(step)
	}
	if n.rewrites.link.TryLock() {
		t.Error("the state can be taken while a rewrite ends")
		n.rewrites.link.Unlock()
	}
	free <- struct{}{}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	must(t, n, "DELETE FROM t WHERE v < 10", "DELETE 10")
	begins(t, n, rows-10, 2)
}

// begins opens a node with the state that n has now.
func begins(t *testing.T, n *Node, rows, shards int) {
	t.Helper()
	dir, from := t.TempDir(), filepath.Join(n.Dir(), fmt.Sprint("links", rows))
	covers, err := n.LinkGroups(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	o := cluster.Options{Dir: filepath.Join(dir, "node"), Shards: 4, DiskReserve: -1, Listen: "127.0.0.1:0"}
	err = cluster.Seed(o, func(g cluster.GroupID, to string) (uint64, error) {
		return covers[uint32(g)], os.CopyFS(to, os.DirFS(filepath.Join(from, GroupDir(uint32(g)))))
	})
	if err != nil {
		t.Fatal(err)
	}
	m := openNode(t, o.Dir, store.Options{}, nil)
	defer m.Close()
	must(t, m, "SELECT count(*), count(DISTINCT v) FROM t", fmt.Sprintf("%d,%d", rows, rows))
	if got := len(mustTable(t, m).Sharding.Shards()); got != shards {
		t.Errorf("%d shards, want %d", got, shards)
	}
	noTrace(t, m)
	must(t, m, "ALTER TABLE t SET (shards = 3)", "ALTER TABLE")
	must(t, m, "INSERT INTO t VALUES (-1)", "INSERT 0 1")
	must(t, m, "SELECT count(*) FROM t", fmt.Sprint(rows+1))
}
