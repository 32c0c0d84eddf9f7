package node

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

func sequence(t testing.TB, n *Node, table string, from, to int) *record.Batch {
	t.Helper()
	def, err := n.Catalog().Table(table)
	if err != nil {
		t.Fatal(err)
	}
	b := record.NewBatch(&def.Schema, to-from)
	for i := from; i < to; i++ {
		b.AppendRow(record.IntValue(int64(i)))
	}
	return b
}

// TestRetryAfterRewrite: what was written in part, and is sent again when the
// table has moved, once or twice, is there once.
func TestRetryAfterRewrite(t *testing.T) {
	for _, by := range []string{"v", ""} {
		t.Run("by "+by, func(t *testing.T) {
			n := openNode(t, t.TempDir(), store.Options{}, nil)
			defer n.Close()
			must(t, n, "CREATE TABLE t (v BIGINT) WITH (shard_by = 'v')", "")
			must(t, n, "ALTER TABLE t SET (shard_by = '"+by+"')", "")
			first, _ := n.Catalog().Table("t")
			key := store.IdempotencyKey{Client: [16]byte{7}, Seq: 3}
			const rows = 200
			b := sequence(t, n, "t", 0, rows)
			// Of the batch, and of a chunk, the part of one shard comes in.
			parts, err := n.route(first, b, keyFor(first, key))
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := n.propose(t.Context(), first, parts[0]); err != nil {
				t.Fatal(err)
			}
			l := n.LoadChunk(first, [16]byte{5}, 0, 50)
			if parts, err = n.route(first, sequence(t, n, "t", 1000, 1000+rows), l.routing()); err != nil {
				t.Fatal(err)
			}
			p := parts[0]
			p.chunk = &l.chunk
			if _, _, err := n.propose(t.Context(), first, p); err != nil {
				t.Fatal(err)
			}
			for moves, sql := range []string{"ALTER TABLE t SET (shards = 2)", "ALTER TABLE t SET (shard_by = 'v', shards = 3)"} {
				must(t, n, sql, "ALTER TABLE")
				for try := range 2 {
					now, _ := n.Catalog().Table("t")
					w, err := n.Append(t.Context(), now, sequence(t, n, "t", 0, rows), key)
					if err != nil || w.Rows+w.Duplicate != rows || w.Duplicate == 0 || try+moves > 0 && w.Rows > 0 {
						t.Fatalf("after %d moves: %+v, %v", moves+1, w, err)
					}
					must(t, n, fmt.Sprintf("SELECT count(*), count(DISTINCT v) FROM t WHERE v < %d", rows), fmt.Sprintf("%d,%d", rows, rows))
				}
				if moves > 0 {
					break
				}
				st, err := n.Source(mustTable(t, n), [16]byte{5})
				if err != nil || len(st.Done) > 0 || len(st.Begun) != 1 || st.Begun[0] != (store.Span{End: 50}) {
					t.Fatalf("the source is %+v, %v", st, err)
				}
			}
			for try := range 3 {
				l := n.LoadChunk(mustTable(t, n), [16]byte{5}, 0, 50)
				w, err := l.Write(t.Context(), sequence(t, n, "t", 1000, 1000+rows))
				if err != nil || w.Rows+w.Duplicate != rows || w.Duplicate == 0 || try > 0 && w.Rows > 0 {
					t.Fatalf("%+v, %v", w, err)
				}
				if try == 0 {
					continue
				}
				if err := l.Finish(t.Context()); err != nil {
					t.Fatal(err)
				}
				must(t, n, "ALTER TABLE t SET (shards = 1)", "ALTER TABLE")
			}
			must(t, n, "SELECT count(*), count(DISTINCT v) FROM t", fmt.Sprintf("%d,%d", 2*rows, 2*rows))
			st, err := n.Source(mustTable(t, n), [16]byte{5})
			if err != nil || len(st.Done) != 1 || len(st.Begun) != 0 || st.Rows != rows {
				t.Fatalf("the source is %+v, %v", st, err)
			}
			must(t, n, "TRUNCATE t", "TRUNCATE TABLE")
			if st, err := n.Source(mustTable(t, n), [16]byte{5}); err != nil || len(st.Done)+len(st.Begun) > 0 {
				t.Fatalf("the source of an empty table is %+v, %v", st, err)
			}
			l = n.LoadChunk(mustTable(t, n), [16]byte{5}, 0, 50)
			if w, err := l.Write(t.Context(), sequence(t, n, "t", 0, rows)); err != nil || w.Rows != rows {
				t.Fatalf("%+v, %v", w, err)
			}
		})
	}
}

// TestDropWhileOpen drops a table and makes another of its name while the one
// is read and loaded: what is open never meets the other one.
func TestDropWhileOpen(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, dir, store.Options{}, nil)
	must(t, n, "CREATE TABLE t (v BIGINT) WITH (shard_by = 'v')", "")
	const rows = 50000
	old := mustTable(t, n)
	if _, err := n.Append(t.Context(), old, sequence(t, n, "t", 0, rows), store.IdempotencyKey{}); err != nil {
		t.Fatal(err)
	}
	res, err := n.Run(t.Context(), Request{SQL: "SELECT v FROM t"})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	next := func() bool {
		t.Helper()
		c, err := res.Rows.Next(t.Context())
		if err == io.EOF {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.N {
			if c.Cols[0].Value(i).I < 0 {
				t.Fatal("a row of the table that came later")
			}
		}
		seen += c.N
		return true
	}
	next() // the views are open
	chunk := n.LoadChunk(old, [16]byte{1}, 0, 10)
	if _, err := chunk.Write(t.Context(), sequence(t, n, "t", 0, 10)); err != nil {
		t.Fatal(err)
	}
	keyed := store.IdempotencyKey{Client: [16]byte{3}, Seq: 1}
	late := sequence(t, n, "t", 5, 10)
	if _, err := n.Append(t.Context(), old, late, keyed); err != nil {
		t.Fatal(err)
	}
	must(t, n, "DROP TABLE t", "DROP TABLE")
	must(t, n, "CREATE TABLE t (v BIGINT) WITH (shard_by = 'v')", "CREATE TABLE")
	must(t, n, "INSERT INTO t VALUES (-1), (-2), (-3)", "INSERT 0 3")
	for next() {
	}
	if seen != rows {
		t.Errorf("%d rows, want %d", seen, rows)
	}
	res.Rows.Close()
	if w, err := chunk.Write(t.Context(), sequence(t, n, "t", 10, 20)); !fault.Is(err, fault.NotFound) {
		t.Errorf("a load of a table that was dropped: %+v, %v", w, err)
	}
	if err := errors.Join(chunk.Finish(t.Context())); err != nil && !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if w, err := n.Append(t.Context(), old, late, keyed); !fault.Is(err, fault.NotFound) {
		t.Errorf("a batch for a table that was dropped: %+v, %v", w, err)
	}
	check := func() {
		t.Helper()
		must(t, n, "SELECT count(*), max(v) FROM t", "3,-1")
		if st, err := n.Source(mustTable(t, n), [16]byte{1}); err != nil || len(st.Done)+len(st.Begun) > 0 {
			t.Errorf("the new table has sources: %+v, %v", st, err)
		}
		noTrace(t, n)
	}
	check()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = openNode(t, dir, store.Options{}, nil)
	defer n.Close()
	check()
	l := n.LoadChunk(mustTable(t, n), [16]byte{1}, 0, 10)
	if w, err := l.Write(t.Context(), sequence(t, n, "t", 0, 10)); err != nil || w.Rows != 10 {
		t.Errorf("the same source into the new table: %+v, %v", w, err)
	}
	if w, err := n.Append(t.Context(), mustTable(t, n), sequence(t, n, "t", 5, 10), keyed); err != nil || w.Rows != 5 {
		t.Errorf("the same key for the new table: %+v, %v", w, err)
	}
}

func mustTable(t testing.TB, n *Node) *catalog.Table {
	t.Helper()
	def, err := n.Catalog().Table("t")
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// TestFormerGenerations: a table that is rewritten often remembers its last
// places, and of the others those that a retry may still be for.
func TestFormerGenerations(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, "CREATE TABLE t (v BIGINT)", "")
	first := mustTable(t, n).ID()
	l := n.LoadChunk(mustTable(t, n), [16]byte{1}, 0, 10)
	if _, err := l.Write(t.Context(), sequence(t, n, "t", 0, 10)); err != nil {
		t.Fatal(err)
	}
	if err := l.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	move := func(times int) {
		for i := range times {
			must(t, n, fmt.Sprintf("ALTER TABLE t SET (shards = %d)", 1+i%3), "ALTER TABLE")
		}
	}
	move(2)
	keyed := mustTable(t, n).ID()
	key := store.IdempotencyKey{Client: [16]byte{7, 15: 1}, Seq: 3}
	if _, err := n.Append(t.Context(), mustTable(t, n), sequence(t, n, "t", 10, 20), key); err != nil {
		t.Fatal(err)
	}
	move(keptFormer + 10)
	former := mustTable(t, n).Former
	if len(former) != keptFormer+2 || former[0].ID != first || former[1].ID != keyed {
		t.Errorf("former generations %v, want %d, of them %d and %d", former, keptFormer+2, first, keyed)
	}
	if w, err := n.Append(t.Context(), mustTable(t, n), sequence(t, n, "t", 10, 20), key); err != nil || w.Duplicate != 10 || w.Rows != 0 {
		t.Errorf("the same batch much later: %+v, %v", w, err)
	}
	l = n.LoadChunk(mustTable(t, n), [16]byte{1}, 0, 10)
	if w, err := l.Write(t.Context(), sequence(t, n, "t", 0, 10)); err != nil || w.Duplicate != 10 || w.Rows != 0 {
		t.Errorf("the same chunk much later: %+v, %v", w, err)
	}
	must(t, n, "DROP TABLE t", "DROP TABLE")
	for id, s := range n.shards {
		if len(s.Loaded()) > 0 {
			t.Errorf("shard %d remembers sources of tables %v", id, s.Loaded())
		}
	}
}
