package node

import (
	"context"
	"sync"
	"testing"

	"github.com/quindex/quindex/store"
)

// TestForgetfulRewriteIsNoticed holds the writers to finding what they are there
// to find: a rewrite that leaves out what was written during its copy.
func TestForgetfulRewriteIsNoticed(t *testing.T) {
	seed := rewriteSeed(t)
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	n.opts.forgets = true
	setUp(t, n)
	ws := newWriters(n, seed)
	const most = 200
	for range most {
		ctx, stop := context.WithCancel(t.Context())
		found := make(chan error, writers)
		var all sync.WaitGroup
		for _, w := range ws {
			all.Go(func() {
				for ctx.Err() == nil {
					if err := w.step(t.Context()); err != nil {
						found <- err
						return
					}
				}
			})
		}
		if _, err := n.ask(t.Context(), "ALTER TABLE k SET (shards = 2)"); err != nil {
			t.Fatal(err)
		}
		stop()
		all.Wait()
		select {
		case err := <-found:
			t.Logf("a writer: %v", err)
			return
		default:
		}
		if have, err := n.ask(t.Context(), "SELECT id, v FROM k ORDER BY id"); err != nil || have != rowsOfK(ws) {
			t.Logf("%s, %v; want %s", have, err, rowsOfK(ws))
			return
		}
	}
	t.Fatalf("not noticed in %d rewrites", most)
}
