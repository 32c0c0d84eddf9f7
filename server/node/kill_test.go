package node

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// childEnv makes the test binary a node that works until it kills itself:
// "folder|round|point|time it comes there".
const childEnv = "QUINDEX_NODE_TEST_CHILD"

func TestMain(m *testing.M) {
	if how := os.Getenv(childEnv); how != "" {
		fmt.Fprintln(os.Stderr, workUntilKilled(strings.Split(how, "|")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestKillAtPoints lets a node kill itself, as SIGKILL does, at every named
// point of its work, while statements run. Each statement was told of before it
// began and when it was acknowledged; the next node must show what was, once,
// and may show what was under way.
func TestKillAtPoints(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	rng, dir := random(t), filepath.Join(t.TempDir(), "data")
	points := slices.Concat(store.Points(), cluster.Points(), []string{atCataloged})
	b := newBook()
	for round, point := range points {
		before := b.acked
		b.live(t, dir, round, point, 1+rng.IntN(4))
		n, err := Open(t.Context(), healOptions(dir, io.Discard))
		if err != nil {
			t.Fatalf("killed at %q: %v", point, err)
		}
		b.check(t, n, point)
		if v, err := n.Verify(t.Context(), func(string) {}); err != nil || len(v.Findings) > 0 {
			t.Fatalf("killed at %q: %v, findings %+v", point, err, v.Findings)
		}
		closeNode(t, n)
		t.Logf("killed at %q after %d acknowledged statements", point, b.acked-before)
	}
	if b.acked < 10*len(points) {
		t.Errorf("%d statements were acknowledged in %d lives", b.acked, len(points))
	}
}

// book is what is known of counters, each a row that is inserted with 0 and
// then counted up, and of tables that come and go, by how many rows they hold.
// A statement is told of as "try NAME VALUE" and "ack NAME VALUE"; -1 is gone.
type book struct {
	is    map[string]int // as acknowledged
	tried map[string]int // the last that was begun
	acked int
}

func newBook() *book { return &book{is: map[string]int{}, tried: map[string]int{}} }

// live runs one child until it has killed itself.
func (b *book) live(t *testing.T, dir string, round int, point string, times int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%d|%s|%d", childEnv, dir, round, point, times))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(2*time.Minute, func() { child.Process.Signal(syscall.SIGQUIT) })
	defer limit.Stop()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var what, name string
		var value int
		if k, _ := fmt.Sscanf(lines.Text(), "%s %s %d", &what, &name, &value); k != 3 {
			continue
		}
		b.tried[name] = value
		if what == "ack" {
			b.is[name] = value
			b.acked++
		}
	}
	child.Wait()
	if s, ok := child.ProcessState.Sys().(syscall.WaitStatus); !ok || s.Signal() != syscall.SIGKILL {
		t.Fatalf("at %q: the child ended with %v, want killed", point, child.ProcessState)
	}
}

// check compares a node with the book, and settles what was under way.
func (b *book) check(t *testing.T, n *Node, point string) {
	t.Helper()
	have := map[string]int{}
	for _, row := range ask(t, n, "SELECT id, v FROM counters") {
		var id, v int
		fmt.Sscanf(row, "%d|%d|", &id, &v)
		name := fmt.Sprintf("row-%d", id)
		if _, twice := have[name]; twice {
			t.Fatalf("killed at %q: %s is there twice", point, name)
		}
		have[name] = v
	}
	for _, table := range n.Catalog().Tables() {
		var k int
		if c, _ := fmt.Sscanf(table.Name, "t%d", &k); c == 1 {
			fmt.Sscanf(ask(t, n, "SELECT count(*) FROM "+table.Name)[0], "%d|", &k)
			have[table.Name] = k
		}
	}
	for name, tried := range b.tried {
		is, acked := b.is[name]
		if !acked {
			is = -1
		}
		got, there := have[name]
		if !there {
			got = -1
		}
		if got != is && got != tried {
			t.Fatalf("killed at %q: %s is %d, want %d, or %d that was under way", point, name, got, is, tried)
		}
		b.is[name], b.tried[name] = got, got
		delete(have, name)
	}
	if len(have) > 0 {
		t.Fatalf("killed at %q: nobody made %v", point, have)
	}
}

// workUntilKilled is the child.
func workUntilKilled(how []string) error {
	if len(how) != 4 {
		return fmt.Errorf("%q, want folder, round, point, times", how)
	}
	var round int
	var n int64
	fmt.Sscan(how[1], &round)
	fmt.Sscan(how[3], &n)
	var times atomic.Int64
	var working atomic.Bool
	times.Store(n)
	o := healOptions(how[0], io.Discard)
	o.at = func(point string) {
		if working.Load() && point == how[2] && times.Add(-1) == 0 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // it takes effect any moment
		}
	}
	ctx := context.Background()
	node, err := Open(ctx, o)
	if err != nil {
		return err
	}
	if round == 0 {
		if _, err := node.Run(ctx, Request{SQL: "CREATE TABLE counters (id BIGINT PRIMARY KEY, v BIGINT)"}); err != nil {
			return err
		}
	}
	working.Store(true)
	failed := make(chan error, 5)
	go func() { failed <- wholes(node, round) }()
	go func() { failed <- count(node, round, 0) }()
	go func() { failed <- count(node, round, 1) }()
	go func() { failed <- define(node, round) }()
	go func() { failed <- tend(node) }()
	return <-failed
}

// tell runs a statement between its two lines of the book.
func tell(n *Node, name string, value int, sql string) error {
	return tellOf(name, value, func() error {
		if _, err := n.Run(context.Background(), Request{SQL: sql}); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
		return nil
	})
}

func tellOf(name string, value int, do func() error) error {
	fmt.Fprintf(os.Stdout, "try %s %d\n", name, value) // one write a line
	if err := do(); err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "ack %s %d\n", name, value)
	return nil
}

// wholes makes tables, and loads rows into each in one moment: all or none.
func wholes(n *Node, round int) error {
	for i := 0; ; i++ {
		name := fmt.Sprintf("t%d", 500_000+round*1000+i)
		if err := tell(n, name, 0, "CREATE TABLE "+name+" (a BIGINT PRIMARY KEY)"); err != nil {
			return err
		}
		t, err := n.Catalog().Table(name)
		if err != nil {
			return err
		}
		b := record.NewBatch(&t.Schema, 0)
		for k := range 90 {
			if b.AppendRow(record.IntValue(int64(k))); b.N%30 != 0 {
				continue
			}
			if err := tellOf(name, b.N, func() error {
				_, err := n.LoadWhole(context.Background(), t, b, fmt.Sprint(name, b.N), nil)
				return err
			}); err != nil {
				return err
			}
		}
	}
}

// count inserts rows, counts them up, and deletes every third.
func count(n *Node, round, worker int) error {
	for i := 0; ; i++ {
		id := round*1_000_000 + worker*500_000 + i
		name := fmt.Sprintf("row-%d", id)
		err := tell(n, name, 0, fmt.Sprintf("INSERT INTO counters VALUES (%d, 0)", id))
		for v := 1; v < 4 && err == nil; v++ {
			err = tell(n, name, v, fmt.Sprintf("UPDATE counters SET v = v + 1 WHERE id = %d", id))
		}
		if err == nil && i%3 == 0 {
			err = tell(n, name, -1, fmt.Sprintf("DELETE FROM counters WHERE id = %d", id))
		}
		if err != nil {
			return err
		}
	}
}

// define makes tables, fills and alters them, drops them and makes them again.
func define(n *Node, round int) error {
	for i := 0; ; i++ {
		name := fmt.Sprintf("t%d", round*1000+i)
		for _, s := range []struct {
			value int
			sql   string
		}{
			{0, "CREATE TABLE %s (a BIGINT)"},
			{3, "INSERT INTO %s VALUES (1), (2), (3)"},
			{3, "ALTER TABLE %s ADD COLUMN b KEYWORD"},
			{4, "INSERT INTO %s VALUES (4, 'x')"},
			{-1, "DROP TABLE %s"},
			{0, "CREATE TABLE %s (c KEYWORD)"},
			{1, "INSERT INTO %s VALUES ('y')"},
		} {
			if err := tell(n, name, s.value, fmt.Sprintf(s.sql, name)); err != nil {
				return err
			}
		}
	}
}

// tend flushes, merges and takes snapshots.
func tend(n *Node) error {
	ctx := context.Background()
	for ; ; runtime.Gosched() {
		for range 3 {
			if err := n.Flush(ctx); err != nil {
				return err
			}
		}
		if err := n.Merge(ctx, "counters"); err != nil {
			return err
		}
		for g := range cluster.GroupID(2) {
			if err := n.cluster.Snapshot(ctx, g); err != nil {
				return err
			}
		}
	}
}
