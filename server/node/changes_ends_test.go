package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/store"
)

// opsOf reads a feed to its end, or until it has told an op.
func opsOf(t *testing.T, f *Changes, until Op) (out []Op) {
	t.Helper()
	for {
		cs, err := f.Next(t.Context())
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cs {
			if out = append(out, c.Op); c.Op == until {
				return out
			}
		}
	}
}

func changesOf(t *testing.T, n *Node, r ChangesRequest) *Changes {
	t.Helper()
	f, err := n.Changes(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// TestChangesGone: where the log does not reach back to a token, the reader hears
// so; one that lies behind entries of other tables alone is as good as ever.
func TestChangesGone(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, "CREATE TABLE a (id BIGINT PRIMARY KEY) WITH (shards = 1)", "")
	must(t, n, "CREATE TABLE b (id BIGINT PRIMARY KEY) WITH (shards = 1)", "")
	a, b := changesOf(t, n, ChangesRequest{Table: "a"}).Token(), changesOf(t, n, ChangesRequest{Table: "b"}).Token()
	must(t, n, "INSERT INTO a VALUES (1)", "")
	for g := range 4 {
		id := cluster.GroupID(g + 1)
		if err := errors.Join(n.cluster.Keep(id, 0), n.cluster.Snapshot(t.Context(), id)); err != nil {
			t.Fatal(err)
		}
	}
	f := changesOf(t, n, ChangesRequest{Table: "a", From: a})
	if _, err := f.Next(t.Context()); !errors.Is(err, ErrGone) || fault.CodeOf(err) != "72000" || fault.HintOf(err) == "" {
		t.Errorf("changes of a: %v, want %v", err, ErrGone)
	}
	must(t, n, "INSERT INTO b VALUES (2)", "")
	if got := opsOf(t, changesOf(t, n, ChangesRequest{Table: "b", From: b}), ""); fmt.Sprint(got) != "[upsert]" {
		t.Errorf("changes of b: %v", got)
	}
	if got := opsOf(t, changesOf(t, n, ChangesRequest{Table: "a", From: "start"}), ""); len(got) != 0 {
		t.Errorf("what the log has of a: %v", got)
	}
	if got := opsOf(t, changesOf(t, n, ChangesRequest{Table: "a", From: "snapshot"}), ""); fmt.Sprint(got) != "[anew anew row]" {
		t.Errorf("a anew: %v", got)
	}
}

// TestChangesEnd drops a table, cancels a feed and closes the node while others
// wait for what comes.
func TestChangesEnd(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	for _, name := range []string{"a", "b", "c"} {
		must(t, n, "CREATE TABLE "+name+" (id BIGINT)", "")
	}
	dropped := changesOf(t, n, ChangesRequest{Table: "a", Follow: true})
	cancelled := changesOf(t, n, ChangesRequest{Table: "b", Follow: true, ID: "mine"})
	closed := changesOf(t, n, ChangesRequest{Table: "c", Follow: true})
	if _, err := n.Changes(t.Context(), ChangesRequest{Table: "b", ID: "mine"}); !fault.Is(err, fault.Exists) {
		t.Errorf("a second feed of that id: %v", err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		if got := opsOf(t, dropped, ""); fmt.Sprint(got) != "[insert drop]" {
			t.Errorf("of the table that is dropped: %v", got)
		}
	})
	all.Go(func() {
		if _, err := cancelled.Next(t.Context()); !fault.Is(err, fault.Canceled) {
			t.Errorf("of the feed that is cancelled: %v", err)
		}
	})
	all.Go(func() {
		if _, err := closed.Next(t.Context()); err != io.EOF {
			t.Errorf("of the node that closes: %v", err)
		}
	})
	must(t, n, "INSERT INTO a VALUES (1)", "")
	must(t, n, "DROP TABLE a", "")
	if !n.Cancel("mine") || n.Cancel("yours") {
		t.Error("what was cancelled is not what was asked for")
	}
	if feeds, _ := n.Feeds(); len(feeds) != 3 {
		t.Errorf("the feeds are %+v", feeds)
	}
	n.EndFeeds()
	all.Wait()
	if _, err := n.Changes(t.Context(), ChangesRequest{Table: "b"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a feed of a node that closes: %v", err)
	}
}

// TestChangesOfExpired: rows that go by the watermark are told as one notice.
func TestChangesOfExpired(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, "CREATE TABLE e (id BIGINT PRIMARY KEY, at TIMESTAMP) WITH (time = 'at', ttl = '1 hour', shards = 1)", "")
	now := time.Now().UTC()
	m := newMirror("e")
	for i, at := range []time.Time{now.Add(-2 * time.Hour), now, now.Add(-30 * time.Minute)} {
		must(t, n, fmt.Sprintf("INSERT INTO e VALUES (%d, '%s')", i, at.Format(time.RFC3339)), "")
	}
	if err := n.Expire(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	m.read(t, n, nil, true)
	m.equals(t, n)
	if m.seen[Expire] == 0 || m.seen[Upsert] != 3 || len(m.rows) != 2 {
		t.Errorf("the reader met %v and has %v", m.seen, m.rows)
	}
}

// TestChangesOfOneMoment follows a table while a staged load of many rows is
// switched into it: no row of the load is told before a SELECT that begins then
// sees all of them, and nothing is told of one that is given up.
func TestChangesOfOneMoment(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, makeP, "")
	must(t, n, "INSERT INTO p VALUES (-1, 0, 'old')", "") // so that the load's table does not take its place
	f := changesOf(t, n, ChangesRequest{Table: "p", Follow: true})
	const chunks = 6
	if err := n.GiveUpLoad(t.Context(), stageLoad(t, n, "p", 1, 2, 5).ID()); err != nil {
		t.Fatal(err)
	}
	l := stageLoad(t, n, "p", 2, chunks, 7)
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := n.SwitchLoad(t.Context(), l.ID(), chunks*chunkBytes); err != nil {
			t.Error(err)
		}
	})
	for told := 0; told < chunks*chunkRows; {
		cs, err := f.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if told == 0 {
			must(t, n, "SELECT count(*) FROM p WHERE v = 7", fmt.Sprint(chunks*chunkRows))
		}
		for _, c := range cs {
			if c.Op != Upsert || c.After.Column(c.Table.Schema.Fields[1].ID).Value(c.At).I != 7 {
				t.Fatalf("told is %+v", c)
			}
			told++
		}
	}
	all.Wait()
}

// TestChangesAreBounded: a feed whose reader is slow holds what one entry of the
// log needs, and reads no further.
func TestChangesAreBounded(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, "CREATE TABLE t (id BIGINT, words TEXT) WITH (shards = 1)", "")
	f := changesOf(t, n, ChangesRequest{Table: "t", From: "start", Follow: true})
	for i := range 30 {
		must(t, n, "INSERT INTO t VALUES (1, 'gull')"+strings.Repeat(", (2, 'tern')", 99-i), "")
	}
	for i := range 30 {
		cs, err := f.Next(t.Context())
		if err != nil || len(cs) != 100-i {
			t.Fatalf("entry %d: %d changes at once, %v, want %d", i, len(cs), err, 100-i)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if cs, err := f.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%d more changes, %v", len(cs), err)
	}
}

// TestChangesOfFormer begins where a table was before it was rewritten, or before a
// load's table took its place: by an event's token all rows are told anew; what a
// statement saw then is refused; from the start is what it is now.
func TestChangesOfFormer(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, makeP, "")
	for i, change := range []func(){
		func() {
			if _, err := n.SwitchLoad(t.Context(), stageLoad(t, n, "p", 1, 1, 3).ID(), chunkBytes); err != nil {
				t.Fatal(err)
			}
		},
		func() { must(t, n, "ALTER TABLE p SET (shards = 3)", "") },
	} {
		token := changesOf(t, n, ChangesRequest{Table: "p"}).Token()
		res, err := n.Run(t.Context(), Request{SQL: "SELECT count(*) FROM p"})
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = res.Rows.Next(t.Context())
		}
		seen := res.Seen.String()
		res.Rows.Close()
		was := n.Catalog().Version()
		change()
		if n.Catalog().Version() == was {
			t.Fatal("nothing was changed")
		}
		for _, from := range []string{token, "start", "snapshot"} {
			m := newMirror("p")
			m.token = from
			m.read(t, n, nil, true)
			m.equals(t, n)
			if m.seen[Anew] == 0 || m.seen[Row] != chunkRows || m.seen[Upsert] != 0 {
				t.Errorf("%d: from %s: %v", i, from, m.seen)
			}
		}
		_, err = n.Changes(t.Context(), ChangesRequest{Table: "p", From: seen})
		if !errors.Is(err, ErrGone) {
			t.Errorf("%d: from what a statement saw before, %s: %v, want %v", i, seen, err, ErrGone)
		}
	}
}
