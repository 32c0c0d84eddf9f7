package node

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/store"
)

// TestChangeIsWaitedForWhereItGoes: an UPDATE whose table has moved since it was
// parsed goes on in the next generation, and a rewrite of that one waits for it.
func TestChangeIsWaitedForWhereItGoes(t *testing.T) {
	var n *Node
	var armed, waited atomic.Bool
	n, err := Open(t.Context(), Options{Cluster: cluster.Options{Dir: t.TempDir(), Shards: 4, DiskReserve: -1}, Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler),
		at: func(point string) {
			if !armed.Load() || !strings.HasPrefix(point, "apply:") {
				return
			}
			def, err := n.Catalog().Table("p")
			if err != nil {
				t.Error(err)
				return
			}
			n.rewrites.mu.Lock()
			defer n.rewrites.mu.Unlock()
			if n.rewrites.changing[def.ID()] == 1 {
				waited.Store(true)
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	must(t, n, "CREATE TABLE p (id BIGINT PRIMARY KEY, v BIGINT) WITH (shards = 3)", "CREATE TABLE")
	var rows []string
	for i := range 60 {
		rows = append(rows, fmt.Sprintf("(%d, 0)", i))
	}
	must(t, n, "INSERT INTO p VALUES "+strings.Join(rows, ", "), "INSERT 0 60")

	const text = "UPDATE p SET v = v + 1"
	stmt, err := sql.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s := stmt.(*sql.Update)
	c, as, err := n.newChanger(Request{SQL: text}, "update", s.Table, s.Alias, s.Where)
	if err != nil {
		t.Fatal(err)
	}
	set, err := c.assigned(s)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range c.table.Schema.Fields {
		e := sql.Expr(&sql.Name{Parts: []string{as, f.Name}})
		if v, ok := set[i]; ok {
			e = v
		}
		c.item(e, f)
	}
	c.posts = true
	must(t, n, "ALTER TABLE p SET (shards = 2)", "ALTER TABLE")

	armed.Store(true)
	if err := c.run(t.Context()); err != nil {
		t.Error(err)
	}
	armed.Store(false)
	if !waited.Load() {
		t.Error("a rewrite would not wait for the UPDATE of the table that its own has become")
	}
	if c.count != 60 || len(n.rewrites.changing) > 0 {
		t.Errorf("%d rows are done, want 60; %d tables are changed still", c.count, len(n.rewrites.changing))
	}
	must(t, n, "SELECT count(*), sum(v) FROM p", "60,60")
}

// TestFollowDoesNotWaitForWhoWaits: who was refused by a table that was frozen for
// a load goes on when that is over, though a rewrite of the table has begun, which
// may wait for him.
func TestFollowDoesNotWaitForWhoWaits(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, makeP, "CREATE TABLE")
	def, err := n.Catalog().Table("p")
	if err != nil {
		t.Fatal(err)
	}
	w, err := n.rewrites.begin(n, def, "")
	if err != nil {
		t.Fatal(err)
	}
	defer n.rewrites.wg.Done()
	defer n.rewrites.leave(w)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if next, err := n.follow(ctx, def); err != nil || next.ID() != def.ID() {
		t.Errorf("%+v, %v", next, err)
	}
}
