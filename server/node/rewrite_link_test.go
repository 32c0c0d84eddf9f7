package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
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

// restored opens a node with the state that n has now.
func restored(t *testing.T, n *Node) *Node {
	t.Helper()
	dir, from := t.TempDir(), filepath.Join(n.Dir(), fmt.Sprint("links", time.Now().UnixNano()))
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
	return openNode(t, o.Dir, store.Options{}, nil)
}

// begins compares a node with the state that n has now.
func begins(t *testing.T, n *Node, rows, shards int) {
	t.Helper()
	m := restored(t, n)
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

// TestLinksDuringLoad loads a chunk of a source when the first shard of a node
// is linked and the others are not: a node that begins with the state has the
// chunk whole, or does not take it for loaded.
func TestLinksDuringLoad(t *testing.T) {
	const rows = 1000
	var n *Node
	var begun sync.Once
	var loaded error
	ended := make(chan struct{})
	o := Options{Cluster: cluster.Options{Dir: t.TempDir(), Shards: 4, DiskReserve: -1}, Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler)}
	o.at = func(point string) {
		if !strings.HasPrefix(point, "snapshot: the files are linked") {
			return
		}
		begun.Do(func() {
			go func() {
				defer close(ended)
				l := n.LoadChunk(mustTable(t, n), [16]byte{3}, 0, 100)
				_, err := l.Write(context.Background(), sequence(t, n, "t", 0, rows))
				loaded = errors.Join(err, l.Finish(context.Background()))
			}()
			select {
			case <-ended:
			case <-time.After(300 * time.Millisecond): // it waits until all are linked
			}
		})
	}
	var err error
	if n, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	must(t, n, "CREATE TABLE t (v BIGINT) WITH (shard_by = 'v')", "")
	for mustTable(t, n).Sharding.Shards()[0] == 1 { // whose ledger counts; it is linked first
		must(t, n, "DROP TABLE t", "")
		must(t, n, "CREATE TABLE t (v BIGINT) WITH (shard_by = 'v')", "")
	}
	m := restored(t, n)
	defer m.Close()
	if <-ended; loaded != nil {
		t.Fatal(loaded)
	}
	must(t, n, "SELECT count(*) FROM t", fmt.Sprint(rows))
	st, err := m.Source(mustTable(t, m), [16]byte{3})
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Done) > 0 {
		must(t, m, "SELECT count(*) FROM t", fmt.Sprint(rows))
		return
	}
	l := m.LoadChunk(mustTable(t, m), [16]byte{3}, 0, 100)
	if _, err := l.Write(t.Context(), sequence(t, m, "t", 0, rows)); err != nil {
		t.Fatal(err)
	}
	if err := l.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(t, m, "SELECT count(*) FROM t", fmt.Sprint(rows))
}
