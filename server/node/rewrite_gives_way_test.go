package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// held is a node whose rewrites wait at a step, and which cannot undo the first
// one at once.
func held(t *testing.T, step string) (n *Node, at, free chan struct{}) {
	at, free = make(chan struct{}, 100), make(chan struct{})
	undone := false
	n = openNode(t, t.TempDir(), store.Options{}, func(s string) bool {
		if s == step {
			at <- struct{}{}
			<-free
		}
		defer func() { undone = undone || s == "undo" }()
		return s == "undo" && !undone // the first time it cannot be undone
	})
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n, at, free
}

// TestRewriteGivesWay cancels rewrites in every way that there is.
func TestRewriteGivesWay(t *testing.T) {
	for _, how := range []string{"cancel", "client", "drop", "cancel when frozen", "client when frozen"} {
		t.Run(how, func(t *testing.T) {
			how, frozen := strings.CutSuffix(how, " when frozen")
			n, at, free := held(t, map[bool]string{false: "copied", true: "frozen"}[frozen])
			must(t, n, "CREATE TABLE t (id BIGINT PRIMARY KEY)", "")
			must(t, n, "INSERT INTO t VALUES (1), (2), (3)", "")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error)
			go func() {
				_, err := n.ask(ctx, "ALTER TABLE t SET (shards = 1)")
				ended <- err
			}()
			<-at
			for _, sql := range []string{"ALTER TABLE t ADD COLUMN v BIGINT", "ALTER TABLE t SET (shards = 2)", "CREATE INDEX ON t USING keys (id)"} {
				if _, err := n.ask(t.Context(), sql); err == nil {
					t.Errorf("%s during a rewrite", sql)
				}
			}
			late := make(chan error, 1)
			insert := func() {
				got, err := n.ask(t.Context(), "INSERT INTO t VALUES (4)")
				if err == nil && got != "INSERT 0 1" {
					err = errors.New(got)
				}
				late <- err
			}
			if frozen {
				go insert() // waits
			} else {
				insert()
			}
			rs := n.Rewrites()
			if len(rs) != 1 || rs[0].Phase != map[bool]string{false: phaseCopies, true: phaseSwitches}[frozen] || rs[0].Rows != 3 || rs[0].Total != 3 || rs[0].Table != "t" {
				t.Fatalf("rewrites %+v", rs)
			}
			dropped := make(chan error, 1)
			switch how {
			case "cancel":
				if !n.Cancel(rs[0].ID) {
					t.Error("it is not there to be cancelled")
				}
			case "client":
				cancel()
			case "drop":
				go func() {
					_, err := n.ask(t.Context(), "DROP TABLE t")
					dropped <- err
				}()
			}
			for w := n.rewrites.of(1); w.ctx.Err() == nil; {
				time.Sleep(time.Millisecond)
			}
			close(free)
			if err := <-ended; !fault.Is(err, fault.Canceled) {
				t.Errorf("%v, want it cancelled", err)
			}
			if err := <-late; err != nil {
				t.Error(err)
			}
			if how == "drop" {
				if err := <-dropped; err != nil {
					t.Error(err)
				}
				must(t, n, "CREATE TABLE t (id BIGINT PRIMARY KEY)", "CREATE TABLE")
				must(t, n, "INSERT INTO t VALUES (4), (5), (6), (7)", "INSERT 0 4")
			}
			must(t, n, "SELECT count(*) FROM t", "4")
			noTrace(t, n)
			must(t, n, "ALTER TABLE t SET (shards = 2)", "ALTER TABLE")
			must(t, n, "SELECT count(*) FROM t", "4")
		})
	}
}

// TestRewriteWaitsForReaders: a statement that has begun to read a table reads
// it to its end where it was; then that goes.
func TestRewriteWaitsForReaders(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, "CREATE TABLE t (id BIGINT PRIMARY KEY, pad KEYWORD)", "")
	const rows = 30000
	table, _ := n.Catalog().Table("t")
	b := record.NewBatch(&table.Schema, rows)
	for i := range rows {
		b.AppendRow(record.IntValue(int64(i)), record.KeywordValue(fmt.Sprint("pad", i)))
	}
	if _, err := n.Append(t.Context(), table, b, store.IdempotencyKey{}); err != nil {
		t.Fatal(err)
	}
	res, err := n.Run(t.Context(), Request{SQL: "SELECT id, pad FROM t"})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	next := func() bool {
		c, err := res.Rows.Next(t.Context())
		if err == io.EOF {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		seen += c.N
		return true
	}
	next()
	must(t, n, "ALTER TABLE t SET (shards = 2)", "ALTER TABLE")
	must(t, n, "DELETE FROM t", fmt.Sprint("DELETE ", rows))
	knows := func() bool {
		return slices.ContainsFunc([]uint32{1, 2, 3, 4}, func(id uint32) bool {
			return slices.ContainsFunc(n.shards[id].Tables(), func(x *catalog.Table) bool { return x.ID() == table.ID() })
		})
	}
	if !knows() {
		t.Error("the former rows are gone while they are read")
	}
	for next() {
	}
	if seen != rows {
		t.Errorf("%d rows read, want %d", seen, rows)
	}
	if err := res.Rows.Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); knows(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the former rows stay when nobody reads them")
		}
	}
}
