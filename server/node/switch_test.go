package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

const (
	chunkRows  = 500
	chunkBytes = 100
)

// stageChunk writes rows [first, first+chunkRows) of table p, with value v, as
// the i-th chunk of a load's source.
func stageChunk(t *testing.T, n *Node, l *catalog.Load, i, first, v int) error {
	t.Helper()
	src, err := sourceOf(l)
	if err != nil {
		t.Fatal(err)
	}
	c := n.LoadChunk(&l.Table, src, uint64(i)*chunkBytes, uint64(i+1)*chunkBytes)
	b := record.NewBatch(&l.Table.Schema, chunkRows)
	for k := range chunkRows {
		b.AppendRow(record.IntValue(int64(first+k)), record.IntValue(int64(v)), record.TextValue("gull"))
	}
	if _, err := c.Write(t.Context(), b); err != nil {
		return err
	}
	return c.Finish(t.Context())
}

func sourceName(i int) string { return hex.EncodeToString([]byte(fmt.Sprintf("%016d", i))) }

// stageLoad stages chunks of rows 0, 1, ... with value v, as source number src.
func stageLoad(t *testing.T, n *Node, table string, src, chunks, v int) *catalog.Load {
	t.Helper()
	def, err := n.Catalog().Table(table)
	if err != nil {
		t.Fatal(err)
	}
	l, err := n.StageLoad(t.Context(), def, sourceName(src), "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range chunks {
		if err := stageChunk(t, n, l, i, i*chunkRows, v); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

const makeP = "CREATE TABLE p (id BIGINT PRIMARY KEY, v BIGINT, words TEXT)"

// holdsP fails unless p has so many rows, all of value v but those below zero,
// and nothing is left of any load.
func holdsP(t *testing.T, n *Node, chunks, v int) {
	t.Helper()
	rows := chunks * chunkRows
	must(t, n, "SELECT count(*), count(DISTINCT id), coalesce(sum(v), 0) FROM p WHERE id >= 0", fmt.Sprintf("%d,%d,%d", rows, rows, rows*v))
	must(t, n, "SELECT count(*) FROM p WHERE match(words, 'gull') AND id >= 0", fmt.Sprint(rows))
	if ls := n.StagedLoads(); len(ls) > 0 {
		t.Errorf("staged are %+v", ls)
	}
	if p := n.moments.now.Load(); p != nil && len(p.tables) > 0 {
		t.Errorf("tables are read by old views: %+v", p.tables)
	}
	noTraceSoon(t, n)
	if v, err := n.Verify(t.Context(), func(string) {}); err != nil || len(v.Findings) > 0 {
		t.Errorf("verify: %+v, %v", v, err)
	}
}

// noTraceSoon is noTrace once the shards have dropped what was replaced: that
// waits for statements that may read it.
func noTraceSoon(t *testing.T, n *Node) {
	t.Helper()
	left := func() bool {
		for _, s := range n.shards {
			for _, table := range s.Tables() {
				if n.Catalog().ByID(table.ID()) == nil {
					return true
				}
			}
		}
		return false
	}
	for late := time.Now().Add(10 * time.Second); left() && time.Now().Before(late); {
		runtime.Gosched()
	}
	noTrace(t, n)
}

// TestSwitch loads into an empty table, whose place the load's takes, and into
// one with rows, of which some end; a switch asked for again says the same.
func TestSwitch(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, dir, store.Options{}, nil)
	must(t, n, makeP, "CREATE TABLE")
	for i, chunks := range []int{3, 3, 5} {
		l := stageLoad(t, n, "p", i, chunks, i+1)
		if ls := n.StagedLoads(); len(ls) != 1 || ls[0].Rows != int64(chunks*chunkRows) || ls[0].Phase != phaseStaged {
			t.Fatalf("staged are %+v", ls)
		}
		must(t, n, "SELECT count(*), coalesce(sum(v), 0) FROM p", fmt.Sprintf("%d,%d", min(i, 1)*3*chunkRows, i*3*chunkRows*min(i, 1)))
		if _, err := n.SwitchLoad(t.Context(), l.ID(), uint64(chunks)*chunkBytes+1); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a load that is not complete: %v", err)
		}
		for range 2 {
			out, err := n.SwitchLoad(t.Context(), l.ID(), uint64(chunks)*chunkBytes)
			if err != nil || out.Rows != int64(chunks*chunkRows) || out.Duplicate {
				t.Fatalf("%+v, %v", out, err)
			}
		}
		holdsP(t, n, chunks, i+1)
	}
	def, _ := n.Catalog().Table("p")
	for i, chunks := range []uint64{3, 3, 5} { // the table holds all three sources
		src := [16]byte([]byte(fmt.Sprintf("%016d", i)))
		st, err := n.Source(def, src)
		if err != nil || len(st.Done) != 1 || st.Done[0] != (store.Span{End: chunks * chunkBytes}) || st.Rows != chunks*chunkRows || len(st.Begun) > 0 {
			t.Errorf("source %d: %+v, %v", i, st, err)
		}
	}
	// a second load of the same source, staged side by side by a client that did not ask
	l := stageLoad(t, n, "p", 2, 5, 7)
	if out, err := n.SwitchLoad(t.Context(), l.ID(), 0); err != nil || !out.Duplicate || out.Rows != 5*chunkRows {
		t.Errorf("the same source: %+v, %v", out, err)
	}
	holdsP(t, n, 5, 3)
	if _, err := n.SwitchLoad(t.Context(), 9999, 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("a load that never was: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = openNode(t, dir, store.Options{}, nil)
	defer n.Close()
	holdsP(t, n, 5, 3)
}

// TestSwitchDies ends the node between any two steps of a switch: once it is
// decided, the next start completes it.
func TestSwitchDies(t *testing.T) {
	for _, step := range []string{"switch decided", "switch frozen", "switch pinned", "switch moves", "switch moved", "switch marked", "switch thaws", "switch ends", "switch replaced"} {
		for _, empty := range []bool{false, true} {
			if empty && strings.Contains("switch pinned switch moves switch moved switch marked switch thaws switch ends", step) || !empty && step == "switch replaced" {
				continue
			}
			t.Run(fmt.Sprintf("%s, empty=%v", step, empty), func(t *testing.T) {
				dir, armed, times := t.TempDir(), false, 0
				var mu sync.Mutex
				n := openNode(t, dir, store.Options{}, func(s string) bool {
					mu.Lock()
					defer mu.Unlock()
					if armed && s == step {
						times++
					}
					return armed && s == step && (step != "switch moves" || times > 2)
				})
				must(t, n, makeP, "CREATE TABLE")
				if !empty {
					must(t, n, "INSERT INTO p VALUES (-1, 9, 'tern'), (1, 9, 'gull'), (777, 9, 'gull')", "INSERT 0 3")
				}
				l := stageLoad(t, n, "p", 1, 4, 2)
				mu.Lock()
				armed = true
				mu.Unlock()
				if _, err := n.SwitchLoad(t.Context(), l.ID(), 4*chunkBytes); !errors.Is(err, errUndecided) {
					t.Fatal(err)
				}
				before := "2,18"
				if empty {
					before = "0,0"
				}
				if !strings.Contains("switch thaws switch ends switch replaced", step) { // readers still see what was
					must(t, n, "SELECT count(*), coalesce(sum(v), 0) FROM p WHERE id >= 0", before)
				}
				if err := n.Close(); err != nil {
					t.Fatal(err)
				}
				n = openNode(t, dir, store.Options{}, nil)
				defer n.Close()
				holdsP(t, n, 4, 2)
				must(t, n, "INSERT INTO p VALUES (-2, 1, '')", "INSERT 0 1")
				def, _ := n.Catalog().Table("p")
				if held, err := n.Holds(def, [16]byte([]byte(fmt.Sprintf("%016d", 1))), chunkBytes, 2*chunkBytes); !held || err != nil {
					t.Errorf("the ledger does not know the source: %v", err)
				}
			})
		}
	}
}

// TestSwitchIsOneMoment polls a table while loads with new rows and with rows in
// the place of others are switched into it, and others write: readers see the
// state before a load or that after it, whatever the shards do meanwhile.
func TestSwitchIsOneMoment(t *testing.T) {
	seed := rewriteSeed(t)
	rng := rand.New(rand.NewPCG(seed, 1))
	n := openNode(t, t.TempDir(), store.Options{FlushBytes: 64 << 10}, nil)
	defer n.Close()
	must(t, n, makeP, "CREATE TABLE")
	must(t, n, "INSERT INTO p VALUES (-1, 0, '')", "INSERT 0 1") // not empty: rows must move
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var mu sync.Mutex
	states := map[string]int{"0,0": 0} // what may be seen, by the load that makes it so
	var reads, writes atomic.Int64
	for range 3 {
		all.Go(func() {
			last := 0
			for ctx.Err() == nil {
				got, err := n.ask(ctx, "SELECT count(*), coalesce(sum(v), 0) FROM p WHERE id >= 0")
				if ctx.Err() != nil {
					return
				}
				mu.Lock()
				at, ok := states[got]
				mu.Unlock()
				if err != nil || !ok || at < last {
					t.Errorf("a reader sees %s, %v, after load %d", got, err, last)
					return
				}
				last = at
				reads.Add(1)
			}
		})
	}
	for w := range 2 {
		all.Go(func() {
			for i := 1; ctx.Err() == nil; i++ {
				sql := fmt.Sprintf("INSERT INTO p VALUES (%d, 0, 'tern')", -1000*(w+1)-i%100)
				if i%5 == 0 {
					sql = fmt.Sprintf("UPDATE p SET v = v + 1 WHERE id = %d", -1000*(w+1)-i%7)
				}
				if _, err := n.ask(t.Context(), sql); err != nil {
					t.Errorf("%s: %v", sql, err)
					return
				}
				writes.Add(1)
			}
		})
	}
	rows := 0
	for load := 1; load <= 8 && !t.Failed(); load++ {
		chunks := 1 + rng.IntN(12)
		l := stageLoad(t, n, "p", load, chunks, load)
		rows = max(rows, chunks)
		before, err := n.ask(t.Context(), "SELECT coalesce(sum(v), 0) FROM p WHERE id >= "+fmt.Sprint(chunks*chunkRows))
		if err != nil {
			t.Fatal(err)
		}
		var rest int
		fmt.Sscan(before, &rest)
		mu.Lock()
		states[fmt.Sprintf("%d,%d", rows*chunkRows, chunks*chunkRows*load+rest)] = load
		mu.Unlock()
		if _, err := n.SwitchLoad(t.Context(), l.ID(), uint64(chunks)*chunkBytes); err != nil {
			t.Error(err)
		}
	}
	stop()
	all.Wait()
	t.Logf("%d reads, %d writes", reads.Load(), writes.Load())
	if p := n.moments.now.Load(); p == nil || len(p.tables) > 0 {
		t.Error("no table was read by old views, or one still is")
	}
	noTraceSoon(t, n)
}

// TestSwitchHoldsWriters lets a switch wait: who reads sees the table as it was,
// who writes waits, and in the end nothing is lost.
func TestSwitchHoldsWriters(t *testing.T) {
	n, at, free := held(t, "switch pinned")
	must(t, n, makeP, "CREATE TABLE")
	must(t, n, "INSERT INTO p VALUES (-1, 0, ''), (5, 9, 'gull')", "INSERT 0 2")
	l := stageLoad(t, n, "p", 1, 2, 3)
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := n.SwitchLoad(t.Context(), l.ID(), 2*chunkBytes); err != nil {
			t.Error(err)
		}
	})
	<-at
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := n.SwitchLoad(short, l.ID(), 0); !fault.Is(err, fault.Timeout) { // who asks again joins
		t.Errorf("a switch that waits: %v", err)
	}
	if err := n.GiveUpLoad(t.Context(), l.ID()); !fault.Is(err, fault.Conflict) {
		t.Errorf("a load that is switched is given up: %v", err)
	}
	if got, err := n.ask(short, "INSERT INTO p VALUES (-3, 1, '')"); err == nil {
		t.Errorf("a row came to a frozen table: %s", got)
	}
	for _, sql := range []string{"INSERT INTO p VALUES (-2, 1, '')", "UPDATE p SET v = v + 1 WHERE id = 5", "DELETE FROM p WHERE id = -1"} {
		all.Go(func() {
			if _, err := n.ask(t.Context(), sql); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
		})
	}
	must(t, n, "SELECT count(*), sum(v) FROM p", "2,9")
	close(free)
	all.Wait()
	must(t, n, "SELECT count(*), sum(v) FROM p WHERE id >= 0", fmt.Sprintf("%d,%d", 2*chunkRows, 2*chunkRows*3+1))
	must(t, n, "SELECT id, v FROM p WHERE id < 0 OR id = 5 ORDER BY id", "-2,1 5,4")
	noTraceSoon(t, n)
}

// TestStagedLoadAndItsTable changes, empties, moves and drops tables that loads
// are staged into.
func TestStagedLoadAndItsTable(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, dir, store.Options{}, nil)
	switched := func(l *catalog.Load) error {
		_, err := n.SwitchLoad(t.Context(), l.ID(), 2*chunkBytes)
		return err
	}
	must(t, n, makeP, "CREATE TABLE")
	l := stageLoad(t, n, "p", 1, 2, 1)
	must(t, n, "ALTER TABLE p ADD COLUMN w BIGINT DEFAULT 4", "ALTER TABLE")
	must(t, n, "ALTER TABLE p RENAME COLUMN v TO value", "ALTER TABLE")
	must(t, n, "ALTER TABLE p RENAME TO q", "ALTER TABLE")
	if err := stageChunk(t, n, l, 2, 2*chunkRows, 1); err != nil { // the load goes on as it began
		t.Fatal(err)
	}
	if err := switched(l); err != nil {
		t.Fatal(err)
	}
	must(t, n, "SELECT count(*), sum(value), sum(w) FROM q", fmt.Sprintf("%d,%d,%d", 3*chunkRows, 3*chunkRows, 3*chunkRows*4))
	must(t, n, "ALTER TABLE q RENAME COLUMN value TO v", "ALTER TABLE")
	must(t, n, "ALTER TABLE q DROP COLUMN w", "ALTER TABLE")
	must(t, n, "ALTER TABLE q RENAME TO p", "ALTER TABLE")

	l = stageLoad(t, n, "p", 2, 2, 2)
	must(t, n, "TRUNCATE TABLE p", "TRUNCATE TABLE") // what was there goes; the load comes after it
	if err := switched(l); err != nil {
		t.Fatal(err)
	}
	holdsP(t, n, 2, 2)

	l = stageLoad(t, n, "p", 3, 2, 3)
	must(t, n, "ALTER TABLE p SET (shards = 2)", "ALTER TABLE")
	if err := switched(l); !fault.Is(err, fault.Conflict) {
		t.Fatalf("into a table that moved: %v", err)
	}
	holdsP(t, n, 2, 2)

	l = stageLoad(t, n, "p", 4, 2, 4)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = openNode(t, dir, store.Options{}, nil)
	defer func() { n.Close() }()
	if again := stageLoad(t, n, "p", 4, 0, 4); again.ID() != l.ID() { // found again
		t.Fatalf("load %d, want %d", again.ID(), l.ID())
	}
	if st, waits, err := n.StagedSource(l); err != nil || !waits || len(st.Done) != 1 || st.Rows != 2*chunkRows {
		t.Fatalf("%+v, %v", st, err)
	}
	if err := switched(l); err != nil {
		t.Fatal(err)
	}
	holdsP(t, n, 2, 4)

	def, _ := n.Catalog().Table("p")
	l = stageLoad(t, n, "p", 7, 2, 7) // half of it; then another client loads the source as it comes, half of it, too
	direct := n.LoadChunk(def, [16]byte([]byte(fmt.Sprintf("%016d", 7))), chunkBytes/2, chunkBytes*3/2)
	if err := direct.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := switched(l); !fault.Is(err, fault.Conflict) {
		t.Errorf("a load that overlaps with what its table holds: %v", err)
	}
	if anew := stageLoad(t, n, "p", 7, 0, 7); anew.ID() == l.ID() {
		t.Error("a load that cannot go on was found again")
	} else if err := n.GiveUpLoad(t.Context(), anew.ID()); err != nil {
		t.Error(err)
	}
	l = stageLoad(t, n, "p", 8, 2, 8)
	must(t, n, "ALTER TABLE p ADD COLUMN w BIGINT", "ALTER TABLE")
	if anew := stageLoad(t, n, "p", 8, 0, 8); anew.ID() == l.ID() || len(anew.Table.Schema.Fields) != 4 {
		t.Error("a load without a new column of its table was found again")
	} else if err := n.GiveUpLoad(t.Context(), anew.ID()); err != nil {
		t.Error(err)
	}
	must(t, n, "ALTER TABLE p DROP COLUMN w", "ALTER TABLE")
	holdsP(t, n, 2, 4)
	def, _ = n.Catalog().Table("p")

	own, err := n.StageLoad(t.Context(), def, "", "key") // of a request that dies with the node
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.StageLoad(t.Context(), def, "", "key"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("the same request at the same time: %v", err)
	}
	l = stageLoad(t, n, "p", 5, 2, 5)
	n.dropAbandoned(t.Context(), time.Now())
	if len(n.StagedLoads()) != 2 {
		t.Fatal("a load that was just written to was dropped")
	}
	n.dropAbandoned(t.Context(), time.Now().Add(n.opts.StageAge+time.Minute))
	if err := switched(l); !fault.Is(err, fault.Conflict) || len(n.StagedLoads()) > 0 {
		t.Errorf("an abandoned load: %v, staged are %+v", err, n.StagedLoads())
	}
	if _, err := n.Staged(own.ID()); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	holdsP(t, n, 2, 4)

	l = stageLoad(t, n, "p", 6, 2, 6)
	must(t, n, "DROP TABLE p", "DROP TABLE")
	if err := stageChunk(t, n, l, 3, 0, 0); err == nil {
		t.Error("a piece was taken for a table that is dropped")
	}
	if err := switched(l); !fault.Is(err, fault.Conflict) {
		t.Errorf("into a table that is dropped: %v", err)
	}
	must(t, n, makeP, "CREATE TABLE")
	holdsP(t, n, 0, 0)
}
