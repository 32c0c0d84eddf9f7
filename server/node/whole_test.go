package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// wholeRows are rows [first, first+k) of p with value v.
func wholeRows(t *testing.T, n *Node, first, k, v int) *record.Batch {
	t.Helper()
	def, err := n.Catalog().Table("p")
	if err != nil {
		t.Fatal(err)
	}
	b := record.NewBatch(&def.Schema, k)
	for i := range k {
		b.AppendRow(record.IntValue(int64(first+i)), record.IntValue(int64(v)), record.TextValue("gull"))
	}
	return b
}

// loadWhole loads rows 0, 1, ... with value v into p by one request.
func loadWhole(t *testing.T, n *Node, k, v int, key string, chunk *store.Chunk) (Switched, error) {
	t.Helper()
	def, err := n.Catalog().Table("p")
	if err != nil {
		t.Fatal(err)
	}
	return n.LoadWhole(t.Context(), def, wholeRows(t, n, 0, k, v), key, chunk)
}

// settled waits until the last load of p has thawed it.
func settled(t *testing.T, n *Node) {
	t.Helper()
	def, _ := n.Catalog().Table("p")
	if err := n.alone(t.Context(), def.ID(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// TestLoadWhole loads into an empty table and into one with rows; a key, and the
// bytes of a source, bring their rows once, in another life of the node, too.
func TestLoadWhole(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, dir, store.Options{}, nil)
	must(t, n, makeP, "CREATE TABLE")
	chunk := &store.Chunk{Source: [16]byte{7}, Start: 10, End: 20}
	for life := range 2 {
		for range 2 {
			out, err := loadWhole(t, n, chunkRows, 1, "key", nil)
			if err != nil || out.Rows != chunkRows || life == 1 && !out.Duplicate {
				t.Fatalf("%+v, %v", out, err)
			}
			if out, err = loadWhole(t, n, chunkRows, 2, "", chunk); err != nil || out.Rows != chunkRows || life == 1 && !out.Duplicate {
				t.Fatalf("%+v, %v", out, err)
			}
		}
		settled(t, n)
		holdsP(t, n, 1, 2)
		def, _ := n.Catalog().Table("p")
		st, err := n.Source(def, chunk.Source)
		if err != nil || len(st.Done) != 1 || st.Done[0] != (store.Span{Start: 10, End: 20}) || st.Rows != chunkRows {
			t.Errorf("the ledger has %+v, %v", st, err)
		}
		if _, err := loadWhole(t, n, chunkRows, 3, "", &store.Chunk{Source: [16]byte{7}, Start: 15, End: 25}); !fault.Is(err, fault.Conflict) {
			t.Errorf("bytes that overlap: %v", err)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		n = openNode(t, dir, store.Options{}, nil)
	}
	defer n.Close()
	old, _ := n.Catalog().Table("p")
	must(t, n, "ALTER TABLE p SET (shards = 2)", "ALTER TABLE")
	if _, err := n.LoadWhole(t.Context(), old, wholeRows(t, n, 0, 9, 9), "", nil); !errors.Is(err, ErrElsewhere) {
		t.Errorf("into a table that moved: %v", err)
	}
	if out, err := loadWhole(t, n, chunkRows, 9, "key", nil); err != nil || !out.Duplicate {
		t.Errorf("a key that was in before its table moved: %+v, %v", out, err)
	}
	must(t, n, "DROP TABLE p", "DROP TABLE")
	must(t, n, makeP, "CREATE TABLE")
	if out, err := loadWhole(t, n, chunkRows, 5, "key", nil); err != nil || out.Duplicate {
		t.Errorf("into another table of that name: %+v, %v", out, err)
	}
	settled(t, n)
	holdsP(t, n, 1, 5)
}

// TestLoadWholeDies ends the node between any two steps: the rows of a load that
// was decided are all there in its next life, and of one that was not, none.
func TestLoadWholeDies(t *testing.T) {
	for _, step := range []string{"whole begins", "whole decides", "switch decided", "switch frozen", "switch pinned", "switch moves", "switch moved", "switch thaws", "switch ends"} {
		for _, times := range []int{1, 3} {
			if times > 1 && step != "switch moves" {
				continue
			}
			t.Run(fmt.Sprint(step, times), func(t *testing.T) {
				dir := t.TempDir()
				var armed, came atomic.Int64
				n := openNode(t, dir, store.Options{}, func(s string) bool {
					return armed.Load() > 0 && s == step && came.Add(1) >= int64(times)
				})
				must(t, n, makeP, "CREATE TABLE")
				must(t, n, "INSERT INTO p VALUES (-1, 9, 'tern'), (1, 9, 'gull'), (777, 9, 'gull')", "INSERT 0 3")
				armed.Store(1)
				out, err := loadWhole(t, n, 4*chunkRows, 2, "key", &store.Chunk{Source: [16]byte{3}, End: 9})
				answered := strings.Contains("switch thaws switch ends", step)
				if answered && (err != nil || out.Rows != 4*chunkRows) || !answered && !errors.Is(err, errUndecided) {
					t.Fatalf("%+v, %v", out, err)
				}
				if !answered { // readers still see what was
					must(t, n, "SELECT count(*), coalesce(sum(v), 0) FROM p WHERE id >= 0", "2,18")
				}
				if err := n.Close(); err != nil {
					t.Fatal(err)
				}
				n = openNode(t, dir, store.Options{}, nil)
				defer n.Close()
				if strings.HasPrefix(step, "whole") {
					must(t, n, "SELECT count(*), coalesce(sum(v), 0) FROM p WHERE id >= 0", "2,18")
				} else {
					holdsP(t, n, 4, 2)
				}
				must(t, n, "INSERT INTO p VALUES (-2, 1, '')", "INSERT 0 1")
				must(t, n, "UPDATE p SET v = 3 WHERE id = 7 AND v = 0", "UPDATE 0")
				out, err = loadWhole(t, n, 4*chunkRows, 2, "key", nil)
				if err != nil || out.Duplicate == strings.HasPrefix(step, "whole") {
					t.Errorf("sent again: %+v, %v", out, err)
				}
				settled(t, n)
				holdsP(t, n, 4, 2)
			})
		}
	}
}

// TestLoadWholeIsOneMoment polls a table while several clients load into it, each
// over the same rows: a reader sees the rows of one load, and all of them.
func TestLoadWholeIsOneMoment(t *testing.T) {
	rng := rand.New(rand.NewPCG(rewriteSeed(t), 5))
	n := openNode(t, t.TempDir(), store.Options{FlushBytes: 64 << 10}, nil)
	defer n.Close()
	must(t, n, makeP, "CREATE TABLE")
	const rows = 300
	if _, err := loadWhole(t, n, rows, 0, "", nil); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var readers, writers sync.WaitGroup
	var reads, values atomic.Int64
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				got, err := n.ask(ctx, "SELECT count(*), count(DISTINCT v) FROM p WHERE id >= 0")
				if ctx.Err() == nil && (err != nil || got != fmt.Sprintf("%d,1", rows)) {
					t.Errorf("a reader sees %s, %v", got, err)
					return
				}
				reads.Add(1)
			}
		})
	}
	readers.Go(func() {
		for i := 1; ctx.Err() == nil; i++ {
			id := -1 - i%50
			if _, err := n.ask(t.Context(), fmt.Sprintf("INSERT INTO p VALUES (%d, %d, 'tern')", id, i)); err != nil {
				t.Error(err)
				return
			}
			if got, err := n.ask(t.Context(), fmt.Sprintf("SELECT v FROM p WHERE id = %d", id)); err != nil || got != fmt.Sprint(i) {
				t.Errorf("who wrote %d reads %s, %v", i, got, err)
				return
			}
		}
	})
	def, _ := n.Catalog().Table("p")
	for range 4 {
		seed := rng.Uint64()
		writers.Go(func() {
			rng := rand.New(rand.NewPCG(seed, 1))
			for range 15 {
				v := int(values.Add(1))
				key := fmt.Sprint("key ", v)
				for range 1 + rng.IntN(2) {
					if _, err := n.LoadWhole(t.Context(), def, wholeRows(t, n, 0, rows, v), key, nil); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	writers.Wait()
	stop()
	readers.Wait()
	settled(t, n)
	t.Logf("%d reads of %d loads", reads.Load(), values.Load())
	if p := n.moments.now.Load(); p == nil || len(p.tables) > 0 {
		t.Error("no table was read by old views, or one still is")
	}
	if v, err := n.Verify(t.Context(), func(string) {}); err != nil || len(v.Findings) > 0 {
		t.Errorf("verify: %+v, %v", v, err)
	}
}

// TestLoadWholeTogether holds one load up: those that come meanwhile go together,
// the same request only once; one that is not waited for any more does not come.
func TestLoadWholeTogether(t *testing.T) {
	n, at, free := held(t, "switch pinned")
	must(t, n, makeP, "CREATE TABLE")
	def, _ := n.Catalog().Table("p")
	var all sync.WaitGroup
	load := func(ctx context.Context, first int, key string) {
		b := wholeRows(t, n, first, 10, 1)
		all.Go(func() {
			if _, err := n.LoadWhole(ctx, def, b, key, nil); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
	}
	queued := func(k int) {
		for late := time.Now().Add(10 * time.Second); time.Now().Before(late); {
			n.stages.mu.Lock()
			have := len(n.stages.wholes[def.ID()].next)
			n.stages.mu.Unlock()
			if have == k {
				return
			}
		}
		t.Fatalf("not %d requests wait", k)
	}
	load(t.Context(), 0, "")
	<-at
	ctx, cancel := context.WithCancel(t.Context())
	load(ctx, 5000, "")
	queued(1)
	for i := range 5 {
		load(t.Context(), 100+10*i, fmt.Sprint("key ", i%4))
		queued(2 + i)
	}
	cancel()
	queued(5)
	before := n.Catalog().Version()
	close(free)
	all.Wait()
	settled(t, n)
	must(t, n, "SELECT count(*) FROM p", "50")
	if changes := n.Catalog().Version() - before; changes != 3 { // the end of the first, and the others together
		t.Errorf("%d changes of the catalog, want 3", changes)
	}
}

// TestLoadWholeHoldsItsTable: a table that a load comes to is dropped, or takes
// another form, before it or after it.
func TestLoadWholeHoldsItsTable(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	for i := range 6 {
		must(t, n, makeP, "CREATE TABLE")
		def, _ := n.Catalog().Table("p")
		var all sync.WaitGroup
		var in atomic.Int64
		rows := wholeRows(t, n, 0, 40, 1)
		for range 3 {
			all.Go(func() {
				for range 10 {
					_, err := n.LoadWhole(t.Context(), def, rows, "", nil)
					if err == nil {
						in.Add(1)
					} else if !errors.Is(err, ErrElsewhere) {
						t.Error(err)
					}
				}
			})
		}
		if i%2 == 0 {
			must(t, n, "ALTER TABLE p SET (shards = 3)", "ALTER TABLE")
			all.Wait()
			must(t, n, "SELECT count(*) FROM p", fmt.Sprint(min(40, 40*in.Load())))
			must(t, n, "DROP TABLE p", "DROP TABLE")
			continue
		}
		must(t, n, "DROP TABLE p", "DROP TABLE")
		all.Wait()
	}
	noTraceSoon(t, n)
	for late := time.Now().Add(10 * time.Second); ; {
		n.stages.mu.Lock()
		left := len(n.stages.held) + len(n.stages.wholes) + len(n.Catalog().Loads())
		n.stages.mu.Unlock()
		if left == 0 {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("%d things are held still", left)
		}
	}
}

// TestLoadsKeepPlans: a load changes the catalog and none of its tables, so that
// plans stay good; one that takes the place of its table does not let them.
func TestLoadsKeepPlans(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, makeP, "CREATE TABLE")
	served := func(want string) bool {
		before := n.plans.served
		must(t, n, "SELECT v FROM p WHERE id = 7", want)
		return n.plans.served > before
	}
	if _, err := loadWhole(t, n, chunkRows, 1, "", nil); err != nil {
		t.Fatal(err)
	}
	if served("1") || !served("1") {
		t.Error("no plan is kept")
	}
	if _, err := loadWhole(t, n, chunkRows, 2, "", nil); err != nil {
		t.Fatal(err)
	}
	settled(t, n)
	if !served("2") {
		t.Error("a load that came whole has dropped the plans")
	}
	l := stageLoad(t, n, "p", 1, 1, 3)
	if _, err := n.SwitchLoad(t.Context(), l.ID(), chunkBytes); err != nil {
		t.Fatal(err)
	}
	if !served("3") {
		t.Error("a load that was switched has dropped the plans")
	}
	must(t, n, "TRUNCATE TABLE p", "TRUNCATE TABLE")
	l = stageLoad(t, n, "p", 2, 1, 4)
	if _, err := n.SwitchLoad(t.Context(), l.ID(), chunkBytes); err != nil {
		t.Fatal(err)
	}
	if served("4") {
		t.Error("the plan of a table that another took the place of was kept")
	}
}
